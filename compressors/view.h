/* How ARC-Top-K sees a tensor: units that are kept or dropped whole, and where each lies. */
#ifndef TW_VIEW_H
#define TW_VIEW_H

#include "compressor.h"

enum tw_arc_rows { TW_ARC_OUTPUT, TW_ARC_INPUT, TW_ARC_BLOCKS };
enum tw_arc_vectors { TW_ARC_DENSE, TW_ARC_WHOLE, TW_ARC_CUT };

struct tw_arc_params {
    double ratio;
    uint64_t sketch, columns;
    int rows, rounding, vectors, scale, fuse, values;
};

enum tw_view_kind {
    TW_VIEW_ROWS,    /* a unit is `width` values in a row; the last unit may be shorter */
    TW_VIEW_COLUMNS, /* a unit is a column: `width` values, `units` apart */
    TW_VIEW_DENSE,   /* one unit, always kept, no sketch */
    TW_VIEW_WHOLE    /* units of one value; the tensor itself is its sketch */
};

/* A tensor of the bucket. Counts are values. A message holds kept·width values: a kept short unit
 * is filled up with zeros, so that sizes do not depend on which units are chosen. */
struct tw_view {
    enum tw_view_kind kind;
    uint32_t tensor;
    uint64_t start, size;        /* in the bucket */
    uint64_t units, width, last; /* units·width = size, but for the last unit's `last` ≤ width */
    uint64_t kept;               /* units that are kept */
    uint64_t sketch, sketch_at;  /* values in the sketch message, and its first there */
    uint64_t values, values_at;  /* in the values message */
    uint64_t random, random_at;  /* entries of V (width·r), and its first among all V */
    uint64_t chosen_at;          /* first of its kept units in a list of all kept units */
};

/* Sums over a bucket's views. */
struct tw_view_totals {
    uint64_t sketch, values, random, chosen;
    int sketched;        /* views with a sketch */
    uint64_t most_units; /* of any view that is scored */
};

/* The view of the next tensor; totals (zeroed before the first) are advanced past it. Pure. */
struct tw_view tw_view_next(const struct tw_arc_params *params, const struct tw_tensor *tensor,
                            struct tw_view_totals *totals);

/* Values that unit j of a ROWS, DENSE or WHOLE view has. */
static inline uint64_t tw_view_width(const struct tw_view *view, uint64_t j)
{
    return j + 1 == view->units ? view->last : view->width;
}

/* Bucket indices of the kept units' values, ascending, into out. Returns how many: values without
 * the filling of a short unit. */
uint64_t tw_view_indices(const struct tw_view *view, const uint32_t *chosen, uint32_t *out);

/* values ← the chosen units of x (x is the whole bucket), as they travel. */
void tw_view_pack_f32(const struct tw_view *view, const uint32_t *chosen, const float *x,
                      float *values);
void tw_view_pack_f64(const struct tw_view *view, const uint32_t *chosen, const double *x,
                      double *values);
/* y's chosen units += factor · values */
void tw_view_add_f32(const struct tw_view *view, const uint32_t *chosen, float factor,
                     const float *values, float *y);
void tw_view_add_f64(const struct tw_view *view, const uint32_t *chosen, double factor,
                     const double *values, double *y);
/* y's chosen units = values / ranks */
void tw_view_put_f32(const struct tw_view *view, const uint32_t *chosen, float ranks,
                     const float *values, float *y);
void tw_view_put_f64(const struct tw_view *view, const uint32_t *chosen, double ranks,
                     const double *values, double *y);
/* ‖·‖² of the units that are not chosen. */
double tw_view_dropped_norm2_f32(const struct tw_view *view, const uint32_t *chosen,
                                 const float *x);
double tw_view_dropped_norm2_f64(const struct tw_view *view, const uint32_t *chosen,
                                 const double *x);

#endif
