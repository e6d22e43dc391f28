/* The door of every source of gradients: real problems, recordings, synthetic numbers, sizes. */
#ifndef TW_WORKLOAD_H
#define TW_WORKLOAD_H

#include "base/err.h"
#include "base/member.h"
#include "base/precision.h"
#include "base/tensor.h"

struct tw_workload_setup {
    enum tw_precision precision;
    int ranks;
    uint32_t batch; /* samples per rank and step */
    uint32_t steps;
    uint64_t seed;
    uint32_t repetition;
    const void *params; /* the member's params struct; borrowed until close */
    int shapes_only; /* 1, of members with tells_shapes: no data are read but for shapes, and only
                        dimension, tensors and close are called */
};

struct tw_workload {
    struct tw_member member; /* traits: TW_HAS_LOSS …, TW_SIZES_ONLY, one of TW_*_DATA */
    enum tw_precision precision;

    /* Reads data, draws splits. Missing files: TW_IO with the Debian package that has them. */
    tw_status (*open)(const struct tw_workload_setup *setup, void **state, struct tw_err *err);
    int tells_shapes; /* 1: open knows shapes_only, and is then quick: it reads no more than a text
                         or a libsvm file */
    void (*close)(void *state); /* accepts NULL */

    uint64_t (*dimension)(const void *state);
    /* In layer order, offsets into the flat vector of `dimension` values. Borrowed until close. */
    const struct tw_tensor *(*tensors)(const void *state, int *count);

    /* Initial weights into w. Not for TW_SIZES_ONLY (then the rest is NULL too). */
    void (*start)(void *state, void *w);
    /* Gradient of `rank` at `step` and weights w into out: a pure function of (seed, repetition,
     * rank, step, w). */
    tw_status (*gradient)(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err);
    /* The same of the tensors from `first` on alone, `values` values: all of theirs, one behind the
     * other in layer order. Of members whose gradients do not depend on w, for runs that go bucket
     * by bucket. Best asked in the order of steps, all ranks of each. NULL: of the whole alone. */
    tw_status (*tensors_gradient)(void *state, int rank, uint32_t step, int first, uint64_t values,
                                  void *out, struct tw_err *err);
    /* Mean over ranks of their full losses, and accuracy on the held-out set (the test set, where
     * there is one). Only with TW_HAS_LOSS / TW_HAS_ACCURACY; accuracy is set to −1 without. */
    tw_status (*loss)(void *state, const void *w, double *loss, double *accuracy,
                      struct tw_err *err);
    /* ‖w − w*‖ where w* is known (TW_HAS_OPTIMUM). NULL otherwise. */
    double (*distance)(void *state, const void *w);
    /* Hash of every data file read (XXH3-64 of contents, combined), for the point's key; 0: none.
     */
    uint64_t (*data_hash)(const void *state);
    /* Path of the i-th data file that is read besides those that FILE options name; 0: there are no
     * more (or it does not fit into size). NULL: none at all. */
    int (*data_file)(const void *params, int i, char *path, size_t size);
    /* How many ranks have numbers, where only some do: rank r is then taken to send what rank
     * r mod that many sends. 0: all. NULL: always all. */
    int (*sampled)(const void *params);
    /* What tw_workload_check asks of this member. NULL: nothing beyond the option rows. */
    tw_status (*check)(const void *params, struct tw_err *err);
};

int tw_workload_count(void);
const struct tw_workload *tw_workload_at(int index, enum tw_precision precision);
const struct tw_workload *tw_workload_find(const char *name, enum tw_precision precision);

/* The member's `sampled`; 0 where it has none. */
int tw_workload_sampled(const struct tw_workload *workload, const void *params);

/* The member's data_file, by name: what a point's key must hash besides the files it names. */
int tw_workload_data_file(const struct tw_workload *workload, const void *params, int i, char *path,
                          size_t size);

/* Checks what can be checked without reading data (files exist, model names, shapes), for
 * `thinwire check`; params as filled by the option rows. */
tw_status tw_workload_check(const struct tw_workload *workload, const void *params,
                            struct tw_err *err) TW_MUST_CHECK;

#endif
