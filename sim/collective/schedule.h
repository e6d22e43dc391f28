/* A collective algorithm as a pure function: what a rank sends and receives in its s-th step.
 *
 * Semantics, the same for every executor (memory, SimGrid, max-plus, MPI):
 * - all pieces of one direction to one peer in one step are ONE message (tw_schedule_messages);
 *   an empty message exists and costs α;
 * - what is sent in step s is received in step s; sends read what was there before the step;
 *   receives combine in the order listed;
 * - a message starts when both ends have posted it: e = max(x_s, x_r) + α + bytes/rate;
 * - a rank's step is done when all its sends and receives are; then γ·(combined bytes); then s+1.
 *   No barrier anywhere;
 * - lanes are independent step lists that run at the same time.
 */
#ifndef TW_COLLECTIVE_SCHEDULE_H
#define TW_COLLECTIVE_SCHEDULE_H

#include "base/err.h"
#include "base/member.h"
#include "layout.h"

enum tw_action { TW_SEND, TW_RECEIVE_COPY, TW_RECEIVE_COMBINE };

/* Blocks first, first+stride, …, `count` of them, by their global names. */
struct tw_piece {
    int peer;
    enum tw_action action;
    uint32_t first, count, stride;
};

/* What cost() promises: the time itself (to rounding); never less than the time; neither. */
enum tw_cost_kind { TW_COST_EXACT, TW_COST_BOUND, TW_COST_ASYMPTOTE };

struct tw_algorithm {
    struct tw_member member; /* requests = 1 << kind carried */
    enum tw_request_kind kind;
    int one_port; /* at most one send and one receive per rank and step */
    /* Whether it can run this layout at all (layout->blocks not yet set). NULL: always. */
    int (*fits)(const struct tw_layout *layout);
    /* Blocks that it cuts the layout into (layout->blocks not yet set), ≥ 1; layout.h says what the
     * kinds other than SUM and BROADCAST have. A MERGE names its partials by the ranks alone, every
     * piece names one, and a rank merges at most ⌈log2 p⌉ times. */
    uint32_t (*blocks)(const struct tw_layout *layout);
    int (*lanes)(const struct tw_layout *layout);      /* ≥ 1 */
    int (*steps)(const struct tw_layout *layout);      /* of every lane; 0 for p = 1 */
    int (*pieces_max)(const struct tw_layout *layout); /* bound of step()'s return */
    /* Pieces of (lane, rank, s) into out; returns how many (0: the rank idles in this step). */
    int (*step)(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out);
    /* Seconds when every rank enters at once, all links are alike, and nothing contends but the
     * messages that one rank sends, or receives, in one step and in all lanes. */
    double (*cost)(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB);
    enum tw_cost_kind cost_kind;
};

/* ---- registry: list.def in its order ---- */
int tw_algorithm_count(void);
const struct tw_algorithm *tw_algorithm_at(int index);
/* By operation and name, e.g. (TW_SUM, "ring"); NULL when there is none. */
const struct tw_algorithm *tw_algorithm_find(enum tw_request_kind kind, const char *name);
/* `auto`: the cheapest that fits, by cost at these constants; ties go to the list's order. NULL:
 * none. Only schedules that every executor can price exactly are candidates: one-port, one lane.
 * Costs that are bounds compete as they are, since they never promise too much; asymptotes do not
 * compete. */
/* A MERGE is not chosen so: what ranks compute depends on its schedule, which therefore must not
 * depend on the network. `auto` is tw_algorithm_merge_auto there. */
const struct tw_algorithm *tw_algorithm_choose(const struct tw_layout *layout, double alpha_s,
                                               double beta_sB, double gamma_sB);

/* Whether `auto` may take it, for a layout that it fits (tw_layout_for). */
int tw_algorithm_competes(const struct tw_algorithm *algorithm, const struct tw_layout *layout);

/* What `auto` is for a MERGE, whatever the platform: recursive_doubling, which for partials of one
 * size is never dearer than the tree, at any α and β. */
const struct tw_algorithm *tw_algorithm_merge_auto(void);

