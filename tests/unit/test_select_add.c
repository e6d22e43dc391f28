/* links: tw_base tw_compressors */
/* Addition and selection in one pass against the two calls, bit for bit, on sums that take each way
 * of a selection: counted whole, sampled, a misleading sample (candidates overflow, or there are
 * too few), ties, ends that are no whole block; and sums that are not finite. */
#define TW_PRECISION 32
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "base/vec.h"
#include "select_real.h"
#include <gsl/gsl_randist.h>

enum { LINE = 16, SIZES = 5, SHARES = 6 };
enum kind { NORMAL, TIES, EQUAL, LOW_LINES, HIGH_LINES, KINDS };

static const uint64_t sizes[SIZES] = {0, 63, 1000, 32768 + 37, 262144 + 5};
static const double shares[SHARES] = {0, 0.0001, 0.01, 0.2, 0.5, 1};

struct case_of {
    uint64_t n, k;
    float *x, *addend;   /* one pass */
    double *wide, *more; /* the same numbers */
};

/* The lines that a selection samples: its generator is a fixed hash (select_real.c). */
static void set_sampled(float *x, uint64_t n, float value)
{
    uint64_t lines = n / LINE, state = UINT64_C(0x9e3779b97f4a7c15);
    for (uint64_t i = 0; i < n / 32 / LINE; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t line = (uint64_t)(((__uint128_t)state * lines) >> 64);
        for (uint64_t j = 0; j < LINE; j++)
            x[line * LINE + j] = value;
    }
}

/* Sums are exact where they are of small integers: ties stay ties. */
static void fill(const struct case_of *at, enum kind kind)
{
    struct tw_stream_key key = {3, 0, 0, (uint32_t)at->n, 0, TW_PURPOSE_TEST};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    for (uint64_t i = 0; i < at->n; i++) {
        double drawn = gsl_ran_gaussian(&stream.gsl, 1);
        at->x[i] = kind == EQUAL ? 3 : (float)(kind == TIES ? (double)(int)(4 * drawn) : drawn);
        at->addend[i] =
            kind == EQUAL ? -4 : (float)(kind == TIES ? (double)(i % 3) : 0.125 * drawn * drawn);
    }
    if (kind == LOW_LINES || kind == HIGH_LINES)
        set_sampled(at->x, at->n, kind == LOW_LINES ? 0 : 1000);
    for (uint64_t i = 0; i < at->n; i++) {
        at->wide[i] = (double)at->x[i];
        at->more[i] = (double)at->addend[i];
    }
}

static int agree_f32(const struct case_of *at, void *scratch, uint32_t *out)
{
    uint64_t n = at->n, k = at->k;
    float *sum = malloc((n + 1) * sizeof *sum), *values = malloc((k + 1) * sizeof *values);
    uint32_t *again = malloc((k + 1) * sizeof *again);
    ck_assert(sum && values && again);
    tw_vec_sum_f32(sum, at->x, at->addend, n);
    again[k] = 0xdeadbeef;
    tw_status two = tw_select_f32(sum, n, k, scratch, out);
    tw_status one = tw_select_add_f32(at->x, at->addend, n, k, scratch, again, values);
    int same = one == two && memcmp(at->x, sum, n * sizeof *sum) == 0 && again[k] == 0xdeadbeef;
    for (uint64_t i = 0; same && one == TW_OK && i < k; i++)
        same = again[i] == out[i] && values[i] == sum[out[i]];
    free(sum);
    free(values);
    free(again);
    return same;
}

static int agree_f64(const struct case_of *at, void *scratch, uint32_t *out)
{
    uint64_t n = at->n, k = at->k;
    double *sum = malloc((n + 1) * sizeof *sum), *values = malloc((k + 1) * sizeof *values);
    uint32_t *again = malloc((k + 1) * sizeof *again);
    ck_assert(sum && values && again);
    for (uint64_t i = 0; i < n; i++)
        sum[i] = at->wide[i] + at->more[i];
    tw_status two = tw_select_f64(sum, n, k, scratch, out);
    tw_status one = tw_select_add_f64(at->wide, at->more, n, k, scratch, again, values);
    int same = one == two;
    for (uint64_t i = 0; same && i < n; i++)
        same = at->wide[i] == sum[i] || (__builtin_isnan(at->wide[i]) && __builtin_isnan(sum[i]));
    for (uint64_t i = 0; same && one == TW_OK && i < k; i++)
        same = again[i] == out[i] && values[i] == sum[out[i]];
    free(sum);
    free(values);
    free(again);
    return same;
}

static void run(uint64_t n, double share, enum kind kind, float poison)
{
    struct case_of at = {.n = n, .k = (uint64_t)(share * (double)n)};
    size_t narrow = tw_select_scratch_B_f32(n, at.k), wide = tw_select_scratch_B_f64(n, at.k);
    void *scratch = malloc(narrow > wide ? narrow : wide);
    uint32_t *out = malloc((at.k + 1) * sizeof *out);
    at.x = malloc((n + 1) * sizeof *at.x);
    at.addend = malloc((n + 1) * sizeof *at.addend);
    at.wide = malloc((n + 1) * sizeof *at.wide);
    at.more = malloc((n + 1) * sizeof *at.more);
    ck_assert(scratch && out && at.x && at.addend && at.wide && at.more);
    fill(&at, kind);
    if (poison != 0 && n > 0) {
        at.addend[n / 2] = poison;
        at.more[n / 2] = (double)poison;
    }
    ck_assert_msg(agree_f32(&at, scratch, out), "fp32: %llu of %llu, kind %d, seed 3",
                  (unsigned long long)at.k, (unsigned long long)n, (int)kind);
    ck_assert_msg(agree_f64(&at, scratch, out), "fp64: %llu of %llu, kind %d, seed 3",
                  (unsigned long long)at.k, (unsigned long long)n, (int)kind);
    free(scratch);
    free(out);
    free(at.x);
    free(at.addend);
    free(at.wide);
    free(at.more);
}

START_TEST(test_same_bits)
{
    for (int n = 0; n < SIZES; n++)
        for (int s = 0; s < SHARES; s++)
            run(sizes[n], shares[s], (enum kind)_i, 0);
}
END_TEST

/* The sum is refused where the one value that is not finite is behind the sum's other way too. */
START_TEST(test_not_finite)
{
    float x[2] = {1, 2}, infinite[2] = {0, __builtin_inff()}, values[1];
    uint32_t out[1];
    void *scratch = malloc(tw_select_scratch_B_f32(2, 1));
    ck_assert_ptr_nonnull(scratch);
    ck_assert_int_eq(tw_select_add_f32(x, infinite, 2, 1, scratch, out, values), TW_INPUT);
    free(scratch);
    for (int n = 2; n < SIZES; n++) {
        run(sizes[n], 0.01, NORMAL, __builtin_inff());
        run(sizes[n], 0.2, NORMAL, __builtin_nanf(""));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("addition and selection");
    TCase *tests = tcase_create("one pass");
    tcase_add_loop_test(tests, test_same_bits, 0, KINDS);
    tcase_add_test(tests, test_not_finite);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
