/* links: tw_network */
/* Generated fabrics: GPU nodes and the WAN are the shipped platform files of the same numbers,
 * every pair of ranks has its route, and what shares a card or an access link shares it. */
#include <check.h>
#include "network/fabric.h"
#include "network/platform.h"
#include "network/traffic.h"
#include "unit/network_case.h"

/* platforms/gpu-4x8-one-nic.xml and gpu-4x8-eight-nics.xml, whose pages say where from. */
static const struct tw_fabric one_nic = {
    .kind = TW_FABRIC_GPU_NODES, .nics = 1, .nvlink_Bps = 1.5e11, .nvlink_s = 1e-6};
static const struct tw_fabric eight_nics = {.kind = TW_FABRIC_GPU_NODES,
                                            .nics = 8,
                                            .nvlink_Bps = 3e11,
                                            .nvlink_s = 1e-6,
                                            .slot_Bps = 3.15e10,
                                            .slot_s = 5e-7};
/* platforms/wan-10.xml, but for its latencies, which are rounded to .1 ms */
static const struct tw_fabric world = {.kind = TW_FABRIC_WAN,
                                       .regions = 10,
                                       .region_hosts = 1,
                                       .host_Bps = 1.25e9,
                                       .path_Bps = 1.25e9,
                                       .detour = 1.5};

static struct tw_platform gpus(const struct tw_fabric *fabric)
{
    int one = fabric->nics == 1;
    return (struct tw_platform){.fabric = fabric,
                                .nodes = 4,
                                .ranks_per_node = 8,
                                .bandwidth_Bps = one ? 1.25e10 : 2.5e10,
                                .latency_s = one ? 5e-6 : 1e-6};
}

static struct tw_platform regions(const struct tw_fabric *fabric)
{
    return (struct tw_platform){.fabric = fabric,
                                .nodes = fabric->regions * fabric->region_hosts,
                                .ranks_per_node = 1,
                                .node_ranks = fabric->region_hosts,
                                .bandwidth_Bps = 1.25e8,
                                .latency_s = 0};
}

static struct network_case case_of(const struct tw_platform *platform,
                                   const struct tw_algorithm *algorithm, uint64_t count)
{
    struct network_case c = network_case_of("allreduce", "ring", 1, count);
    c.platform = *platform;
    c.algorithm = algorithm;
    return c;
}

static double price(const struct network_case *c)
{
    double end_s[256];
    struct tw_err err = {0};
    ck_assert_int_le(tw_platform_ranks(&c->platform), 256);
    tw_status status = network_case_price(c, "simgrid", end_s, &err);
    ck_assert_msg(status == TW_OK, "%s: %s", c->algorithm->member.name, err.text);
    return network_case_last(end_s, tw_platform_ranks(&c->platform));
}

static void check_as_file(const struct tw_platform *platform, const char *file, double tolerance)
{
    for (int a = 0; a < tw_algorithm_count(); a++) {
        struct network_case c = case_of(platform, tw_algorithm_at(a), 250000);
        struct network_case shipped = c;
        struct tw_err err = {0};
        struct tw_layout layout;
        uint64_t starts[33];
        if (!network_case_layout(&c, &layout, starts, &err))
            continue;
        shipped.platform = (struct tw_platform){.file = file,
                                                .nodes = tw_platform_ranks(platform),
                                                .ranks_per_node = 1,
                                                .node_ranks = tw_platform_node_ranks(platform)};
        double mine = price(&c), theirs = price(&shipped);
        ck_assert_msg(fabs(mine - theirs) <= tolerance * theirs, "%s, %s: %.17g s, the file %.17g",
                      file, c.algorithm->member.name, mine, theirs);
    }
}

START_TEST(they_are_the_shipped_files)
{
    struct tw_platform one = gpus(&one_nic), eight = gpus(&eight_nics), wan = regions(&world);
    check_as_file(&one, TW_SOURCE_DIR "/platforms/gpu-4x8-one-nic.xml", 1e-12);
    check_as_file(&eight, TW_SOURCE_DIR "/platforms/gpu-4x8-eight-nics.xml", 1e-12);
    /* .05 ms of the shortest path, 12.2 ms from Ireland to Frankfurt */
    check_as_file(&wan, TW_SOURCE_DIR "/platforms/wan-10.xml", .05 / 12.2);
}
END_TEST

/* 41.0 ms by hand in test_network_platforms.c, from five-digit cosines; symmetric, linear. */
START_TEST(paths_are_great_circles)
{
    struct tw_fabric straight = world;
    straight.detour = 1;
    double path_s = tw_fabric_path_s(&world, 0, 3);
    ck_assert_double_eq_tol(path_s, 41.0e-3, .05e-3);
    ck_assert_double_eq_tol(tw_fabric_path_s(&world, 3, 0), path_s, 1e-15);
    ck_assert_double_eq_tol(tw_fabric_path_s(&straight, 0, 3) * 1.5, path_s, 1e-15);
    ck_assert_double_eq(tw_fabric_path_s(&world, 4, 4), 0);
}
END_TEST

