/* Keyed random streams on Philox4x32-10.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011;
 * Random123 1.14. Philox P(key, counter) is a bijection of 128-bit counters for every 64-bit key.
 *
 * A stream's origin is made from the seven key words by two applications:
 *     a = P(key = (seed low, seed high), counter = (repetition, rank, step, tensor))
 *     b = P(key = (purpose, TAG),        counter = a)
 * The stream is then P(key = (b0, b1), counter = (i low, i high, b2, b3)) for i = 0, 1, 2 …, four
 * words each. For one seed and one purpose the map from (repetition, rank, step, tensor) to b is
 * injective, so two such streams never share a block; otherwise they meet with chance 2^-128. */
#include "rng.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort_uint.h>
#include <Random123/philox.h>
#include <string.h>

/* "twRN": keeps the second application apart from all first ones. */
#define TAG 0x7477524eU

static void block_of(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
    philox4x32_key_t k = {{key[0], key[1]}};
    philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
    philox4x32_ctr_t r = philox4x32_R(10, c, k);
    memcpy(out, r.v, sizeof r.v);
}

static uint32_t next_word(struct tw_philox_state *state)
{
    if (state->used >= 4) {
        block_of(state->key, state->counter, state->block);
        if (++state->counter[0] == 0)
            state->counter[1]++;
        state->used = 0;
    }
    return state->block[state->used++];
}

static void set(void *memory, unsigned long seed)
{
    struct tw_philox_state *state = memory;
    memset(state, 0, sizeof *state);
    state->key[0] = (uint32_t)seed;
    state->key[1] = (uint32_t)((uint64_t)seed >> 32);
    state->used = 4;
}

static unsigned long get(void *memory)
{
    return next_word(memory);
}

/* 53 random bits in [0, 1): 27 of one word above 26 of the next. */
static double get_double(void *memory)
{
    uint64_t high = next_word(memory) >> 5;
    uint64_t low = next_word(memory) >> 6;
    return (double)(high << 26 | low) * 0x1p-53;
}

static const gsl_rng_type philox = {
    "philox4x32-10", 0xffffffffUL, 0, sizeof(struct tw_philox_state), set, get, get_double,
};
const gsl_rng_type *const tw_rng_philox = &philox;

void tw_stream_open(struct tw_stream *stream, const struct tw_stream_key *key)
{
    const uint32_t seed[2] = {(uint32_t)key->seed, (uint32_t)(key->seed >> 32)};
    const uint32_t place[4] = {key->repetition, key->rank, key->step, key->tensor};
    const uint32_t purpose[2] = {(uint32_t)key->purpose, TAG};
    uint32_t a[4], b[4];
    block_of(seed, place, a);
    block_of(purpose, a, b);
    memset(stream, 0, sizeof *stream);
    stream->state.key[0] = b[0];
    stream->state.key[1] = b[1];
    stream->state.counter[2] = b[2];
    stream->state.counter[3] = b[3];
    stream->state.used = 4;
    stream->gsl.type = tw_rng_philox;
    stream->gsl.state = &stream->state;
}

/* Uniform on 0…bound−1 without bias: Lemire, "Fast random integer generation in an interval",
 * ACM TOMACS 29 (2019). */
static uint32_t below(struct tw_philox_state *state, uint32_t bound)
{
    uint64_t product = (uint64_t)next_word(state) * bound;
    if ((uint32_t)product < bound) {
        uint32_t threshold = (0U - bound) % bound;
        while ((uint32_t)product < threshold)
            product = (uint64_t)next_word(state) * bound;
    }
    return (uint32_t)(product >> 32);
}

static int mark(uint32_t *bits, uint32_t i)
{
    uint32_t bit = 1U << (i & 31);
    int fresh = !(bits[i >> 5] & bit);
    bits[i >> 5] |= bit;
    return fresh;
}

/* Writes the marked indices in ascending order and clears the marks. O(n/32 + k). */
static void collect(uint32_t *bits, uint32_t n, uint32_t *out)
{
    uint32_t words = n / 32 + (n % 32 != 0);
    for (uint32_t w = 0; w < words; w++) {
        for (uint32_t rest = bits[w]; rest; rest &= rest - 1)
            *out++ = w * 32 + (uint32_t)__builtin_ctz(rest);
        bits[w] = 0;
    }
}

/* Floyd's method (Bentley, CACM 30, 1987): for j = n−k…n−1 draw t in 0…j and take t, or j when t is
 * already taken. Membership is a bit, so it costs O(k); sorting comes after it. */
void tw_stream_subset(struct tw_stream *stream, uint32_t n, uint32_t k, uint32_t *scratch,
                      uint32_t *out)
{
    for (uint32_t i = 0; i < k; i++) {
        uint32_t j = n - k + i;
        uint32_t t = below(&stream->state, j + 1);
        if (!mark(scratch, t)) {
            t = j;
            mark(scratch, t);
        }
        out[i] = t;
    }
    if (k > n / 2048) { /* scanning the bitmap is then cheaper than sorting */
        collect(scratch, n, out);
        return;
    }
    for (uint32_t i = 0; i < k; i++)
        scratch[out[i] >> 5] = 0;
    gsl_sort_uint(out, 1, k);
}

void tw_stream_normals(struct tw_stream *stream, double *out, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        out[i] = gsl_ran_gaussian_ziggurat(&stream->gsl, 1.0);
}
