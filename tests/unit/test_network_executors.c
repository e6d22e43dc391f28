/* links: tw_network */
/* Max-plus equals SimGrid on every rank, without contention, whatever the nodes and entries. */
#include <check.h>
#include <gsl/gsl_rng.h>
#include "unit/network_case.h"

#define RANKS_MAX 64

static const char *const schedules[][2] = {
    {"allreduce", "ring"},
    {"allreduce", "binomial"},
    {"allreduce", "recursive_doubling"},
    {"allgather", "ring"},
};
#define SCHEDULES 4

/* Room for a random case; the case's pointers point in here. */
struct nodes {
    double bandwidth_Bps[RANKS_MAX], latency_s[RANKS_MAX], speed[RANKS_MAX], entry_s[RANKS_MAX];
    uint64_t counts[RANKS_MAX];
};

static void check_equal(const struct network_case *c, unsigned long seed)
{
    int p = tw_platform_ranks(&c->platform);
    double simgrid_s[RANKS_MAX], maxplus_s[RANKS_MAX];
    struct tw_err err = {0};
    tw_status status = network_case_price(c, "simgrid", simgrid_s, &err);
    ck_assert_msg(status == TW_OK, "seed %lu: %s", seed, err.text);
    status = network_case_price(c, "maxplus", maxplus_s, &err);
    ck_assert_msg(status == TW_OK, "seed %lu: %s", seed, err.text);
    for (int r = 0; r < p; r++)
        ck_assert_msg(fabs(simgrid_s[r] - maxplus_s[r]) <= 1e-9 * maxplus_s[r],
                      "seed %lu, %s, p %d, rank %d: simgrid %.17g s, maxplus %.17g s", seed,
                      c->algorithm->member.name, p, r, simgrid_s[r], maxplus_s[r]);
}

START_TEST(alike)
{
    for (int i = 0; i < SCHEDULES; i++)
        for (int p = 2; p <= 17; p += 3) {
            struct network_case c = network_case_of(schedules[i][0], schedules[i][1], p, 10007);
            c.gamma_sB = 3e-10;
            check_equal(&c, 0);
            c.network.model = TW_MODEL_ETHERNET;
            check_equal(&c, 0);
        }
}
END_TEST

static double uniform(gsl_rng *rng, double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(rng);
}

/* One node has a quarter of the bandwidth and half the speed. */
START_TEST(straggler)
{
    for (int i = 0; i < SCHEDULES; i++)
        for (int p = 3; p <= 16; p += 13) {
            struct nodes nodes;
            struct network_case c = network_case_of(schedules[i][0], schedules[i][1], p, 65536);
            for (int r = 0; r < p; r++) {
                nodes.bandwidth_Bps[r] = r == 1 ? 1.25e9 / 4 : 1.25e9;
                nodes.speed[r] = r == 1 ? .5 : 1;
            }
            c.platform.node_bandwidth_Bps = nodes.bandwidth_Bps;
            c.platform.node_speed = nodes.speed;
            c.gamma_sB = 1e-9;
            check_equal(&c, 0);
        }
}
END_TEST

/* Everything unequal: bandwidth, latency, speed, contributions, entry times. */
START_TEST(random_nodes)
{
    unsigned long seed = 4200 + (unsigned long)_i;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    for (int i = 0; i < SCHEDULES; i++) {
        struct nodes nodes;
        int p = 2 + (int)gsl_rng_uniform_int(rng, 32);
        struct network_case c = network_case_of(schedules[i][0], schedules[i][1], p,
                                                1 + gsl_rng_uniform_int(rng, 1000000));
        for (int r = 0; r < p; r++) {
            nodes.bandwidth_Bps[r] = 1.25e9 * uniform(rng, .8, 1.2);
            nodes.latency_s[r] = 25e-6 * uniform(rng, .5, 2);
            nodes.speed[r] = uniform(rng, .5, 2);
            nodes.entry_s[r] = r ? uniform(rng, 0, 1e-3) : 0;
            nodes.counts[r] = gsl_rng_uniform_int(rng, 20000) * (gsl_rng_uniform(rng) < .8);
        }
        c.platform.node_bandwidth_Bps = nodes.bandwidth_Bps;
        c.platform.node_latency_s = _i % 2 ? nodes.latency_s : NULL;
        c.platform.node_speed = nodes.speed;
        c.entry_s = nodes.entry_s;
        c.counts = nodes.counts;
        c.gamma_sB = 2e-10;
        c.network.model = _i % 3 ? TW_MODEL_IDEAL : TW_MODEL_ETHERNET;
        check_equal(&c, seed);
    }
    gsl_rng_free(rng);
}
END_TEST

