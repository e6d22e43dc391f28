/* links: tw_network */
/* Islands priced: inside, between and inside again, by hand, on both executors. */
#include "network/action.h"
#include "network/timeline_plan.h"
#include "unit/network_trace.h"

#define RANKS_MAX 16

static const char *const executors[] = {"simgrid", "maxplus"};

/* pricing_of's cluster: α = 2·25 µs, β = 1/(1.25 GB/s); inside a node 2 µs, 1/(250 GB/s). */
static const double alpha_s = 50e-6, beta_sB = .8e-9, inner_s = 2e-6, inner_sB = 4e-12;
static const struct tw_pair loopback[] = {{"loopback_bw", "250GBps"}, {"loopback_lat", "2us"}};

static struct tw_item *add_inside(struct written *w, enum tw_item_type type, uint64_t count)
{
    struct tw_item *item = &w->items[w->record.count++];
    *item = (struct tw_item){
        .type = type, .rank = -1, .element = TW_ELEMENT_F32, .count = count, .bucket = 0};
    return item;
}

/* Reduce, the given kind between, spread: a bucket of `count` values. */
static void bucket_of(struct written *w, int groups, int island, uint64_t count)
{
    written_open(w, groups, 2);
    w->trace.island = island;
    add_inside(w, TW_ITEM_REDUCE_INSIDE, count);
    add_exchange(w, TW_SUM, count);
    add_inside(w, TW_ITEM_SPREAD_INSIDE, count);
}

static struct tw_pricing nodes_of(const char *executor, int nodes, int ranks_per_node,
                                  const struct tw_device *device)
{
    struct tw_pricing pricing = pricing_of(executor, nodes, device);
    pricing.platform.ranks_per_node = ranks_per_node;
    if (ranks_per_node > 1) {
        pricing.platform.attributes = loopback;
        pricing.platform.attribute_count = 2;
    }
    return pricing;
}

struct seen {
    struct tw_rank_times ranks[RANKS_MAX];
    double off; /* the most that an account misses its step time by */
};

static void watch(void *context, uint32_t step, const struct tw_rank_times *ranks, int count,
                  const struct tw_step_times *mean)
{
    struct seen *seen = context;
    (void)step;
    memcpy(seen->ranks, ranks, (size_t)count * sizeof *ranks);
    for (int r = 0; r < count; r++) {
        double sum_s =
            ranks[r].compute_s + ranks[r].compress_s + ranks[r].exposed_s + ranks[r].wait_s;
        seen->off = fmax(seen->off, fabs(sum_s - mean->step_time_s));
    }
}

