/* links: tw_network */
/* Latency charged to the sender: messages of unequal latency share links by exact max-min, and
 * max-plus equals SimGrid. Whatever is timed by hand here has α = the nodes' latencies added. */
#include <check.h>
#include <gsl/gsl_rng.h>
#include "unit/network_case.h"

#define RANKS_MAX 32

static int one(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

static int two(const struct tw_layout *layout)
{
    (void)layout;
    return 2;
}

static uint32_t one_block(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

/* Three ranks, everything in one message: 0 and 1 to 2; or 2 to 0 and 1. */
static int gather(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)layout;
    (void)lane;
    (void)s;
    out[0] = (struct tw_piece){rank == 2 ? 0 : 2, rank == 2 ? TW_RECEIVE_COPY : TW_SEND, 0, 1, 1};
    out[1] = (struct tw_piece){1, TW_RECEIVE_COPY, 0, 1, 1};
    return rank == 2 ? 2 : 1;
}

static int spread(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    int count = gather(layout, lane, rank, s, out);
    for (int i = 0; i < count; i++)
        out[i].action = rank == 2 ? TW_SEND : TW_RECEIVE_COPY;
    return count;
}

static const struct tw_algorithm toy = {.member = {.name = "toy"},
                                        .kind = TW_SUM,
                                        .blocks = one_block,
                                        .lanes = one,
                                        .steps = one,
                                        .pieces_max = two,
                                        .step = gather};

/* Nodes 1 ms, 10 ms and 0 away, 1 GB/s each. */
static const double near_far_s[] = {1e-3, 10e-3, 0};

static struct network_case toy_case(const struct tw_algorithm *algorithm, enum tw_latency_at where)
{
    struct network_case c = network_case_of("allreduce", "ring", 3, 250000000);
    c.algorithm = algorithm;
    c.platform.bandwidth_Bps = 1e9;
    c.platform.node_latency_s = near_far_s;
    c.network.latency = where;
    return c;
}

static void price(const struct network_case *c, const char *executor, double *end_s)
{
    struct tw_err err = {0};
    tw_status status = network_case_price(c, executor, end_s, &err);
    ck_assert_msg(status == TW_OK, "%s: %s", executor, err.text);
}

/* Two messages of 1 GB that start 1 ms and 10 ms from now share the down link of rank 2. Max-min:
 * the first alone for 9 ms (9 MB), then half each; its other 991 MB end at .010 + 1.982 = 1.992 s,
 * when the second has 9 MB to go: 2.001 s. By weight of latency 10 : 1 instead the first ends at
 * .010 + .991·11/10 = 1.1001 s. */
START_TEST(max_min_of_unequal_latencies)
{
    double end_s[3];
    struct network_case c = toy_case(&toy, TW_LATENCY_SENDER);
    price(&c, "simgrid", end_s);
    ck_assert_double_eq_tol(end_s[0], 1.992, 1e-9);
    ck_assert_double_eq_tol(end_s[1], 2.001, 1e-9);
    ck_assert_double_eq_tol(end_s[2], 2.001, 1e-9);
    c = toy_case(&toy, TW_LATENCY_LINK);
    price(&c, "simgrid", end_s);
    ck_assert_double_eq_tol(end_s[0], 1.1001, 1e-9);
    ck_assert_double_eq_tol(end_s[1], 2.001, 1e-9);
}
END_TEST

/* One rank sends both: their latencies pass at the same time, and the same times follow. */
START_TEST(latencies_of_one_sender_overlap)
{
    double end_s[3];
    struct tw_algorithm from_two = toy;
    from_two.step = spread;
    struct network_case c = toy_case(&from_two, TW_LATENCY_SENDER);
    price(&c, "simgrid", end_s);
    ck_assert_double_eq_tol(end_s[0], 1.992, 1e-9);
    ck_assert_double_eq_tol(end_s[1], 2.001, 1e-9);
    ck_assert_double_eq_tol(end_s[2], 2.001, 1e-9);
}
END_TEST

/* Two ranks, α = 50 us, 1.25 GB/s, 1000 B; a ring's first step when rank 1 comes at x:
 * link: x + α + b/B for both; sender: max(α, x) and x + α for the two messages. */
START_TEST(a_late_receiver)
{
    const double late_s[] = {20e-6, 200e-6};
    const char *const executors[] = {"simgrid", "maxplus"};
    for (int e = 0; e < 2; e++)
        for (int i = 0; i < 2; i++) {
            struct network_case c = network_case_of("allgather", "ring", 2, 250);
            double end_s[2], entry_s[2] = {0, late_s[i]};
            c.entry_s = entry_s;
            c.network.latency = TW_LATENCY_SENDER;
            price(&c, executors[e], end_s); /* the slower message is that of rank 1 */
            ck_assert_double_eq_tol(end_s[0], late_s[i] + 50e-6 + .8e-6, 1e-15);
            ck_assert_double_eq_tol(end_s[1], late_s[i] + 50e-6 + .8e-6, 1e-15);
        }
}
END_TEST

/* Rank 0 sends, rank 1 receives late: its message has passed its latency by then. */
static int hand_over(const struct tw_layout *layout, int lane, int rank, int s,
                     struct tw_piece *out)
{
    (void)layout;
    (void)lane;
    (void)s;
    out[0] = (struct tw_piece){1 - rank, rank ? TW_RECEIVE_COPY : TW_SEND, 0, 1, 1};
    return 1;
}

START_TEST(latency_passes_before_the_receiver_comes)
{
    const double late_s[] = {20e-6, 200e-6};
    const char *const executors[] = {"simgrid", "maxplus"};
    struct tw_algorithm once = toy;
    once.step = hand_over;
    once.one_port = 1;
    for (int e = 0; e < 2; e++)
        for (int i = 0; i < 2; i++)
            for (uint64_t count = 0; count <= 250; count += 250) {
                struct network_case c = network_case_of("allreduce", "ring", 2, count);
                double end_s[2], entry_s[2] = {0, late_s[i]}, bytes_s = (double)count * 4 / 1.25e9;
                c.algorithm = &once;
                c.entry_s = entry_s;
                price(&c, executors[e], end_s);
                ck_assert_double_eq_tol(end_s[1], late_s[i] + 50e-6 + bytes_s, 1e-15);
                c.network.latency = TW_LATENCY_SENDER;
                price(&c, executors[e], end_s);
                double start_s = late_s[i] > 50e-6 ? late_s[i] : 50e-6;
                ck_assert_double_eq_tol(end_s[0], start_s + bytes_s, 1e-15);
                ck_assert_double_eq_tol(end_s[1], start_s + bytes_s, 1e-15);
            }
}
END_TEST

static double uniform(gsl_rng *rng, double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(rng);
}

/* Nodes and entries of which no two are alike: max-plus equals SimGrid on every rank, for every
 * schedule that max-plus prices. */
START_TEST(executors_agree)
{
    unsigned long seed = 9100 + (unsigned long)_i;
    double bandwidth_Bps[RANKS_MAX], latency_s[RANKS_MAX], entry_s[RANKS_MAX];
    double simgrid_s[RANKS_MAX], maxplus_s[RANKS_MAX];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int compared = 0;
    gsl_rng_set(rng, seed);
    for (int r = 0; r < RANKS_MAX; r++) {
        bandwidth_Bps[r] = 1.25e9 * uniform(rng, .8, 1.2);
        latency_s[r] = 25e-6 * uniform(rng, .5, 2);
        entry_s[r] = r ? uniform(rng, 0, 1e-3) : 0;
    }
    for (int a = 0; a < tw_algorithm_count(); a++) {
        struct network_case c = network_case_of("allreduce", "ring", _i % 2 ? 16 : 11, 10007);
        struct tw_err err = {0};
        c.algorithm = tw_algorithm_at(a);
        c.platform.node_bandwidth_Bps = bandwidth_Bps;
        c.platform.node_latency_s = latency_s;
        c.entry_s = entry_s;
        c.gamma_sB = 2e-10;
        c.network.latency = TW_LATENCY_SENDER;
        c.network.model = _i % 2 ? TW_MODEL_IDEAL : TW_MODEL_ETHERNET;
        if (network_case_price(&c, "maxplus", maxplus_s, &err) == TW_REFUSED)
            continue;
        price(&c, "simgrid", simgrid_s);
        for (int r = 0; r < c.platform.nodes; r++)
            ck_assert_msg(fabs(simgrid_s[r] - maxplus_s[r]) <= 1e-9 * maxplus_s[r],
                          "seed %lu, %s, rank %d: simgrid %.17g s, maxplus %.17g s", seed,
                          c.algorithm->member.name, r, simgrid_s[r], maxplus_s[r]);
        compared++;
    }
    ck_assert_int_ge(compared, 6);
    gsl_rng_free(rng);
}
END_TEST

/* The ten regions: when all enter at once, a ring of two waits for nothing but the path; α of the
 * file's route. Virginia to Oregon is 26.3 ms, 1 Gbps: 2(α + 500 kB / 125 MB/s). */
START_TEST(platform_file)
{
    const enum tw_latency_at places[] = {TW_LATENCY_LINK, TW_LATENCY_SENDER};
    for (int i = 0; i < 2; i++) {
        struct network_case c = network_case_of("allreduce", "ring", 2, 250000);
        double end_s[2];
        c.platform.file = TW_SOURCE_DIR "/platforms/wan-10.xml";
        c.network.latency = places[i];
        price(&c, "simgrid", end_s);
        ck_assert_double_eq_tol(end_s[1], 2 * (26.3e-3 + 500e3 / 125e6), 1e-12);
    }
}
END_TEST

START_TEST(refusals)
{
    struct network_case c = network_case_of("allreduce", "ring", 4, 100);
    struct tw_pair option = {"network/latency-factor", "2"};
    double end_s[4];
    struct tw_err err = {0};
    c.network.latency = TW_LATENCY_SENDER;
    c.network.config = &option;
    c.network.config_count = 1;
    ck_assert_int_eq(network_case_price(&c, "simgrid", end_s, &err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "network/latency-factor"));
    c.network.config_count = 0;
    c.network.model = TW_MODEL_TCP;
    ck_assert_int_eq(network_case_price(&c, "simgrid", end_s, &err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "not tcp"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network sender");
    TCase *tcase = tcase_create("sender");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, max_min_of_unequal_latencies);
    tcase_add_test(tcase, latencies_of_one_sender_overlap);
    tcase_add_test(tcase, a_late_receiver);
    tcase_add_test(tcase, latency_passes_before_the_receiver_comes);
    tcase_add_loop_test(tcase, executors_agree, 0, 4);
    tcase_add_test(tcase, platform_file);
    tcase_add_test(tcase, refusals);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
