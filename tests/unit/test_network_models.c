/* links: tw_network */
/* Factors of the network models, and contention that only SimGrid can price. */
#include <check.h>
#include "network/platform.h"
#include "unit/network_case.h"

/* ---- a schedule of one step, written down as a table of flows ---- */
struct flow {
    int from, to;
};
static const struct flow one[] = {{0, 1}};
static const struct flow fan_in[] = {{0, 2}, {1, 2}};
static const struct flow inside[] = {{0, 1}, {2, 3}};

static const struct flow *flows;
static int flow_count;

static uint32_t blocks_of(const struct tw_layout *layout)
{
    return (uint32_t)layout->ranks;
}

static int one_lane(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

static int pieces_of(const struct tw_layout *layout)
{
    (void)layout;
    return 4;
}

static int flow_step(const struct tw_layout *layout, int lane, int rank, int s,
                     struct tw_piece *out)
{
    int count = 0;
    (void)layout;
    (void)lane;
    (void)s;
    for (int i = 0; i < flow_count; i++) {
        if (flows[i].from == rank)
            out[count++] = (struct tw_piece){flows[i].to, TW_SEND, (uint32_t)rank, 1, 1};
        if (flows[i].to == rank)
            out[count++] =
                (struct tw_piece){flows[i].from, TW_RECEIVE_COPY, (uint32_t)flows[i].from, 1, 1};
    }
    return count;
}

static const struct tw_algorithm table = {
    .member = {.name = "table"},
    .kind = TW_GATHER,
    .blocks = blocks_of,
    .lanes = one_lane,
    .steps = one_lane,
    .pieces_max = pieces_of,
    .step = flow_step,
};

/* Every flow has `bytes`; returns the end of rank `rank`. */
static double end_of(struct network_case *c, const struct flow *list, int count, uint64_t bytes,
                     int rank)
{
    double end_s[16];
    struct tw_err err = {0};
    flows = list;
    flow_count = count;
    c->algorithm = &table;
    c->element = TW_ELEMENT_BYTE;
    c->count = bytes;
    tw_status status = network_case_price(c, "simgrid", end_s, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    return end_s[rank];
}

static struct network_case slow_pair(enum tw_network_model model)
{
    struct network_case c = {
        .platform = {.nodes = 2, .ranks_per_node = 1, .bandwidth_Bps = 1e6, .latency_s = .005},
        .network = {.model = model}};
    return c;
}

/* One message of 800 kB over 1 MB/s and .01 s (.005 s up and down).
 * ideal: .01 + 800e3/1e6. ethernet: .01 + 800e3/1e6·1.0684.
 * tcp, SimGrid's LV08: 13.01·.01 + 800e3/(.97·1e6) = .1301 + .824742268 = .954842268; the figure is
 * in SimGrid's own documentation of that model for a SPLITDUPLEX link. */
START_TEST(one_message)
{
    struct network_case c = slow_pair(TW_MODEL_IDEAL);
    ck_assert_double_eq_tol(end_of(&c, one, 1, 800000, 1), .81, 1e-12);
    c = slow_pair(TW_MODEL_ETHERNET);
    ck_assert_double_eq_tol(end_of(&c, one, 1, 800000, 1), .01 + .8 * 1.0684, 1e-12);
    ck_assert_double_eq_tol(TW_ETHERNET_OVERHEAD, 1514. / 1448 * 1.0218, 5e-5);
    c = slow_pair(TW_MODEL_TCP);
    ck_assert_double_eq_tol(end_of(&c, one, 1, 800000, 1), .954842268, 5e-10);
}
END_TEST

/* Options of the scenario come last and win. */
START_TEST(options_win)
{
    struct network_case c = slow_pair(TW_MODEL_IDEAL);
    struct tw_pair options[] = {{"network/latency-factor", "2"},
                                {"network/bandwidth-factor", "0.5"}};
    c.network.config = options;
    c.network.config_count = 2;
    ck_assert_double_eq_tol(end_of(&c, one, 1, 800000, 1), 2 * .01 + 2 * .8, 1e-12);
}
END_TEST

/* Two messages share the receiver's down link: twice the time of one. */
START_TEST(receivers_link_is_shared)
{
    struct network_case c = slow_pair(TW_MODEL_IDEAL);
    c.platform.nodes = 3;
    ck_assert_double_eq_tol(end_of(&c, fan_in, 2, 1000000, 2), .01 + 2, 1e-9);
}
END_TEST

/* A shared backbone as wide as one link halves what two messages between four nodes get. */
START_TEST(backbone_is_shared)
{
    struct network_case c = slow_pair(TW_MODEL_IDEAL);
    struct tw_pair backbone[] = {{"bb_bw", "1MBps"}, {"bb_lat", "0s"}};
    c.platform.nodes = 4;
    ck_assert_double_eq_tol(end_of(&c, inside, 2, 1000000, 1), .01 + 1, 1e-9);
    c.platform.attributes = backbone;
    c.platform.attribute_count = 2;
    ck_assert_double_eq_tol(end_of(&c, inside, 2, 1000000, 1), .01 + 2, 1e-9);
}
END_TEST

/* Fat tree of four leaves below one half as wide core ("2;4,4;1,2;1,1": 16 nodes in 4 leaves, two
 * up links each): four messages from leaf 0 to leaf 1 share two up links: twice the time. */
START_TEST(fat_tree)
{
    static const struct flow across[] = {{0, 4}, {1, 5}, {2, 6}, {3, 7}};
    struct network_case c = {.platform = {.nodes = 16, .ranks_per_node = 1, .bandwidth_Bps = 1e9}};
    struct tw_pair tree[] = {{"topology", "FAT_TREE"}, {"topo_parameters", "2;4,4;1,2;1,1"}};
    c.platform.attributes = tree;
    c.platform.attribute_count = 2;
    ck_assert_double_eq_tol(end_of(&c, across, 4, 1000000000, 4), 2, 1e-9);
}
END_TEST

/* Ranks 0, 1 on node 0 and 2, 3 on node 1: their messages stay on the loopback. */
START_TEST(several_ranks_per_node)
{
    struct network_case c = slow_pair(TW_MODEL_IDEAL);
    struct tw_pair loopback[] = {{"loopback_bw", "10MBps"}, {"loopback_lat", "1ms"}};
    static const struct flow across[] = {{1, 2}};
    c.platform.ranks_per_node = 2;
    c.platform.attributes = loopback;
    c.platform.attribute_count = 2;
    ck_assert_double_eq_tol(end_of(&c, inside, 2, 1000000, 1), .001 + .1, 1e-12);
    ck_assert_double_eq_tol(end_of(&c, across, 1, 1000000, 2), .01 + 1, 1e-12);
}
END_TEST

/* Hosts of a file are ranks in the order of their names, numbers as numbers: rank 2 is n2, not n10,
 * whatever order the file has. Only n2's line is slow. */
START_TEST(hosts_in_order)
{
    static const struct flow to_slow[] = {{0, 2}}, to_fast[] = {{0, 3}};
    struct network_case c = {.platform = {.nodes = 4, .ranks_per_node = 1}};
    char path[] = "/tmp/test_network_XXXXXX";
    int descriptor = mkstemp(path);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    ck_assert_ptr_nonnull(file);
    fputs("<?xml version='1.0'?><!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">"
          "<platform version=\"4.1\"><zone id=\"z\" routing=\"Cluster\">",
          file);
    const int numbers[] = {10, 2, 1, 0};
    for (int i = 0; i < 4; i++)
        fprintf(file, "<host id=\"n%d\" speed=\"1Gf\"/>", numbers[i]);
    for (int i = 0; i < 4; i++)
        fprintf(file,
                "<link id=\"l%d\" bandwidth=\"%s\" latency=\"0s\" sharing_policy=\"SPLITDUPLEX\"/>",
                numbers[i], numbers[i] == 2 ? "1MBps" : "4MBps");
    for (int i = 0; i < 4; i++)
        fprintf(file, "<host_link id=\"n%d\" up=\"l%d_UP\" down=\"l%d_DOWN\"/>", numbers[i],
                numbers[i], numbers[i]);
    fputs("</zone></platform>", file);
    ck_assert_int_eq(fclose(file), 0);
    c.platform.file = path;
    ck_assert_double_eq_tol(end_of(&c, to_slow, 1, 1000000, 2), 1, 1e-12);
    ck_assert_double_eq_tol(end_of(&c, to_fast, 1, 1000000, 3), .25, 1e-12);
    remove(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network models");
    TCase *tcase = tcase_create("models");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, one_message);
    tcase_add_test(tcase, options_win);
    tcase_add_test(tcase, receivers_link_is_shared);
    tcase_add_test(tcase, backbone_is_shared);
    tcase_add_test(tcase, fat_tree);
    tcase_add_test(tcase, several_ranks_per_node);
    tcase_add_test(tcase, hosts_in_order);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
