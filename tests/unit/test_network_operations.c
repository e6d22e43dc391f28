/* links: tw_network */
/* Exchanges of every kind, from a trace's items to seconds, by both executors. */
#include "network/timeline_plan.h"
#include "unit/network_trace.h"

#define RANKS 6
#define ALPHA_S 50e-6
#define BETA_SB (1 / 1.25e9)
#define GAMMA_SB 1e-10 /* of the adder */

/* Step time of one exchange alone; NAN when the executor refuses the schedule. */
static double price_one(const struct tw_algorithm *algorithm, const char *executor, int ranks,
                        const struct tw_item *item)
{
    struct written w;
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_of(executor, ranks, &device);
    struct tw_priced priced;
    struct tw_err err = {0};
    double step_s = NAN;
    if (algorithm)
        pricing.algorithms[item->kind] = algorithm;
    written_open(&w, ranks, 1);
    *add_exchange(&w, item->kind, 0) = *item;
    tw_status status = tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err);
    ck_assert_msg(status == TW_OK || status == TW_REFUSED, "%s: %s", executor, err.text);
    if (status == TW_OK)
        step_s = priced.steps[0].step_time_s;
    tw_priced_free(&priced);
    free(w.step_record);
    return step_s;
}

static struct tw_item item_of(enum tw_request_kind kind, uint64_t count, uint64_t *counts)
{
    return (struct tw_item){.type = TW_ITEM_EXCHANGE,
                            .kind = kind,
                            .element = TW_ELEMENT_F32,
                            .count = count,
                            .counts = counts};
}

/* Every listed schedule of every kind takes what its cost says, or less where that is a bound. */
START_TEST(listed)
{
    const char *const executors[] = {"simgrid", "maxplus"};
    int priced = 0;
    for (int a = 0; a < tw_algorithm_count(); a++)
        for (int e = 0; e < 2; e++)
            for (int p = RANKS; p <= 8; p += 2) {
                const struct tw_algorithm *algorithm = tw_algorithm_at(a);
                struct tw_item item = item_of(algorithm->kind, 10007, NULL);
                struct tw_layout layout = {0};
                struct tw_err err = {0};
                item.root = algorithm->kind == TW_BROADCAST ? 2 : 0;
                item.merge = algorithm->kind == TW_MERGE ? algorithm : NULL;
                ck_assert_int_eq(tw_item_layout(&item, p, 1, &layout, &err), TW_OK);
                if (tw_layout_for(algorithm, &layout, &err) == TW_OK) {
                    double step_s = price_one(algorithm, executors[e], p, &item);
                    double cost_s = algorithm->cost(&layout, ALPHA_S, BETA_SB, GAMMA_SB);
                    double bound_s = tw_injection_bound(&layout, BETA_SB);
                    int one = algorithm->one_port && algorithm->lanes(&layout) == 1;
                    ck_assert_msg(isfinite(step_s) || (e == 1 && !one), "%s %s",
                                  tw_request_name(algorithm->kind), algorithm->member.name);
                    if (isfinite(step_s)) {
                        double slack_s = 1e-9 * cost_s;
                        ck_assert_double_ge(step_s, bound_s - slack_s);
                        if (algorithm->cost_kind != TW_COST_ASYMPTOTE)
                            ck_assert_double_le(step_s, cost_s + slack_s);
                        if (algorithm->cost_kind == TW_COST_EXACT)
                            ck_assert_double_ge(step_s, cost_s - slack_s);
                        priced++;
                    }
                }
                free((uint64_t *)layout.starts);
            }
    ck_assert_int_ge(priced, 30);
}
END_TEST

/* A reduce-scatter whose rank q gets counts[q] elements: the ring's steps last as long as the
 * largest block, which is under way in all of the p−1 steps: (p−1)(α + 4000β + 4000γ). */
START_TEST(reduce_scatter_of_unequal_parts)
{
    uint64_t counts[RANKS] = {10, 1000, 0, 700, 3, 999};
    struct tw_item item = item_of(TW_REDUCE_SCATTER, 0, counts);
    const struct tw_algorithm *ring = tw_algorithm_find(TW_REDUCE_SCATTER, "ring");
    double expected_s = 5 * (ALPHA_S + 4000 * BETA_SB + 4000 * GAMMA_SB);
    ck_assert_double_eq_tol(price_one(ring, "simgrid", RANKS, &item), expected_s, 1e-12);
    ck_assert_double_eq_tol(price_one(ring, "maxplus", RANKS, &item), expected_s, 1e-12);
    /* Cut evenly: 6 blocks of 452 elements. */
    struct tw_item even = item_of(TW_REDUCE_SCATTER, 2712, NULL);
    expected_s = 5 * (ALPHA_S + 1808 * BETA_SB + 1808 * GAMMA_SB);
    ck_assert_double_eq_tol(price_one(ring, "maxplus", RANKS, &even), expected_s, 1e-12);
}
END_TEST

