/* links: tw_network */
/* Large rings: what is reckoned equals what is simulated in full, and where that would not be
 * exact, everything is simulated. Without contention max-plus reckons all but three steps at either
 * end of a schedule (reckon.h); where factors or shared links forbid that, the rest of a phase
 * follows from its first steps (pace.h), if blocks are alike. */
#include "network/alike.h"
#include "network/pace.h"
#include "unit/network_trace.h"

#define RANKS 256

/* ---- which steps are alike ---- */

static void check_alike(const struct tw_algorithm *algorithm, int p)
{
    struct network_case c = network_case_of("allreduce", "ring", p, 0);
    struct tw_layout layout;
    struct tw_err err = {0};
    struct tw_piece pieces[4];
    struct tw_message first[4], now[4];
    uint64_t starts[20];
    c.algorithm = algorithm;
    c.count = 3 * (uint64_t)p;
    ck_assert_int_eq(network_case_layout(&c, &layout, starts, &err), 1);
    int phase = tw_alike_phase(algorithm, &layout);
    ck_assert_int_eq(phase, p - 1);
    ck_assert_int_eq(algorithm->steps(&layout) % phase, 0);
    for (int s = 0; s < algorithm->steps(&layout); s++)
        for (int r = 0; r < p; r++) {
            int count = tw_schedule_messages(algorithm, &layout, 0, r, s, pieces, NULL, now);
            int same = tw_schedule_messages(algorithm, &layout, 0, r, s / phase * phase, pieces,
                                            NULL, first);
            ck_assert_int_eq(count, same);
            ck_assert_int_ge(count, 1);
            for (int m = 0; m < count; m++)
                ck_assert_msg(now[m].peer == first[m].peer && now[m].send_B == first[m].send_B &&
                                  now[m].receive_B == first[m].receive_B &&
                                  now[m].combine_B == first[m].combine_B,
                              "%s p %d step %d", algorithm->member.name, p, s);
        }
    layout.count++; /* one block is longer than the others */
    starts[p]++;
    ck_assert_int_eq(tw_alike_phase(algorithm, &layout), 0);
}

START_TEST(rings_are_alike)
{
    for (int p = 2; p <= 9; p++) {
        check_alike(tw_algorithm_find(TW_SUM, "ring"), p);
        check_alike(tw_algorithm_find(TW_GATHER, "ring"), p);
        check_alike(tw_algorithm_find(TW_REDUCE_SCATTER, "ring"), p);
    }
    struct tw_layout layout = {.kind = TW_SUM, .ranks = 8, .count = 64, .blocks = 8};
    ck_assert_int_eq(tw_alike_phase(tw_algorithm_find(TW_SUM, "binomial"), &layout), 0);
}
END_TEST

/* ---- when the rest is reckoned ---- */

/* Two ranks go through phases of 20 steps; ends of step s: at[s][rank]. Returns where the jump was
 * to (0: none), and how long it slept. */
static int walk(struct tw_pace *pace, double (*end_s)(int s, int rank), double *slept_s)
{
    *slept_s = 0;
    *pace = tw_pace_of(2);
    for (int s = 0; s < 20; s++) {
        double sleep_s;
        int next = tw_pace_ended(pace, 0, 20, s, end_s(s, 0), &sleep_s);
        int other = tw_pace_ended(pace, 0, 20, s, end_s(s, 1), slept_s);
        ck_assert_int_eq(next, other);
        ck_assert_double_eq(sleep_s, *slept_s);
        if (next != s + 1)
            return next;
    }
    return 0;
}

static double steady(int s, int rank)
{
    (void)rank;
    return .5 + s;
}

static double apart(int s, int rank)
{
    return .5 + s + rank * 1e-9;
}

static double slower(int s, int rank)
{
    (void)rank;
    return .5 + s + 1e-9 * s * s;
}

static double stumbles(int s, int rank)
{
    (void)rank;
    return .5 + s + (s >= 4 ? .25 : 0);
}

