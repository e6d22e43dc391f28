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

/* The bucket's compressor on one vector alone, without an exchange: ‖C(x) − x‖². */
struct tw_trial {
    double (*dropped_norm2)(const struct tw_trial *trial, const void *x);
    const void *context;
};

/* The bucket's compressor adding up what it will compress: x += addend, bit for bit, in the pass in
 * which it searches x (compressor.h). x must then reach it as it is. */
struct tw_sum {
    void (*add)(const struct tw_sum *sum, const void *addend, void *x);
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
    const struct tw_trial *trial; /* in before() of a rule with `tries`; else NULL */
    const struct tw_sum *sum;     /* in before(), of compressors that add; else NULL */
};

struct tw_feedback {
    struct tw_member member; /* needs: traits required of the compressor */
    enum tw_precision precision;
    int rank_vectors;   /* vectors of `dimension` values kept per rank */
    int shared_vectors; /* … kept once, replicated (the server's state) */
    int tries;          /* 1: before() compresses on trial; the local work of phase 0 is
                         * charged once more for it */
    int in_place;       /* 1: x and memory[0] may be one vector: before() adds to it, after() takes
                         * C(x) off it. The group then has no other place for x. */
    int tells;          /* 1: before() chooses what to send, and a bit of every rank says what it
                         * chose: per part of a bucket and step, see choice.h */
    int copies;         /* vectors of every rank of which the server holds a copy */
    int server;     /* 1: ranks send to a server (server.h), whose mean goes through before() and
                     * after() with the server's first rank_vectors vectors; one more is the
                     * place of its x. member.requests are then what is exchanged */
    int wants_mean; /* 1: after() reads the mean, so every rank needs all of it */

    /* Callbacks report what they run into work. With x (before, after) or mean (direction) NULL
     * they only report: that is how a trace is made without numbers, and the one source of both.
     *
     * How many first steps go dense (0 or 1 for start=zero / dense, more for a warm-up). */
    uint32_t (*dense_steps)(const void *params);
    /* x from the gradient; memory[v] are the rank's vectors. x may not alias gradient. */
    void (*before)(const struct tw_feedback_step *at, void *const *memory, const void *gradient,
                   void *x, struct tw_work *work);
    /* x once more, bit for bit what before() left, from the memory as before() left it. A group of
     * ranks then has one place for the x of all, filled anew whenever a rank's is read; a real rank
     * keeps its x, so no work is reported. NULL: x takes the gradient, which is gone by then. */
    void (*again)(const struct tw_feedback_step *at, void *const *memory, void *x);
    /* After the exchange: the new residual of this rank. x is what before() gave; own() still reads
     * it, so it may be overwritten only after the last own->add. mean is the group's average. */
    void (*after)(const struct tw_feedback_step *at, void *const *memory, void *x,
                  const struct tw_own *own, const void *mean, struct tw_work *work);
    /* With `copies`: adds to sum (count values) what this rank changes at the server beside what it
     * sent, from what the server knows. Called after `after`, rank by rank; the mean then takes the
     * average, one ADD per rank and value. NULL: nothing. */
    void (*report)(const struct tw_feedback_step *at, void *const *memory, double *sum);
    /* Direction for the optimizer from the mean, in place; memory[v] are the server's vectors.
     * Called once per step over all values: the bucket at hand is the whole vector. */
    void (*direction)(const struct tw_feedback_step *at, void *const *memory, void *mean,
                      struct tw_work *work);
};

int tw_feedback_count(void);
const struct tw_feedback *tw_feedback_at(int index, enum tw_precision precision);
const struct tw_feedback *tw_feedback_find(const char *name, enum tw_precision precision);

#endif
