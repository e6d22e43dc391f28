/* Numbers with units, by table. A value is number · factor with one rounding, as SimGrid's platform
 * parser computes it, so that both read a text to the same double (tests/unit/test_units.c). */
#include "units.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct suffix {
    const char *text;
    double factor;
};

/* Factors are exact in double: powers of 1000 up to 1000^6 and of 1024, and 0.125 byte per bit. */
static const struct suffix prefixes[] = {
    {"", 1},        {"k", 1e3},     {"M", 1e6},     {"G", 1e9},     {"T", 1e12},
    {"P", 1e15},    {"E", 1e18},    {"Ki", 0x1p10}, {"Mi", 0x1p20}, {"Gi", 0x1p30},
    {"Ti", 0x1p40}, {"Pi", 0x1p50}, {"Ei", 0x1p60},
};
static const struct suffix no_prefix[] = {{"", 1}};

static const struct suffix times[] = {
    {"w", 604800}, {"d", 86400}, {"h", 3600},  {"m", 60},     {"s", 1},
    {"ms", 1e-3},  {"us", 1e-6}, {"ns", 1e-9}, {"ps", 1e-12},
};
static const struct suffix bandwidths[] = {{"Bps", 1}, {"bps", 0.125}};
static const struct suffix sizes[] = {{"B", 1}, {"b", 0.125}};
static const struct suffix speeds[] = {{"f", 1}};
static const struct suffix numbers[] = {{"", 1}};

#define ROWS(table) table, sizeof table / sizeof table[0]
#define DECIMAL prefixes, 7
static const struct {
    const char *what, *base, *example;
    const struct suffix *units;
    size_t unit_count;
    const struct suffix *prefixes;
    size_t prefix_count;
} kinds[] = {
    [TW_UNIT_TIME] = {"a time", "s", "5us, 1.5ms or 2s", ROWS(times), ROWS(no_prefix)},
    [TW_UNIT_BANDWIDTH] = {"a bandwidth", "Bps", "25Gbps (bits) or 1.25GBps (bytes)",
                           ROWS(bandwidths), ROWS(prefixes)},
    [TW_UNIT_SIZE] = {"a size", "B", "4MB, 64KiB or 512B", ROWS(sizes), ROWS(prefixes)},
    [TW_UNIT_SPEED] = {"a speed", "f", "1Gf or 19.5Tf", ROWS(speeds), DECIMAL},
    [TW_UNIT_NUMBER] = {"a number", "", "0.25 or 1e-3", ROWS(numbers), ROWS(no_prefix)},
};

static int find_factor(enum tw_unit unit, const char *suffix, double *factor)
{
    for (size_t u = 0; u < kinds[unit].unit_count; u++)
        for (size_t p = 0; p < kinds[unit].prefix_count; p++) {
            const struct suffix *prefix = &kinds[unit].prefixes[p], *base = &kinds[unit].units[u];
            size_t length = strlen(prefix->text);
            if (strncmp(suffix, prefix->text, length) == 0 &&
                strcmp(suffix + length, base->text) == 0) {
                *factor = prefix->factor * base->factor;
                return 1;
            }
        }
    return 0;
}

/* Only a decimal number may begin the text: strtod alone would take spaces, hex, nan and inf. */
static int starts_decimal(const char *text)
{
    const char *digits = text + (*text == '+' || *text == '-');
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
        return 0;
    if (*digits == '.')
        digits++;
    return *digits >= '0' && *digits <= '9';
}

/* strtod in the C locale, whatever the program that uses this library has set. */
static tw_status read_number(const char *text, double *number, char **end)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c == (locale_t)0)
        return TW_MEMORY;
    *number = strtod_l(text, end, c);
    freelocale(c);
    return TW_OK;
}

tw_status tw_units_parse(const char *text, enum tw_unit unit, double *value, struct tw_err *err)
{
    double number = 0, factor = 0;
    char *end = NULL;
    int good = 0;
    if (starts_decimal(text)) {
        if (read_number(text, &number, &end))
            return tw_err_set(err, TW_MEMORY, "out of memory");
        good = find_factor(unit, end, &factor) && isfinite(number * factor);
    }
    if (!good) {
        tw_err_set(err, TW_INPUT, "'%s' is not %s", text, kinds[unit].what);
        return tw_err_hint(err, TW_INPUT, "write it like %s", kinds[unit].example);
    }
    *value = number * factor;
    return TW_OK;
}

/* The shortest %g that reads back; whole numbers are written out up to 15 digits. */
static void shortest(double value, char *digits, size_t size)
{
    if (fabs(value) < 1e15 && value == (double)(long long)value) {
        snprintf(digits, size, "%.0f", value);
        return;
    }
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, size, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            return;
    }
}

void tw_units_print(double value, enum tw_unit unit, char *text, unsigned long size)
{
    char digits[40];
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = uselocale(c); /* when c is 0 this changes nothing */
    shortest(value, digits, sizeof digits);
    uselocale(before);
    if (c != (locale_t)0)
        freelocale(c);
    snprintf(text, size, "%s%s", digits, kinds[unit].base);
}
