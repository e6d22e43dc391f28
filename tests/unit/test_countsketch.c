/* links: tw_base tw_compressors */
/* Count-Sketch: tables add up, estimates are without bias and as near as proven, heavy values are
 * found, messages, what check refuses. */
#include "base/rng.h"
#include "compressor_rig.h"

#define SEED 20260101U
#define D 2000

static void normals(double *x, uint64_t n, uint32_t step)
{
    struct tw_stream_key key = {SEED, 0, 0, step, 0, TW_PURPOSE_TEST};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    tw_stream_normals(&stream, x, n);
}

static void open_one(struct group *group, const char *options, int ranks, uint64_t seed, uint64_t d)
{
    group_start(group, "countsketch", TW_FP64, options, ranks, seed);
    add_tensor(group, 1, d, 1);
    group_open(group, 0);
}

/* 3 rows of ⌊0.07·100⌋ = 7 columns (.07·100 is 7.000000000000001), ⌊0.05·100⌋ = 5 values kept; a
 * width and a share below one value are one. */
START_TEST(test_messages)
{
    double x[100];
    static struct group group;
    normals(x, 100, 0);
    open_one(&group, "rows=3 width=0.07 kept=0.05", 1, SEED, 100);
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_int_eq(group.request[0].kind, TW_SUM);
    ck_assert_uint_eq(group.request[0].count, 21);
    ck_assert_int_eq(group.request[1].kind, TW_SUM);
    ck_assert_uint_eq(group.request[1].count, 5);
    ck_assert_int_eq(group.phases, 2);
    ck_assert_uint_eq(support_of(&group, 0).count, 5);
    group_close(&group);
    open_one(&group, "rows=1 width=0.001 kept=0.001", 1, SEED, 100);
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_uint_eq(group.request[0].count, 1);
    ck_assert_uint_eq(support_of(&group, 0).count, 1);
    group_close(&group);
}
END_TEST

/* On whole numbers sums are exact: the table of a sum is the sum of the tables, bit for bit. */
START_TEST(test_linear)
{
    static double x[3][D], sum[D], tables[5 * 160];
    static struct group group, one;
    open_one(&group, "values=table", 3, SEED, D);
    open_one(&one, "values=table", 1, SEED, D);
    for (int r = 0; r < 3; r++) {
        normals(x[r], D, (uint32_t)r);
        for (int i = 0; i < D; i++) {
            x[r][i] = floor(1000.0 * x[r][i]);
            sum[i] += x[r][i];
        }
        group.x[r] = x[r];
    }
    one.x[0] = sum;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_int_eq(group_step(&one, 0), TW_OK);
    memcpy(tables, one.request[0].data, sizeof tables);
    ck_assert_mem_eq(group.answer_data[0], tables, sizeof tables);
    for (int i = 0; i < D; i++)
        ck_assert_double_eq(((double *)group.mean[0])[i], ((double *)one.mean[0])[i] / 3);
    group_close(&group);
    group_close(&one);
}
END_TEST

/* With kept=1 every estimate is seen. One row: E e[j] = x[j] over hashes, and, signs being
 * independent, E (e[j] − x[j])² = (‖x‖² − x[j]²)/c. 400 tables of c = 50 for 200 normals: the mean
 * of all squares is Σ_j of that, 199·‖x‖²/50, within 5 % (a table's own share of it varies by
 * about 2/√c = 28 %, their mean by 1.4 %: 3.5 deviations; the seed is fixed). The average
 * over tables is off by ‖x‖²·199/50/400 in the mean of its square, which is a sum of 200 nearly
 * normal squares and varies by √(2/200) = 10 %: within 60 %. A bias of a tenth of every value
 * would add 0.01·‖x‖², which doubles it. */
