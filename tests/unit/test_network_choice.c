/* links: tw_network */
/* `auto` where bandwidth depends on the size of a message. */
#include "network/choice.h"
#include "network/maxplus.h"
#include "unit/network_trace.h"

/* A tenth at 1 KiB, a half at 4 KiB, nine tenths at 1 MiB. */
static const struct tw_curve curve = {
    .count = 3, .size_B = {1024, 4096, 1048576}, .share = {.1, .5, .9}};
static const struct tw_comm all;

static const struct tw_algorithm *choice(const struct tw_pricing *pricing, uint64_t count)
{
    const struct tw_algorithm *algorithm = NULL;
    struct tw_err err = {0};
    double alpha_s, beta_sB;
    struct tw_layout layout = {.kind = TW_SUM,
                               .element = TW_ELEMENT_F32,
                               .element_B = 4,
                               .ranks = tw_platform_ranks(&pricing->platform),
                               .count = count,
                               .node_ranks = tw_platform_node_ranks(&pricing->platform)};
    tw_platform_alpha_beta(&pricing->platform, &alpha_s, &beta_sB);
    tw_status status = tw_choice_auto(pricing, &all, &layout, alpha_s, beta_sB, &algorithm, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    return algorithm;
}

/* 8 ranks, 8 KiB, next to no latency. β alone: the ring's and Rabenseifner's 2·7/8·8 KiB are less
 * than doubling's 3·8 KiB. With the curve 1 KiB costs as 10240 B (share .1), 2 KiB as 6827 (.3),
 * 4 KiB as 8192 (.5), 8 KiB (share .5 + .4/8 = .55) as 14895: the ring 14·10240 = 143360,
 * Rabenseifner 2·(8192 + 6827 + 10240) = 50518, doubling 3·14895 = 44685. */
START_TEST(by_hand)
{
    struct tw_pricing pricing = pricing_of("maxplus", 8, NULL);
    pricing.platform.latency_s = 1e-12;
    ck_assert_str_ne(choice(&pricing, 2048)->member.name, "recursive_doubling");
    pricing.network.curve = &curve;
    ck_assert_str_eq(choice(&pricing, 2048)->member.name, "recursive_doubling");
}
END_TEST

/* No schedule that max-plus prices ends before the chosen one. */
START_TEST(none_is_better)
{
    static const uint64_t counts[] = {1, 100, 3000, 100003, 3000000};
    double end_s[24];
    for (int p = 2; p <= 24; p++)
        for (int i = 0; i < 5; i++) {
            struct tw_pricing pricing = pricing_of("maxplus", p, NULL);
            struct tw_err err = {0};
            pricing.network.curve = &curve;
            struct network_case c = network_case_of("allreduce", "ring", p, counts[i]);
            c.network.curve = &curve;
            c.algorithm = choice(&pricing, counts[i]);
            ck_assert_int_eq(network_case_price(&c, "maxplus", end_s, &err), TW_OK);
            double chosen_s = network_case_last(end_s, p);
            for (int a = 0; a < tw_algorithm_count(); a++) {
                c.algorithm = tw_algorithm_at(a);
                if (c.algorithm->kind != TW_SUM || network_case_price(&c, "maxplus", end_s, &err))
                    continue;
                ck_assert_msg(chosen_s <= network_case_last(end_s, p) * (1 + 1e-11),
                              "p %d, %llu elements: %s is better", p, (unsigned long long)counts[i],
                              c.algorithm->member.name);
            }
        }
}
END_TEST

/* Max-plus does not know this platform: α-β decides, as without the curve. */
START_TEST(elsewhere_by_cost)
{
    static const struct tw_fabric fabric = {
        .kind = TW_FABRIC_GPU_NODES, .nics = 1, .nvlink_Bps = 300e9, .nvlink_s = 1e-6};
    struct tw_pricing pricing = pricing_of("simgrid", 16, NULL);
    pricing.platform.fabric = &fabric;
    pricing.platform.nodes = 2;
    pricing.platform.ranks_per_node = 8;
    const struct tw_algorithm *without = choice(&pricing, 2048);
    pricing.network.curve = &curve;
    ck_assert_ptr_eq(choice(&pricing, 2048), without);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network choice");
    TCase *tcase = tcase_create("choice");
    tcase_add_test(tcase, by_hand);
    tcase_add_test(tcase, none_is_better);
    tcase_add_test(tcase, elsewhere_by_cost);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