/* Every rank sends 1 MB to the same place of the next machine (or region). */
static int group;

static int across(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    (void)s;
    int from = (rank + layout->ranks - group) % layout->ranks;
    out[0] = (struct tw_piece){(rank + group) % layout->ranks, TW_SEND, (uint32_t)rank, 1, 1};
    out[1] = (struct tw_piece){from, TW_RECEIVE_COPY, (uint32_t)from, 1, 1};
    return 2;
}

static int one(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

static struct tw_algorithm shift_by(int ranks)
{
    struct tw_algorithm shift = *tw_algorithm_find(TW_SUM, "ring");
    group = ranks;
    shift.step = across;
    shift.steps = one;
    return shift;
}

static uint32_t incast_of(const struct network_case *c)
{
    struct tw_traffic traffic;
    struct tw_action_item item = {.algorithm = c->algorithm};
    struct tw_err err = {0};
    uint64_t starts[257];
    ck_assert(network_case_layout(c, &item.layout, starts, &err));
    ck_assert_int_eq(tw_traffic_open(&traffic, c->platform.nodes), TW_OK);
    ck_assert_int_eq(tw_traffic_add(&traffic, &c->platform, &item), TW_OK);
    uint32_t incast = traffic.incast;
    tw_traffic_close(&traffic);
    return incast;
}

/* Eight messages of 1 MB share a machine's only card: 2·(1 + 5) us + 8 MB / 12.5 GB/s; with a card
 * each they do not: 2·(.5 + 1) us + 1 MB / 25 GB/s. What ends on one link is counted so, too. */
START_TEST(cards_are_shared_or_not)
{
    struct tw_algorithm shift = shift_by(8);
    struct tw_platform with_one = gpus(&one_nic), with_eight = gpus(&eight_nics);
    struct network_case c = case_of(&with_one, &shift, 250000 * 32);
    ck_assert_double_eq_tol(price(&c), 12e-6 + 8e6 / 12.5e9, 1e-15);
    ck_assert_uint_eq(incast_of(&c), 8);
    c.algorithm = tw_algorithm_find(TW_SUM, "ring");
    ck_assert_uint_eq(incast_of(&c), 1);
    c = case_of(&with_eight, &shift, 250000 * 32);
    ck_assert_double_eq_tol(price(&c), 3e-6 + 1e6 / 25e9, 1e-15);
    ck_assert_uint_eq(incast_of(&c), 1);
    /* a server's GPU takes all at once, 7 by NVLink and 24 by the card */
    c.algorithm = tw_algorithm_find(TW_SUM, "parameter_server");
    ck_assert_uint_eq(incast_of(&c), 24);
    c.platform = with_one;
    ck_assert_uint_eq(incast_of(&c), 31); /* all by its NVLink */
}
END_TEST

/* Hosts of a region share its access link: 3 of them, 1 MB each to the next region over 125 MB/s,
 * by the longest path among the first four regions, from Ireland (3) back to Virginia (0) or from
 * São Paulo (2) to Ireland. Latencies of the messages on one link are alike. */
START_TEST(an_access_link_is_shared)
{
    struct tw_fabric four = world;
    struct tw_algorithm shift = shift_by(3);
    double longest_s = 0;
    four.regions = 4;
    four.region_hosts = 3;
    four.host_s = 1e-3;
    for (int a = 0; a < 4; a++)
        longest_s = fmax(longest_s, tw_fabric_path_s(&four, a, (a + 1) % 4));
    struct tw_platform platform = regions(&four);
    struct network_case c = case_of(&platform, &shift, 250000 * 12);
    ck_assert_double_eq_tol(price(&c), longest_s + 2e-3 + 3e6 / 1.25e8, 1e-12);
    ck_assert_uint_eq(incast_of(&c), 3);
}
END_TEST

/* A message from each rank to each other: all routes exist, also between unlike counts. */
START_TEST(all_pairs_have_a_route)
{
    const struct tw_algorithm *pairwise = tw_algorithm_find(TW_ALL_TO_ALL, "pairwise");
    struct tw_fabric small = eight_nics, few = world;
    small.nics = 3;
    few.regions = 3;
    few.region_hosts = 4;
    struct tw_platform odd = gpus(&small), part = regions(&few);
    odd.nodes = 5;
    odd.ranks_per_node = 3;
    const struct tw_platform all[] = {gpus(&one_nic), odd, part};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct network_case c = case_of(&all[i], pairwise, 4000);
        ck_assert_double_gt(price(&c), 0);
    }
}
END_TEST

