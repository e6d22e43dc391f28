/* <tune>: every method tried on the same grid, on seeds of its own, before the points run with what
 * was best for them. */
#ifndef TW_CLI_TUNING_H
#define TW_CLI_TUNING_H

#include "pieces.h"

/* Points whose trials are the same runs: one method, with one choice of every axis that changes
 * what its data plane computes. */
struct tw_tuned {
    const char *method;
    const char **axis_value; /* per axis: what all its points have, or NULL where they differ */
    int chosen;              /* index of the value; −1: trials are missing */
    int edge;                /* 1: the least or greatest value of the grid */
    double result;           /* the metric's mean there; NAN: no trial gave one */
    int diverged, missed;    /* of the trials there */
    int tried;               /* values that were tried */
};

struct tw_tuning {
    const struct tw_tune *tune; /* NULL: the scenario has none, and all else is zeroed */
    int axis_count;
    const char *const *axes;
    int group_count;
    struct tw_tuned *groups;
    struct tw_point *trials; /* groups × values × seeds; scenario is NULL where an exclude is */
    struct tw_keys *keys;    /* of each trial */
    unsigned char *blank;    /* per kept point: 1 when it does not take the tuned value */
};

/* Runs the trials that have no row, chooses, prints what was chosen (unless a->quiet) and warns,
 * writes tuning.csv, and leaves in the scenario (and in keys) the points that take the chosen
 * values. Every shard runs its part of the trials and then what others have not done yet, for all
 * need them all. Groups whose trials failed lose their points; outcome->failed counts the trials.
 * When outcome->signal is set nothing was chosen. Without <tune> it does nothing. */
tw_status tw_tuning_run(struct tw_tuning *tuning, struct tw_scenario *scenario,
                        struct tw_keys *keys, const struct tw_run_arguments *a,
                        const char *directory, struct tw_store *store, struct tw_outcome *outcome,
                        struct tw_err *err) TW_MUST_CHECK;
void tw_tuning_free(struct tw_tuning *tuning);

/* Whether a point's column of that axis is empty, as its method does not take the tuned value. */
int tw_tuning_is_blank(const struct tw_tuning *tuning, int point, int axis);

/* For the manifest: what was tried and chosen; owned by the caller, NULL without <tune>. */
json_t *tw_tuning_json(const struct tw_tuning *tuning);

/* ---- its parts ---- */

/* Where a point stands. */
struct tw_candidate {
    int group; /* −1: its method does not take the value */
    int value; /* index into the grid */
    int first; /* 1: no point that differs in the value alone has an earlier one */
};
/* Finds the groups; *candidates, one per point, is owned by the caller. (tuning_groups.c) */
tw_status tw_tuning_group(struct tw_tuning *tuning, const struct tw_scenario *scenario,
                          const struct tw_keys *keys, struct tw_candidate **candidates,
                          struct tw_err *err) TW_MUST_CHECK;
/* Chooses from the rows, a pure function of them. (tuning_choice.c) */
tw_status tw_tuning_choose(struct tw_tuning *tuning, const struct tw_store *store) TW_MUST_CHECK;
/* The row's metric; NAN where it has none. */
double tw_tuning_result(const struct tw_tuning *tuning, const json_t *row);
/* "'arc' (rho=0.01)" */
void tw_tuning_name(const struct tw_tuning *tuning, int group, char *text, size_t size);
/* To stderr: what was chosen, and what to doubt. */
void tw_tuning_tell(const struct tw_tuning *tuning, int quiet);
tw_status tw_tuning_write(const struct tw_tuning *tuning, const struct tw_store *store,
                          const char *directory, struct tw_err *err) TW_MUST_CHECK;

#endif
