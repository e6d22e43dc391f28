/* links: tw_base tw_compressors */
/* ARC-Top-K: what a sketch captures, what each view and option sends, and the exact choice. */
#include <gsl/gsl_randist.h>
#include "base/rng.h"
#include "compressor_rig.h"
#include "select_real.h"
#include "sketch_real.h"

static void open_matrix(struct group *group, const char *options, int ranks, uint64_t rows,
                        uint64_t columns)
{
    group_start(group, "arctopk", TW_FP64, options, ranks, 20260101);
    add_tensor(group, rows, columns, 0);
    group_open(group, 0);
}

static double captured(struct group *group, const double *x, uint64_t n, int steps, double *error)
{
    double first = 0.0, second = 0.0, power = norm2(x, TW_FP64, n);
    group->x[0] = (void *)x;
    for (int s = 0; s < steps; s++) {
        if (group_step(group, (uint32_t)s) != TW_OK)
            ck_abort_msg("step %d fails", s);
        double share = norm2(group->own[0], TW_FP64, n) / power;
        first += share / steps;
        second += share * share / steps;
    }
    *error = sqrt(fmax(second - first * first, 0.0) / steps);
    return first;
}

/* Ten rows, one (1,0) and nine (0,1.1), K = 1, r = 1: the first is chosen when |V0| > 1.1|V1|, with
 * chance p = (2/π)·atan(1/1.1). Captured: (p·1 + (1−p)·1.21)/11.89 = .0934703, less than the 1/10
 * that a row drawn at random captures: a finite sketch has no 1 − K/m. */
START_TEST(test_sketch_is_no_contraction)
{
    double x[20] = {1, 0}, error;
    double p = 2.0 / M_PI * atan(1.0 / 1.1), expected = (p + (1.0 - p) * 1.21) / 11.89;
    struct group group;
    for (int i = 1; i < 10; i++)
        x[2 * i + 1] = 1.1;
    open_matrix(&group, "ratio=0.1 sketch=1", 1, 10, 2);
    double found = captured(&group, x, 20, 20000, &error);
    ck_assert_double_eq_tol(expected, 0.0934703, 5e-8);
    ck_assert_msg(fabs(found - expected) <= 4.0 * error && found < 0.1, "%.6f +- %.6f", found,
                  error);
    ck_assert_double_eq(group.ops->delta(&group.problem), -1.0);
    group_close(&group);
}
END_TEST

/* The same ten rows under wider sketches, from an independent program: .0939 .0942 .0947 .0954 for
 * r = 2, 4, 8, 16, all below 1/10. And 50 orthogonal rows of norm .55 among 950 copies of one row
 * of norm 1: the share that K = 1 captures, over the K/m = .001 of a row drawn at random, is .44,
 * .63 and .95 for r = 1, 4, 16, and that of K = 200 .977, 1.012 and 1.034. */
START_TEST(test_copies_deceive)
{
    enum { M = 1000, N = 51 };
    static const struct {
        int sketch, kept, draws;
        double expected, rounded;
    } rows[] = {{2, 0, 10000, 0.0939, 5e-5}, {4, 0, 10000, 0.0942, 5e-5},
                {8, 0, 10000, 0.0947, 5e-5}, {16, 0, 10000, 0.0954, 5e-5},
                {1, 1, 300, 0.44, 5e-3},     {4, 1, 300, 0.63, 5e-3},
                {16, 1, 300, 0.95, 5e-3},    {1, 200, 60, 0.977, 5e-4},
                {4, 200, 60, 1.012, 5e-4},   {16, 200, 60, 1.034, 5e-4}};
    double ten[20] = {1, 0}, *many = vector_of(TW_FP64, M * N);
    for (int i = 1; i < 10; i++)
        ten[2 * i + 1] = 1.1;
    for (int i = 0; i < M; i++)
        many[i * N + (i < 50 ? i + 1 : 0)] = i < 50 ? 0.55 : 1.0;
    for (size_t c = 0; c < sizeof rows / sizeof *rows; c++) {
        struct group group;
        char options[64];
        double error, share = rows[c].kept ? rows[c].kept / (double)M : 0.1;
        snprintf(options, sizeof options, "ratio=%g sketch=%d", share, rows[c].sketch);
        open_matrix(&group, options, 1, rows[c].kept ? M : 10, rows[c].kept ? N : 2);
        double found = captured(&group, rows[c].kept ? many : ten, rows[c].kept ? M * N : 20,
                                rows[c].draws, &error);
        if (rows[c].kept) {
            found /= share;
            error /= share;
        }
        ck_assert_msg(fabs(found - rows[c].expected) <= 4.0 * error + rows[c].rounded,
                      "r=%d, K=%d: %.5f +- %.5f, not %g", rows[c].sketch, rows[c].kept, found,
                      error, rows[c].expected);
        group_close(&group);
    }
    free(many);
}
END_TEST

