/* links: tw_base tw_compressors */
/* ACP-SGD: turns of P and Q, projections, exact recovery, the warm start, messages. */
#include "base/rng.h"
#include "compressor_rig.h"

#define SEED 20260101U
#define ROWS 12
#define COLUMNS 30
#define D (ROWS * COLUMNS)

static void normals(double *x, uint64_t n, uint32_t step)
{
    struct tw_stream_key key = {SEED, 0, 0, step, 0, TW_PURPOSE_TEST};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    tw_stream_normals(&stream, x, n);
}

static void one_matrix(struct group *group, const char *options, double *x)
{
    group_start(group, "acpsgd", TW_FP64, options, 1, SEED);
    add_tensor(group, ROWS, COLUMNS, 0);
    group_open(group, 0);
    group->x[0] = x;
}

/* P of 4·12 values on even steps, Q of 4·30 on odd ones, and nothing else. The other side is
 * orthonormal, hence ‖M‖² = ‖M − C(M)‖² + ‖factor‖² = ‖M − C(M)‖² + ‖C(M)‖²; sums of 360 numbers
 * round to 1e-13. */
START_TEST(test_turns)
{
    double x[D];
    static struct group group;
    normals(x, D, 1);
    one_matrix(&group, "rank=4 rate=1", x);
    for (uint32_t step = 0; step < 6; step++) {
        ck_assert_int_eq(group_step(&group, step), TW_OK);
        ck_assert_int_eq(group.phases, 1);
        const double *sent = group.request[0].data;
        uint64_t live = step % 2 ? 4 * COLUMNS : 4 * ROWS;
        ck_assert_uint_eq(group.request[0].count, live);
        ck_assert_double_ne(sent[live - 1], 0.0);
        double whole = norm2(x, TW_FP64, D), factor = norm2(sent, TW_FP64, live);
        double left = distance2(x, group.own[0], TW_FP64, D);
        double kept = norm2(group.own[0], TW_FP64, D);
        ck_assert_double_eq_tol((left + factor) / whole, 1.0, 1e-13);
        ck_assert_double_eq_tol((left + kept) / whole, 1.0, 1e-13);
        ck_assert_double_gt(left, 0.1 * whole);
    }
    group_close(&group);
}
END_TEST

/* Rank s ≤ r: the first turn's factor spans the matrix's columns (or rows), the second keeps it
 * all. Rank 4 is not within 3. */
START_TEST(test_recovery)
{
    double u[4 * ROWS], v[4 * COLUMNS], x[D];
    normals(u, sizeof u / sizeof *u, 2);
    normals(v, sizeof v / sizeof *v, 3);
    for (int s = 1; s <= 4; s++)
        for (uint32_t first = 0; first < 2; first++) {
            static struct group group;
            memset(x, 0, sizeof x);
            for (int c = 0; c < s; c++)
                for (int i = 0; i < D; i++)
                    x[i] += u[c * ROWS + i / COLUMNS] * v[c * COLUMNS + i % COLUMNS];
            one_matrix(&group, "rank=3 rate=1", x);
            ck_assert_int_eq(group_step(&group, first), TW_OK);
            ck_assert_int_eq(group_step(&group, first + 1), TW_OK);
            double left = distance2(x, group.own[0], TW_FP64, D) / norm2(x, TW_FP64, D);
            ck_assert_msg(s <= 3 ? left < 1e-24 : left > 1e-6, "rank %d: %g is left", s, left);
            group_close(&group);
        }
}
END_TEST

/* diag(4, 3.5, 2, 2, …) at rank 2: the two largest are found, leaving 10·2² (Eckart and Young);
 * the angle shrinks by 2/3.5 a turn, its square, by which the error is off, to 1e-19 after 40. A
 * chain may skip steps as long as turns alternate: 0, 3, 6 … */