START_TEST(test_unbiased)
{
    static double x[200], average[200];
    double squares = 0.0;
    normals(x, 200, 7);
    double expected = 199.0 * norm2(x, TW_FP64, 200) / 50.0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        static struct group group;
        open_one(&group, "rows=1 width=0.25 kept=1 values=table", 1, seed, 200);
        group.x[0] = x;
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        squares += distance2(group.own[0], x, TW_FP64, 200) / 400.0;
        for (int i = 0; i < 200; i++)
            average[i] += ((double *)group.own[0])[i] / 400.0;
        group_close(&group);
    }
    ck_assert_double_eq_tol(squares / expected, 1.0, 0.05);
    double bias = distance2(average, x, TW_FP64, 200) * 400.0 / expected;
    ck_assert_double_eq_tol(bias, 1.0, 0.6);
}
END_TEST

/* Five rows: an estimate is off by more than 3‖x‖/√c only if three rows are, each with chance below
 * 1/9 (Chebyshev): below C(5,3)/9³ = 1.4 %. Of 2000 values at most 2000·1.4 % + 5·√27 = 53. */
START_TEST(test_error)
{
    static double x[D];
    static struct group group;
    int beyond = 0;
    normals(x, D, 8);
    open_one(&group, "rows=5 width=0.1 kept=1 values=table", 1, SEED, D);
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    double bound = 3.0 * sqrt(norm2(x, TW_FP64, D) / 200.0);
    for (int i = 0; i < D; i++)
        beyond += fabs(((double *)group.own[0])[i] - x[i]) > bound;
    ck_assert_int_le(beyond, 53);
    ck_assert_double_gt(distance2(group.own[0], x, TW_FP64, D), 1e-3);
    group_close(&group);
}
END_TEST

/* Twenty values of ±100 among noise of 0.1, half of them seen by one rank and half by the other:
 * all are found in the sum (‖x‖/√c = 14 with c = 1000; a row is spoilt where two of them meet,
 * chance 2 %, a median where three rows are, 8e-5), at half their size. */
START_TEST(test_heavy)
{
    static double x[2][D];
    static struct group group;
    for (int r = 0; r < 2; r++) {
        normals(x[r], D, 9 + (uint32_t)r);
        for (int i = 0; i < D; i++)
            x[r][i] = i % 200 == 100 * r ? (i % 400 < 200 ? 100.0 : -100.0) : 0.1 * x[r][i];
    }
    open_one(&group, "rows=5 width=0.5 kept=0.01 values=table", 2, SEED, D);
    group.x[0] = x[0];
    group.x[1] = x[1];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    struct tw_support support = support_of(&group, 0);
    ck_assert_uint_eq(support.count, 20);
    for (uint32_t n = 0; n < 20; n++) {
        uint32_t i = support.indices[n];
        double size = i % 400 < 200 ? 50.0 : -50.0;
        ck_assert_uint_eq(i, 100 * n);
        ck_assert_double_eq_tol(((double *)group.mean[0])[i], size, 2.0);
    }
    group_close(&group);
}
END_TEST

/* The second exchange: the values themselves, where the table says. */
START_TEST(test_exact)
{
    static double x[2][D];
    static struct group exact, table;
    open_one(&exact, "", 2, SEED, D);
    open_one(&table, "values=table", 2, SEED, D);
    for (int r = 0; r < 2; r++) {
        normals(x[r], D, 20 + (uint32_t)r);
        exact.x[r] = table.x[r] = x[r];
    }
    ck_assert_int_eq(group_step(&exact, 0), TW_OK);
    ck_assert_int_eq(group_step(&table, 0), TW_OK);
    ck_assert_int_eq(table.phases, 1);
    struct tw_support chosen = support_of(&exact, 0), other = support_of(&table, 0);
    ck_assert_uint_eq(chosen.count, 16); /* ⌊.008·2000⌋ */
    ck_assert_mem_eq(chosen.indices, other.indices, 16 * sizeof *chosen.indices);
    int wrong = 0;
    for (uint64_t n = 0; n < 16; n++) {
        uint32_t i = chosen.indices[n];
        wrong += ((double *)exact.own[1])[i] != x[1][i];
        wrong += ((double *)exact.mean[0])[i] != (x[0][i] + x[1][i]) / 2;
        wrong += ((double *)table.own[1])[i] == x[1][i];
    }
    ck_assert_int_eq(wrong, 0);
    group_close(&exact);
    group_close(&table);
}
END_TEST

