/* links: tw_network */
/* Rings by arithmetic (ring.h) are, bit by bit, the schedule walked through message by message; the
 * check that guards reckoned steps (reckon.h) lets nothing through that events do not confirm. */
#include "network/maxplus.h"
#include "network/reckon.h"
#include "unit/network_trace.h"

#define MOST 600

static double end_s[MOST], other_s[MOST];
static uint64_t starts[MOST + 1];

/* The case as a job of one item; what is pointed to is static. */
static struct tw_step_job job_of(const struct network_case *c, struct tw_action_item *item)
{
    static const double zero[MOST];
    struct tw_err err = {0};
    *item = (struct tw_action_item){.algorithm = c->algorithm};
    ck_assert_int_eq(network_case_layout(c, &item->layout, starts, &err), 1);
    return (struct tw_step_job){.platform = &c->platform,
                                .network = &c->network,
                                .items = item,
                                .count = 1,
                                .entry_s = c->entry_s ? c->entry_s : zero,
                                .gamma_sB = c->gamma_sB};
}

/* Ranks that differ in the last bit. A job whose messages are logged is walked through. */
static int differing(const struct network_case *c, int window)
{
    struct tw_action_item item;
    struct tw_err err = {0};
    struct tw_step_job job = job_of(c, &item);
    int ranks = tw_platform_ranks(&c->platform), count = 0;
    item.window = window;
    struct tw_message_log log = {.room = 4 * (size_t)ranks * (size_t)ranks};
    log.times = calloc(log.room, sizeof *log.times);
    ck_assert_ptr_nonnull(log.times);
    ck_assert_msg(!tw_maxplus_price(&job, NULL, end_s, &err), "%s", err.text);
    job.messages = &log;
    ck_assert_msg(!tw_maxplus_price(&job, NULL, other_s, &err), "%s", err.text);
    for (int r = 0; r < ranks; r++)
        count += end_s[r] != other_s[r];
    if (!window) /* both ends of each message */
        ck_assert_uint_eq(log.count,
                          2 * (size_t)ranks * (size_t)item.algorithm->steps(&item.layout));
    free(log.times);
    return count;
}

static const char *const operations[] = {"allreduce", "allgather", "reduce_scatter"};

/* No two nodes, blocks or entries alike; a curve; both places of the latency. */
START_TEST(ring_is_the_schedule)
{
    double bandwidth_Bps[40], latency_s[40], speed[40], entry_s[40];
    uint64_t counts[40];
    struct tw_curve curve = {.count = 2, .size_B = {8, 4096}, .share = {.2, .9}};
    for (int p = 2; p <= 40; p++)
        for (int variant = 0; variant < 24; variant++) {
            struct network_case c =
                network_case_of(operations[variant % 3], "ring", p, 5 + 37 * (uint64_t)variant);
            for (int r = 0; r < p; r++) {
                bandwidth_Bps[r] = 1e9 * (1 + .1 * ((r * 7 + variant) % 5));
                latency_s[r] = 1e-6 * (1 + (r * 5 + variant) % 7);
                speed[r] = 1 + (r + variant) % 3;
                entry_s[r] = r == 0 ? 0 : 1e-5 * ((r * 11 + variant) % 13);
                counts[r] = (uint64_t)((r * 17 + variant) % 23);
            }
            c.gamma_sB = variant % 2 ? 3e-10 : 0;
            c.entry_s = entry_s;
            if (variant >= 6) {
                c.platform.node_bandwidth_Bps = bandwidth_Bps;
                c.platform.node_latency_s = latency_s;
                c.platform.node_speed = speed;
                c.counts = counts;
            }
            c.network.curve = variant >= 12 ? &curve : NULL;
            c.network.latency = variant >= 18 ? TW_LATENCY_SENDER : TW_LATENCY_LINK;
            c.network.model = variant % 4 == 3 ? TW_MODEL_ETHERNET : TW_MODEL_IDEAL;
            ck_assert_msg(differing(&c, variant % 5) == 0, "p %d, variant %d", p, variant);
        }
}
END_TEST

/* Where two block lengths go around, the longer ones soon decide everything: in the frame that
 * moves with the blocks the slowest self-loop is (α + long block), so the last rank ends as if all
 * blocks were long. With 10 ranks and 13 elements of 4 B, 1 GB/s and α = 2·25 µs:
 * 18·(50e-6 + 8e-9) s. */
