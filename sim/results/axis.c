/* Ticks in words, and line styles. */
#include <math.h>
#include <stdio.h>
#include "canvas.h"

/* Colours of podo (Wong, Nature Methods 8, 2011) in an order that puts yellow, weak on white, last.
 */
int tw_style_colour(int series)
{
    static const int order[] = {1, 6, 7, 4, 2, 3, 8, 5};
    return order[series % 8];
}

/* Dashes and marks repeat after 5 and 6, colours after 8: 120 methods look different. */
void tw_style_line(int series, char *text, size_t size)
{
    static const int dashes[] = {1, 2, 4, 5, 3}, marks[] = {7, 5, 9, 11, 13, 6};
    snprintf(text, size, "lt %d dt %d pt %d ps 1.2 lw 2.5", tw_style_colour(series),
             dashes[series % 5], marks[series % 6]);
}

static void tick(FILE *script, double value, int minor, tw_quantity quantity, int *first)
{
    char text[TW_QUANTITY_MAX] = "";
    if (!minor)
        quantity(value, text);
    fputs(*first ? "" : ", ", script);
    tw_canvas_text(script, text);
    fprintf(script, " %.12g%s", value, minor ? " 1" : "");
    *first = 0;
}

/* Bit m: m·10^n has a label, for a range of `decades`. */
static unsigned labelled(double decades)
{
    if (decades > 2.5)
        return 1U << 1;
    if (decades > 1.3)
        return 1U << 1 | 1U << 3;
    if (decades > .7)
        return 1U << 1 | 1U << 2 | 1U << 5;
    return 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4 | 1U << 5 | 1U << 6 | 1U << 7 | 1U << 8 | 1U << 9;
}

void tw_axis_log(FILE *script, const char *axis, double low, double high, tw_quantity quantity)
{
    int first = 1;
    /* A range below a factor of four would have too few ticks. */
    if (high < 4 * low) {
        double middle = sqrt(low * high);
        low = middle / 2;
        high = middle * 2;
    }
    double decades = log10(high / low);
    unsigned with_label = labelled(decades);
    fprintf(script, "    set logscale %s\n    set %srange [%.12g:%.12g]\n    set %stics (", axis,
            axis, low, high, axis);
    for (int e = (int)floor(log10(low)); e <= (int)ceil(log10(high)); e++)
        for (int m = 1; m < 10; m++) {
            double value = m * pow(10, e);
            int has_label = (int)(with_label >> m & 1U);
            if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9) ||
                (!has_label && decades > 6))
                continue;
            tick(script, value, !has_label, quantity, &first);
        }
    fputs(")\n", script);
}

void tw_axis_linear(FILE *script, const char *axis, double low, double high, tw_quantity quantity)
{
    int first = 1;
    if (!(high > low))
        high = low + (low == 0 ? 1 : fabs(low));
    double rough = (high - low) / 6, power = pow(10, floor(log10(rough)));
    double step = power * (rough <= power       ? 1
                           : rough <= 2 * power ? 2
                           : rough <= 5 * power ? 5
                                                : 10);
    fprintf(script, "    unset logscale %s\n    set %srange [%.12g:%.12g]\n    set %stics (", axis,
            axis, low, high, axis);
    for (long i = (long)ceil(low / step - 1e-9); (double)i * step <= high * (1 + 1e-9); i++)
        tick(script, (double)i * step, 0, quantity, &first);
    fputs(")\n", script);
}