START_TEST(what_is_wrong_is_refused)
{
    static const struct {
        struct tw_fabric fabric;
        int nodes, ranks_per_node;
        const char *text;
    } wrong[] = {
        {{.kind = TW_FABRIC_GPU_NODES, .nics = 2, .nvlink_Bps = 1},
         2,
         8,
         "have 1 or 8 nics, not 2"},
        {{.kind = TW_FABRIC_GPU_NODES, .nics = 1, .nvlink_Bps = -1}, 2, 8, "NVLink of -1 B/s"},
        {{.kind = TW_FABRIC_GPU_NODES, .nics = 1, .nvlink_Bps = 1, .nvlink_s = NAN}, 2, 8, "nan s"},
        {{.kind = TW_FABRIC_GPU_NODES, .nics = 8, .nvlink_Bps = 1}, 2, 8, "slots of 0 B/s"},
        {{.kind = TW_FABRIC_WAN, .regions = 11, .region_hosts = 1}, 11, 1, "11 regions"},
        {{.kind = TW_FABRIC_WAN, .regions = 2, .region_hosts = 2}, 3, 1, "not 3 nodes"},
        {{.kind = TW_FABRIC_WAN, .regions = 2, .region_hosts = 1, .host_Bps = 1},
         2,
         1,
         "paths of 0"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct tw_platform platform = {.fabric = &wrong[i].fabric,
                                       .nodes = wrong[i].nodes,
                                       .ranks_per_node = wrong[i].ranks_per_node,
                                       .bandwidth_Bps = 1e9};
        struct network_case c = case_of(&platform, tw_algorithm_find(TW_SUM, "ring"), 64);
        struct tw_err err = {0};
        double end_s[32];
        ck_assert_int_ne(network_case_price(&c, "simgrid", end_s, &err), TW_OK);
        ck_assert_msg(strstr(err.text, wrong[i].text) != NULL, "%s", err.text);
    }
    struct tw_platform good = gpus(&one_nic);
    struct network_case c = case_of(&good, tw_algorithm_find(TW_SUM, "ring"), 64);
    struct tw_err err = {0};
    double end_s[32];
    ck_assert_int_eq(network_case_price(&c, "maxplus", end_s, &err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "gpu_nodes"));
}
END_TEST

/* One card: nvlink, nic, nic, nvlink: 2·(1 + 5) us at the card's rate; a slot slower than the card
 * decides; of the WAN the farthest pair. */
START_TEST(what_auto_reckons_with)
{
    double alpha_s, beta_sB;
    struct tw_fabric slow = eight_nics;
    slow.slot_Bps = 1e10;
    struct tw_platform with_one = gpus(&one_nic), with_eight = gpus(&slow), wan = regions(&world);
    tw_platform_alpha_beta(&with_one, &alpha_s, &beta_sB);
    ck_assert_double_eq_tol(alpha_s, 12e-6, 1e-18);
    ck_assert_double_eq_tol(beta_sB, 1 / 1.25e10, 1e-24);
    tw_platform_alpha_beta(&with_eight, &alpha_s, &beta_sB);
    ck_assert_double_eq_tol(alpha_s, 3e-6, 1e-18);
    ck_assert_double_eq_tol(beta_sB, 1e-10, 1e-24);
    tw_platform_alpha_beta(&wan, &alpha_s, &beta_sB);
    ck_assert_double_gt(alpha_s, tw_fabric_path_s(&world, 9, 0));
    ck_assert_double_eq_tol(beta_sB, 8e-9, 1e-20);
}
END_TEST

/* By hand, GB/s: the card, its NVLink, cards of a node. Of a cluster the loopback is inside. */
START_TEST(what_presets_ask)
{
    static const struct tw_pair loop[] = {{"loopback_bw", "300GBps"}, {"loopback_lat", "2us"}};
    struct tw_platform with_one = gpus(&one_nic), with_eight = gpus(&eight_nics);
    struct tw_platform flat = {.nodes = 4, .ranks_per_node = 1, .bandwidth_Bps = 1.25e10};
    struct tw_platform pairs = {.nodes = 4,
                                .ranks_per_node = 2,
                                .bandwidth_Bps = 1.25e10,
                                .attributes = loop,
                                .attribute_count = 2};
    const struct tw_preset_wires one = tw_platform_wires(&with_one);
    const struct tw_preset_wires eight = tw_platform_wires(&with_eight);
    const struct tw_preset_wires alone = tw_platform_wires(&flat);
    const struct tw_preset_wires inner = tw_platform_wires(&pairs);
    ck_assert_int_eq(one.cards, 1);
    ck_assert_int_eq(eight.cards, 8);
    ck_assert_double_eq_tol(1 / one.beta_sB, 1.25e10, 1);
    ck_assert_double_eq_tol(1 / one.inner_sB, one_nic.nvlink_Bps, 1);
    ck_assert_double_eq_tol(1 / eight.beta_sB, 2.5e10, 1);
    ck_assert_int_eq(alone.cards, 1);
    ck_assert_double_le(alone.inner_sB, 0);
    ck_assert_double_eq_tol(1 / inner.inner_sB, 3e11, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network fabrics");
    TCase *tcase = tcase_create("fabrics");
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, they_are_the_shipped_files);
    tcase_add_test(tcase, paths_are_great_circles);
    tcase_add_test(tcase, cards_are_shared_or_not);
    tcase_add_test(tcase, an_access_link_is_shared);
    tcase_add_test(tcase, all_pairs_have_a_route);
    tcase_add_test(tcase, what_is_wrong_is_refused);
    tcase_add_test(tcase, what_auto_reckons_with);
    tcase_add_test(tcase, what_presets_ask);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