START_TEST(pace)
{
    struct tw_pace p;
    double slept_s;
    /* Ends of steps 0 … 3 give three equal differences; step 4 is simulated, 5 … 19 are not. */
    ck_assert_int_eq(walk(&p, steady, &slept_s), 20);
    ck_assert_double_eq(slept_s, 15);
    ck_assert_uint_eq(p.skipped, 15);
    ck_assert_int_eq(p.broken, 0);
    ck_assert_int_eq(walk(&p, apart, &slept_s), 0);
    ck_assert_uint_eq(p.skipped, 0);
    ck_assert_int_eq(walk(&p, slower, &slept_s), 0);
    ck_assert_uint_eq(p.skipped, 0);
    /* The step that is simulated after the decision is not as expected. */
    ck_assert_int_eq(walk(&p, stumbles, &slept_s), 20);
    ck_assert_int_eq(p.broken, 1);
}
END_TEST

/* ---- on SimGrid ---- */

#ifndef TW_SANITIZED
struct outcome {
    double end_s[RANKS];
    uint64_t extrapolated;
};

static void price(const struct network_case *c, int full, struct outcome *outcome)
{
    const struct tw_executor *simgrid = tw_executor_find("simgrid");
    static const double zero[RANKS];
    static uint64_t starts[RANKS + 1];
    struct tw_action_item item = {.algorithm = c->algorithm};
    struct tw_network network = c->network;
    struct tw_step_facts facts = {0};
    struct tw_err err = {0};
    network.full = full;
    ck_assert_int_eq(network_case_layout(c, &item.layout, starts, &err), 1);
    struct tw_step_job job = {.platform = &c->platform,
                              .network = &network,
                              .items = &item,
                              .count = 1,
                              .entry_s = c->entry_s ? c->entry_s : zero,
                              .gamma_sB = c->gamma_sB,
                              .facts = &facts};
    ck_assert_int_eq(simgrid->accepts(&job, &err), TW_OK);
    ck_assert_msg(simgrid->price(&job, outcome->end_s, &err) == TW_OK, "%s", err.text);
    outcome->extrapolated = facts.extrapolated;
}

/* Compares with the full simulation: to 1e-9 where some steps were reckoned, else bit by bit. */
static uint64_t compare(const struct network_case *c)
{
    static struct outcome full, quick;
    price(c, 0, &quick);
    price(c, 1, &full);
    ck_assert_uint_eq(full.extrapolated, 0);
    if (quick.extrapolated == 0)
        ck_assert_mem_eq(quick.end_s, full.end_s, sizeof full.end_s);
    for (int r = 0; r < RANKS; r++)
        ck_assert_msg(fabs(quick.end_s[r] - full.end_s[r]) <= 1e-9 * full.end_s[r],
                      "%s, rank %d: %.17g s, in full %.17g s", c->algorithm->member.name, r,
                      quick.end_s[r], full.end_s[r]);
    return quick.extrapolated;
}

/* Of 510 steps, or of 255, six are simulated: blocks alike or of two lengths. */
START_TEST(reckoned_equals_the_full_simulation)
{
    struct network_case c = network_case_of("allreduce", "ring", RANKS, RANKS * 100 + 1);
    c.gamma_sB = 1e-9;
    ck_assert_uint_eq(compare(&c), 2 * 255 - 6);
    c = network_case_of("reduce_scatter", "ring", RANKS, RANKS * 100 - 3);
    c.network.latency = TW_LATENCY_SENDER;
    ck_assert_uint_eq(compare(&c), 255 - 6);
}
END_TEST

/* A contribution, a node's bandwidth and an entry that are not like the others. */
START_TEST(reckoned_where_ranks_differ)
{
    double bandwidth_Bps[RANKS], entry_s[RANKS] = {0};
    uint64_t counts[RANKS];
    struct network_case c = network_case_of("allgather", "ring", RANKS, 100);
    for (int r = 0; r < RANKS; r++) {
        bandwidth_Bps[r] = r == 9 ? .625e9 : 1.25e9;
        counts[r] = r == 9 ? 100 : 101 + (uint64_t)r % 3;
    }
    entry_s[7] = 1e-3;
    c.counts = counts;
    c.platform.node_bandwidth_Bps = bandwidth_Bps;
    c.entry_s = entry_s;
    ck_assert_uint_eq(compare(&c), 255 - 6);
}
END_TEST

