/* links: tw_base tw_compressors */
/* Exact selection where the sample misleads: magnitudes alike within cache lines and wildly
 * different between them, so that sampled lines say little about the vector. Then the band around
 * the cut is wide, and for some k (6737 of repetition 9, found by trying them all) the cut falls on
 * a digit's edge within it: it must not reach beyond the band then. The reference sorts. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "base/rng.h"
#include "select_real.h"
#include <gsl/gsl_randist.h>

enum { N = 262144, LINE = 16, K_FIRST = 6700, K_LAST = 6770 };

struct ranked {
    float magnitude;
    uint32_t index;
};

static int larger_first(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;
    if (p->magnitude != q->magnitude)
        return p->magnitude < q->magnitude ? 1 : -1;
    return p->index < q->index ? -1 : 1;
}

static float *clustered(uint32_t repetition, struct ranked *ranked)
{
    float *x = malloc(N * sizeof *x);
    struct tw_stream stream;
    struct tw_stream_key key = {1, repetition, 0, 0, 0, TW_PURPOSE_TEST};
    double scale = 1;
    ck_assert_ptr_nonnull(x);
    tw_stream_open(&stream, &key);
    for (uint32_t i = 0; i < N; i++) {
        if (i % LINE == 0)
            scale = exp(3 * gsl_ran_gaussian(&stream.gsl, 1));
        x[i] = (float)(scale * (1 + 0.1 * gsl_ran_gaussian(&stream.gsl, 1)));
        ranked[i] = (struct ranked){fabsf(x[i]), i};
    }
    qsort(ranked, N, sizeof *ranked, larger_first);
    return x;
}

START_TEST(test_every_k)
{
    static struct ranked ranked[N];
    static uint32_t out[K_LAST];
    static unsigned char wanted[N];
    float *x = clustered((uint32_t)_i, ranked);
    for (uint64_t k = K_FIRST; k <= K_LAST; k++) {
        void *scratch = malloc(tw_select_scratch_B_f32(N, k));
        ck_assert_ptr_nonnull(scratch);
        ck_assert_int_eq(tw_select_f32(x, N, k, scratch, out), TW_OK);
        for (uint64_t i = 0; i < k; i++)
            wanted[ranked[i].index] = 1;
        for (uint64_t i = 0; i < k; i++)
            if (!wanted[out[i]] || (i && out[i] <= out[i - 1]))
                ck_abort_msg("seed 1, repetition %d, k %llu: entry %llu is %u", _i,
                             (unsigned long long)k, (unsigned long long)i, out[i]);
        for (uint64_t i = 0; i < k; i++)
            wanted[ranked[i].index] = 0;
        free(scratch);
    }
    free(x);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("select_clustered");
    TCase *tests = tcase_create("select");
    tcase_add_loop_test(tests, test_every_k, 0, 10);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
