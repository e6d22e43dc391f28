/* A sweep: axes, their values, and the points they span. */
#ifndef TW_SCENARIO_SWEEP_H
#define TW_SCENARIO_SWEEP_H

#include "report.h"

#define TW_POINTS_MAX 1000000
#define TW_AXIS_VALUES_MAX 100000
#define TW_AXIS_VALUE_B 128 /* of one value as written, final zero included */

struct tw_axis {
    const char *name;
    const char *file; /* where its values were written: path and line 0 for --set */
    long line;
    const char **values;
    double *numbers; /* SI value of each, NAN where the text is no number */
    int count;       /* 0: they could not be read, which was reported */
    int broken;      /* 1: some could not be, which was reported; the others are there */
    int dimension;   /* axes of one zip share theirs */
    int used;        /* 1: some attribute takes its value */
    int overridden;  /* 1: its values came from --set */
};

struct tw_sweep {
    const char *path;
    struct tw_axis axes[TW_AXES_MAX];
    int axis_count;
    int sizes[TW_AXES_MAX]; /* values of each dimension */
    int dimension_count;
    int method_axis;               /* index; −1 until there is one */
    int implicit_method;           /* 1: made by tw_sweep_methods */
    int tune_axis;                 /* index; −1 without <tune> */
    const struct tw_node *element; /* <sweep>, or NULL */
    int index[TW_AXES_MAX];        /* where each dimension stands */
};

/* Reads <sweep> (may be NULL). Mistakes are reported and what remains is usable. */
void tw_sweep_read(struct tw_sweep *sweep, const struct tw_node *element, struct tw_pool *pool,
                   struct tw_report *report);
/* The axis of <tune> (may be NULL), inside all others: the values that every method is tried at. */
void tw_sweep_tune(struct tw_sweep *sweep, const struct tw_node *element, struct tw_pool *pool,
                   struct tw_report *report);
/* Replaces values of axes; an override of `method` may precede that axis. */
void tw_sweep_override(struct tw_sweep *sweep, const struct tw_override *overrides, int count,
                       struct tw_pool *pool, struct tw_report *report);
/* Without an axis named method, all ids become the innermost one. */
void tw_sweep_methods(struct tw_sweep *sweep, const char *const *ids, int count,
                      struct tw_pool *pool, struct tw_report *report);
/* Lengths of dimensions. Zips of unequal length are reported and cut; steps given twice reported.
 */
void tw_sweep_measure(struct tw_sweep *sweep, struct tw_report *report);

/* Points before any exclusion (≥ 1), or −1 when they are more than TW_POINTS_MAX. */
long tw_sweep_combinations(const struct tw_sweep *sweep);
/* Goes to the n-th combination, first dimension outermost. */
void tw_sweep_goto(struct tw_sweep *sweep, long n);
/* The value an axis has there. */
const char *tw_sweep_value(const struct tw_sweep *sweep, int axis);

int tw_sweep_find(const struct tw_sweep *sweep, const char *name);
/* "did you mean …" over the names of axes. */
char *tw_sweep_hint(const struct tw_sweep *sweep, const char *wrong, char *buffer, size_t size);

/* ---- values of an axis (axis_values.c) ---- */

/* Reports when two steps of axes in lock-step (one axis, or a zip's), each with `size` values, are
 * alike. */
void tw_axes_distinct(const struct tw_axis *const *axes, int axis_count, int size,
                      struct tw_report *report);

/* Splits "a, b,c" into values. 0 after a report; the good ones are then there. */
int tw_axis_split(struct tw_axis *axis, const char *text, struct tw_pool *pool,
                  struct tw_report *report);
/* values=, or from=, to=, points=, scale=. 0 after a report; as above. */
int tw_axis_read(struct tw_axis *axis, const struct tw_node *element, struct tw_pool *pool,
                 struct tw_report *report);
/* A mistake at the place of the axis. */
void tw_axis_report(const struct tw_axis *axis, struct tw_report *report, enum tw_severity severity,
                    const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