/* 100 × 50 independent normals, K = 20: share left over for r = 1, 2, 4, 8, 16, from 2000 draws of
 * an independent program: .7911 .7872 .7830 .7771 .7709, all below 1 − K/m = .8. */
START_TEST(test_normal_matrices)
{
    enum { M = 100, N = 50, DRAWS = 300 };
    static const int sketches[] = {1, 2, 4, 8, 16};
    static const double expected[] = {0.7911, 0.7872, 0.7830, 0.7771, 0.7709};
    double *x = vector_of(TW_FP64, M * N), before = 1.0;
    for (int c = 0; c < 5; c++) {
        struct tw_stream_key key = {9, 0, 0, 0, 0, TW_PURPOSE_TEST};
        struct tw_stream stream;
        char options[64];
        double left = 0.0;
        struct group group;
        tw_stream_open(&stream, &key);
        snprintf(options, sizeof options, "ratio=0.2 sketch=%d", sketches[c]);
        open_matrix(&group, options, 1, M, N);
        group.x[0] = x;
        for (uint32_t s = 0; s < DRAWS; s++) {
            tw_stream_normals(&stream, x, M * N);
            if (group_step(&group, s) != TW_OK)
                ck_abort_msg("step %u fails", s);
            left += distance2(group.own[0], x, TW_FP64, M * N) / norm2(x, TW_FP64, M * N) / DRAWS;
        }
        ck_assert_msg(fabs(left - expected[c]) <= 0.003, "r=%d: %.4f", sketches[c], left);
        ck_assert_double_lt(left, before);
        before = left;
        group_close(&group);
    }
    free(x);
}
END_TEST

static double left_by(const char *member, const char *options, double *x, uint64_t rows,
                      uint64_t columns, uint32_t step)
{
    struct group group;
    uint64_t n = rows * columns;
    group_start(&group, member, TW_FP64, options, 1, 20260101);
    add_tensor(&group, rows, columns, 0);
    group_open(&group, 0);
    group.x[0] = x;
    if (group_step(&group, step) != TW_OK)
        ck_abort_msg("%s fails", member);
    double left = distance2(group.own[0], x, TW_FP64, n) / norm2(x, TW_FP64, n);
    group_close(&group);
    return left;
}

/* Exact norms on the matrices above leave .7412 (the same program). Rows of very different length,
 * lognormal with σ = 1 and 2, are told apart: the wider the sketch the less is left, and least by
 * exact norms. All rows equal: 1 − K/m = .8 whatever is chosen. One row: nothing is left. */
START_TEST(test_order_of_sketches)
{
    enum { M = 100, N = 50, DRAWS = 100 };
    static const char *const options[] = {"ratio=0.2 sketch=1",  "ratio=0.2 sketch=2",
                                          "ratio=0.2 sketch=4",  "ratio=0.2 sketch=8",
                                          "ratio=0.2 sketch=16", "ratio=0.2 rows=output"};
    double *x = vector_of(TW_FP64, M * N), left[3][6] = {{0}};
    struct tw_stream_key key = {11, 0, 0, 0, 0, TW_PURPOSE_TEST};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    for (int kind = 0; kind < 3; kind++)
        for (uint32_t s = 0; s < DRAWS; s++) {
            tw_stream_normals(&stream, x, M * N);
            for (int j = 0; j < M; j++) {
                double scale = exp(kind * gsl_ran_gaussian_ziggurat(&stream.gsl, 1.0));
                for (int i = 0; i < N; i++)
                    x[j * N + i] *= scale;
            }
            for (int c = 0; c < 6; c++)
                left[kind][c] +=
                    left_by(c < 5 ? "arctopk" : "arc_exact", options[c], x, M, N, s) / DRAWS;
        }
    ck_assert_double_eq_tol(left[0][5], 0.7412, 0.003);
    for (int kind = 0; kind < 3; kind++)
        for (int c = 1; c < 6; c++)
            ck_assert_msg(left[kind][c] < left[kind][c - 1], "sigma %d, %s: %g, not below %g", kind,
                          options[c], left[kind][c], left[kind][c - 1]);
    for (int i = 0; i < M * N; i++)
        x[i] = i % N - 20.0;
    for (int c = 0; c < 6; c++)
        ck_assert_double_eq_tol(left_by(c < 5 ? "arctopk" : "arc_exact", options[c], x, M, N, 0),
                                0.8, 1e-12);
    for (int i = 0; i < M * N; i++)
        x[i] = i / N == 37 ? i % N - 20.0 : 0.0;
    for (int c = 0; c < 6; c++)
        ck_assert_double_eq(left_by(c < 5 ? "arctopk" : "arc_exact", options[c], x, M, N, 0), 0.0);
    free(x);
}
END_TEST

