/* links: tw_base tw_compressors */
/* Whole rows and blocks kept: random_block, block_topk, chunk_norm, arc_exact. */
#include "threshold_case.h"

/* The units of the shifted objective of arXiv 2510.26709's authors: d = 2000, 200 blocks of 10. */
#define BLOCKS "ratio=0.05 rows=blocks columns=10 vectors=blocks"

static double block_energy(const float *x, int block)
{
    double sum = 0.0;
    for (int i = 0; i < 10; i++)
        sum += (double)x[10 * block + i] * (double)x[10 * block + i];
    return sum;
}

/* How many of the support's blocks have more energy than the most of the others: all must. */
static int holds_the_largest(struct tw_support support, const float *x)
{
    double least = HUGE_VAL, most = 0.0;
    uint64_t next = 0;
    for (int b = 0; b < 200; b++) {
        double energy = block_energy(x, b);
        if (next < support.count && support.indices[next] == (uint32_t)(10 * b)) {
            least = fmin(least, energy);
            next += 10;
        } else {
            most = fmax(most, energy);
        }
    }
    return next == support.count && least >= most;
}

/* ⌈.05·200⌉ = 10 blocks, 100 values; numbers of blocks 4 bytes each where they travel. */
START_TEST(test_shifted_objective_shapes)
{
    static const char *const members[] = {"random_block", "block_topk", "chunk_norm", "arc_exact"};
    static float mean[2000];
    float *x[3];
    for (int r = 0; r < 3; r++)
        x[r] = numbers(draw_normal, 2000, (uint32_t)r);
    for (int i = 0; i < 2000; i++)
        mean[i] = (float)(((double)x[0][i] + (double)x[1][i] + (double)x[2][i]) / 3);
    for (int m = 0; m < 4; m++) {
        struct group group;
        open_flat(&group, members[m], TW_FP32, BLOCKS, 3, 2000);
        for (int r = 0; r < 3; r++)
            group.x[r] = x[r];
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        for (int r = 0; r < 3; r++) {
            struct tw_support support = support_of(&group, r);
            ck_assert_uint_eq(support.count, 100);
            for (int i = 0; i < 100; i++)
                ck_assert_uint_eq(support.indices[i], support.indices[i / 10 * 10] + i % 10);
            ck_assert(m != 1 || holds_the_largest(support, x[r]));
            ck_assert(m != 3 || holds_the_largest(support, mean));
        }
        const struct tw_request *last = &group.request[group.phases - 1];
        ck_assert_uint_eq(last->count, m == 1 ? 10 * (10 * 4 + 4) : m == 3 ? 2000 : 100);
        ck_assert(m != 2 || (group.phases == 2 && group.request[0].count == 200));
        group_close(&group);
    }
    for (int r = 0; r < 3; r++)
        free(x[r]);
}
END_TEST

/* Blocks of 3 of 8 values, the last of 2; K = ⌈.5·3⌉ = 2. Rank 0 keeps blocks 0 and 2, rank 1 keeps
 * 1 and 2. Bytes: 2 blocks of 3 values (the short one filled up) and 2 numbers. */
START_TEST(test_block_topk)
{
    float x[2][8] = {{3, 0, 4, 1, 1, 1, 0, 6}, {1, 0, 0, -2, 2, -2, 8, 2}};
    static const float mean[8] = {1.5F, 0, 2, -1, 1, -1, 4, 4};
    static const uint32_t kept[2][5] = {{0, 1, 2, 6, 7}, {3, 4, 5, 6, 7}};
    struct group group;
    open_flat(&group, "block_topk", TW_FP32, "ratio=0.5 rows=blocks columns=3", 2, 8);
    for (int r = 0; r < 2; r++)
        group.x[r] = x[r];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_uint_eq(group.request[0].count, 2 * (3 * 4 + 4));
    for (int i = 0; i < 8; i++)
        ck_assert_float_eq(((float *)group.mean[0])[i], mean[i]);
    for (int r = 0; r < 2; r++) {
        ck_assert_uint_eq(support_of(&group, r).count, 5);
        ck_assert_mem_eq(support_of(&group, r).indices, kept[r], sizeof kept[r]);
    }
    group_close(&group);
}
END_TEST

static int flipped_bit;

static void flip(int phase, struct tw_answer *answer)
{
    (void)phase;
    ((unsigned char *)answer->data)[answer->starts[1] + 24 + (unsigned)flipped_bit / 8] ^=
        (unsigned char)(1U << (flipped_bit % 8));
}

