/* Members that send every value as a short code: what they share but the coding itself.
 *
 * A member names groups of values (groups.h), measures each group's scales and codes every value in
 * w bits. The codes travel in one of two ways:
 *
 *   GATHER  one message per rank: all scales in the working precision, then the codes (bits.h).
 *           Every rank decodes all messages and adds them.
 *   SUM     the scales are combined over the ranks first (MAX or SUM), one value per group; then
 *           the codes are added as whole numbers in lanes of 32-bit words, wide enough for the sum
 *           over all ranks: L = ⌈log2(N·most + 1)⌉ bits, ⌊32/L⌋ lanes a word. Exact: no lane
 *           overflows, and sums do not depend on the schedule.
 *   SUM of floats  codes of 16 bits that are numbers of a floating type without scales: d elements
 *           of that type, added as such and rounded once (the type may overflow to infinity).
 *
 * Block scales that differ between ranks cannot be summed on the wire, so they gather.
 * A member may send the codes of a GATHER as Elias codes (elias.h), its own code of 0 being most/2.
 * Fixed-width rows are kept on both sides and the messages coded from and decoded into them, N rows
 * more of memory; what the mean is made of is the same bit for bit.
 * Bytes: GATHER B·scales·groups + ⌈w·d/8⌉; Elias by the data; SUM B·groups and 4·⌈d/⌊32/L⌋⌉, of
 * floats 2·d. NaN and infinities are refused (TW_INPUT) by measure(). */
#ifndef TW_CODED_REAL_H
#define TW_CODED_REAL_H

#include "base/rounding.h"
#include "compressor.h"
#include "groups.h"

#define TW_CODED_TILE 1024    /* values coded at a time; a multiple of 8 */
#define TW_CODED_SCALES_MAX 2 /* of a group */

/* Whether all codes, seen through the mask, are at most `most`. */
int tw_coded_within(const uint16_t *codes, uint64_t n, uint32_t mask, uint32_t most);

#ifdef TW_PRECISION

/* Values of one group, at most a tile of them. */
struct tw_coded_piece {
    const struct tw_problem *problem;
    tw_real scales[TW_CODED_SCALES_MAX];
    tw_real own;                 /* code() only: the rank's own scale; SUM: as before the maximum */
    struct tw_rounding rounding; /* bits of the first value: tw_rounding_bits(rounding, first) */
    uint32_t first;
    uint64_t n;
};

struct tw_coder {
    struct tw_groups (*groups)(const struct tw_problem *problem);
    unsigned (*scales)(const struct tw_problem *problem); /* per group; SUM: at most 1. NULL: 1 */
    unsigned (*bits)(const struct tw_problem *problem);   /* w, 1 … 16 */
    uint32_t (*most)(const struct tw_problem *problem);   /* largest code, below 2^w */

    /* Scales of a whole group, n ≥ 1; TW_INPUT when a value or a scale is not finite. Called with
     * scales NULL when the member has none. */
    tw_status (*measure)(const struct tw_problem *problem, const tw_real *x, uint64_t n,
                         tw_real *scales);
    void (*code)(const struct tw_coded_piece *piece, const tw_real *x, uint16_t *codes);
    void (*value)(const struct tw_coded_piece *piece, const uint16_t *codes, tw_real *values);

    /* 1: scales that measure() can give. NULL: finite and not below 0. */
    int (*plausible)(const tw_real *scales);
    /* 1: n codes up to most that code() can give. NULL: all. */
    int (*known)(const struct tw_problem *problem, const uint16_t *codes, uint64_t n);

    /* ---- for members whose codes are added: by SUM where adds() is 1, and by everyone from the
     * messages of a GATHER where counts is 1; else 0 and NULL ---- */
    int (*adds)(const struct tw_problem *problem);
    int counts;
    enum tw_combine combine; /* of the scales; a GATHER can only add them */
    /* From the codes' sums over the ranks: N times the mean. scales are the combined ones. */
    void (*total)(const struct tw_coded_piece *piece, const uint32_t *sums, tw_real *totals);

    /* Type of codes that are added as floats; TW_ELEMENT_BYTE: they gather. NULL: never. */
    enum tw_element (*floats)(const struct tw_problem *problem);

    /* Reads of all values by measure() beside the one that DITHER and QUANTISE count: an even
     * number. NULL: none. */
    unsigned (*passes)(const struct tw_problem *problem);

    int draws; /* 1: code() rounds at random (the work is DITHER, not QUANTISE) */

    int (*elias)(const struct tw_problem *problem);   /* GATHER in Elias codes. NULL: never */
    int (*rotates)(const struct tw_problem *problem); /* Hadamard rotation first. NULL: never */
};