/* With V the identity the scores are the rows' exact norms, and the K largest leave at most
 * (1 − K/m)‖x‖², whatever x. Columns of x seen as units give the same as rows of its transpose. */
START_TEST(test_exact_norms)
{
    enum { M = 37, N = 21, K = 8 };
    double *x = vector_of(TW_FP64, M * N), *y = vector_of(TW_FP64, M * N);
    double *v = vector_of(TW_FP64, N * N), p[M * N], q[M * N], scores[M];
    void *scratch = malloc(tw_select_scratch_B_f64(M, K));
    uint32_t kept[K];
    for (int i = 0; i < N; i++)
        v[i * N + i] = 1.0;
    for (uint32_t draw = 0; draw < 200; draw++) {
        struct tw_stream_key key = {3, 0, 0, draw, 0, TW_PURPOSE_TEST};
        struct tw_stream stream;
        tw_stream_open(&stream, &key);
        for (int i = 0; i < M * N; i++) {
            x[i] = gsl_ran_tdist(&stream.gsl, 1.5);
            y[i % N * M + i / N] = x[i];
        }
        tw_sketch_rows_f64(x, M, N, N, v, N, p);
        tw_sketch_columns_f64(y, M, N, v, N, q);
        ck_assert_mem_eq(p, q, sizeof p);
        ck_assert_int_eq(tw_sketch_scores_f64(p, M, N, scores), 1);
        ck_assert_int_eq(tw_select_f64(scores, M, K, scratch, kept), TW_OK);
        double norm = norm2(x, TW_FP64, M * N), left = norm;
        for (int i = 0; i < K; i++)
            left -= scores[kept[i]];
        ck_assert_double_le(left, (1.0 - (double)K / M) * norm * (1.0 + 1e-12));
    }
    free(scratch);
    free(x);
    free(y);
    free(v);
}
END_TEST

/* P against plain loops, widths around the 16 lanes and around the tile of 256 columns. */
START_TEST(test_sketch)
{
    static const uint64_t widths[] = {1, 15, 16, 17, 100, 257, 600};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (int r = 1; r <= 9; r++) {
            uint64_t width = widths[w], units = 300, n = units * width;
            double *x = vector_of(TW_FP64, n), *v = vector_of(TW_FP64, width * 9);
            double *p = vector_of(TW_FP64, units * 9), *q = vector_of(TW_FP64, units * 9);
            struct tw_stream_key key = {4, 0, 0, (uint32_t)r, (uint32_t)w, TW_PURPOSE_TEST};
            struct tw_stream stream;
            tw_stream_open(&stream, &key);
            tw_stream_normals(&stream, x, n);
            tw_stream_normals(&stream, v, width * 9);
            uint64_t last = (width + 1) / 2;
            tw_sketch_rows_f64(x, units, width, last, v, r, p);
            tw_sketch_columns_f64(x, units, width, v, r, q);
            for (uint64_t j = 0; j < units; j++)
                for (int c = 0; c < r; c++) {
                    double row = 0.0, column = 0.0, scale = 1e-14 * (double)width;
                    for (uint64_t i = 0; i < (j + 1 == units ? last : width); i++)
                        row += x[j * width + i] * v[(uint64_t)c * width + i];
                    for (uint64_t i = 0; i < width; i++)
                        column += x[i * units + j] * v[(uint64_t)c * width + i];
                    uint64_t at = j * (uint64_t)r + (uint64_t)c;
                    if (fabs(p[at] - row) > scale || q[at] != column)
                        ck_abort_msg("width %llu r %d unit %llu", (unsigned long long)width, r,
                                     (unsigned long long)j);
                }
            free(x);
            free(v);
            free(p);
            free(q);
        }
}
END_TEST

/* What travels, for tensors 10×6, a vector of 7, and 4×5, r = 3, ratio .25:
 *   output  K = 3, 1 rows (⌈2.5⌉, ⌈1⌉); sketch 10·3 + 4·3 = 42; values 3·6 + 7 + 1·5 = 30
 *   floor   K = 2, 1: values 2·6 + 7 + 5 = 24
 *   input   K = 2, 2 columns of 10 and 4 (⌈1.5⌉, ⌈1.25⌉): sketch 6·3 + 5·3 = 33, values 20 + 7 + 8
 * = 35 whole   sketch 42 + 7 = 49, the vector keeps ⌊1.75⌋ = 1: values 18 + 1 + 5 = 24 blocks of 8,
 * vectors too: 8, 1, 3 blocks, K = 2, 1, 1: sketch 12·3 = 36, values 4·8 = 32 fuse=no: a phase for
 * each tensor with a sketch */
