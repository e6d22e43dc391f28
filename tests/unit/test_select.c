/* links: tw_base tw_compressors */
/* Exact selection against a sort, on vectors that take each of its ways. */
#include <gsl/gsl_randist.h>
#include "base/rng.h"
#include "compressor_rig.h"
#include "select_real.h"

struct entry {
    double magnitude;
    uint32_t index;
};

static int larger_first(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->magnitude != y->magnitude)
        return x->magnitude > y->magnitude ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static int by_index(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* What a sort by (magnitude falling, index rising) keeps, ascending. */
static uint32_t *sorted_choice(const void *x, enum tw_precision precision, uint64_t n, uint64_t k)
{
    struct entry *entries = calloc(n + 1, sizeof *entries);
    uint32_t *kept = calloc(k + 1, sizeof *kept);
    for (uint64_t i = 0; i < n; i++)
        entries[i] = (struct entry){fabs(get(x, precision, i)), (uint32_t)i};
    qsort(entries, n, sizeof *entries, larger_first);
    for (uint64_t i = 0; i < k; i++)
        kept[i] = entries[i].index;
    qsort(kept, k, sizeof *kept, by_index);
    free(entries);
    return kept;
}

static tw_status select_any(const void *x, enum tw_precision precision, uint64_t n, uint64_t k,
                            uint32_t *out)
{
    size_t size =
        precision == TW_FP64 ? tw_select_scratch_B_f64(n, k) : tw_select_scratch_B_f32(n, k);
    void *scratch = malloc(size);
    memset(scratch, 0xa5, size); /* scratch needs no initial value */
    tw_status status = precision == TW_FP64 ? tw_select_f64(x, n, k, scratch, out)
                                            : tw_select_f32(x, n, k, scratch, out);
    free(scratch);
    return status;
}

static void compare(const void *x, enum tw_precision precision, uint64_t n, uint64_t k,
                    const char *what)
{
    uint32_t *expected = sorted_choice(x, precision, n, k), *found = calloc(k + 1, sizeof *found);
    found[k] = 0xdeadbeef;
    tw_status status = select_any(x, precision, n, k, found);
    if (status != TW_OK || memcmp(found, expected, k * sizeof *found) != 0 ||
        found[k] != 0xdeadbeef)
        ck_abort_msg("%s fp%d n=%llu k=%llu: %s", what, precision == TW_FP64 ? 64 : 32,
                     (unsigned long long)n, (unsigned long long)k, tw_status_text(status));
    free(found);
    free(expected);
}

static const char *const kinds[] = {"gaussian",  "heavy tail", "few values", "all equal",
                                    "zeros",     "sparse",     "sorted",     "two clusters",
                                    "denormals", "one line"};
#define KINDS ((int)(sizeof kinds / sizeof *kinds))

static double value_of(int kind, gsl_rng *rng, uint64_t i, uint64_t n, double tiny)
{
    switch (kind) {
    case 0:
        return gsl_ran_gaussian_ziggurat(rng, 1.0);
    case 1:
        return gsl_ran_tdist(rng, 1.5);
    case 2:
        return (double)gsl_rng_uniform_int(rng, 3) - 1.0;
    case 3:
        return gsl_rng_uniform(rng) < 0.5 ? -0.5 : 0.5;
    case 5:
        return gsl_rng_uniform(rng) < 0.002 ? gsl_ran_gaussian_ziggurat(rng, 1.0) : 0.0;
    case 6:
        return (double)i - (double)n / 3.0;
    case 7: /* the sample misjudges: all that matters lies together */
        return i < n / 100 ? 1000.0 + gsl_rng_uniform(rng) : gsl_rng_uniform(rng);
    case 8:
        return tiny * (double)gsl_rng_uniform_int(rng, 100);
    case 9:
        return i / 16 == n / 40 ? 5.0 : 0.0;
    default:
        return i % 2 ? 0.0 : -0.0;
    }
}

static void try_size(uint64_t n, const double *ratios, int count)
{
    for (int p = 0; p < 2; p++)
        for (int kind = 0; kind < KINDS; kind++) {
            enum tw_precision precision = (enum tw_precision)p;
            struct tw_stream_key key = {1, 0, 0, (uint32_t)kind, (uint32_t)n, TW_PURPOSE_TEST};
            struct tw_stream stream;
            void *x = vector_of(precision, n);
            tw_stream_open(&stream, &key);
            for (uint64_t i = 0; i < n; i++)
                set(x, precision, i,
                    value_of(kind, &stream.gsl, i, n, precision == TW_FP64 ? 0x1p-1074 : 0x1p-149));
            for (int c = 0; c < count; c++)
                compare(x, precision, n, (uint64_t)(ratios[c] * (double)n), kinds[kind]);
            free(x);
        }
}

START_TEST(test_small)
{
    static const double ratios[] = {0.0, 0.1, 0.5, 1.0};
    static const uint64_t sizes[] = {0, 1, 2, 15, 16, 17, 63, 64, 65, 1000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        try_size(sizes[s], ratios, 4);
}
END_TEST

/* From 2^15 on a sample bounds the cut; 0.6 is above the share that is counted whole. */
START_TEST(test_sampled)
{
    static const double ratios[] = {0.00005, 0.001, 0.01, 0.05, 0.2, 0.6};
    try_size(32768, ratios, 6);
    try_size(100003, ratios, 6);
}
END_TEST

START_TEST(test_not_finite)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    static const uint64_t sizes[] = {5, 40000};
    for (int p = 0; p < 2; p++)
        for (int s = 0; s < 2; s++)
            for (int b = 0; b < 3; b++)
                for (int place = 0; place < 2; place++) {
                    uint64_t n = sizes[s];
                    void *x = vector_of((enum tw_precision)p, n);
                    uint32_t *out = calloc(n, sizeof *out);
                    for (uint64_t i = 0; i < n; i++)
                        set(x, (enum tw_precision)p, i, 1.0 + (double)(i % 1000));
                    set(x, (enum tw_precision)p, place ? n - 1 : 2, bad[b]);
                    ck_assert_int_eq(select_any(x, (enum tw_precision)p, n, n / 50 + 1, out),
                                     TW_INPUT);
                    ck_assert_int_eq(select_any(x, (enum tw_precision)p, n, n, out), TW_INPUT);
                    free(out);
                    free(x);
                }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("select");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_small);
    tcase_add_test(tcase, test_sampled);
    tcase_add_test(tcase, test_not_finite);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