static void price(const struct tw_pricing *pricing, const struct written *w, struct seen *seen,
                  struct tw_priced *priced)
{
    struct tw_err err = {0};
    *seen = (struct seen){0};
    tw_status status = tw_price_trace(pricing, &w->trace, watch, seen, priced, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    ck_assert_double_le(seen->off, 1e-12);
}

static void check_time(const struct tw_priced *priced, double expected_s)
{
    for (uint32_t t = 0; t < priced->step_count; t++)
        ck_assert_msg(fabs(priced->steps[t].step_time_s - expected_s) <= 1e-9 * expected_s,
                      "step %u takes %.17g, by hand %.17g", t, priced->steps[t].step_time_s,
                      expected_s);
}

/* ---- by hand ---- */

/* Eight nodes in islands of four, 8000 values: M = 32 kB. Inside, by halving: 2α + ¾M(β + γ). Two
 * ranks of one number exchange M/4 by doubling (the cheaper, since α > M/8·γ): α + M/4(β + γ).
 * All-gather by doubling: 2α + ¾Mβ. A rank sends ¾ + ¼ + ¾ of M in 5 messages. */
START_TEST(shares_by_hand)
{
    struct written w;
    struct seen seen;
    struct tw_device device = adder();
    struct tw_pricing pricing = nodes_of(executors[_i], 8, 1, &device);
    struct tw_priced priced;
    const double M = 32000, gamma_sB = 1e-10;
    pricing.links = 1;
    bucket_of(&w, 2, 4, 8000);
    price(&pricing, &w, &seen, &priced);
    check_time(&priced, 5 * alpha_s + 1.75 * M * beta_sB + M * gamma_sB);
    ck_assert_int_eq(priced.link_count, 16); /* each link has carried that in two steps */
    for (int i = 0; i < 16; i++)
        ck_assert_double_eq(priced.links[i].carried_B, 2 * 1.75 * M);
    ck_assert_double_eq(priced.steps[0].sent_B_per_rank, 1.75 * M);
    ck_assert_double_eq(priced.steps[0].messages_per_rank, 5);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* Two nodes of four ranks with one link pair each. Inside all-reduce and broadcast (doubling and
 * binomial: two steps of M each on the loopback), the leaders' exchange by doubling: α + Mβ. The
 * others wait for it. */
START_TEST(leaders_by_hand)
{
    struct written w;
    struct seen seen;
    struct tw_pricing pricing = nodes_of(executors[_i], 2, 4, NULL);
    struct tw_priced priced;
    const double M = 32000, inside_s = 4 * (inner_s + M * inner_sB);
    const double between_s = alpha_s + M * beta_sB;
    bucket_of(&w, 2, 4, 8000);
    price(&pricing, &w, &seen, &priced);
    check_time(&priced, inside_s + between_s);
    for (int r = 0; r < 8; r++) {
        int leads = r % 4 == 0;
        ck_assert_double_eq_tol(seen.ranks[r].wait_s, leads ? 0 : between_s, 1e-12);
        ck_assert_double_eq_tol(seen.ranks[r].exposed_s, inside_s + (leads ? between_s : 0), 1e-12);
    }
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* The same with shares: four ranks use the node's link at once, each with M/4 and a quarter of the
 * bandwidth: α + Mβ. Inside ¾M each way. Only SimGrid knows what they share. */
START_TEST(shares_of_one_link)
{
    struct written w;
    struct seen seen;
    struct tw_pricing pricing = nodes_of("simgrid", 2, 4, NULL);
    struct tw_priced priced;
    const double M = 32000;
    pricing.island_mode = TW_ISLAND_SHARE;
    bucket_of(&w, 2, 4, 8000);
    price(&pricing, &w, &seen, &priced);
    check_time(&priced, 4 * inner_s + 1.5 * M * inner_sB + alpha_s + M * beta_sB);
    ck_assert_uint_eq(priced.incast, 4);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* One island: reduced and gathered by halving and doubling, nothing goes between. */
START_TEST(one_island)
{
    struct written w;
    struct seen seen;
    struct tw_pricing pricing = nodes_of(executors[_i], 8, 1, NULL);
    struct tw_priced priced;
    const double M = 32000;
    bucket_of(&w, 1, 8, 8000);
    price(&pricing, &w, &seen, &priced);
    check_time(&priced, 6 * alpha_s + 2 * 7. / 8 * M * beta_sB);
    ck_assert_double_eq(priced.steps[0].sent_B_per_rank, 2 * 7. / 8 * M);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* ---- work ---- */

/* 10 values by 4 ranks: 3, 3, 2, 2 ns (an "add" takes 1 ns a value); a leader does all 10. Work of
 * island 1 only concerns its ranks; the direction (bucket −1) and the update everyone. */
START_TEST(work_is_shared)
{
    static const double shares_ns[] = {3, 3, 2, 2};
    struct written w;
    struct seen seen;
    struct tw_device device = adder();
    struct tw_pricing pricing = nodes_of("maxplus", 8, 1, &device);
    struct tw_priced priced;
    for (int leader = 0; leader < 2; leader++) {
        bucket_of(&w, 2, 4, 8000);
        add_work(&w, TW_STAGE_METHOD, -1, 10);
        add_work(&w, TW_STAGE_METHOD, 1, 10);
        add_work(&w, TW_STAGE_METHOD, -1, 10000);
        w.items[w.record.count - 1].bucket = -1;
        add_work(&w, TW_STAGE_UPDATE, -1, 7000);
        pricing.island_mode = leader ? TW_ISLAND_LEADER : TW_ISLAND_SHARE;
        price(&pricing, &w, &seen, &priced);
        for (int r = 0; r < 8; r++) {
            double once_ns = leader ? (r % 4 == 0 ? 10 : 0) : shares_ns[r % 4];
            double own_ns = once_ns * (r < 4 ? 1 : 2) + 10000;
            ck_assert_double_eq_tol(seen.ranks[r].compress_s, own_ns * 1e-9, 1e-15);
            ck_assert_double_eq_tol(seen.ranks[r].compute_s, 7e-6, 1e-15);
        }
        tw_priced_free(&priced);
        free(w.step_record);
    }
}
END_TEST

/* ---- bytes ---- */

/* What goes between two islands is what they give, whatever does not divide: messages of 7 and 10
 * values by four ranks are 2, 2, 2, 1 and 3, 3, 2, 2; each is sent once to the other island. */
START_TEST(no_byte_is_lost)
{
    uint64_t counts[2] = {7, 10};
    for (int leader = 0; leader < 2; leader++) {
        struct written w;
        struct tw_step_plan plan;
        struct tw_err err = {0};
        struct tw_pricing pricing = nodes_of("maxplus", 8, 1, NULL);
        pricing.island_mode = leader ? TW_ISLAND_LEADER : TW_ISLAND_SHARE;
        written_open(&w, 2, 1);
        w.trace.island = 4;
        add_exchange(&w, TW_GATHER, 0)->counts = counts;
        ck_assert_int_eq(tw_step_plan_make(&plan, &pricing, &w.trace, &w.record, &err), TW_OK);
        ck_assert_double_eq(8 * plan.traffic.sent_B_per_rank, 17 * 4);
        const struct tw_action_item *item = &plan.items[0];
        ck_assert_int_eq(tw_comm_groups(&item->comm), leader ? 1 : 4);
        for (int g = 0; !leader && g < 4; g++) {
            const struct tw_layout *layout = tw_action_layout(item, g);
            ck_assert_uint_eq(tw_layout_elements(layout, 0), g < 3 ? 2 : 1);
            ck_assert_uint_eq(tw_layout_elements(layout, 1), g < 2 ? 3 : 2);
        }
        tw_step_plan_free(&plan);
        free(w.step_record);
    }
}
END_TEST

/* Merges have sizes at every hop; each partial is cut by itself. Two islands by doubling: partials
 * of 7 and 10 values cross (then each side has its own copy of what they become, which stays). */
START_TEST(merges_are_shared)
{
    for (int leader = 0; leader < 2; leader++) {
        struct written w;
        struct tw_step_plan plan;
        struct tw_err err = {0};
        struct tw_pricing pricing = nodes_of("maxplus", 8, 1, NULL);
        uint64_t counts[16] = {7, 10};
        written_open(&w, 2, 1);
        w.trace.island = 4;
        struct tw_item *item = add_exchange(&w, TW_MERGE, 0);
        item->merge = tw_algorithm_find(TW_MERGE, "recursive_doubling");
        ck_assert_uint_le(tw_item_entries(item, 2), 16);
        item->counts = counts;
        pricing.island_mode = leader ? TW_ISLAND_LEADER : TW_ISLAND_SHARE;
        tw_status status = tw_step_plan_make(&plan, &pricing, &w.trace, &w.record, &err);
        ck_assert_msg(status == TW_OK, "%s", err.text);
        ck_assert_double_eq(8 * plan.traffic.sent_B_per_rank, 17 * 4);
        tw_step_plan_free(&plan);
        free(w.step_record);
    }
}
END_TEST

/* ---- both executors ---- */

/* Blocking and overlapped, nothing divides anything: 12 ranks, islands of 2, 3, 4 and 6, 1001
 * values and messages of unequal lengths, unequal nodes, work of single islands. */
START_TEST(executors_agree)
{
    static const int islands[] = {2, 3, 4, 6};
    static const double speeds[12] = {1, .5, 1, 2, 1, 1, .25, 1, 1, 1, 3, 1};
    static const double latencies[12] = {1e-5, 2e-5, 1e-5, 3e-5, 1e-5, 1e-5,
                                         5e-6, 1e-5, 1e-5, 1e-5, 9e-5, 1e-5};
    uint64_t counts[6] = {101, 7, 0, 55, 1000, 3};
    int island = islands[_i % 4], leader = _i / 4 % 2, sender = _i / 8 % 2, overlaps = _i / 16;
    struct tw_device device = adder();
    struct tw_trace_tensor tensors[2] = {{.values = 77, .bucket = 1}, {.values = 1001}};
    double end_s[2];
    for (int e = 0; e < 2; e++) {
        struct written w;
        struct seen seen;
        struct tw_priced priced;
        struct tw_pricing pricing = nodes_of(executors[e], 12, 1, &device);
        pricing.platform.node_speed = speeds;
        pricing.platform.node_latency_s = latencies;
        pricing.island_mode = leader ? TW_ISLAND_LEADER : TW_ISLAND_SHARE;
        pricing.network.latency = sender ? TW_LATENCY_SENDER : TW_LATENCY_LINK;
        pricing.forward_s = 1e-4;
        pricing.backward_s = 2e-4;
        pricing.overlap.on = overlaps;
        bucket_of(&w, 12 / island, island, 1001);
        add_work(&w, TW_STAGE_METHOD, 1, 100000);
        add_inside(&w, TW_ITEM_REDUCE_INSIDE, 77);
        add_exchange(&w, TW_GATHER, 0)->counts = counts;
        add_work(&w, TW_STAGE_METHOD, -1, 5000);
        add_inside(&w, TW_ITEM_SPREAD_INSIDE, 77);
        add_work(&w, TW_STAGE_UPDATE, -1, 1001);
        if (overlaps) { /* the second half is another bucket, the update of none */
            for (int i = 4; i < w.record.count; i++)
                w.items[i].bucket = i + 1 < w.record.count ? 1 : -1;
            w.trace.buckets = w.trace.tensor_count = 2;
            w.trace.tensors = tensors;
        }
        price(&pricing, &w, &seen, &priced);
        end_s[e] = priced.steps[1].end_s;
        tw_priced_free(&priced);
        free(w.step_record);
    }
    ck_assert_msg(fabs(end_s[0] - end_s[1]) <= 1e-9 * end_s[1],
                  "islands of %d, leader %d, sender %d, overlap %d: %.17g and %.17g", island,
                  leader, sender, overlaps, end_s[0], end_s[1]);
}
END_TEST

/* ---- choices and refusals ---- */

static void check_refused(const struct tw_pricing *pricing, const struct written *w,
                          const char *word)
{
    struct tw_priced priced;
    struct tw_err err = {0};
    tw_status status = tw_price_trace(pricing, &w->trace, NULL, NULL, &priced, &err);
    ck_assert_msg(status == TW_REFUSED && strstr(err.text, word), "status %d, '%s' lacks '%s'",
                  status, err.text, word);
}

START_TEST(refusals)
{
    struct written w;
    struct tw_pricing pricing = nodes_of("maxplus", 2, 4, NULL);
    bucket_of(&w, 2, 4, 8000);
    pricing.island_mode = TW_ISLAND_SHARE; /* four ranks on one link */
    check_refused(&pricing, &w, "several among the 4 of one");
    pricing.island_mode = TW_ISLAND_LEADER; /* two leaders on one link */
    w.trace.ranks = 4;
    w.trace.island = 2;
    check_refused(&pricing, &w, "several among the 4 of one");
    w.trace.ranks = 1; /* inside means over links */
    w.trace.island = 8;
    check_refused(&pricing, &w, "several among the 4 of one");
    w.trace.ranks = 8;
    w.trace.island = 1;
    w.items[0] = w.items[1];
    w.record.count = 1;
    check_refused(&pricing, &w, "several among the 4 of one");
    free(w.step_record);
}
END_TEST

/* A named schedule is for what goes between; inside the cost chooses among those of the loopback.
 */
START_TEST(names_are_for_between)
{
    struct written w;
    struct tw_step_plan plan;
    struct tw_err err = {0};
    struct tw_pricing pricing = nodes_of("simgrid", 4, 4, NULL);
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    bucket_of(&w, 4, 4, 25000000);
    ck_assert_int_eq(tw_step_plan_make(&plan, &pricing, &w.trace, &w.record, &err), TW_OK);
    ck_assert_int_eq(plan.count, 3);
    ck_assert_str_eq(plan.items[0].algorithm->member.name, "rabenseifner");
    ck_assert_str_eq(plan.items[1].algorithm->member.name, "ring");
    ck_assert_int_eq(plan.items[2].algorithm->kind, TW_BROADCAST);
    ck_assert_int_eq(plan.items[1].layout.ranks, 4);
    tw_step_plan_free(&plan);
    free(w.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network islands");
    TCase *tcase = tcase_create("islands");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, shares_by_hand, 0, 2);
    tcase_add_loop_test(tcase, leaders_by_hand, 0, 2);
    tcase_add_test(tcase, shares_of_one_link);
    tcase_add_loop_test(tcase, one_island, 0, 2);
    tcase_add_test(tcase, work_is_shared);
    tcase_add_test(tcase, no_byte_is_lost);
    tcase_add_test(tcase, merges_are_shared);
    tcase_add_loop_test(tcase, executors_agree, 0, 32);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, names_are_for_between);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
