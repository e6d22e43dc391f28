/* links: tw_network */
/* Large rings that are reckoned (reckon.h) against all their messages simulated: many ranks and
 * sizes, over several steps of a training whose ranks leave each step apart. */
#include "unit/network_trace.h"

#define MOST 300
#define STEPS 3

struct ends {
    int ranks;
    double end_s[STEPS][MOST];
};

static void keep(void *context, uint32_t step, const struct tw_rank_times *ranks, int count,
                 const struct tw_step_times *mean)
{
    (void)mean;
    struct ends *ends = context;
    ends->ranks = count;
    for (int r = 0; r < count; r++)
        ends->end_s[step][r] = ranks[r].end_s;
}

/* Two buckets, the second one with other remainders. */
static uint64_t price(struct tw_pricing *pricing, int full, uint64_t count, struct ends *ends)
{
    struct written w;
    struct tw_priced priced;
    struct tw_err err = {0};
    int ranks = tw_platform_ranks(&pricing->platform);
    pricing->network.full = full;
    written_open(&w, ranks, STEPS);
    add_exchange(&w, TW_SUM, count);
    add_exchange(&w, TW_SUM, count / 3 + 1);
    tw_status status = tw_price_trace(pricing, &w.trace, keep, ends, &priced, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    uint64_t extrapolated = priced.extrapolated;
    tw_priced_free(&priced);
    free(w.step_record);
    return extrapolated;
}

static void compare(struct tw_pricing *pricing, uint64_t count)
{
    static struct ends quick, full;
    ck_assert_uint_gt(price(pricing, 0, count, &quick), 0);
    ck_assert_uint_eq(price(pricing, 1, count, &full), 0);
    for (int s = 0; s < STEPS; s++)
        for (int r = 0; r < quick.ranks; r++)
            ck_assert_msg(fabs(quick.end_s[s][r] - full.end_s[s][r]) <= 1e-9 * full.end_s[s][r],
                          "%d ranks, %llu elements, step %d, rank %d: %.17g s, in full %.17g s",
                          quick.ranks, (unsigned long long)count, s, r, quick.end_s[s][r],
                          full.end_s[s][r]);
}

static const int ranks_of[] = {256, 257, 300};

/* Fewer elements than ranks, one more than a multiple, one less, and those of ResNet-50. */
START_TEST(clusters)
{
    int p = ranks_of[_i];
    const uint64_t counts[] = {(uint64_t)p / 2, 1000 * (uint64_t)p + 1, 1000 * (uint64_t)p - 1,
                               25557032};
    for (int i = 0; i < 4; i++) {
        struct tw_pricing pricing = pricing_of("simgrid", p, NULL);
        pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
        if (i == 2)
            pricing.network.latency = TW_LATENCY_SENDER;
        compare(&pricing, counts[i]);
    }
}
END_TEST

/* Hops of two kinds, by SimGrid's routes; with a card per node and with one per GPU. */
START_TEST(gpu_nodes)
{
    static const struct tw_fabric fabrics[] = {
        {.kind = TW_FABRIC_GPU_NODES, .nics = 1, .nvlink_Bps = 300e9, .nvlink_s = 1e-6},
        {.kind = TW_FABRIC_GPU_NODES,
         .nics = 8,
         .nvlink_Bps = 300e9,
         .nvlink_s = 1e-6,
         .slot_Bps = 30e9,
         .slot_s = 1e-6}};
    struct tw_pricing pricing = pricing_of("simgrid", 256, NULL);
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    pricing.platform.nodes = 32;
    pricing.platform.ranks_per_node = 8;
    pricing.platform.fabric = &fabrics[_i];
    compare(&pricing, 1000003);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network reckoned");
    TCase *tcase = tcase_create("reckoned");
    tcase_set_timeout(tcase, 600);
#ifdef TW_SANITIZED
    puts("skipped: sanitizers give every actor a thread; at most 64 ranks there");
    (void)clusters;
    (void)gpu_nodes;
#else
    tcase_add_loop_test(tcase, clusters, 0, 3);
    tcase_add_loop_test(tcase, gpu_nodes, 0, 2);
#endif
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
