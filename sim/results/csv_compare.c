/* Comparing two CSV files cell by cell. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "csv_read.h"

static int is_number(const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return end != text && !*end && isfinite(*value);
}

static int alike(const char *left, const char *right, double tolerance)
{
    double a, b;
    if (!strcmp(left, right))
        return 1;
    if (!is_number(left, &a) || !is_number(right, &b))
        return 0;
    return fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b));
}

static tw_status compare_tables(const struct tw_table *expected, const struct tw_table *found,
                                double tolerance, struct tw_err *err)
{
    if (expected->columns != found->columns)
        return tw_err_set(err, TW_INPUT, "%d columns, expected %d", found->columns,
                          expected->columns);
    for (int c = 0; c < found->columns; c++)
        if (strcmp(expected->cells[c], found->cells[c]))
            return tw_err_set(err, TW_INPUT, "column %d is %s, expected %s", c + 1, found->cells[c],
                              expected->cells[c]);
    for (int r = 0; r < expected->rows && r < found->rows; r++)
        for (int c = 0; c < found->columns; c++) {
            const char *want = tw_table_text(expected, r, c), *have = tw_table_text(found, r, c);
            if (!alike(want, have, tolerance))
                return tw_err_set(err, TW_INPUT, "row %d: %s is '%s', expected '%s'", r + 1,
                                  found->cells[c], have, want);
        }
    if (expected->rows != found->rows)
        return tw_err_set(err, TW_INPUT, "%d rows, expected %d", found->rows, expected->rows);
    return TW_OK;
}

tw_status tw_csv_compare(const char *expected, const char *found, double tolerance,
                         struct tw_err *err)
{
    struct tw_table want = {0}, have = {0};
    tw_status status = tw_table_read(expected, &want, err);
    if (!status)
        status = tw_table_read(found, &have, err);
    if (!status) {
        tw_err_at(err, found, 0);
        status = compare_tables(&want, &have, tolerance, err);
        if (!status)
            tw_err_at(err, NULL, 0);
    }
    tw_table_free(&want);
    tw_table_free(&have);
    return status;
}
