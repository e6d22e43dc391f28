/* links: tw_network */
/* Every file under platforms/ is what its row says: hosts, a route, the time of a ring, and no
 * schedule faster than a host can put its bytes on its links. */
#include <check.h>
#include <dirent.h>
#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include "unit/network_case.h"

#define HOSTS_MAX 72

struct row {
    const char *file;
    int hosts, node_ranks;
    const char *from, *to; /* a route between two hosts: */
    double latency_s, bandwidth_Bps;
    /* The slowest hop of a ring over all ranks, which decides how long it takes when all enter at
     * once: 2(p−1)(ring_s + b / ring_Bps). */
    double ring_s, ring_Bps;
    double inject_Bps; /* the most that all links of a host carry in one direction */
};

static const struct row rows[] = {
    /* up + down, 2 · 50 us; 1 Gbps = 125 MB/s, and so on for the stars */
    {"star-16-1gbps.xml", 16, 1, "host-0", "host-15", 1e-4, 1.25e8, 1e-4, 1.25e8, 1.25e8},
    {"star-16-10gbps.xml", 16, 1, "host-3", "host-4", 5e-5, 1.25e9, 5e-5, 1.25e9, 1.25e9},
    {"star-16-25gbps.xml", 16, 1, "host-0", "host-1", 2e-5, 3.125e9, 2e-5, 3.125e9, 3.125e9},
    {"star-16-100gbps.xml", 16, 1, "host-0", "host-1", 5e-6, 1.25e10, 5e-6, 1.25e10, 1.25e10},
    /* inside: 2 · 1 us; between nodes 2 · (1 us + 5 us) and the card decides */
    {"gpu-4x8-one-nic.xml", 32, 8, "node-0-gpu-1", "node-0-gpu-6", 2e-6, 1.5e11, 1.2e-5, 1.25e10,
     1.5e11},
    /* between nodes 2 · (.5 us + 1 us), 200 Gbps = 25 GB/s; a GPU has NVLink and a card */
    {"gpu-4x8-eight-nics.xml", 32, 8, "node-0-gpu-7", "node-3-gpu-0", 3e-6, 2.5e10, 3e-6, 2.5e10,
     3e11 + 2.5e10},
    /* across processors 1 + .3 + 1 us */
    {"gpu-8-pcie.xml", 8, 8, "gpu-3", "gpu-4", 2.3e-6, 3.15e10, 2.3e-6, 3.15e10, 3.15e10},
    /* across leaves 4 links of 1 us, each neighbour on links of its own */
    {"fat-tree-16.xml", 16, 1, "host-3", "host-4", 4e-6, 1.25e10, 4e-6, 1.25e10, 1.25e10},
    {"fat-tree-16-2to1.xml", 16, 1, "host-0", "host-3", 2e-6, 1.25e10, 4e-6, 1.25e10, 1.25e10},
    /* (0,0,0) to (2,2,2) is 2 + 2 + 2 links; the last of a plane to the first of the next 3 */
    {"torus-4x4x4.xml", 64, 1, "chip-0", "chip-42", 3e-6, 5e10, 1.5e-6, 5e10, 3e11},
    /* at one router: up and down, 2 · .2 us. A ring's longest hop, from group to group: the hosts'
     * links, the link between the groups, and three inside them to and from its ends */
    {"dragonfly-72.xml", 72, 1, "host-0", "host-1", 4e-7, 5.25e9, 1.2e-6, 5.25e9, 5.25e9},
    /* Great circle Virginia (39.04, −77.49) to Ireland (53.35, −6.26): cos = sin 39.04 sin 53.35 +
     * cos 39.04 cos 53.35 cos 71.23 = .50535 + .14915, 49.12°, 5462 km, · 1.5 / 200 km/ms = 41.0
     * ms. The ring's longest hop is from Cape Town back to Virginia. */
    {"wan-10.xml", 10, 1, "region-0-virginia", "region-3-ireland", 41.0e-3, 1.25e8, 95.7e-3, 1.25e8,
     1.25e8},
    {"taurus-16.xml", 16, 1, "taurus-0", "taurus-9", 5e-5, 1.25e9, 5e-5, 1.25e9, 1.25e9},
    {"mixed-nics-16.xml", 16, 1, "host-7", "host-8", 1e-5, 3.125e9, 1e-5, 1.25e9, 1.25e10},
    /* as found: 96.4, 12.8 and 9.4 Gbps over 8 bits; 24 GB/s a card and 208 by NVLink */
    {"star-16-100gbps-found.xml", 16, 1, "host-0", "host-1", 5e-6, 1.205e10, 5e-6, 1.205e10,
     1.205e10},
    {"star-16-25gbps-found.xml", 16, 1, "host-0", "host-1", 2e-5, 1.6e9, 2e-5, 1.6e9, 1.6e9},
    {"star-16-10gbps-found.xml", 16, 1, "host-3", "host-4", 5e-5, 1.175e9, 5e-5, 1.175e9, 1.175e9},
    {"gpu-4x8-eight-nics-found.xml", 32, 8, "node-0-gpu-7", "node-3-gpu-0", 3e-6, 2.4e10, 3e-6,
     2.4e10, 2.08e11 + 2.4e10},
};
#define ROWS ((int)(sizeof rows / sizeof rows[0]))

