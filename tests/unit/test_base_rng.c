/* links: tw_base */
/* Streams: known answers of Philox, a pure function of the key, independence of neighbouring keys,
 * uniform words, normals and subsets. Chance of a false alarm of each bound is about 1e-6; seeds
 * are fixed, so a green test stays green. */
#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#define SEED 20240607U
#define ALARM 1e-6

static struct tw_stream_key key_of(uint32_t tensor)
{
    return (struct tw_stream_key){.seed = SEED, .tensor = tensor, .purpose = TW_PURPOSE_TEST};
}

/* Random123 1.14, tests/kat_vectors, the lines "philox4x32 10": counter, key, result. */
static const uint32_t known[3][10] = {
    {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
    {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e,
     0xa20bc7c6, 0x6d5451fd},
    {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb,
     0x5001e420, 0x24126ea1},
};

static void start_at(struct tw_stream *stream, const uint32_t *counter, const uint32_t *key)
{
    struct tw_stream_key any = key_of(0);
    tw_stream_open(stream, &any);
    memcpy(stream->state.counter, counter, sizeof stream->state.counter);
    memcpy(stream->state.key, key, sizeof stream->state.key);
    stream->state.used = 4;
}

START_TEST(known_answers)
{
    struct tw_stream stream;
    start_at(&stream, known[_i], known[_i] + 4);
    for (int w = 0; w < 4; w++)
        ck_assert_uint_eq(gsl_rng_get(&stream.gsl), known[_i][6 + w]);
}
END_TEST

START_TEST(the_counter_carries)
{
    const uint32_t at[4] = {0xffffffff, 4, 8, 9}, after[4] = {0, 5, 8, 9}, key[2] = {1, 2};
    struct tw_stream stream, next;
    start_at(&stream, at, key);
    start_at(&next, after, key);
    for (int w = 0; w < 4; w++)
        gsl_rng_get(&stream.gsl);
    for (int w = 0; w < 8; w++)
        ck_assert_uint_eq(gsl_rng_get(&stream.gsl), gsl_rng_get(&next.gsl));
}
END_TEST

/* The derivation of rng.c, done by hand with three known-answer blocks. */
START_TEST(origin_is_two_applications)
{
    struct tw_stream a, b, stream;
    const struct tw_stream_key key = {0x1122334455667788U, 5, 6, 7, 8, TW_PURPOSE_SKETCH};
    uint32_t words[4], origin[4];
    start_at(&a, (uint32_t[]){5, 6, 7, 8}, (uint32_t[]){0x55667788, 0x11223344});
    for (int w = 0; w < 4; w++)
        words[w] = (uint32_t)gsl_rng_get(&a.gsl);
    start_at(&b, words, (uint32_t[]){TW_PURPOSE_SKETCH, 0x7477524e});
    for (int w = 0; w < 4; w++)
        origin[w] = (uint32_t)gsl_rng_get(&b.gsl);
    start_at(&a, (uint32_t[]){0, 0, origin[2], origin[3]}, origin);
    tw_stream_open(&stream, &key);
    for (int w = 0; w < 12; w++)
        ck_assert_uint_eq(gsl_rng_get(&stream.gsl), gsl_rng_get(&a.gsl));
}
END_TEST

START_TEST(works_as_a_gsl_generator)
{
    gsl_rng *rng = gsl_rng_alloc(tw_rng_philox);
    ck_assert_ptr_nonnull(rng);
    gsl_rng_set(rng, 0);
    ck_assert_uint_eq(gsl_rng_min(rng), 0);
    ck_assert_uint_eq(gsl_rng_max(rng), 0xffffffffU);
    for (int w = 0; w < 4; w++)
        ck_assert_uint_eq(gsl_rng_get(rng), known[0][6 + w]);
    gsl_rng_set(rng, 0);
    /* (0x6627e8d5 >> 5)·2^26 + (0xe169c58d >> 6), over 2^53 */
    double expected = ((double)(0x6627e8d5U >> 5) * 0x1p26 + (double)(0xe169c58dU >> 6)) * 0x1p-53;
    ck_assert(gsl_rng_uniform(rng) == expected);
    gsl_rng_free(rng);
}
END_TEST

/* Each field moves the stream; no word is equal at the same place (chance 8·1000/2^32 = 2e-6), and
 * the bits that differ are half: mean 16 per word, sd of the mean of 1000 is √8/√1000 = 0.09. */
START_TEST(every_field_makes_another_stream)
{
    const struct tw_stream_key base = {SEED, 1, 2, 3, 4, TW_PURPOSE_INDICES};
    struct tw_stream_key keys[8];
    for (int i = 0; i < 8; i++)
        keys[i] = base;
    keys[0].seed ^= 1;
    keys[1].seed ^= 1ULL << 32;
    keys[2].repetition ^= 1;
    keys[3].rank ^= 1;
    keys[4].step ^= 1;
    keys[5].tensor ^= 1;
    keys[6].purpose = TW_PURPOSE_SKETCH;
    keys[7].rank = TW_RANK_ALL;
    for (int i = 0; i < 8; i++) {
        struct tw_stream one, other;
        unsigned differing = 0, equal = 0;
        tw_stream_open(&one, &base);
        tw_stream_open(&other, &keys[i]);
        for (int w = 0; w < 1000; w++) {
            uint32_t x = (uint32_t)gsl_rng_get(&one.gsl), y = (uint32_t)gsl_rng_get(&other.gsl);
            equal += x == y;
            differing += (unsigned)__builtin_popcount(x ^ y);
        }
        ck_assert_uint_eq(equal, 0);
        ck_assert_msg(fabs(differing / 1000.0 - 16) < 5 * 0.09, "key %d: %g bits of 32", i,
                      differing / 1000.0);
    }
}
END_TEST

START_TEST(nobody_disturbs_a_stream)
{
    struct tw_stream alone, mixed, other;
    struct tw_stream_key key = key_of(1), another = key_of(2);
    tw_stream_open(&alone, &key);
    tw_stream_open(&other, &another);
    tw_stream_open(&mixed, &key);
    for (int w = 0; w < 100; w++) {
        gsl_rng_get(&other.gsl);
        ck_assert_uint_eq(gsl_rng_get(&alone.gsl), gsl_rng_get(&mixed.gsl));
    }
}
END_TEST

/* First uniforms of many neighbouring keys: correlation of u(t) and u(t+1) is N(0, 1/n), and their
 * 64 cells are equally full: χ² with 63 degrees. */
START_TEST(neighbouring_keys_are_independent)
{
    enum { N = 64000, CELLS = 64 };
    double before = 0, product = 0, cells[CELLS] = {0}, chi2 = 0;
    int outside = 0;
    for (uint32_t t = 0; t <= N; t++) {
        struct tw_stream stream;
        struct tw_stream_key key = key_of(t);
        tw_stream_open(&stream, &key);
        double u = gsl_rng_uniform(&stream.gsl);
        outside += u < 0 || u >= 1;
        if (t > 0) {
            product += (u - 0.5) * (before - 0.5) * 12;
            cells[(int)(u * CELLS)]++;
        }
        before = u;
    }
    for (int c = 0; c < CELLS; c++)
        chi2 += pow(cells[c] - (double)N / CELLS, 2) / ((double)N / CELLS);
    ck_assert_int_eq(outside, 0);
    ck_assert_msg(fabs(product / N) < 5 / sqrt(N), "correlation %g", product / N);
    ck_assert_msg(gsl_cdf_chisq_Q(chi2, CELLS - 1) > ALARM, "chi2 %g, seed %u", chi2, SEED);
}
END_TEST

/* Of N standard normals: mean N(0, 1/N), Σx²/N has sd √(2/N), Σx⁴/N is 3 with sd √(96/N). */
START_TEST(normals_have_the_moments)
{
    enum { N = 200000 };
    double *x = malloc(N * sizeof *x), mean = 0, second = 0, fourth = 0;
    ck_assert_ptr_nonnull(x);
    struct tw_stream stream;
    struct tw_stream_key key = key_of(3);
    tw_stream_open(&stream, &key);
    tw_stream_normals(&stream, x, N);
    for (int i = 0; i < N; i++) {
        mean += x[i] / N;
        second += x[i] * x[i] / N;
        fourth += x[i] * x[i] * x[i] * x[i] / N;
    }
    ck_assert_msg(fabs(mean) < 5 / sqrt(N), "mean %g", mean);
    ck_assert_msg(fabs(second - 1) < 5 * sqrt(2.0 / N), "second moment %g", second);
    ck_assert_msg(fabs(fourth - 3) < 5 * sqrt(96.0 / N), "fourth moment %g", fourth);
    free(x);
}
END_TEST

static void check_subset(const uint32_t *out, uint32_t n, uint32_t k, const uint32_t *scratch)
{
    uint32_t wrong = 0; /* counted, because every assertion of Check writes to a pipe */
    for (uint32_t i = 0; i < k; i++)
        wrong += out[i] >= n || (i > 0 && out[i - 1] >= out[i]);
    for (uint32_t w = 0; w < (n + 31) / 32; w++)
        wrong += scratch[w] != 0;
    ck_assert_uint_eq(wrong, 0);
}

static const uint32_t shapes[][2] = {
    {0, 0},       {1, 0},         {1, 1},         {31, 31},           {32, 1},
    {33, 32},     {100, 50},      {4096, 1},      {4096, 2},          {4096, 3},
    {1 << 20, 1}, {1 << 20, 512}, {1 << 20, 513}, {1 << 20, 1 << 19}, {1 << 20, 1 << 20},
};

START_TEST(subsets_are_sets)
{
    uint32_t n = shapes[_i][0], k = shapes[_i][1];
    uint32_t *scratch = calloc((n + 31) / 32 + 1, sizeof *scratch);
    uint32_t *out = malloc((k + 1) * sizeof *out);
    ck_assert(scratch && out);
    struct tw_stream stream;
    struct tw_stream_key key = key_of((uint32_t)_i);
    tw_stream_open(&stream, &key);
    out[k] = 0xabcdef01U;
    tw_stream_subset(&stream, n, k, scratch, out);
    check_subset(out, n, k, scratch);
    ck_assert_uint_eq(out[k], 0xabcdef01U);
    free(scratch);
    free(out);
}
END_TEST

/* All C(6,3) = 20 subsets are equally likely: χ² with 19 degrees. */
START_TEST(every_subset_is_equally_likely)
{
    enum { TRIALS = 40000 };
    uint32_t scratch[1] = {0}, out[3];
    double counts[64] = {0}, chi2 = 0;
    int kinds = 0;
    struct tw_stream stream;
    struct tw_stream_key key = key_of(4);
    tw_stream_open(&stream, &key);
    for (int t = 0; t < TRIALS; t++) {
        tw_stream_subset(&stream, 6, 3, scratch, out);
        counts[1 << out[0] | 1 << out[1] | 1 << out[2]]++;
    }
    for (int mask = 0; mask < 64; mask++)
        if (__builtin_popcount((unsigned)mask) == 3) {
            kinds++;
            chi2 += pow(counts[mask] - TRIALS / 20.0, 2) / (TRIALS / 20.0);
        }
    ck_assert_int_eq(kinds, 20);
    ck_assert_msg(gsl_cdf_chisq_Q(chi2, 19) > ALARM, "chi2 %g, seed %u", chi2, SEED);
}
END_TEST

/* The sorted path (k ≤ n/2048): n = 2^16 in 64 cells, k = 20. The count of a cell over T subsets
 * has mean Tk/64 and variance Tk/64·(63/64)·(n−k)/(n−1); (Σ(c−mean)²/variance)·63/64 is χ² with 63.
 */
START_TEST(few_of_many_are_uniform)
{
    enum { N = 1 << 16, K = 20, TRIALS = 4000, CELLS = 64 };
    static uint32_t scratch[N / 32];
    uint32_t out[K];
    double cells[CELLS] = {0}, chi2 = 0, mean = (double)TRIALS * K / CELLS;
    double variance = mean * (1 - 1.0 / CELLS) * (N - K) / (N - 1.0);
    struct tw_stream stream;
    struct tw_stream_key key = key_of(5);
    tw_stream_open(&stream, &key);
    for (int t = 0; t < TRIALS; t++) {
        tw_stream_subset(&stream, N, K, scratch, out);
        for (int i = 0; i < K; i++)
            cells[out[i] / (N / CELLS)]++;
    }
    for (int c = 0; c < CELLS; c++)
        chi2 += pow(cells[c] - mean, 2) / variance * (CELLS - 1.0) / CELLS;
    ck_assert_msg(gsl_cdf_chisq_Q(chi2, CELLS - 1) > ALARM, "chi2 %g, seed %u", chi2, SEED);
    ck_assert_msg(gsl_cdf_chisq_P(chi2, CELLS - 1) > ALARM, "chi2 %g, seed %u", chi2, SEED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_rng");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, known_answers, 0, 3);
    tcase_add_test(tcase, the_counter_carries);
    tcase_add_test(tcase, origin_is_two_applications);
    tcase_add_test(tcase, works_as_a_gsl_generator);
    tcase_add_test(tcase, every_field_makes_another_stream);
    tcase_add_test(tcase, nobody_disturbs_a_stream);
    tcase_add_test(tcase, neighbouring_keys_are_independent);
    tcase_add_test(tcase, normals_have_the_moments);
    tcase_add_loop_test(tcase, subsets_are_sets, 0, (int)(sizeof shapes / sizeof shapes[0]));
    tcase_add_test(tcase, every_subset_is_equally_likely);
    tcase_add_test(tcase, few_of_many_are_uniform);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