/* No exchange ends before every rank can have put its bytes on its link or taken them off. */
START_TEST(injection_bound)
{
    const char *const executors[] = {"simgrid", "maxplus"};
    for (int i = 0; i < SCHEDULES; i++)
        for (int p = 2; p <= 16; p += 7)
            for (int e = 0; e < 2; e++) {
                struct network_case c =
                    network_case_of(schedules[i][0], schedules[i][1], p, 1000000);
                double end_s[RANKS_MAX];
                struct tw_err err = {0};
                uint64_t starts[RANKS_MAX + 1];
                for (int r = 0; r <= p; r++)
                    starts[r] = (uint64_t)r * c.count;
                struct tw_layout layout = {.kind = c.algorithm->kind,
                                           .element = c.element,
                                           .element_B = 4,
                                           .ranks = p,
                                           .count = i == 3 ? starts[p] : c.count,
                                           .blocks = (uint32_t)p,
                                           .starts = i == 3 ? starts : NULL};
                ck_assert_int_eq(network_case_price(&c, executors[e], end_s, &err), TW_OK);
                double bound_s = tw_injection_bound(&layout, 1 / c.platform.bandwidth_Bps);
                ck_assert_double_gt(bound_s, 0);
                ck_assert_msg(network_case_last(end_s, p) >= bound_s * (1 - 1e-12),
                              "%s %s p %d: %.17g s, bound %.17g s", executors[e],
                              c.algorithm->member.name, p, network_case_last(end_s, p), bound_s);
            }
}
END_TEST

/* The example platform file is the cluster that its comment says: 16 nodes, 10 Gbps, 25 us. */
START_TEST(platform_file)
{
    for (int i = 0; i < SCHEDULES; i++) {
        struct network_case c = network_case_of(schedules[i][0], schedules[i][1], 16, 123457);
        double cluster_s[16], file_s[16], entry_s[16];
        struct tw_err err = {0};
        for (int r = 0; r < 16; r++)
            entry_s[r] = 1e-5 * ((r * 7) % 16);
        c.entry_s = entry_s;
        ck_assert_int_eq(network_case_price(&c, "simgrid", cluster_s, &err), TW_OK);
        c.platform.file = TW_SOURCE_DIR "/platforms/star-16-10gbps.xml";
        tw_status status = network_case_price(&c, "simgrid", file_s, &err);
        ck_assert_msg(status == TW_OK, "%s", err.text);
        for (int r = 0; r < 16; r++)
            /* links are shared in another order (simgrid_lazy.c): not the same bits */
            ck_assert_double_eq_tol(file_s[r], cluster_s[r], 1e-14);
    }
}
END_TEST

static void check_refused(const struct network_case *c, const char *executor, tw_status expected,
                          const char *word)
{
    double end_s[RANKS_MAX];
    struct tw_err err = {0};
    tw_status status = network_case_price(c, executor, end_s, &err);
    ck_assert_msg(status == expected && strstr(err.text, word), "%s: status %d, '%s' lacks '%s'",
                  executor, status, err.text, word);
}

/* The ring, but said to be of several lanes, or not one-port. */
static int two_lanes(const struct tw_layout *layout)
{
    (void)layout;
    return 2;
}

static int many_lanes(const struct tw_layout *layout)
{
    (void)layout;
    return 128;
}

