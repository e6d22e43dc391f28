/* links: tw_base tw_compressors */
/* PowerSGD: projections, Pythagoras, exact recovery, the warm start, messages, what stays dense. */
#include <gsl/gsl_randist.h>
#include "compressor_rig.h"
#include "lowrank_real.h"

#define SEED 20260101U

static void normals(double *x, uint64_t n, uint32_t step)
{
    struct tw_stream_key key = {SEED, 0, 0, step, 0, TW_PURPOSE_TEST};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    tw_stream_normals(&stream, x, n);
}

/* max |P̂ᵀP̂ − I| over `live` columns, and over the others |P̂ᵀP̂|. */
static double off_identity(const double *p, uint64_t n, uint64_t r, uint64_t live)
{
    double most = 0.0;
    for (uint64_t a = 0; a < r; a++)
        for (uint64_t b = 0; b < r; b++) {
            double dot = a == b && a < live ? -1.0 : 0.0;
            for (uint64_t i = 0; i < n; i++)
                dot += p[a * n + i] * p[b * n + i];
            most = fmax(most, fabs(dot));
        }
    return most;
}

/* Widths on both sides of a tile of every instruction set, rows that do not fill a group of four,
 * and every value that lies outside the matrix untouched: the same bits as the sums written out. */
START_TEST(test_expansion_in_order)
{
    static const uint64_t rows[] = {1, 3, 4, 9}, columns[] = {1, 7, 16, 33};
    enum { MOST_R = 6, MOST = 9 * 33 };
    double drawn[MOST_R * 9 + MOST_R * 33 + MOST + 2];
    int wrong = 0;
    for (int at = 0; at < 16; at++)
        for (uint64_t r = 1; r <= MOST_R; r++) {
            uint64_t m = rows[at / 4], n = columns[at % 4];
            float left[MOST_R * 9], right[MOST_R * 33], y[MOST + 2], expected[MOST + 2];
            struct tw_lowrank_view view = {.start = 1, .rows = m, .columns = n, .size = m * n};
            normals(drawn, sizeof drawn / sizeof *drawn, (uint32_t)(at * MOST_R) + (uint32_t)r);
            for (uint64_t i = 0; i < MOST_R * 9; i++)
                left[i] = (float)drawn[i];
            for (uint64_t i = 0; i < MOST_R * 33; i++)
                right[i] = (float)drawn[MOST_R * 9 + i];
            for (uint64_t i = 0; i < MOST + 2; i++)
                y[i] = expected[i] = (float)drawn[MOST_R * 42 + i];
            for (uint64_t i = 0; i < m * n; i++) {
                double sum = 0.0;
                for (uint64_t c = 0; c < r; c++)
                    sum += (double)left[c * m + i / n] * (double)right[c * n + i % n];
                expected[1 + i] += -0.3F * (float)sum;
            }
            tw_lowrank_expand_f32(&view, r, left, right, -0.3F, y);
            /* bit for bit: NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
            wrong += memcmp(y, expected, sizeof y) != 0;
        }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

/* Also where columns differ by 1e-9 of their length (one pass of Gram-Schmidt is off by 1e-7
 * there), and where lengths differ by 10^40. Rounding of 50 products and two passes: 1e-14. */
START_TEST(test_basis)
{
    double p[8 * 50], q[8 * 50];
    float single[8 * 50], basis[8 * 50];
    normals(p, 8 * 50, 0);
    for (int i = 0; i < 50; i++)
        p[7 * 50 + i] = p[i] + 1e-9 * p[50 + i] + 1e-9 * p[7 * 50 + i];
    for (int i = 0; i < 50; i++)
        p[3 * 50 + i] *= 1e-40;
    tw_lowrank_orthogonalise_f64(p, 50, 8, q);
    ck_assert_double_lt(off_identity(q, 50, 8, 8), 1e-14);
    normals(p, 8 * 50, 1);
    for (int i = 0; i < 8 * 50; i++)
        single[i] = (float)p[i];
    tw_lowrank_orthogonalise_f32(single, 50, 8, basis);
    for (int i = 0; i < 8 * 50; i++)
        q[i] = (double)basis[i];
    ck_assert_double_lt(off_identity(q, 50, 8, 8), 1e-6);
}
END_TEST

/* (3,4), twice itself, (0,1), nothing: the second depends on the first, the fourth is 0. */
START_TEST(test_dependent)
{
    double p[8] = {3, 4, 6, 8, 0, 1, 0, 0};
    tw_lowrank_orthogonalise_f64(p, 2, 4, p);
    const double expected[8] = {0.6, 0.8, 0, 0, -0.8, 0.6, 0, 0};
    for (int i = 0; i < 8; i++)
        ck_assert_double_eq_tol(p[i], expected[i], 1e-15);
}
END_TEST

/* One 12×30 matrix of normals in fp64 under PowerSGD. */
static void one_matrix(struct group *group, const char *options, double *x)
{
    group_start(group, "powersgd", TW_FP64, options, 1, SEED);
    add_tensor(group, 12, 30, 0);
    group_open(group, 0);
    group->x[0] = x;
}

/* P̂ is orthonormal: ‖M‖² = ‖M − P̂Qᵀ‖² + ‖Q‖². Here and below relative to 1e-13: sums of 360. */
START_TEST(test_pythagoras)
{
    double x[360];
    static struct group group;
    normals(x, 360, 2);
    one_matrix(&group, "rank=4 rate=1", x);
    for (uint32_t step = 0; step < 5; step++) {
        ck_assert_int_eq(group_step(&group, step), TW_OK);
        double whole = norm2(x, TW_FP64, 360), q = norm2(group.request[1].data, TW_FP64, 120);
        double left = distance2(x, group.own[0], TW_FP64, 360);
        ck_assert_double_eq_tol((left + q) / whole, 1.0, 1e-13);
        ck_assert_double_gt(q, 0.3 * whole);
        ck_assert_double_gt(left, 0.1 * whole);
    }
    group_close(&group);
}
END_TEST

/* A matrix of rank s ≤ r is its own projection within two iterations; rank 4 is not within 3. */
START_TEST(test_recovery)
{
    double u[4 * 12], v[4 * 30], x[360];
    normals(u, 48, 3);
    normals(v, 120, 4);
    for (int s = 1; s <= 4; s++) {
        static struct group group;
        memset(x, 0, sizeof x);
        for (int c = 0; c < s; c++)
            for (int i = 0; i < 360; i++)
                x[i] += u[c * 12 + i / 30] * v[c * 30 + i % 30];
        one_matrix(&group, "rank=3 rate=1", x);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        ck_assert_int_eq(group_step(&group, 1), TW_OK);
        double left = distance2(x, group.own[0], TW_FP64, 360) / norm2(x, TW_FP64, 360);
        if (s <= 3)
            ck_assert_msg(left < 1e-24, "rank %d: %g is left", s, left);
        else
            ck_assert_msg(left > 1e-6, "rank %d: only %g is left", s, left);
        group_close(&group);
    }
}
END_TEST

/* diag(4, 3.5, 2, 2, …) at rank 2: warm starts converge to the two largest, leaving 10·2² exactly
 * (Eckart and Young); the angle shrinks by (2/3.5)² a step, to 1e-19 after 40. Fresh starts stay
 * away from it. */
START_TEST(test_warm_start)
{
    double x[360] = {0};
    const char *const options[] = {"rank=2 rate=1", "rank=2 rate=1 warm=no"};
    for (int i = 0; i < 12; i++)
        x[i * 30 + i] = i == 0 ? 4.0 : i == 1 ? 3.5 : 2.0;
    for (int cold = 0; cold < 2; cold++) {
        static struct group group;
        one_matrix(&group, options[cold], x);
        for (uint32_t step = 0; step < 40; step++)
            ck_assert_int_eq(group_step(&group, step), TW_OK);
        double left = distance2(x, group.own[0], TW_FP64, 360);
        if (cold)
            ck_assert_double_gt(left, 40.1);
        else
            ck_assert_double_eq_tol(left, 40.0, 1e-10);
        group_close(&group);
    }
}
END_TEST

/* 10×20 at rank 2 and rate 2: (10 + 20)·2·2 = 120 < 200 is factored: P of 20 values, Q of 40.
 * 4×16 at 2: (4 + 16)·4 = 80 ≥ 64 stays dense, as does a vector of any size. At rank 1 and rate 2,
 * 4×4 is at the limit: (4 + 4)·2 = 16 = 4·4, dense, and alone it needs one message. */
START_TEST(test_messages)
{
    double x[1264];
    static struct group group;
    normals(x, 1264, 5);
    group_start(&group, "powersgd", TW_FP64, "rank=2 rate=2", 1, SEED);
    add_tensor(&group, 10, 20, 0);
    add_tensor(&group, 4, 16, 0);
    add_tensor(&group, 1, 1000, 1);
    group_open(&group, 0);
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_int_eq(group.phases, 2);
    ck_assert_uint_eq(group.request[0].count, 20);
    ck_assert_uint_eq(group.request[1].count, 40 + 64 + 1000);
    ck_assert_mem_eq((double *)group.mean[0] + 200, x + 200, 1064 * sizeof *x);
    ck_assert_double_ne(((double *)group.mean[0])[0], x[0]);
    group_close(&group);
    group_start(&group, "powersgd", TW_FP64, "rate=2", 1, SEED);
    add_tensor(&group, 4, 4, 0);
    group_open(&group, 0);
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_int_eq(group.phases, 1);
    ck_assert_uint_eq(group.request[0].count, 16);
    group_close(&group);
}
END_TEST

/* Opposite ranks: the average is 0, and so is the basis; nothing is kept, nothing is not finite,
 * and the next step starts from fresh normals instead of zeros. */
START_TEST(test_cancelling)
{
    double x[360], y[360];
    static struct group group;
    normals(x, 360, 6);
    for (int i = 0; i < 360; i++)
        y[i] = -x[i];
    group_start(&group, "powersgd", TW_FP64, "rank=2 rate=1", 2, SEED);
    add_tensor(&group, 12, 30, 0);
    group_open(&group, 0);
    group.x[0] = x;
    group.x[1] = y;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_double_eq(norm2(group.mean[0], TW_FP64, 360), 0.0);
    ck_assert_double_eq(norm2(group.own[0], TW_FP64, 360), 0.0);
    group.x[1] = x;
    ck_assert_int_eq(group_step(&group, 1), TW_OK);
    ck_assert_double_gt(norm2(group.mean[0], TW_FP64, 360), 0.1 * norm2(x, TW_FP64, 360));
    group_close(&group);
}
END_TEST

/* A refused step leaves nothing behind: the next one is that of an instance just opened. */
START_TEST(test_after_refusal)
{
    double x[360], bad[360];
    static struct group group, fresh;
    normals(x, 360, 7);
    memcpy(bad, x, sizeof x);
    bad[77] = NAN;
    one_matrix(&group, "rank=2 rate=1", x);
    one_matrix(&fresh, "rank=2 rate=1", x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    group.x[0] = bad;
    ck_assert_int_eq(group_step(&group, 1), TW_INPUT);
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 2), TW_OK);
    ck_assert_int_eq(group_step(&fresh, 2), TW_OK);
    ck_assert_mem_eq(group.mean[0], fresh.mean[0], sizeof x);
    group_close(&group);
    group_close(&fresh);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("powersgd");
    TCase *tcase = tcase_create("powersgd");
    tcase_add_test(tcase, test_basis);
    tcase_add_test(tcase, test_expansion_in_order);
    tcase_add_test(tcase, test_dependent);
    tcase_add_test(tcase, test_pythagoras);
    tcase_add_test(tcase, test_recovery);
    tcase_add_test(tcase, test_warm_start);
    tcase_add_test(tcase, test_messages);
    tcase_add_test(tcase, test_cancelling);
    tcase_add_test(tcase, test_after_refusal);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