START_TEST(two_lengths)
{
    struct network_case c = network_case_of("allreduce", "ring", 10, 13);
    struct tw_action_item item;
    struct tw_err err = {0};
    c.platform.bandwidth_Bps = 1e9;
    struct tw_step_job job = job_of(&c, &item);
    ck_assert_int_eq(tw_maxplus_price(&job, NULL, end_s, &err), TW_OK);
    ck_assert_double_eq_tol(network_case_last(end_s, 10), 18 * (50e-6 + 8e-9), 1e-16);
}
END_TEST

/* ---- the check ---- */

static double slower; /* the part by which "events" differ from the arithmetic on one rank */
static int asked;

static tw_status arithmetic(const struct tw_step_job *job, double *into_s, struct tw_err *err)
{
    asked++;
    tw_status status = tw_maxplus_price(job, NULL, into_s, err);
    into_s[3] *= 1 + slower;
    return status;
}

static tw_status breaks(const struct tw_step_job *job, double *into_s, struct tw_err *err)
{
    (void)job;
    (void)into_s;
    return tw_err_set(err, TW_CRASHED, "no such route");
}

static uint64_t reckoned(const struct network_case *c)
{
    struct tw_action_item item;
    struct tw_err err = {0};
    struct tw_step_job job = job_of(c, &item);
    uint64_t steps = 77;
    ck_assert_msg(!tw_reckon(&job, arithmetic, end_s, &steps, &err), "%s", err.text);
    return steps;
}

START_TEST(guarded)
{
    struct network_case c = network_case_of("allreduce", "ring", TW_RECKONED_RANKS, 1000003);
    struct tw_action_item item;
    struct tw_err err = {0};
    uint64_t steps;
    slower = 0;
    ck_assert_uint_eq(reckoned(&c), 2 * (TW_RECKONED_RANKS - 1) - 6);
    ck_assert_int_eq(asked, 1);
    slower = 1e-11; /* one rank of one item, in the eleventh digit */
    ck_assert_uint_eq(reckoned(&c), 0);
    slower = 0;
    struct tw_step_job job = job_of(&c, &item);
    ck_assert_int_eq(tw_reckon(&job, breaks, end_s, &steps, &err), TW_CRASHED);
    ck_assert_str_eq(err.text, "no such route");
}
END_TEST

/* Each of these is simulated in full: the check is not even tried. */
START_TEST(not_reckoned)
{
    struct tw_pair option = {"network/weight-S", "0"};
    const struct tw_pair backbone[] = {{"bb_bw", "1GBps"}, {"bb_lat", "1us"}};
    struct network_case ring = network_case_of("allreduce", "ring", TW_RECKONED_RANKS, 1000003), c;
    asked = 0;
    slower = 0;
    c = ring;
    c.platform.nodes = TW_RECKONED_RANKS - 1;
    ck_assert_uint_eq(reckoned(&c), 0);
    c = ring;
    c.network.model = TW_MODEL_TCP;
    ck_assert_uint_eq(reckoned(&c), 0);
    c = ring;
    c.network.full = 1;
    ck_assert_uint_eq(reckoned(&c), 0);
    c = ring;
    c.network.config = &option;
    c.network.config_count = 1;
    ck_assert_uint_eq(reckoned(&c), 0);
    c = ring; /* all hops go over the backbone */
    c.platform.attributes = backbone;
    c.platform.attribute_count = 2;
    ck_assert_uint_eq(reckoned(&c), 0);
    c = network_case_of("allreduce", "recursive_doubling", TW_RECKONED_RANKS, 1000003);
    ck_assert_uint_eq(reckoned(&c), 0);
    c = network_case_of("allreduce", "sharded_server", TW_RECKONED_RANKS, 1000003);
    ck_assert_uint_eq(reckoned(&c), 0);
    ck_assert_int_eq(asked, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network ring");
    TCase *tcase = tcase_create("ring");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, ring_is_the_schedule);
    tcase_add_test(tcase, two_lengths);
    tcase_add_test(tcase, guarded);
    tcase_add_test(tcase, not_reckoned);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
