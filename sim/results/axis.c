/* Ticks in words, and line styles. */
#include <math.h>
#include <stdio.h>
#include "canvas.h"

/* Colours of podo (Wong, Nature Methods 8, 2011) in an order that puts yellow, weak on white, last.
 * Dashes and marks repeat after 5 and 6, colours after 8: 120 methods look different. */
struct tw_style tw_style_of(int series)
{
    static const int colours[] = {1, 6, 7, 4, 2, 3, 8, 5};
    static const int dashes[] = {1, 2, 4, 5, 3}, marks[] = {7, 5, 9, 11, 13, 6};
    return (struct tw_style){colours[series % 8], dashes[series % 5], marks[series % 6]};
}

static void tick(FILE *script, double value, int minor, tw_quantity quantity, int *first)
{
    char text[TW_QUANTITY_MAX] = "";
    if (!minor && quantity)
        quantity(value, text);
    fputs(*first ? "" : ", ", script);
    tw_canvas_tick(script, text, value, minor);
    *first = 0;
}

/* Which ticks of a logarithmic axis have a text: bit m of `mantissas` stands for m·10^e, in every
 * `stride`-th decade. */
struct texts {
    unsigned mantissas;
    int stride;
};

/* The densest texts of which no two are nearer than a `ticks`-th of the axis. */
static struct texts choose_texts(double decades, int ticks)
{
    static const struct {
        unsigned mantissas;
        double gap; /* decades between the nearest two: log10 10/9, 7/5, 2, 3, 10 */
    } sets[] = {{0x3fe, .0457}, {0xae, .146}, {0x26, .301}, {0xa, .477}, {0x2, 1}};
    int last = (int)(sizeof sets / sizeof *sets) - 1, i = 0;
    while (i < last && decades > ticks * sets[i].gap)
        i++;
    return (struct texts){sets[i].mantissas, i < last ? 1 : (int)ceil(decades / ticks)};
}

static void open_axis(FILE *script, const char *axis, const char *scale, double low, double high)
{
    fprintf(script, "    %s logscale %s\n    set %srange [%.12g:%.12g]\n    set %stics nomirror (",
            scale, axis, axis, low, high, axis);
}

void tw_axis_log(FILE *script, const char *axis, double low, double high, int ticks,
                 tw_quantity quantity)
{
    int first = 1;
    /* A range below a factor of four would have too few ticks. */
    if (high < 4 * low) {
        double middle = sqrt(low * high);
        low = middle / 2;
        high = middle * 2;
    }
    double decades = log10(high / low);
    struct texts texts = choose_texts(decades, ticks);
    open_axis(script, axis, "set", low, high);
    for (int e = (int)floor(log10(low)); e <= (int)ceil(log10(high)); e++)
        for (int m = 1; m < 10; m++) {
            double value = m * pow(10, e);
            int minor = !(texts.mantissas >> m & 1U) || e % texts.stride;
            if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9) || (minor && decades > 6))
                continue;
            tick(script, value, minor, quantity, &first);
        }
    fputs(")\n", script);
}

void tw_axis_log_at(FILE *script, const char *axis, double low, double high, const double *values,
                    int count, tw_quantity quantity)
{
    int first = 1;
    open_axis(script, axis, "set", low, high);
    for (int i = 0; i < count; i++)
        tick(script, values[i], 0, quantity, &first);
    fputs(")\n", script);
}

void tw_axis_linear(FILE *script, const char *axis, double low, double high, int ticks,
                    tw_quantity quantity)
{
    static const double steps[] = {1, 2, 2.5, 5, 10};
    int first = 1, i = 0;
    if (!(high > low))
        high = low + (low == 0 ? 1 : fabs(low));
    double rough = (high - low) / ticks, power = pow(10, floor(log10(rough)));
    while (i < 4 && rough > steps[i] * power)
        i++;
    double step = steps[i] * power;
    open_axis(script, axis, "unset", low, high);
    for (long n = (long)ceil(low / step - 1e-9); (double)n * step <= high + 1e-9 * step; n++)
        tick(script, (double)n * step, 0, quantity, &first);
    fputs(")\n", script);
}
