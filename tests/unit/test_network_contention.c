/* links: tw_network */
/* Messages that meet: max-min shares by hand, how many end on one node's link, slow nodes. */
#include <unistd.h>
#include "network/traffic.h"
#include "unit/network_trace.h"

/* ---- incast ---- */

static uint32_t incast_of(const struct tw_algorithm *algorithm, int nodes, int ranks_per_node,
                          uint64_t count)
{
    struct network_case c = network_case_of("allreduce", "ring", nodes, count);
    struct tw_action_item item = {.algorithm = algorithm};
    struct tw_traffic traffic;
    struct tw_err err = {0};
    uint64_t starts[65];
    c.algorithm = algorithm;
    c.platform.ranks_per_node = ranks_per_node;
    ck_assert_int_eq(network_case_layout(&c, &item.layout, starts, &err), 1);
    ck_assert_int_eq(tw_traffic_open(&traffic, nodes), TW_OK);
    ck_assert_int_eq(tw_traffic_add(&traffic, &c.platform, &item), TW_OK);
    uint32_t incast = traffic.incast;
    tw_traffic_close(&traffic);
    return incast;
}

static int one(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

static int others(const struct tw_layout *layout)
{
    return layout->ranks - 1;
}

static uint32_t one_block(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

/* Everyone sends everything to rank 0. */
static int all_to_first(const struct tw_layout *layout, int lane, int rank, int s,
                        struct tw_piece *out)
{
    (void)lane;
    (void)s;
    if (rank > 0) {
        out[0] = (struct tw_piece){0, TW_SEND, 0, 1, 1};
        return 1;
    }
    for (int r = 1; r < layout->ranks; r++)
        out[r - 1] = (struct tw_piece){r, TW_RECEIVE_COMBINE, 0, 1, 1};
    return layout->ranks - 1;
}

static const struct tw_algorithm funnel = {.member = {.name = "funnel"},
                                           .kind = TW_SUM,
                                           .blocks = one_block,
                                           .lanes = one,
                                           .steps = one,
                                           .pieces_max = others,
                                           .step = all_to_first};

static int two(const struct tw_layout *layout)
{
    (void)layout;
    return 2;
}

START_TEST(incast_by_hand)
{
    struct tw_algorithm twice = funnel;
    twice.lanes = two;
    const struct tw_algorithm *ring = tw_algorithm_find(TW_SUM, "ring");
    const struct tw_algorithm *doubling = tw_algorithm_find(TW_SUM, "recursive_doubling");
    ck_assert_uint_eq(incast_of(ring, 8, 1, 800), 1);
    ck_assert_uint_eq(incast_of(ring, 8, 1, 801), 1);
    ck_assert_uint_eq(incast_of(&funnel, 8, 1, 800), 7);
    /* Four ranks a node: the ring enters a node once; doubling exchanges between nodes with all
     * four ranks at once; of 31 messages to rank 0 three come from its own node. */
    ck_assert_uint_eq(incast_of(ring, 8, 4, 3200), 1);
    ck_assert_uint_eq(incast_of(doubling, 8, 4, 3200), 4);
    ck_assert_uint_eq(incast_of(&funnel, 8, 4, 800), 28);
    /* Lanes run at the same time. */
    ck_assert_uint_eq(incast_of(&twice, 8, 1, 800), 14);
}
END_TEST

START_TEST(one_port_never_meets)
{
    for (int a = 0; a < tw_algorithm_count(); a++) {
        const struct tw_algorithm *algorithm = tw_algorithm_at(a);
        struct network_case c = network_case_of("allreduce", "ring", 8, 801);
        struct tw_layout layout;
        struct tw_err err = {0};
        uint64_t starts[9];
        c.algorithm = algorithm;
        if (!network_case_layout(&c, &layout, starts, &err))
            continue;
        uint32_t incast = incast_of(algorithm, 8, 1, 801);
        ck_assert_msg(!algorithm->one_port || incast <= (uint32_t)algorithm->lanes(&layout),
                      "%s: %u", algorithm->member.name, incast);
        ck_assert_uint_ge(incast, 1);
    }
}
END_TEST

START_TEST(incast_is_told)
{
    struct written w;
    struct tw_pricing pricing = pricing_of("simgrid", 8, NULL);
    struct tw_priced priced;
    struct tw_err err = {0};
    pricing.algorithms[TW_SUM] = &funnel;
    written_open(&w, 8, 2);
    add_exchange(&w, TW_SUM, 250000);
    tw_status status = tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    ck_assert_uint_eq(priced.incast, 7);
    /* Seven messages of 1 MB share the link of rank 0: α + 7 MB / 1.25 GB/s. */
    ck_assert_double_eq_tol(priced.steps[0].step_time_s, 50e-6 + 7e6 / 1.25e9, 1e-12);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* Bytes of every node's links: of a ring of equal blocks each node sends and gets 2(p−1)/p·n. */
START_TEST(bytes_of_nodes)
{
    for (uint64_t count = 800; count <= 803; count += 3) { /* alike steps, and walked through */
        struct network_case c = network_case_of("allreduce", "ring", 8, count);
        struct tw_action_item item = {.algorithm = c.algorithm};
        struct tw_traffic traffic;
        struct tw_err err = {0};
        double up_B = 0, down_B = 0;
        uint64_t starts[9];
        ck_assert_int_eq(network_case_layout(&c, &item.layout, starts, &err), 1);
        ck_assert_int_eq(tw_traffic_open(&traffic, 8), TW_OK);
        ck_assert_int_eq(tw_traffic_add(&traffic, &c.platform, &item), TW_OK);
        for (int n = 0; n < 8; n++) {
            up_B += traffic.up_B[n];
            down_B += traffic.down_B[n];
            if (count == 800) {
                ck_assert_double_eq(traffic.up_B[n], 5600);
                ck_assert_double_eq(traffic.down_B[n], 5600);
            }
        }
        ck_assert_double_eq(up_B, 14. * 4 * (double)count); /* each block is sent 14 times */
        ck_assert_double_eq(down_B, up_B);
        ck_assert_double_eq(traffic.sent_B_per_rank, up_B / 8);
        ck_assert_double_eq(traffic.messages_per_rank, 14);
        tw_traffic_close(&traffic);
    }
}
END_TEST

/* ---- max-min by hand ---- */

/* a → b of .5 or 1 GB and a → c of 1 GB over l1 (1 GB/s); a → c and b → c of 3 GB over l2 (2 GB/s).
 * Blocks of .5 GB. */
static uint32_t a_to_b = 2;

static uint32_t six_blocks(const struct tw_layout *layout)
{
    (void)layout;
    return 6;
}

static int parking_lot(const struct tw_layout *layout, int lane, int rank, int s,
                       struct tw_piece *out)
{
    (void)layout;
    (void)lane;
    (void)s;
    out[0] = (struct tw_piece){1, TW_SEND, 0, a_to_b, 1};
    out[1] = (struct tw_piece){2, TW_SEND, 0, 2, 1};
    if (rank == 1) {
        out[0] = (struct tw_piece){0, TW_RECEIVE_COPY, 0, a_to_b, 1};
        out[1] = (struct tw_piece){2, TW_SEND, 0, 6, 1};
    } else if (rank == 2) {
        out[0] = (struct tw_piece){0, TW_RECEIVE_COPY, 0, 2, 1};
        out[1] = (struct tw_piece){1, TW_RECEIVE_COPY, 0, 6, 1};
    }
    return 2;
}

START_TEST(shares)
{
    static const char text[] =
        "<?xml version='1.0'?>\n"
        "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
        "<platform version=\"4.1\"><zone id=\"w\" routing=\"Full\">\n"
        "<host id=\"a\" speed=\"1Gf\"/><host id=\"b\" speed=\"1Gf\"/><host id=\"c\" "
        "speed=\"1Gf\"/>\n"
        "<link id=\"l1\" bandwidth=\"1GBps\" latency=\"0s\"/>\n"
        "<link id=\"l2\" bandwidth=\"2GBps\" latency=\"0s\"/>\n"
        "<route src=\"a\" dst=\"b\"><link_ctn id=\"l1\"/></route>\n"
        "<route src=\"b\" dst=\"c\"><link_ctn id=\"l2\"/></route>\n"
        "<route src=\"a\" dst=\"c\"><link_ctn id=\"l1\"/><link_ctn id=\"l2\"/></route>\n"
        "</zone></platform>\n";
    struct tw_algorithm lot = funnel;
    struct network_case c = network_case_of("allreduce", "ring", 3, 750000000);
    char path[] = "/tmp/test_network_XXXXXX";
    int descriptor = mkstemp(path);
    double end_s[3];
    struct tw_err err = {0};
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, sizeof text - 1), sizeof text - 1);
    close(descriptor);
    lot.blocks = six_blocks;
    lot.step = parking_lot;
    c.algorithm = &lot;
    c.platform.file = path;
    /* 1 GB each on l1 at .5 GB/s: 2 s; b → c gets what is left of l2, 1.5 GB/s: 2 s. */
    ck_assert_int_eq(network_case_price(&c, "simgrid", end_s, &err), TW_OK);
    for (int r = 0; r < 3; r++)
        ck_assert_double_eq_tol(end_s[r], 2, 1e-9);
    /* a → b ends at 1 s; a → c then has l1 alone and ends at 1.5 s; b → c has had 1.5 + .5 GB by
     * then and gets the last one at 2 GB/s: 2 s. */
    a_to_b = 1;
    ck_assert_int_eq(network_case_price(&c, "simgrid", end_s, &err), TW_OK);
    ck_assert_double_eq_tol(end_s[0], 1.5, 1e-9);
    ck_assert_double_eq_tol(end_s[1], 2, 1e-9);
    ck_assert_double_eq_tol(end_s[2], 2, 1e-9);
    a_to_b = 2;
    remove(path);
}
END_TEST

/* ---- stragglers ---- */

/* A ring is as slow as its slowest node: a quarter of the bandwidth makes every step α + 4bβ; half
 * of the speed makes a step that combines γb longer than the others, 2γb. */
START_TEST(stragglers)
{
    enum { P = 6 };
    const char *const executors[] = {"simgrid", "maxplus"};
    double bandwidth_Bps[P], speed[P], end_s[P], block_B = 4000, beta_sB = 1 / 1.25e9;
    for (int r = 0; r < P; r++) {
        bandwidth_Bps[r] = r == 4 ? 1.25e9 / 4 : 1.25e9;
        speed[r] = r == 2 ? .5 : 1;
    }
    for (int e = 0; e < 2; e++) {
        struct network_case c = network_case_of("allreduce", "ring", P, 1000 * P);
        struct tw_err err = {0};
        c.platform.node_bandwidth_Bps = bandwidth_Bps;
        ck_assert_int_eq(network_case_price(&c, executors[e], end_s, &err), TW_OK);
        ck_assert_double_eq_tol(network_case_last(end_s, P),
                                2 * (P - 1) * (50e-6 + 4 * block_B * beta_sB), 1e-12);
        c.platform.node_bandwidth_Bps = NULL;
        c.platform.node_speed = speed;
        c.gamma_sB = 1e-9;
        ck_assert_int_eq(network_case_price(&c, executors[e], end_s, &err), TW_OK);
        ck_assert_double_eq_tol(
            network_case_last(end_s, P),
            2 * (P - 1) * (50e-6 + block_B * beta_sB) + (P - 1) * 2 * block_B * 1e-9, 1e-12);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network contention");
    TCase *tcase = tcase_create("contention");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, incast_by_hand);
    tcase_add_test(tcase, one_port_never_meets);
    tcase_add_test(tcase, incast_is_told);
    tcase_add_test(tcase, bytes_of_nodes);
    tcase_add_test(tcase, shares);
    tcase_add_test(tcase, stragglers);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