/* An all-to-all cuts what every rank gives: 10 elements to 4 ranks are 3, 3, 2, 2. */
START_TEST(all_to_all_cut)
{
    static const uint64_t once[] = {0, 3, 6, 8}; /* starts of 3, 3, 2, 2 elements */
    struct tw_item item = item_of(TW_ALL_TO_ALL, 10, NULL);
    struct tw_layout layout;
    struct tw_err err = {0};
    ck_assert_int_eq(tw_item_layout(&item, 4, 2, &layout, &err), TW_OK);
    ck_assert_int_eq(layout.node_ranks, 2);
    ck_assert_uint_eq(layout.count, 40);
    for (uint32_t b = 0; b < 16; b++)
        ck_assert_uint_eq(layout.starts[b], 10 * (b / 4) + once[b % 4]);
    ck_assert_uint_eq(layout.starts[16], 40);
    free((uint64_t *)layout.starts);
    item.count = 8; /* 2 for each pair: the even cut of 32 elements into 16 blocks */
    ck_assert_int_eq(tw_item_layout(&item, 4, 2, &layout, &err), TW_OK);
    ck_assert_ptr_null(layout.starts);
    layout.blocks = 16;
    for (uint32_t b = 0; b <= 16; b++)
        ck_assert_uint_eq(tw_layout_start(&layout, b), 2 * b);
}
END_TEST

/* An all-to-all by pairs. Pairwise: in step s every rank sends to r + s and takes from r − s, so a
 * step of all ranks lasts as long as its largest message: with one large pair (0 → 1, 1000
 * elements, in step 1) and 10 elements for all others α + 4000β, then four times α + 40β; ranks not
 * touched by the large one run ahead, the last to end have both in their way. */
START_TEST(all_to_all_by_pairs)
{
    uint64_t counts[RANKS * RANKS];
    struct tw_layout layout;
    struct tw_err err = {0};
    for (int b = 0; b < RANKS * RANKS; b++)
        counts[b] = b == 1 ? 1000 : 10;
    struct tw_item item = item_of(TW_ALL_TO_ALL, 0, counts);
    ck_assert_int_eq(tw_item_layout(&item, RANKS, 1, &layout, &err), TW_OK);
    ck_assert_uint_eq(layout.count, 1000 + 35 * 10);
    ck_assert_uint_eq(layout.starts[2], 1010);
    free((uint64_t *)layout.starts);
    const struct tw_algorithm *pairwise = tw_algorithm_find(TW_ALL_TO_ALL, "pairwise");
    double expected_s = ALPHA_S + 4000 * BETA_SB + 4 * (ALPHA_S + 40 * BETA_SB);
    ck_assert_double_eq_tol(price_one(pairwise, "simgrid", RANKS, &item), expected_s, 1e-12);
    ck_assert_double_eq_tol(price_one(pairwise, "maxplus", RANKS, &item), expected_s, 1e-12);
}
END_TEST

static void check_refused(struct tw_item item, tw_status expected, const char *word)
{
    struct tw_layout layout;
    struct tw_err err = {0};
    tw_status status = tw_item_layout(&item, RANKS, 1, &layout, &err);
    ck_assert_msg(status == expected && strstr(err.text, word), "status %d, '%s'", status,
                  err.text);
    ck_assert_ptr_null(layout.starts);
}

START_TEST(refusals)
{
    uint64_t counts[RANKS] = {1, 2, 3, 4, 5, 6};
    check_refused(item_of(TW_SUM, 0, counts), TW_CORRUPT, "unequal counts");
    check_refused(item_of(TW_BROADCAST, 0, counts), TW_CORRUPT, "unequal counts");
    check_refused(item_of(TW_MERGE, 10, NULL), TW_REFUSED, "no schedule carries merge");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network operations");
    TCase *tcase = tcase_create("operations");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, listed);
    tcase_add_test(tcase, reduce_scatter_of_unequal_parts);
    tcase_add_test(tcase, all_to_all_cut);
    tcase_add_test(tcase, all_to_all_by_pairs);
    tcase_add_test(tcase, refusals);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