static char path[256];

static const char *path_of(const struct row *row)
{
    snprintf(path, sizeof path, TW_SOURCE_DIR "/platforms/%s", row->file);
    return path;
}

/* No file without a row, no row without a file. */
START_TEST(every_file_has_a_row)
{
    DIR *folder = opendir(TW_SOURCE_DIR "/platforms");
    int files = 0;
    ck_assert_ptr_nonnull(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *dot = strrchr(entry->d_name, '.');
        int known = 0;
        if (!dot || strcmp(dot, ".xml") != 0)
            continue;
        for (int i = 0; i < ROWS; i++)
            known += strcmp(rows[i].file, entry->d_name) == 0;
        ck_assert_msg(known == 1, "%s has %d rows", entry->d_name, known);
        files++;
    }
    closedir(folder);
    ck_assert_int_eq(files, ROWS);
}
END_TEST

static double route_latency_s, route_bandwidth_Bps, back_latency_s;

/* Routes of some kinds of zone exist only once the simulation runs. */
static void look(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    const struct row *row = sg_actor_self_get_data();
    sg_host_t from = sg_host_by_name(row->from), to = sg_host_by_name(row->to);
    route_latency_s = sg_host_get_route_latency(from, to);
    route_bandwidth_Bps = sg_host_get_route_bandwidth(from, to);
    back_latency_s = sg_host_get_route_latency(to, from);
}

START_TEST(route)
{
    const struct row *row = &rows[_i];
    char *argv[] = {"routes", "--log=root.thres:error", NULL};
    int argc = 2;
    simgrid_init(&argc, argv);
    simgrid_load_platform(path_of(row));
    ck_assert_uint_eq(sg_host_count(), (size_t)row->hosts);
    sg_host_t host = sg_host_by_name(row->from);
    ck_assert_ptr_nonnull(host);
    sg_actor_t actor = sg_actor_init("look", host);
    sg_actor_set_data(actor, (void *)row);
    sg_actor_start_(actor, look, 0, NULL);
    simgrid_run();
    ck_assert_msg(fabs(route_latency_s - row->latency_s) <= 1e-9 * row->latency_s, "%s: %.17g s",
                  row->file, route_latency_s);
    ck_assert_double_eq_tol(back_latency_s, row->latency_s, 1e-9 * row->latency_s);
    ck_assert_msg(fabs(route_bandwidth_Bps - row->bandwidth_Bps) <= 1e-9 * row->bandwidth_Bps,
                  "%s: %.17g B/s", row->file, route_bandwidth_Bps);
}
END_TEST

static struct network_case case_of(const struct row *row, const struct tw_algorithm *algorithm,
                                   uint64_t count)
{
    struct network_case c = network_case_of("allreduce", "ring", row->hosts, count);
    c.algorithm = algorithm;
    c.platform.file = path_of(row);
    c.platform.node_ranks = row->node_ranks;
    return c;
}

static double price(const struct network_case *c)
{
    double end_s[HOSTS_MAX];
    struct tw_err err = {0};
    tw_status status = network_case_price(c, "simgrid", end_s, &err);
    ck_assert_msg(status == TW_OK, "%s: %s", c->platform.file, err.text);
    return network_case_last(end_s, c->platform.nodes);
}

