/* The door of error-feedback rules: what a rank compresses, what it keeps, what the server adds. */
#ifndef TW_TRAIN_FEEDBACK_H
#define TW_TRAIN_FEEDBACK_H

#include "base/err.h"
#include "base/member.h"
#include "base/precision.h"
#include "base/work.h"

/* own() of the compressor for one rank and bucket, as the rule sees it: y += scale · C(x). */
struct tw_own {
    void (*add)(const struct tw_own *own, double scale, void *y, struct tw_work *work);
    const void *context;
};

/* Memory of one rank (vectors × dimension values) or of the server, zero at the start. Pointers are
 * to the first value of the bucket at hand. */
struct tw_feedback_step {
    uint32_t step;
    double rate;    /* the optimizer's rate at this step */
    int dense;      /* 1: compressor none stands in at this step (dense start, warm-up) */
    uint64_t count; /* values of the bucket */
    const void *params;
};

struct tw_feedback {
    struct tw_member member; /* needs: traits required of the compressor */
    enum tw_precision precision;
    int rank_vectors;   /* vectors of `dimension` values kept per rank */
    int shared_vectors; /* … kept once, replicated (the server's state) */

    /* Callbacks report what they run into work. With x (before, after) or mean (direction) NULL
     * they only report: that is how a trace is made without numbers, and the one source of both.
     *
     * How many first steps go dense (0 or 1 for start=zero / dense, more for a warm-up). */
    uint32_t (*dense_steps)(const void *params);
    /* x from the gradient; memory[v] are the rank's vectors. x may not alias gradient. */
    void (*before)(const struct tw_feedback_step *at, void *const *memory, const void *gradient,
                   void *x, struct tw_work *work);
    /* After the exchange: the new residual of this rank. x is what before() gave and may be
     * overwritten. mean is the group's average. */
    void (*after)(const struct tw_feedback_step *at, void *const *memory, void *x,
                  const struct tw_own *own, const void *mean, struct tw_work *work);
    /* Direction for the optimizer from the mean, in place; memory[v] are the server's vectors.
     * Called once per step over all values: the bucket at hand is the whole vector. */
    void (*direction)(const struct tw_feedback_step *at, void *const *memory, void *mean,
                      struct tw_work *work);
};

int tw_feedback_count(void);
const struct tw_feedback *tw_feedback_at(int index, enum tw_precision precision);
const struct tw_feedback *tw_feedback_find(const char *name, enum tw_precision precision);

#endif