/* Every bit of the two numbers (0 and 1 of three) of rank 1 wrong once: 0 → 1 repeats and 0 → 2
 * descends; 1 → 0 repeats; 1 → 3 and all higher bits do not exist: all 64 are refused. */
START_TEST(test_block_numbers)
{
    float x[8] = {3, 0, 4, 9, 1, 1, 0, 1};
    struct group group;
    open_flat(&group, "block_topk", TW_FP32, "ratio=0.5 rows=blocks columns=3", 2, 8);
    group.x[0] = group.x[1] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    group.spoil = flip;
    for (flipped_bit = 0; flipped_bit < 64; flipped_bit++)
        ck_assert_int_eq(group_step(&group, 0), TW_CORRUPT);
    group_close(&group);
}
END_TEST

/* Two rows; ranks cancel in the first, where each has most. Chunk norms keep the first (energies
 * 100 + 100 and 1 + 1): the mean is 0, all of the average (0, 1) is lost. Exact ARC keeps the
 * second and loses nothing. */
START_TEST(test_cancelling_ranks)
{
    float x[2][4] = {{10, 0, 0, 1}, {-10, 0, 0, 1}};
    for (int exact = 0; exact < 2; exact++) {
        struct group group;
        group_start(&group, exact ? "arc_exact" : "chunk_norm", TW_FP32, "ratio=0.5", 2, 1);
        add_tensor(&group, 2, 2, 0);
        group_open(&group, 0);
        group.x[0] = x[0];
        group.x[1] = x[1];
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        float expected[4] = {0, 0, 0, exact ? 1 : 0};
        for (int i = 0; i < 4; i++)
            ck_assert_float_eq(((float *)group.mean[0])[i], expected[i]);
        group_close(&group);
    }
}
END_TEST

/* 40 rows of 7, K = ⌈ratio·40⌉, four ranks with heavy tails: ‖mean − x̄‖² ≤ (1 − K/m)‖x̄‖² for exact
 * ARC and Σ‖x_r − C(x_r)‖² ≤ (1 − K/m)Σ‖x_r‖² for chunk norms, in every draw. */
static double draw_heavy(gsl_rng *rng)
{
    return gsl_ran_tdist(rng, 1.5);
}

static void bounds_of(float *const *x, double ratio, const char *options)
{
    double bound = 1.0 - ceil(ratio * 40 - 1e-9) / 40, average[280], left = 0.0, whole = 0.0;
    for (int exact = 0; exact < 2; exact++) {
        struct group group;
        group_start(&group, exact ? "arc_exact" : "chunk_norm", TW_FP32, options, 4, 1);
        add_tensor(&group, 40, 7, 0);
        group_open(&group, 0);
        for (int r = 0; r < 4; r++)
            group.x[r] = x[r];
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        left = whole = 0.0;
        for (int i = 0; i < 280; i++) {
            average[i] =
                ((double)x[0][i] + (double)x[1][i] + (double)x[2][i] + (double)x[3][i]) / 4;
            double off = average[i] - get(group.mean[0], TW_FP32, (uint64_t)i);
            left += exact ? off * off : 0.0;
            whole += exact ? average[i] * average[i] : 0.0;
        }
        for (int r = 0; r < 4 && !exact; r++) {
            left += distance2(group.own[r], x[r], TW_FP32, 280);
            whole += norm2(x[r], TW_FP32, 280);
        }
        ck_assert_msg(left <= bound * whole * (1 + 1e-6), "seed %u, %s: %g of %g", SEED, options,
                      left, bound * whole);
        group_close(&group);
    }
}

START_TEST(test_bounds)
{
    for (uint32_t draw = 0; draw < 20; draw++) {
        float *x[4];
        for (uint32_t r = 0; r < 4; r++)
            x[r] = numbers(draw_heavy, 280, 100 + 4 * draw + r);
        bounds_of(x, 0.05, "ratio=0.05");
        bounds_of(x, 0.3, "ratio=0.3");
        for (int r = 0; r < 4; r++)
            free(x[r]);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_shifted_objective_shapes);
    tcase_add_test(tcase, test_block_topk);
    tcase_add_test(tcase, test_block_numbers);
    tcase_add_test(tcase, test_cancelling_ranks);
    tcase_add_test(tcase, test_bounds);
    return run_case(tcase, "whole units");
}