START_TEST(test_messages)
{
    static const struct {
        const char *options;
        int phases;
        uint64_t counts[4];
    } rows[] = {
        {"ratio=0.25 sketch=3", 2, {42, 30}},
        {"ratio=0.25 sketch=3 rounding=floor", 2, {42, 24}},
        {"ratio=0.25 sketch=3 rows=input", 2, {33, 35}},
        {"ratio=0.25 sketch=3 vectors=whole", 2, {49, 24}},
        {"ratio=0.25 sketch=3 rows=blocks columns=8 vectors=blocks", 2, {36, 32}},
        {"ratio=0.25 sketch=3 fuse=no", 3, {30, 12, 30}},
        {"ratio=0.25 sketch=3 fuse=no vectors=whole", 4, {30, 7, 12, 24}},
    };
    double *x = vector_of(TW_FP64, 87);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct group group;
        group_start(&group, "arctopk", TW_FP64, rows[i].options, 1, 1);
        add_tensor(&group, 10, 6, 0);
        add_tensor(&group, 1, 7, 1);
        add_tensor(&group, 4, 5, 0);
        group_open(&group, 0);
        group.x[0] = x;
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        ck_assert_int_eq(group.phases, rows[i].phases);
        for (int p = 0; p < group.phases; p++)
            ck_assert_msg(group.request[p].count == rows[i].counts[p], "%s, phase %d: %llu",
                          rows[i].options, p, (unsigned long long)group.request[p].count);
        group_close(&group);
    }
    free(x);
}
END_TEST

/* Rows are chosen by the average: each rank's largest row cancels, the small common one is kept,
 * on every rank; serial or fused sketches and the factor 1/√r change nothing. */
START_TEST(test_choice_is_global)
{
    static const char *const options[] = {"ratio=0.25", "ratio=0.25 fuse=no",
                                          "ratio=0.25 scale=sqrt"};
    double x[2][12] = {{9, 9, 9, 0, 0, 0, 1, 2, 1, 0, 0, 0},
                       {-9, -9, -9, 0, 0, 0, 1, 2, 3, 0, 0, 0}};
    double expected[12] = {0, 0, 0, 0, 0, 0, 1, 2, 2, 0, 0, 0};
    for (int i = 0; i < 3; i++) {
        struct group group = {0};
        open_matrix(&group, options[i], 2, 4, 3);
        group.x[0] = x[0];
        group.x[1] = x[1];
        ck_assert_int_eq(group_step(&group, 5), TW_OK);
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): the step wrote mean */
        ck_assert_mem_eq(group.mean[0], expected, sizeof expected);
        group_close(&group);
    }
}
END_TEST

/* vectors=whole: the exact global top ⌊.5·5⌋ = 2 of the sum (0, 3, −4, 1, 5) */
START_TEST(test_whole_vector)
{
    double x[2][5] = {{7, 1, -1, 1, 2}, {-7, 2, -3, 0, 3}}, expected[5] = {0, 0, -2, 0, 2.5};
    struct group group;
    group_start(&group, "arctopk", TW_FP64, "ratio=0.5 vectors=whole", 2, 1);
    add_tensor(&group, 1, 5, 1);
    group_open(&group, 0);
    group.x[0] = x[0];
    group.x[1] = x[1];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_mem_eq(group.mean[0], expected, sizeof expected);
    group_close(&group);
}
END_TEST

START_TEST(test_refusals)
{
    static const char *const options[] = {"ratio=0.5 rows=blocks", "ratio=0.5 columns=8",
                                          "ratio=0.5 vectors=blocks"};
    for (int i = 0; i < 3; i++) {
        struct tw_instance instance;
        struct tw_err err = {0};
        struct group group;
        group_start(&group, "arctopk", TW_FP32, options[i], 1, 1);
        add_tensor(&group, 4, 4, 0);
        ck_assert_int_eq(tw_instance_open(&instance, group.ops, &group.problem, 0, 1, &err),
                         TW_RANGE);
        ck_assert_str_ne(err.text, "");
        tw_instance_close(&instance);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arctopk");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, test_sketch_is_no_contraction);
    tcase_add_test(tcase, test_copies_deceive);
    tcase_add_test(tcase, test_normal_matrices);
    tcase_add_test(tcase, test_order_of_sketches);
    tcase_add_test(tcase, test_exact_norms);
    tcase_add_test(tcase, test_sketch);
    tcase_add_test(tcase, test_messages);
    tcase_add_test(tcase, test_choice_is_global);
    tcase_add_test(tcase, test_whole_vector);
    tcase_add_test(tcase, test_refusals);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
