/* Numbers as people say them. */
#include "quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct scale {
    double unit;
    const char *name;
};

/* The largest unit of which value is at least one; a rounding slip below one is forgiven. */
static void print_scaled(double value, const struct scale *scales, int count, char *text)
{
    int i = 0;
    while (i < count - 1 && fabs(value) < scales[i].unit * (1 - 1e-9))
        i++;
    double scaled = value / scales[i].unit;
    if (fabs(scaled) >= 1000)
        snprintf(text, TW_QUANTITY_MAX, "%.0f %s", scaled, scales[i].name);
    else
        snprintf(text, TW_QUANTITY_MAX, "%.3g %s", scaled, scales[i].name);
}

void tw_quantity_time(double seconds, char text[TW_QUANTITY_MAX])
{
    static const struct scale scales[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}};
    if (seconds == 0)
        snprintf(text, TW_QUANTITY_MAX, "0");
    else
        print_scaled(seconds, scales, 4, text);
}

void tw_quantity_rate(double bits_per_s, char text[TW_QUANTITY_MAX])
{
    static const struct scale scales[] = {
        {1e12, "Tbps"}, {1e9, "Gbps"}, {1e6, "Mbps"}, {1e3, "kbps"}, {1, "bps"}};
    print_scaled(bits_per_s, scales, 5, text);
}

void tw_quantity_bytes(double bytes, char text[TW_QUANTITY_MAX])
{
    static const struct scale scales[] = {
        {1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}};
    print_scaled(bytes, scales, 5, text);
}

void tw_quantity_factor(double factor, char text[TW_QUANTITY_MAX])
{
    snprintf(text, TW_QUANTITY_MAX, "%.3g×", factor);
}

void tw_quantity_plain(double value, char text[TW_QUANTITY_MAX])
{
    snprintf(text, TW_QUANTITY_MAX, "%.5g", value);
}

void tw_quantity_count(double value, char text[TW_QUANTITY_MAX])
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%.0f", value), used = 0;
    for (int i = 0; i < length && used < TW_QUANTITY_MAX - 2; i++) {
        if (i && (length - i) % 3 == 0)
            text[used++] = ' ';
        text[used++] = digits[i];
    }
    text[used] = '\0';
}
