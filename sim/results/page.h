/* A results folder as one page: DIR/report.html, which needs nothing but a browser. */
#ifndef TW_RESULTS_PAGE_H
#define TW_RESULTS_PAGE_H

#include <stdio.h>
#include <jansson.h>
#include "csv_read.h"

/* Writes DIR/report.html from DIR/points.csv, the manifest, and the pictures in DIR/plots: the
 * question, what deserves caution, what decides, ratios to the baseline, figures, points, and what
 * ran. The same folder gives the same bytes. The page loads nothing and runs no script. TW_IO names
 * the file; TW_INPUT: points.csv has no rows. */
tw_status tw_page_write(const char *directory, const json_t *manifest,
                        struct tw_err *err) TW_MUST_CHECK;

/* ---- its parts ---- */

struct tw_page {
    FILE *out;
    const char *directory;
    const struct tw_table *points;
    const json_t *manifest, *scenario; /* the latter: the manifest's "scenario" */
};

/* The legend of a method: its label, or its id. */
const char *tw_page_label(const struct tw_page *page, const char *method);
/* Field of a row by the column's name; "" where there is no such column. */
const char *tw_page_field(const struct tw_page *page, int row, const char *column);
double tw_page_number(const struct tw_page *page, int row, const char *column);

void tw_page_cautions(const struct tw_page *page);
/* TW_MEMORY for all three. */
tw_status tw_page_decides(const struct tw_page *page, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_page_ratios(const struct tw_page *page, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_page_points(const struct tw_page *page, struct tw_err *err) TW_MUST_CHECK;

#endif