START_TEST(ring)
{
    const struct row *row = &rows[_i];
    uint64_t block = 250000; /* elements: 1 MB */
    struct network_case c =
        case_of(row, tw_algorithm_find(TW_SUM, "ring"), block * (uint64_t)row->hosts);
    double expected_s = 2 * (row->hosts - 1) * (row->ring_s + 1e6 / row->ring_Bps);
    double last_s = price(&c);
    ck_assert_msg(fabs(last_s - expected_s) <= 1e-9 * expected_s, "%s: %.17g s, by hand %.17g s",
                  row->file, last_s, expected_s);
}
END_TEST

/* Every schedule that fits, on every platform. */
START_TEST(injection_bound)
{
    const struct row *row = &rows[_i];
    for (int a = 0; a < tw_algorithm_count(); a++) {
        const struct tw_algorithm *algorithm = tw_algorithm_at(a);
        struct network_case c = case_of(row, algorithm, 250000);
        struct tw_err err = {0};
        struct tw_layout layout = {0};
        uint64_t starts[HOSTS_MAX + 1];
        if (!network_case_layout(&c, &layout, starts, &err))
            continue;
        double bound_s = tw_injection_bound(&layout, 1 / row->inject_Bps), last_s = price(&c);
        ck_assert_double_gt(bound_s, 0);
        ck_assert_msg(last_s >= bound_s * (1 - 1e-12), "%s: %s %s: %.17g s, bound %.17g s",
                      row->file, tw_request_name(algorithm->kind), algorithm->member.name, last_s,
                      bound_s);
    }
}
END_TEST

/* Recursive doubling over the trees, flows of 1.6 s (20 GB): partners at distance 1 and 2 are under
 * the same leaf (2 links of 1 us), at 4 and 8 across (4 links). Of the eight flows that go up from
 * two leaves to the same spine in the 2:1 tree two share each link: 2·1.6 + 2·3.2 s; the 1:1 tree
 * has a link for each. */
START_TEST(fat_tree_contention)
{
    for (int i = 0; i < ROWS; i++) {
        if (strncmp(rows[i].file, "fat-tree", 8) != 0)
            continue;
        double across_s = strstr(rows[i].file, "2to1") ? 3.2 : 1.6;
        struct network_case c = case_of(&rows[i], tw_algorithm_find(TW_SUM, "recursive_doubling"),
                                        UINT64_C(5000000000));
        ck_assert_double_eq_tol(price(&c), 2 * (2e-6 + 1.6) + 2 * (4e-6 + across_s), 1e-9);
    }
}
END_TEST

/* Every rank sends 1 MB to the same place of the next node: eight messages share a node's only
 * card, 12 us + 8 MB / 12.5 GB/s, or have one each, 3 us + 1 MB / 25 GB/s (24 as found). */
static int across(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    (void)s;
    uint32_t block = (uint32_t)rank;
    int peer = (rank + 8) % layout->ranks, from = (rank + layout->ranks - 8) % layout->ranks;
    out[0] = (struct tw_piece){peer, TW_SEND, block, 1, 1};
    out[1] = (struct tw_piece){from, TW_RECEIVE_COPY, (uint32_t)from, 1, 1};
    return 2;
}

static int one(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

START_TEST(cards_of_a_node)
{
    struct tw_algorithm shift = *tw_algorithm_find(TW_SUM, "ring");
    shift.step = across;
    shift.steps = one;
    for (int i = 0; i < ROWS; i++) {
        int cards = strstr(rows[i].file, "one-nic") ? 1 : strstr(rows[i].file, "eight") ? 8 : 0;
        if (cards == 0)
            continue;
        struct network_case c = case_of(&rows[i], &shift, 250000 * 32);
        double expected_s = cards == 1 ? 12e-6 + 8e6 / 12.5e9 : 3e-6 + 1e6 / rows[i].bandwidth_Bps;
        ck_assert_double_eq_tol(price(&c), expected_s, 1e-9 * expected_s);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network platforms");
    TCase *tcase = tcase_create("platforms");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_file_has_a_row);
    tcase_add_loop_test(tcase, route, 0, ROWS);
    tcase_add_loop_test(tcase, ring, 0, ROWS);
    tcase_add_loop_test(tcase, injection_bound, 0, ROWS);
    tcase_add_test(tcase, fat_tree_contention);
    tcase_add_test(tcase, cards_of_a_node);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
