/* The dense product equals the three plain loops bit for bit, at every vector width. Included with
 * TW_PRECISION 32 by test_workload_gemm32.c and 64 by test_workload_gemm64.c. */
#ifndef TEST_WORKLOAD_GEMM_H
#define TEST_WORKLOAD_GEMM_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "workload/gemm_real.h"

/* The definition in gemm_real.h. volatile keeps the compiler from reordering or fusing. */
static void plain(const struct TW_T(tw_gemm) * p)
{
    for (uint64_t i = 0; i < p->m; i++) {
        for (uint64_t j = 0; j < p->n; j++) {
            volatile tw_real sum = p->add ? p->c[i * p->ldc + j] : 0;
            for (uint64_t t = 0; t < p->k; t++) {
                volatile tw_real term = p->a[i * p->a_row + t * p->a_column] * p->b[t * p->ldb + j];
                sum = sum + term;
            }
            p->c[i * p->ldc + j] = sum;
        }
    }
}

static void fill(tw_real *x, uint64_t n, struct tw_stream *stream)
{
    for (uint64_t i = 0; i < n; i++)
        x[i] = (tw_real)(gsl_rng_uniform(&stream->gsl) - 0.5);
}

static void compare(uint64_t m, uint64_t n, uint64_t k, int transposed, int add)
{
    const struct tw_stream_key key = {.seed = 7, .step = (uint32_t)(m * 1000 + n), .purpose = 100};
    const uint64_t ldb = n + 3, ldc = n + 5;
    tw_real *a = calloc(m * k + 1, sizeof *a), *b = calloc(k * ldb + 1, sizeof *b);
    tw_real *c = calloc(m * ldc, sizeof *c), *expected = calloc(m * ldc, sizeof *c);
    void *scratch = aligned_alloc(64, TW_GEMM_SCRATCH_B);
    struct tw_stream stream;

    ck_assert(a && b && c && expected && scratch);
    tw_stream_open(&stream, &key);
    fill(a, m * k, &stream);
    fill(b, k * ldb, &stream);
    for (unsigned vector_B = 16; vector_B <= tw_gemm_vector_B(); vector_B *= 2) {
        fill(c, m * ldc, &stream);
        memcpy(expected, c, m * ldc * sizeof *c);
        struct TW_T(tw_gemm) product = {.a = a,
                                        .b = b,
                                        .ldb = ldb,
                                        .c = c,
                                        .ldc = ldc,
                                        .m = m,
                                        .n = n,
                                        .k = k,
                                        .add = add,
                                        .a_row = transposed ? 1 : k,
                                        .a_column = transposed ? m : 1,
                                        .vector_B = vector_B};
        TW_T(tw_gemm_run)(&product, scratch);
        product.c = expected;
        plain(&product);
        /* the columns between n and ldc must be untouched, so whole rows are compared */
        ck_assert_msg(memcmp(c, expected, m * ldc * sizeof *c) == 0,
                      "%d bits: %llu × %llu × %llu, transposed %d, add %d, %u-byte vectors",
                      TW_PRECISION, (unsigned long long)m, (unsigned long long)n,
                      (unsigned long long)k, transposed, add, vector_B);
    }
    free(a);
    free(b);
    free(c);
    free(expected);
    free(scratch);
}

START_TEST(equals_plain_loops)
{
    static const uint64_t sizes[] = {1, 2, 5, 6, 7, 16, 31, 33, 64};
    const int count = sizeof sizes / sizeof sizes[0];

    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            compare(sizes[i], sizes[j], sizes[(i + j) % count], i % 2, j % 2);
            compare(sizes[i], sizes[j], sizes[(i + j) % count], j % 2, 1 - i % 2);
        }
    }
    compare(10, 32, 784, 0, 0); /* deeper than one packed panel */
    compare(13, 50, 2 * TW_GEMM_DEPTH, 1, 1);
    compare(4, 4, 0, 0, 0); /* an empty sum clears C */
    compare(4, 4, 0, 0, 1); /* or leaves it */
}
END_TEST

START_TEST(transposes)
{
    enum { R = 37, C = 50 };
    static tw_real x[R * C], y[R * C];

    for (int i = 0; i < R * C; i++)
        x[i] = (tw_real)i;
    TW_T(tw_gemm_transpose)(y, x, R, C);
    for (int i = 0; i < R; i++) {
        for (int j = 0; j < C; j++)
            ck_assert(y[j * R + i] == (tw_real)(i * C + j));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload gemm");
    TCase *tests = tcase_create("gemm");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, equals_plain_loops);
    tcase_add_test(tests, transposes);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