/* EF14 on f = ‖w − a‖²/2 from w = 0, two ranks of the same a, normal numbers, with d = 500, so 40
 * columns and k = 4: what is left of ‖w − a‖, and the larger of the memories over ‖a‖. */
static void descend(const char *options, double rate, int steps, double *left, double *memory)
{
    enum { N = 500 };
    static double a[N], w[N], e[2][N], x[2][N];
    static struct group group;
    normals(a, N, 30);
    memset(w, 0, sizeof w);
    memset(e, 0, sizeof e);
    open_one(&group, options, 2, SEED, N);
    *memory = 0.0;
    for (int t = 0; t < steps && *memory < 1e6; t++) {
        for (int r = 0; r < 2; r++) {
            for (int i = 0; i < N; i++)
                x[r][i] = e[r][i] + rate * (w[i] - a[i]);
            group.x[r] = x[r];
        }
        if (group_step(&group, (uint32_t)t) != TW_OK)
            ck_abort_msg("step %d fails", t);
        for (int i = 0; i < N; i++) {
            w[i] -= ((double *)group.mean[0])[i];
            for (int r = 0; r < 2; r++)
                e[r][i] = x[r][i] - ((double *)group.own[r])[i];
        }
        *memory = fmax(*memory, sqrt(norm2(e[0], TW_FP64, N) / norm2(a, TW_FP64, N)));
    }
    *left = sqrt(distance2(w, a, TW_FP64, N) / norm2(a, TW_FP64, N));
    group_close(&group);
}

/* Each value is taken about every d/k = 125 steps, so a rate of 1/1000 is no delay to speak of: w
 * goes to a as e^(−t/1000), e^-8 = 3e-4 after 8000 steps, with a memory of at most about 125 steps
 * of gradients, 0.125·‖a‖. Estimates instead of values have four times the norm of what they stand
 * for (a row is off by ‖x‖/√40, the largest of 500 medians by about twice that, four of them by
 * .6·‖x‖): the memory multiplies by √1.4 in a step, and no rate helps. With hashes fixed for the
 * run the exact form stays at .97: the same collisions are chosen in every step. */
START_TEST(test_feedback)
{
    double left, memory;
    descend("", 0.001, 8000, &left, &memory);
    ck_assert_double_le(left, 2e-3);
    ck_assert_double_le(memory, 0.5);
    descend("values=table", 0.001, 8000, &left, &memory);
    ck_assert_double_ge(memory, 1e6);
}
END_TEST

/* f = ‖w − a‖²/2 with memory=sketch and nothing around it: what is left of ‖w − a‖. */
static double descend_bare(const char *options, double rate, int steps)
{
    enum { N = 500 };
    static double a[N], w[N], x[2][N];
    static struct group group;
    normals(a, N, 30);
    memset(w, 0, sizeof w);
    open_one(&group, options, 2, SEED, N);
    for (int t = 0; t < steps; t++) {
        for (int r = 0; r < 2; r++) {
            for (int i = 0; i < N; i++) /* two ranks whose optima are 0 and 2a */
                x[r][i] = rate * (w[i] - (r ? 2 : 0) * a[i]);
            group.x[r] = x[r];
        }
        if (group_step(&group, (uint32_t)t) != TW_OK)
            ck_abort_msg("step %d fails", t);
        for (int i = 0; i < N; i++)
            w[i] -= ((double *)group.mean[0])[i];
    }
    double left = sqrt(distance2(w, a, TW_FP64, N) / norm2(a, TW_FP64, N));
    group_close(&group);
    return left;
}

