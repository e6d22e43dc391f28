/* The door of every gradient compressor: phases of one local contribution and one typed request.
 *
 * A compressor never touches the network. The caller runs, per step and bucket:
 *
 *     begin(step)
 *     for phase in 0…phases−1:
 *         for every rank that is mine:  local(rank, phase, x_rank) → request
 *         the transport answers the requests
 *         digest(phase, answer)                      once for the whole group (replicated)
 *     mean(out)                                      the averaged, decompressed bucket
 *     for every rank that is mine:  own(rank, scale, y)   y += scale · C(x_rank)
 *
 * The same code runs when all ranks live in one process (simulation) and when one does (MPI).
 * Each member is written once with tw_real and built for float and for double.
 */
#ifndef TW_COMPRESSOR_H
#define TW_COMPRESSOR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/exchange.h"
#include "base/member.h"
#include "base/precision.h"
#include "base/tensor.h"
#include "base/work.h"

/* What an instance is opened for: one bucket. Borrowed by open() until close(). */
struct tw_problem {
    enum tw_precision precision;
    const struct tw_tensor *tensors; /* of this bucket; offsets start at 0 and leave no holes */
    int tensor_count;
    uint64_t dimension; /* values in the bucket; every x and out has this many */
    int ranks;          /* N, the groups that compress; ≥ 1 */
    uint64_t seed;
    uint32_t repetition;
    const void *params; /* the member's params struct, filled from its option rows */
};

/* What plan() says of one phase, and what a real run of the same shapes does: compared by a law. */
struct tw_plan_phase {
    struct tw_work local; /* of every rank; in a rooted phase of all but the root */
    enum tw_request_kind kind;
    enum tw_element element;
    enum tw_combine combine;
    uint64_t count; /* elements per rank; ALL_TO_ALL, REDUCE_SCATTER: cut evenly among receivers */
    int rooted;     /* 1: BROADCAST of a root that takes turns, rank (step mod ranks) */
    struct tw_work root_local; /* rooted: of the root, instead of local */
    struct tw_work digest;     /* empty where the answers are the ranks' own inboxes */
    struct tw_work merge;      /* MERGE, whose partials all have `count` elements: of one merge */
};
struct tw_plan {
    struct tw_plan_phase *phases;
    int phase_count;
    struct tw_work mean, own;
};

/* Sorted indices kept by a rank in its last step; all = 1: every index (then indices is NULL).
 * Borrowed until the next begin(). */
struct tw_support {
    int all;
    uint64_t count;
    const uint32_t *indices;
};

struct tw_compressor {
    struct tw_member member;
    enum tw_precision precision;

    /* Checks options against shapes (k > d, r < k …): TW_RANGE with the reason. NULL: all fit. */
    tw_status (*check)(const struct tw_problem *problem, struct tw_err *err);

    /* Whether options are of use to a model: `model` holds its tensors, of which buckets are parts.
     * A bucket may be of tensors that are too small to compress, and then travels whole; TW_RANGE,
     * with the range that these tensors allow, where all would, or where the options ask for more
     * than there is. Asked before a run, and never by tw_instance_open. NULL: all are. */
    tw_status (*suits)(const struct tw_problem *model, struct tw_err *err);

    /* 1: with these options the member chooses over all tensors that it is given in a step, not
     * bucket by bucket: a run makes one bucket of the model, so that nothing is sent before the
     * last gradient is there. NULL: never. */
    int (*whole)(const void *params);

    /* Bytes of the replicated state (with scratch) and of each rank's own; both blocks are
     * allocated zeroed and 64-byte aligned by the caller and passed back below. */
    void (*sizes)(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B);
    void (*open)(const struct tw_problem *problem, void *shared);
    void (*open_rank)(const struct tw_problem *problem, void *shared, void *own_state, int rank);
    void (*close)(void *shared); /* NULL: nothing to release */

    int (*phases)(const struct tw_problem *problem);

    /* Requests and work without data, for members whose bytes do not depend on data; else NULL.
     * plan is zeroed on entry and released by tw_plan_free. TW_REFUSED, with plan left zeroed, when
     * it is these options that make bytes depend on data (index="rice"). */
    tw_status (*plan)(const struct tw_problem *problem, struct tw_plan *plan);

    /* Members whose steps differ by turns: plan() is that of turn 0, this that of any, and a step's
     * turn is step mod `turns`, 1 < turns ≤ TW_TURNS_MAX. NULL (and turns 0): all steps are alike.
     * tw_plan_step asks the right one. */
    int turns;
    tw_status (*plan_turn)(const struct tw_problem *problem, int turn, struct tw_plan *plan);

    /* Replicated draws of this step (ARC's V, Rand-K's indices); work may be added to the first
     * phase's local work by local(). NULL: none. */
    void (*begin)(void *shared, uint32_t step);