/* Libraries whose published rules may choose instead of the cost (choose_presets.c). */
enum tw_preset { TW_PRESET_OMPI, TW_PRESET_MPICH, TW_PRESET_NCCL, TW_PRESET_UCC, TW_PRESET_COUNT };
/* "ompi", "mpich", "nccl", "ucc"; -1: none of them. */
int tw_preset_by_name(const char *name);
const char *tw_preset_name(enum tw_preset preset);
/* What a library may ask of the way between ranks; only NCCL's rule does. Seconds per byte, one
 * way. */
struct tw_preset_wires {
    double beta_sB;  /* of one card of a node, or of the only link of a rank */
    double inner_sB; /* of a GPU inside its node; 0: not known, or nodes of one rank */
    int cards;       /* of a node; 0: one */
};
/* What the library would take for this layout. NULL: its choice is not among the schedules here.
 * The choice may have several lanes. */
const struct tw_algorithm *tw_algorithm_choose_preset(enum tw_preset preset,
                                                      const struct tw_layout *layout,
                                                      const struct tw_preset_wires *wires);

/* Completes a layout for an algorithm (sets blocks); TW_REFUSED when it does not fit. */
tw_status tw_layout_for(const struct tw_algorithm *algorithm, struct tw_layout *layout,
                        struct tw_err *err) TW_MUST_CHECK;

/* ---- messages: the one grouping that every executor uses ---- */

struct tw_message {
    int peer;
    int sends, receives; /* 0 or 1: whether this direction exists in this step */
    uint64_t send_B, receive_B;
    uint64_t combine_B; /* received bytes that are combined, not copied; 0 for a MERGE, whose
                           combining is the compressor's work, charged as kernels */
};

/* Messages of (lane, rank, s), one per peer, in the order the peers are first named. pieces and
 * out have room for pieces_max entries; piece_count (may be NULL) gets the number of pieces. */
int tw_schedule_messages(const struct tw_algorithm *algorithm, const struct tw_layout *layout,
                         int lane, int rank, int s, struct tw_piece *pieces, int *piece_count,
                         struct tw_message *out);

/* Payload bytes and messages that one rank sends in the whole collective. TW_MEMORY possible. */
tw_status tw_schedule_traffic(const struct tw_algorithm *algorithm, const struct tw_layout *layout,
                              int rank, uint64_t *sent_B, uint64_t *messages) TW_MUST_CHECK;

/* Merges that one rank does in a whole MERGE. TW_MEMORY possible. */
tw_status tw_schedule_merges(const struct tw_algorithm *algorithm, int ranks, int rank,
                             uint64_t *merges) TW_MUST_CHECK;

/* Least seconds that any rank needs to inject or eject its bytes at beta: max over ranks. For SUM
 * 2(p−1)/p·n·β (no algorithm that leaves the sum on all ranks sends less), for BROADCAST n·β, for
 * GATHER, REDUCE_SCATTER and ALL_TO_ALL the largest of what a rank must receive or send once, for
 * MERGE (blocks set) the smallest partial. */
double tw_injection_bound(const struct tw_layout *layout, double beta_sB);

/* ---- on real arrays ---- */

/* Runs the schedule on arrays in memory. buffers[r] has layout->count elements.
 * SUM: rank r's contribution; afterwards every buffer holds the result. GATHER: rank r's own block
 * in place; afterwards every buffer holds all. REDUCE_SCATTER: rank r's contribution; afterwards
 * block r is the sum's. BROADCAST: the root's data; afterwards every buffer holds it. ALL_TO_ALL:
 * blocks r·ranks + q in place; afterwards blocks s·ranks + r are. What is not named is overwritten.
 * MERGE, of partials of one size only (else TW_REFUSED): buffers[r] has one partial, rank r's own
 * and afterwards the result, merged by `combine`; a name given to two different partials is
 * TW_DEADLOCK too.
 * Elements f32, f64, u32, u64 (combine in that type); any where nothing is combined.
 * TW_DEADLOCK when a message has no partner, when its halves differ in bytes or blocks, when a
 * piece names a rank or block that does not exist, or when lanes disturb one another; the text
 * names step, lane, rank and peer. TW_REFUSED when a piece combines elements that have no sum.
 * After a failure the buffers are undefined. Any algorithm will do, listed or not. */
tw_status tw_execute_memory(const struct tw_algorithm *algorithm, const struct tw_layout *layout,
                            enum tw_combine combine, void *const *buffers,
                            struct tw_err *err) TW_MUST_CHECK;

#endif