START_TEST(refusals)
{
    struct network_case plain = network_case_of("allreduce", "ring", 4, 100), c = plain;
    struct tw_pair fat = {"topology", "FAT_TREE"}, typo = {"topologie", "FAT_TREE"};
    struct tw_pair unit = {"bb_bw", "10Gbit"}, zero = {"bb_bw", "0Bps"};
    struct tw_pair option = {"network/model", "CM02"};
    double unequal[4] = {1e9, 1e9, 1e9, 1};

    c.platform.attributes = &fat;
    c.platform.attribute_count = 1;
    check_refused(&c, "maxplus", TW_REFUSED, "topology");
    c.platform.node_bandwidth_Bps = unequal;
    check_refused(&c, "simgrid", TW_REFUSED, "topology");
    c.platform.node_bandwidth_Bps = NULL;
    c.platform.attributes = &typo;
    check_refused(&c, "simgrid", TW_UNKNOWN, "topologie");
    c.platform.attributes = &unit;
    check_refused(&c, "simgrid", TW_INPUT, "bb_bw");
    c.platform.attributes = &zero;
    check_refused(&c, "simgrid", TW_RANGE, "bb_bw");

    c = plain;
    c.platform.ranks_per_node = 2;
    check_refused(&c, "simgrid", TW_REFUSED, "loopback_bw");
    check_refused(&c, "maxplus", TW_REFUSED, "loopback_bw");
    c = plain;
    c.platform.file = "some.xml";
    check_refused(&c, "maxplus", TW_REFUSED, "some.xml");
    c = plain;
    c.network.model = TW_MODEL_TCP;
    check_refused(&c, "maxplus", TW_REFUSED, "tcp");
    c = plain;
    c.network.config = &option;
    c.network.config_count = 1;
    check_refused(&c, "maxplus", TW_REFUSED, "network/model");

    struct tw_algorithm changed = *plain.algorithm;
    changed.one_port = 0;
    c = plain;
    c.algorithm = &changed;
    check_refused(&c, "maxplus", TW_REFUSED, "allreduce ring");
    changed = *plain.algorithm;
    changed.lanes = two_lanes;
    check_refused(&c, "maxplus", TW_REFUSED, "allreduce ring");
    changed.lanes = many_lanes;
    check_refused(&c, "simgrid", TW_REFUSED, "at most 127 lanes; allreduce ring has 128");
}
END_TEST

/* Numbers that SimGrid would take without a word. */
START_TEST(bad_numbers)
{
    struct network_case plain = network_case_of("allreduce", "ring", 4, 100), c;
    double slow[4] = {1, 1, 0, 1};
    const char *const executors[] = {"simgrid", "maxplus"};
    for (int e = 0; e < 2; e++) {
        c = plain;
        c.platform.bandwidth_Bps = 0;
        check_refused(&c, executors[e], TW_RANGE, "bandwidth");
        c.platform.bandwidth_Bps = NAN;
        check_refused(&c, executors[e], TW_RANGE, "bandwidth");
        c = plain;
        c.platform.latency_s = -1e-6;
        check_refused(&c, executors[e], TW_RANGE, "latency");
        c = plain;
        c.platform.node_speed = slow;
        check_refused(&c, executors[e], TW_RANGE, "node 2: speed");
        c = plain;
        c.platform.nodes = 0;
        check_refused(&c, executors[e], TW_INTERNAL, "0 ranks");
    }
}
END_TEST

START_TEST(registry)
{
    ck_assert_int_eq(tw_executor_count(), 2);
    for (int i = 0; i < tw_executor_count(); i++)
        ck_assert_ptr_eq(tw_executor_find(tw_executor_at(i)->member.name), tw_executor_at(i));
    ck_assert_ptr_null(tw_executor_find("no such"));
    ck_assert_ptr_null(tw_executor_at(-1));
    ck_assert_ptr_null(tw_executor_at(2));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network executors");
    TCase *tcase = tcase_create("equal");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, alike);
    tcase_add_test(tcase, straggler);
    tcase_add_loop_test(tcase, random_nodes, 0, 12);
    tcase_add_test(tcase, injection_bound);
    tcase_add_test(tcase, platform_file);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, bad_numbers);
    tcase_add_test(tcase, registry);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