START_TEST(test_warm_start)
{
    double x[D] = {0};
    const char *const options[] = {"rank=2 rate=1", "rank=2 rate=1", "rank=2 rate=1 warm=no"};
    for (int i = 0; i < ROWS; i++)
        x[i * COLUMNS + i] = i == 0 ? 4.0 : i == 1 ? 3.5 : 2.0;
    for (int kind = 0; kind < 3; kind++) {
        static struct group group;
        one_matrix(&group, options[kind], x);
        for (uint32_t step = 0; step < 40; step++)
            ck_assert_int_eq(group_step(&group, kind == 1 ? 3 * step : step), TW_OK);
        double left = distance2(x, group.own[0], TW_FP64, D);
        if (kind == 2)
            ck_assert_double_gt(left, 40.1);
        else
            ck_assert_double_eq_tol(left, 40.0, 1e-10);
        group_close(&group);
    }
}
END_TEST

/* Rank 1 of 12×30, 30×12 and 8×20, a 2×3 and a vector that stay dense (6 + 5 values). P: 12 + 30 +
 * 8 = 50 values on even steps; Q: 30 + 12 + 20 = 62 on odd ones; together PowerSGD's 42 + 42 + 28.
 * The plan of each turn says so. A step that does not alternate, 3 after 1, starts afresh: it is
 * that of an instance just opened. */
START_TEST(test_messages)
{
    double x[2 * D + 160 + 11];
    static struct group group;
    normals(x, 2 * D + 171, 4);
    group_start(&group, "acpsgd", TW_FP64, "", 1, SEED);
    add_tensor(&group, ROWS, COLUMNS, 0);
    add_tensor(&group, COLUMNS, ROWS, 0);
    add_tensor(&group, 8, 20, 0);
    add_tensor(&group, 2, 3, 0);
    add_tensor(&group, 1, 5, 1);
    group_open(&group, 0);
    group.x[0] = x;
    for (uint32_t step = 0; step < 2; step++) {
        const uint64_t live[] = {50, 62};
        struct tw_plan plan = {0};
        ck_assert_int_eq(group_step(&group, step), TW_OK);
        ck_assert_uint_eq(group.request[0].count, live[step] + 11);
        ck_assert_int_eq(tw_plan_step(group.ops, &group.problem, step + 2, &plan), TW_OK);
        ck_assert_uint_eq(plan.phases[0].count, live[step] + 11);
        tw_plan_free(&plan);
        ck_assert_mem_eq((double *)group.mean[0] + 2 * D + 160, x + 2 * D + 160, 11 * sizeof *x);
    }
    ck_assert_int_eq(tw_plan_turns(group.ops), 2);
    group_close(&group);
    static struct group skips, fresh;
    one_matrix(&skips, "rank=2 rate=1", x);
    one_matrix(&fresh, "rank=2 rate=1", x);
    ck_assert_int_eq(group_step(&skips, 1), TW_OK);
    ck_assert_int_eq(group_step(&skips, 3), TW_OK);
    ck_assert_int_eq(group_step(&fresh, 3), TW_OK);
    ck_assert_mem_eq(skips.mean[0], fresh.mean[0], D * sizeof *x);
    group_close(&skips);
    group_close(&fresh);
}
END_TEST

/* A refused step leaves nothing behind: the next one is that of an instance just opened. */
START_TEST(test_after_refusal)
{
    double x[D], bad[D];
    static struct group group, fresh;
    normals(x, D, 5);
    memcpy(bad, x, sizeof x);
    bad[77] = INFINITY;
    one_matrix(&group, "rank=2 rate=1", x);
    one_matrix(&fresh, "rank=2 rate=1", x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    group.x[0] = bad;
    ck_assert_int_eq(group_step(&group, 1), TW_INPUT);
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 3), TW_OK);
    ck_assert_int_eq(group_step(&fresh, 3), TW_OK);
    ck_assert_mem_eq(group.mean[0], fresh.mean[0], sizeof x);
    group_close(&group);
    group_close(&fresh);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("acpsgd");
    TCase *tcase = tcase_create("acpsgd");
    tcase_add_test(tcase, test_turns);
    tcase_add_test(tcase, test_recovery);
    tcase_add_test(tcase, test_warm_start);
    tcase_add_test(tcase, test_messages);
    tcase_add_test(tcase, test_after_refusal);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