/* 20 of 500 values are taken in a step, of a table of 5 × 500. Dense descent leaves (1 − .002)^1000
 * = 0.135. Without a memory most of every gradient is lost; a sketch gives it back later, and
 * momentum .9 makes ten times the rate of it: e^-20 but for collisions and the delay. */
START_TEST(test_memory)
{
    double bare = descend_bare("values=table width=1 kept=0.04", 0.002, 1000);
    double sketch = descend_bare("values=table width=1 kept=0.04 memory=sketch", 0.002, 1000);
    double momentum =
        descend_bare("values=table width=1 kept=0.04 memory=sketch momentum=0.9", 0.002, 1000);
    ck_assert_msg(bare > 0.6 && sketch < 0.35 && sketch > 0.1 && momentum < 0.1,
                  "left %g without memory, %g in a sketch, %g with momentum, seed %u", bare, sketch,
                  momentum, SEED);
}
END_TEST

/* A gradient in step 0 and none after: of 20 values in 5 × 4000 cells (two meet in a row with
 * chance 5 %, in three rows of five next to never) 5 are taken in a step, the largest first, each
 * once and exactly; a step begun again gives the same again; an earlier one begins with nothing. */
START_TEST(test_memory_gives_all)
{
    enum { N = 20 };
    static double x[N], zeros[N], sum[N];
    static struct group group;
    double again[N];
    for (int i = 0; i < N; i++)
        x[i] = (i % 2 ? 1 : -1) * (double)(1 + i * 7 % N);
    open_one(&group, "width=200 kept=0.25 values=table memory=sketch", 1, SEED, N);
    for (uint32_t t = 0; t < 5; t++) {
        group.x[0] = t == 0 ? x : zeros;
        for (int repeat = 0; repeat < 2; repeat++) {
            ck_assert_int_eq(group_step(&group, t), TW_OK);
            if (repeat)
                ck_assert_mem_eq(again, group.mean[0], sizeof again);
            memcpy(again, group.mean[0], sizeof again);
        }
        for (int i = 0; i < N; i++) {
            int due = fabs(x[i]) > 15.0 - 5.0 * t && fabs(x[i]) <= 20.0 - 5.0 * t;
            ck_assert_double_eq(again[i], due ? x[i] : 0.0);
            sum[i] += again[i];
        }
    }
    ck_assert_mem_eq(sum, x, sizeof x);
    group.x[0] = zeros;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_double_eq(norm2(group.mean[0], TW_FP64, N), 0.0);
    group_close(&group);
}
END_TEST

START_TEST(test_refused)
{
    const char *const options[] = {"rows=4", "rows=1 width=1e6", "memory=sketch",
                                   "values=table momentum=0.9"};
    const uint64_t sizes[] = {100, 3000, 100, 100};
    for (int i = 0; i < 4; i++) {
        static struct group group;
        struct tw_err err = {0};
        group_start(&group, "countsketch", TW_FP32, options[i], 1, SEED);
        add_tensor(&group, 1, sizes[i], 1);
        ck_assert_int_eq(group.ops->check(&group.problem, &err), TW_RANGE);
        ck_assert(err.text[0] != 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("countsketch");
    TCase *tcase = tcase_create("countsketch");
    tcase_add_test(tcase, test_messages);
    tcase_add_test(tcase, test_linear);
    tcase_add_test(tcase, test_unbiased);
    tcase_add_test(tcase, test_error);
    tcase_add_test(tcase, test_heavy);
    tcase_add_test(tcase, test_exact);
    tcase_add_test(tcase, test_feedback);
    tcase_add_test(tcase, test_memory);
    tcase_add_test(tcase, test_refused);
    tcase_add_test(tcase, test_memory_gives_all);
    tcase_set_timeout(tcase, 30);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