/* The replicated state; a member's shared state begins with it. */
struct tw_coded_shared {
    struct tw_problem problem;
    const struct tw_coder *coder;
    struct tw_groups groups;
    uint64_t group_count, wire_B, words;
    unsigned scale_count, bits, lane; /* lane: bits of a lane; 0 for GATHER */
    uint32_t most;
    int rotates, totals; /* totals: the mean is made by total() */
    int elias;
    enum tw_element element; /* of the codes: U32 lanes, floats, or bytes that are gathered */
    uint32_t step;
    const unsigned char **messages; /* of every rank, borrowed from the answer, or from rows */
    unsigned char *rows;            /* Elias: the messages of all ranks, decoded */
    const uint32_t *sum;            /* likewise, for SUM */
    const unsigned char *float_sum; /* likewise, for SUM of floats */
    tw_real *combined;              /* scales combined over the ranks, for total() */
    uint16_t *codes;                /* a tile */
    uint32_t *sums;                 /* a tile */
    tw_real *values;                /* a tile */
    double *wide;                   /* a tile */
    tw_real *turned;                /* the bucket, rotated */
    unsigned char *trial;           /* a message of try_alone */
    tw_real *trial_scales;
};

struct tw_coded_rank {
    int rank;
    unsigned char *wire; /* GATHER: the message; SUM: the words */
    unsigned char *sent; /* Elias: the message, made of wire */
    tw_real *scales;     /* SUM: its own */
};

/* 1: the codes are the elements of a SUM of floats. */
static inline int TW_T(tw_coded_adds_floats)(const struct tw_coded_shared *shared)
{
    return shared->element == TW_ELEMENT_F16 || shared->element == TW_ELEMENT_BF16;
}

/* Callbacks that need the coder. */
void TW_T(tw_coded_sizes)(const struct tw_coder *coder, const struct tw_problem *problem,
                          size_t *shared_B, size_t *rank_B);
void TW_T(tw_coded_open)(const struct tw_coder *coder, const struct tw_problem *problem,
                         void *shared);
int TW_T(tw_coded_phases)(const struct tw_coder *coder, const struct tw_problem *problem);
tw_status TW_T(tw_coded_plan)(const struct tw_coder *coder, const struct tw_problem *problem,
                              struct tw_plan *plan);
/* TW_RANGE: too many values for 32-bit counters, or too many ranks for a lane of 32 bits. */
tw_status TW_T(tw_coded_check)(const struct tw_coder *coder, const struct tw_problem *problem,
                               struct tw_err *err);

/* Callbacks as they are. */
void TW_T(tw_coded_open_rank)(const struct tw_problem *problem, void *shared, void *own_state,
                              int rank);
void TW_T(tw_coded_begin)(void *shared, uint32_t step);
tw_status TW_T(tw_coded_local)(void *shared, void *own_state, int rank, int phase, const void *x,
                               const struct tw_answer *inbox, struct tw_request *request,
                               struct tw_work *work);
tw_status TW_T(tw_coded_digest)(void *shared, int phase, const struct tw_answer *answer,
                                struct tw_work *work);
void TW_T(tw_coded_mean)(void *shared, void *out, struct tw_work *work);
void TW_T(tw_coded_own)(void *shared, void *own_state, int rank, double scale, void *y,
                        struct tw_work *work);
void TW_T(tw_coded_support)(void *shared, void *own_state, int rank, struct tw_support *support);
double TW_T(tw_coded_try_alone)(void *shared, void *own_state, const void *x);

/* Work, charged alike by plan and run. */
void TW_T(tw_coded_charge_measure)(const struct tw_coded_shared *shared, struct tw_work *work);
void TW_T(tw_coded_charge_code)(const struct tw_coded_shared *shared, struct tw_work *work);
void TW_T(tw_coded_charge_mean)(const struct tw_coded_shared *shared, struct tw_work *work);
void TW_T(tw_coded_charge_own)(const struct tw_coded_shared *shared, struct tw_work *work);

/* The callbacks that need the coder, for a member's file… */
#define TW_CODED_FUNCTIONS(coder)                                                      \
    static tw_status coded_check(const struct tw_problem *problem, struct tw_err *err) \
    {                                                                                  \
        return TW_T(tw_coded_check)(coder, problem, err);                              \
    }                                                                                  \
    static void coded_sizes(const struct tw_problem *problem, size_t *a, size_t *b)    \
    {                                                                                  \
        TW_T(tw_coded_sizes)(coder, problem, a, b);                                    \
    }                                                                                  \
    static void coded_open(const struct tw_problem *problem, void *shared)             \
    {                                                                                  \
        TW_T(tw_coded_open)(coder, problem, shared);                                   \
    }                                                                                  \
    static int coded_phases(const struct tw_problem *problem)                          \
    {                                                                                  \
        return TW_T(tw_coded_phases)(coder, problem);                                  \
    }                                                                                  \
    static tw_status coded_plan(const struct tw_problem *problem, struct tw_plan *out) \
    {                                                                                  \
        return TW_T(tw_coded_plan)(coder, problem, out);                               \
    }

/* …and all callbacks but delta and omega, for its table. */
#define TW_CODED_CALLBACKS                                                                   \
    .precision = TW_THIS_PRECISION, .check = coded_check, .sizes = coded_sizes,              \
    .open = coded_open, .open_rank = TW_T(tw_coded_open_rank), .phases = coded_phases,       \
    .plan = coded_plan, .begin = TW_T(tw_coded_begin), .local = TW_T(tw_coded_local),        \
    .digest = TW_T(tw_coded_digest), .mean = TW_T(tw_coded_mean), .own = TW_T(tw_coded_own), \
    .support = TW_T(tw_coded_support), .try_alone = TW_T(tw_coded_try_alone)

#endif
#endif