/* 32 nodes of 8 GPUs: a hop in eight goes over the cards, no two over one link. */
START_TEST(reckoned_over_routes)
{
    static const struct tw_fabric fabric = {
        .kind = TW_FABRIC_GPU_NODES, .nics = 1, .nvlink_Bps = 300e9, .nvlink_s = 1e-6};
    struct network_case c = network_case_of("reduce_scatter", "ring", RANKS, 1000003);
    c.platform.fabric = &fabric;
    c.platform.nodes = RANKS / 8;
    c.platform.ranks_per_node = 8;
    ck_assert_uint_eq(compare(&c), 255 - 6);
}
END_TEST

/* The model tcp: of each phase of 255 steps five are simulated. A late rank puts the others out of
 * step until its delay has gone around half of the ring. */
START_TEST(paced_equals_the_full_simulation)
{
    double entry_s[RANKS] = {0};
    struct network_case c = network_case_of("allgather", "ring", RANKS, 1000);
    c.network.model = TW_MODEL_TCP;
    ck_assert_uint_eq(compare(&c), 250);
    entry_s[7] = 1e-3;
    c.entry_s = entry_s;
    uint64_t extrapolated = compare(&c);
    ck_assert_uint_gt(extrapolated, 50);
    ck_assert_uint_lt(extrapolated, 255 - RANKS / 2 + 10);
}
END_TEST

/* Blocks of two lengths, or a node with half of the bandwidth, in the model tcp. */
START_TEST(refused)
{
    double bandwidth_Bps[RANKS];
    uint64_t counts[RANKS];
    struct network_case c = network_case_of("allgather", "ring", RANKS, 100);
    for (int r = 0; r < RANKS; r++) {
        bandwidth_Bps[r] = r == 9 ? .625e9 : 1.25e9;
        counts[r] = r == 9 ? 100 : 101;
    }
    c.network.model = TW_MODEL_TCP;
    c.counts = counts;
    ck_assert_uint_eq(compare(&c), 0);
    c.counts = NULL;
    c.platform.node_bandwidth_Bps = bandwidth_Bps;
    ck_assert_uint_eq(compare(&c), 0);
}
END_TEST

/* The counter reaches whoever prices a trace; steps from the memo do not count again. */
START_TEST(counted)
{
    struct written w;
    struct tw_pricing pricing = pricing_of("simgrid", RANKS, NULL);
    struct tw_priced priced;
    struct tw_err err = {0};
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    written_open(&w, RANKS, 5);
    add_exchange(&w, TW_SUM, RANKS * 100);
    add_exchange(&w, TW_SUM, RANKS * 200);
    tw_status status = tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    ck_assert_uint_ge(priced.simulated, 1);
    ck_assert_uint_eq(priced.extrapolated, priced.simulated * 2 * 504);
    double once_s = 510 * (50e-6 + 400 / 1.25e9), twice_s = 510 * (50e-6 + 800 / 1.25e9);
    ck_assert_double_eq_tol(priced.steps[4].step_time_s, once_s + twice_s, 1e-11);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("network extrapolation");
    TCase *tcase = tcase_create("extrapolation");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, rings_are_alike);
    tcase_add_test(tcase, pace);
#ifdef TW_SANITIZED
    puts("skipped in part: sanitizers give every actor a thread; at most 64 ranks there");
#else
    tcase_add_test(tcase, reckoned_equals_the_full_simulation);
    tcase_add_test(tcase, reckoned_where_ranks_differ);
    tcase_add_test(tcase, reckoned_over_routes);
    tcase_add_test(tcase, paced_equals_the_full_simulation);
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, counted);
#endif
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