    /* Rank's contribution. x (dimension values) is borrowed from the first local to the last own
     * of the step, and read in that rank's local and own alone: a caller may have one place for the
     * x of all ranks, filled before each of these calls. x itself may be the data of a SUM only.
     * inbox is the rank's own answer of the phase before for ALL_TO_ALL and REDUCE_SCATTER, else
     * NULL. request->data is borrowed until the exchange is answered, and must survive the local
     * calls of the other ranks. */
    tw_status (*local)(void *shared, void *own_state, int rank, int phase, const void *x,
                       const struct tw_answer *inbox, struct tw_request *request,
                       struct tw_work *work);

    /* Takes the answer in. TW_CORRUPT when a message does not decode. */
    tw_status (*digest)(void *shared, int phase, const struct tw_answer *answer,
                        struct tw_work *work);

    /* Combine of a MERGE request, on the rank whose state is given: c = a ⊕ b, *count its elements.
     * c has room for the request's `room` elements and overlaps neither. a has the contribution of
     * the lowest rank; a pure function of a and b, so that ranks which do the same merge agree bit
     * for bit. Of those, one is called with keeps = 1: what the merge drops is its to keep, so that
     * own() of all ranks still adds up to the answer. A rank merges at most ⌈log2 ranks⌉ times
     * between its local and the digest. TW_CORRUPT for a partial that does not decode. NULL for
     * members without such a request. */
    tw_status (*merge)(void *shared, void *own_state, int keeps, const struct tw_partial *a,
                       const struct tw_partial *b, void *c, uint64_t *count, struct tw_work *work);

    /* out (dimension values, overwritten) = the average over ranks. */
    void (*mean)(void *shared, void *out, struct tw_work *work);

    /* y += scale · C(x_rank), x as given to local() in this step. y may be that x: a law checks it.
     */
    void (*own)(void *shared, void *own_state, int rank, double scale, void *y,
                struct tw_work *work);

    /* Indices that own() touches. */
    void (*support)(void *shared, void *own_state, int rank, struct tw_support *support);

    /* ‖C(x)−x‖² of one vector compressed alone (as if ranks = 1), without an exchange.
     * Uses the draws of the last begin(). Must not disturb a step under way: called between steps.
     */
    double (*try_alone)(void *shared, void *own_state, const void *x);

    /* Proven constants for these shapes: δ of a contraction, ω of an unbiased member; −1 when none
     * is proven (ARC with a finite sketch). NULL: none. */
    double (*delta)(const struct tw_problem *problem);
    double (*omega)(const struct tw_problem *problem);

    /* x += addend (dimension values each, apart), value by value: what an error-feedback rule does
     * before phase 0, here in the pass that searches x. What was found is kept for the rank's next
     * local of phase 0, which is given this very x, unchanged; what it then does and reports, and
     * what it refuses, is what it would do without. x holds the sums in any case. NULL for members
     * that gain nothing by it: the caller adds. */
    void (*add)(void *shared, void *own_state, const void *addend, void *x);
};

/* ---- the registry: list.def in its order ---- */
int tw_compressor_count(void);
const struct tw_compressor *tw_compressor_at(int index, enum tw_precision precision);
const struct tw_compressor *tw_compressor_find(const char *name, enum tw_precision precision);

/* The turns of a member, 1 where all steps are alike, and the plan of a step: what plan() is, for
 * members that have one. */
enum { TW_TURNS_MAX = 2 };
int tw_plan_turns(const struct tw_compressor *ops);
tw_status tw_plan_step(const struct tw_compressor *ops, const struct tw_problem *problem,
                       uint32_t step, struct tw_plan *plan) TW_MUST_CHECK;
/* For a member's plan(): room for so many phases, zeroed, and phase_count; TW_MEMORY. */
tw_status tw_plan_open(struct tw_plan *plan, int phases) TW_MUST_CHECK;
void tw_plan_free(struct tw_plan *plan);

/* Counts of kept rows or values: K = ⌈μm − 1e-9⌉ (ceil) or ⌊μm + 1e-9⌋ (floor), both in 1…m for m ≥
 * 1, 0 for m = 0. The 1e-9 undoes that .07·100 is 7.000000000000001 in binary. */
uint64_t tw_count_ceil(double share, uint64_t of);
uint64_t tw_count_floor(double share, uint64_t of);

/* ---- an instance: state allocated and calls forwarded, for callers that want no bookkeeping ----
 */

/* All ranks first…first+mine−1 of the problem live here. Zeroed is closed. */
struct tw_instance {
    const struct tw_compressor *ops;
    struct tw_problem problem; /* tensors and params stay borrowed */
    int first, mine;
    void *shared;
    void **own; /* mine states */
    size_t shared_B, rank_B;
};

/* Allocates and opens; on failure the instance is closed again. Runs ops->check first. */
tw_status tw_instance_open(struct tw_instance *instance, const struct tw_compressor *ops,
                           const struct tw_problem *problem, int first, int mine,
                           struct tw_err *err) TW_MUST_CHECK;
void tw_instance_close(struct tw_instance *instance);

#endif
