/* How a figure sees points.csv: which rows it shows, one line per method, one panel per combination
 * of whatever else varies. Nothing but repetitions is ever averaged. */
#ifndef TW_RESULTS_VIEW_H
#define TW_RESULTS_VIEW_H

#include "csv_read.h"

#define TW_FACETS_MAX 8
#define TW_PANELS_MAX 30 /* what one picture holds */
#define TW_THIN_MAX 3

/* A column whose values each get a panel. */
struct tw_facet {
    int column;
    const char **values; /* numbers ascending, texts as they first come; borrowed from the table */
    int count;
};

struct tw_view {
    const struct tw_table *points; /* borrowed */
    int x;                         /* column on the x axis, or −1 */
    const char **methods;          /* in the order they first come */
    int method_count;
    int *method; /* of every row; −1: the row is not shown */
    struct tw_facet facets[TW_FACETS_MAX];
    int facet_count;
    int *place;  /* rows × TW_FACETS_MAX: value of the facet; −1: every panel */
    int *panels; /* combination of every panel, mixed radix, last facet fastest */
    int panel_count;
    char thinned[160]; /* "3 of 13 bandwidths", or "" */
};

/* Of a column with more values than `most`, the first, the last and those evenly between are shown.
 */
struct tw_thin {
    const char *column, *plural;
    int most;
};

/* x: column name or NULL; need: rows where it is empty are not shown. Refuses (TW_REFUSED) more
 * than TW_PANELS_MAX panels; TW_INPUT when no row has `need` or two rows are told apart by nothing.
 */
tw_status tw_view_open(struct tw_view *view, const struct tw_table *points, const char *x,
                       const char *need, const struct tw_thin *thin, int thin_count,
                       struct tw_err *err) TW_MUST_CHECK;
void tw_view_close(struct tw_view *view);

/* Whether the row is shown in the panel. */
int tw_view_shows(const struct tw_view *view, int panel, int row);
/* "16 nodes, 1 Gbps"; "" when there is one panel. */
void tw_view_panel_title(const struct tw_view *view, int panel, char *text, size_t size);
/* Columns in which the panels make a table (the last facet across), or 0. */
int tw_view_columns(const struct tw_view *view);
/* What is the same in the whole figure: "16 nodes · latency 25 µs · simgrid:ideal · …". */
void tw_view_subtitle(const struct tw_view *view, char *text, size_t size);
/* How many repetitions there are: the greatest `rep` shown, and one. */
int tw_view_repetitions(const struct tw_view *view);

/* ---- numbers ---- */

/* One value of one row. */
struct tw_spot {
    double x, y;
    int row;
    double rep;
};
/* Mean, least and greatest over repetitions at one x. */
struct tw_band {
    double x, mean, min, max;
    int count;
};

/* One value per row of points.csv (NAN: none) for the method in the panel, by x, then repetition;
 * *spots is owned by the caller. Without an x column, x is 0. */
tw_status tw_view_spots_of(const struct tw_view *view, int panel, int method, const double *values,
                           struct tw_spot **spots, int *count) TW_MUST_CHECK;
/* Values of a column for the method in the panel, by x, then repetition; *spots is owned by the
 * caller. Rows where it is empty are left out. Without an x column, x is 0. */
tw_status tw_view_spots(const struct tw_view *view, int panel, int method, const char *column,
                        struct tw_spot **spots, int *count) TW_MUST_CHECK;
/* Spots (by x) to bands, at most `count`; returns how many. */
int tw_view_bands(const struct tw_spot *spots, int count, struct tw_band *bands);

#endif
