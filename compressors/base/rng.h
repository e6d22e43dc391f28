/* Keyed random streams: Philox4x32-10 (Random123; Salmon et al., SC 2011) as a gsl_rng_type.
 * A stream is a pure function of its key, so a draw never depends on who drew before. */
#ifndef TW_BASE_RNG_H
#define TW_BASE_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

#define TW_RANK_ALL 0xffffffffU  /* a replicated draw: the same on every rank */
#define TW_STEP_NONE 0xffffffffU /* not tied to a step (splits, initial weights) */
#define TW_TENSOR_NONE 0xffffffffU

/* What the stream is for; appended only, never renumbered (the numbers are part of every result).
 */
enum tw_purpose {
    TW_PURPOSE_SPLIT = 1,      /* which samples a rank owns */
    TW_PURPOSE_WEIGHTS = 2,    /* initial weights */
    TW_PURPOSE_BATCH = 3,      /* which samples are in a batch */
    TW_PURPOSE_SKETCH = 4,     /* ARC's V */
    TW_PURPOSE_INDICES = 5,    /* shared or own random supports */
    TW_PURPOSE_SYNTHETIC = 6,  /* own component of synthetic gradients */
    TW_PURPOSE_SHARED = 7,     /* shared component of synthetic gradients */
    TW_PURPOSE_SCALE = 8,      /* row and layer scales of synthetic gradients */
    TW_PURPOSE_NOISE = 9,      /* stochastic noise of toy problems */
    TW_PURPOSE_ROUNDING = 10,  /* stochastic rounding */
    TW_PURPOSE_JITTER = 11,    /* compute seconds of a rank in a step */
    TW_PURPOSE_STRAGGLER = 12, /* which ranks or links are slow in a step, and how slow */
    TW_PURPOSE_TEST = 100
};

struct tw_stream_key {
    uint64_t seed;
    uint32_t repetition, rank, step, tensor;
    enum tw_purpose purpose;
};

extern const gsl_rng_type *const tw_rng_philox;

/* A stream that lives in the caller's memory: no allocation. Use &stream->gsl with gsl_ran_*.
 * Must not be copied after tw_stream_open (gsl.state points into it). */
struct tw_stream {
    gsl_rng gsl;
    struct tw_philox_state {
        uint32_t key[2], counter[4], block[4];
        uint32_t used; /* words of block already given out; 4 = draw the next block */
    } state;
};

void tw_stream_open(struct tw_stream *stream, const struct tw_stream_key *key);

/* k different indices of 0…n−1, every set of k equally likely, ascending; n < 2^32, k ≤ n. Floyd's
 * method on a bitmap: k draws, then O(k log k) for k ≤ n/2048, O(n/32 + k) above; no allocation.
 * scratch has (n+31)/32 words, zero on entry and zero again on return. */
void tw_stream_subset(struct tw_stream *stream, uint32_t n, uint32_t k, uint32_t *scratch,
                      uint32_t *out);

/* n standard normals by gsl_ran_gaussian_ziggurat, in order. */
void tw_stream_normals(struct tw_stream *stream, double *out, uint64_t n);

#endif
