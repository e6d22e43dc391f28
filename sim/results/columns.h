/* The columns of the CSV files as tables at run time, made from the lists in results.h. */
#ifndef TW_RESULTS_COLUMNS_H
#define TW_RESULTS_COLUMNS_H

#include <stdio.h>
#include <jansson.h>
#include "base/err.h"

enum tw_column_kind {
    TW_COLUMN_T, /* text */
    TW_COLUMN_R, /* real, %.17g */
    TW_COLUMN_I  /* integer */
};

struct tw_column {
    const char *name;
    enum tw_column_kind kind;
    const char *unit;    /* "" for texts and pure numbers */
    const char *meaning; /* formula or sentence, as results/README.md has it */
};

/* One CSV file: its name and its columns in the order of the contract. */
struct tw_columns {
    const char *file;
    const struct tw_column *list;
    int count;
};

extern const struct tw_columns tw_columns_points, tw_columns_steps, tw_columns_cost,
    tw_columns_links, tw_columns_energy;

/* Place of the column called name, or -1. */
int tw_columns_index(const struct tw_columns *columns, const char *name);

/* Whether every member of object is a column and of its kind; TW_INTERNAL names the one that is
 * not. NULL is an empty object. */
tw_status tw_columns_check(const struct tw_columns *columns, const json_t *object,
                           struct tw_err *err) TW_MUST_CHECK;

/* The header line's names, joined by commas, without a line end. */
void tw_columns_header(const struct tw_columns *columns, FILE *to);
/* The values of object in the table's order, without a line end. `key` stands in for a column "key"
 * that the object leaves out. */
void tw_columns_values(const struct tw_columns *columns, const json_t *object, const char *key,
                       FILE *to);

#endif
