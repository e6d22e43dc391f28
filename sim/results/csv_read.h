/* Reading CSV files strictly (RFC 4180; line ends LF or CRLF), as tables of texts. */
#ifndef TW_RESULTS_CSV_READ_H
#define TW_RESULTS_CSV_READ_H

#include <stddef.h>
#include "base/err.h"

/* Zeroed is an empty table. */
struct tw_table {
    char *text;   /* owned; the cells lie in it */
    char **cells; /* (rows + 1) × columns, header line first; owned */
    int columns;
    int rows; /* without the header line */
};

/* Reads text (copied). name is for messages. TW_CORRUPT with the line: no header, an empty or
 * double name in it, a line with more or fewer fields, a quote inside of an unquoted field or text
 * after a closing one, a quoted field without end, a carriage return without a line feed, a zero
 * byte. A last line without line end is taken. */
tw_status tw_table_parse(const char *text, size_t size, const char *name, struct tw_table *table,
                         struct tw_err *err) TW_MUST_CHECK;
tw_status tw_table_read(const char *path, struct tw_table *table, struct tw_err *err) TW_MUST_CHECK;
void tw_table_free(struct tw_table *table);

/* Place of the column called name, or -1. */
int tw_table_column(const struct tw_table *table, const char *name);
/* The field of row 0 … rows−1; never NULL. */
const char *tw_table_text(const struct tw_table *table, int row, int column);
/* The same as a number; NAN when it is empty or no number. */
double tw_table_real(const struct tw_table *table, int row, int column);

/* ---- comparing, for golden files ---- */

/* Whether two files hold the same table: equal headers and texts, and numbers within `tolerance`
 * relative to the larger. TW_INPUT says where they part; tolerance 0 wants equal values. */
tw_status tw_csv_compare(const char *expected, const char *found, double tolerance,
                         struct tw_err *err) TW_MUST_CHECK;

#endif
