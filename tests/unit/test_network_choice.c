/* links: tw_network */
/* `auto` where bandwidth depends on the size of a message, and where messages share links. */
#include "network/choice.h"
#include "network/choice_events.h"
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

/* 16 nodes under leaves of 4 with 2 links up. α-β takes Rabenseifner, least in steps and in bytes;
 * the partners at 4 and 8 are under other leaves, and there its flows share. */
static const struct tw_pair two_to_one[] = {{"topology", "FAT_TREE"},
                                            {"topo_parameters", "2;4,4;1,2;1,1"},
                                            {"sharing_policy", "SPLITDUPLEX"}};
static const struct tw_fabric one_card = {
    .kind = TW_FABRIC_GPU_NODES, .nics = 1, .nvlink_Bps = 300e9, .nvlink_s = 1e-6};

static struct tw_pricing fat_tree(void)
{
    struct tw_pricing pricing = pricing_of("simgrid", 16, NULL);
    pricing.platform.attributes = two_to_one;
    pricing.platform.attribute_count = 3;
    return pricing;
}

static struct tw_pricing gpu_nodes(void)
{
    struct tw_pricing pricing = pricing_of("simgrid", 2, NULL);
    pricing.platform.fabric = &one_card;
    pricing.platform.ranks_per_node = 4;
    return pricing;
}

/* What SimGrid charges for the chosen one, over the least of those that may be chosen. */
static double over_the_best(const struct tw_pricing *pricing, uint64_t count)
{
    double end_s[16], chosen_s = INFINITY, least_s = INFINITY;
    const struct tw_algorithm *chosen = choice(pricing, count);
    int ranks = tw_platform_ranks(&pricing->platform);
    for (int a = 0; a < tw_algorithm_count(); a++) {
        struct network_case c = {.platform = pricing->platform,
                                 .algorithm = tw_algorithm_at(a),
                                 .element = TW_ELEMENT_F32,
                                 .count = count};
        struct tw_err err = {0};
        if (c.algorithm->kind != TW_SUM || !c.algorithm->one_port ||
            network_case_price(&c, "simgrid", end_s, &err))
            continue;
        double last_s = network_case_last(end_s, ranks);
        least_s = fmin(least_s, last_s);
        chosen_s = c.algorithm == chosen ? last_s : chosen_s;
    }
    return chosen_s / least_s;
}

START_TEST(shared_links_are_simulated)
{
    struct tw_pricing platforms[] = {fat_tree(), gpu_nodes()};
    static const uint64_t counts[] = {1000, 16000001};
    ck_assert_str_eq(choice(&platforms[0], 16000001)->member.name, "rabenseifner");
    ck_assert_double_gt(over_the_best(&platforms[0], 16000001), 1.1);
    for (int p = 0; p < 2; p++)
        for (int i = 0; i < 2; i++) {
            struct tw_choices choices = {0};
            platforms[p].choices = &choices;
            double over = over_the_best(&platforms[p], counts[i]);
            ck_assert_msg(over < 1 + 1e-6, "platform %d, %llu elements: %g of the best", p,
                          (unsigned long long)counts[i], over);
            tw_choices_close(&choices);
        }
}
END_TEST

/* A quarter of a power of two: 16 000 001 and 16 500 000 elements are in one class (4·log2 of 4 n:
 * 103.73 and 103.90), 20 000 000 are not (105.01). */
START_TEST(a_class_of_sizes_is_simulated_once)
{
    struct tw_choices choices = {0};
    struct tw_pricing pricing = fat_tree();
    pricing.choices = &choices;
    const struct tw_algorithm *first = choice(&pricing, 16000001);
    ck_assert_int_eq(choices.count, 1);
    ck_assert_ptr_eq(choice(&pricing, 16500000), first);
    ck_assert_int_eq(choices.count, 1);
    (void)choice(&pricing, 20000000);
    ck_assert_int_eq(choices.count, 2);
    tw_choices_close(&choices);
}
END_TEST

START_TEST(elsewhere_nothing_is)
{
    static const struct tw_comm inside = {
        .groups = 2, .size = 4, .group_stride = 4, .rank_stride = 1};
    struct tw_choices choices = {0};
    struct tw_pricing flat = pricing_of("simgrid", 16, NULL), many = fat_tree();
    struct tw_pricing nodes = gpu_nodes();
    flat.choices = many.choices = &choices;
    many.platform.nodes = TW_CHOICE_RANKS + 1;
    (void)choice(&flat, 16000001);
    (void)choice(&many, 16000001);
    ck_assert_int_eq(choices.count, 0);
    ck_assert_int_eq(tw_choice_shares_links(&nodes.platform, &all), 1);
    ck_assert_int_eq(tw_choice_shares_links(&nodes.platform, &inside), 0);
    ck_assert_int_eq(tw_choice_shares_links(&flat.platform, &all), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network choice");
    TCase *tcase = tcase_create("choice");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, by_hand);
    tcase_add_test(tcase, none_is_better);
    tcase_add_test(tcase, elsewhere_by_cost);
    tcase_add_test(tcase, shared_links_are_simulated);
    tcase_add_test(tcase, a_class_of_sizes_is_simulated_once);
    tcase_add_test(tcase, elsewhere_nothing_is);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
