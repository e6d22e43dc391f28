/* links: tw_network */
/* Lanes: step lists of one exchange that run at the same time, share links and share the device. */
#include <check.h>
#include "unit/network_case.h"

#define RANKS 8
#define ALPHA_S 50e-6
#define BETA_SB (1 / 1.25e9)

static int two(const struct tw_layout *layout)
{
    (void)layout;
    return 2;
}

static int one(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

static uint32_t four_blocks(const struct tw_layout *layout)
{
    (void)layout;
    return 4;
}

static uint32_t blocks_of_both(const struct tw_layout *layout)
{
    return 2 * (uint32_t)layout->ranks;
}

static int ring_steps(const struct tw_layout *layout)
{
    return 2 * (layout->ranks - 1);
}

/* Lane 0: the ring on the first half of the blocks; lane 1: on the second half, the other way. */
static int both_ways(const struct tw_layout *layout, int lane, int rank, int s,
                     struct tw_piece *out)
{
    int p = layout->ranks, along = lane ? p - 1 : 1;
    int place = lane ? (p - rank) % p : rank, reduces = s < p - 1;
    int sent = ((place - s + (reduces ? 0 : p)) % p + p) % p, taken = (sent + p - 1) % p;
    out[0] = (struct tw_piece){(rank + along) % p, TW_SEND, (uint32_t)(lane * p + sent), 1, 1};
    out[1] =
        (struct tw_piece){(rank + p - along) % p, reduces ? TW_RECEIVE_COMBINE : TW_RECEIVE_COPY,
                          (uint32_t)(lane * p + taken), 1, 1};
    return 2;
}

static const struct tw_algorithm rings = {.member = {.name = "both_ways"},
                                          .kind = TW_SUM,
                                          .blocks = blocks_of_both,
                                          .lanes = two,
                                          .steps = ring_steps,
                                          .pieces_max = two,
                                          .step = both_ways};

/* Two ranks. Lane 0: two blocks to rank 1, then two back; lane 1: one block to rank 1. */
static int unequal_lanes(const struct tw_layout *layout, int lane, int rank, int s,
                         struct tw_piece *out)
{
    (void)layout;
    if (lane == 1 && s == 1)
        return 0;
    int sends = rank == s;
    out[0] = (struct tw_piece){1 - rank, sends ? TW_SEND : TW_RECEIVE_COMBINE, lane ? 2U : 0U,
                               lane ? 1U : 2U, 1};
    return 1;
}

static const struct tw_algorithm unequal = {.member = {.name = "unequal"},
                                            .kind = TW_SUM,
                                            .blocks = four_blocks,
                                            .lanes = two,
                                            .steps = two,
                                            .pieces_max = one,
                                            .step = unequal_lanes};

static struct network_case case_of(const struct tw_algorithm *algorithm, int ranks, uint64_t count)
{
    struct network_case c = network_case_of("allreduce", "ring", ranks, count);
    c.algorithm = algorithm;
    return c;
}

static void check_all(const struct network_case *c, double expected_s)
{
    double end_s[RANKS];
    struct tw_err err = {0};
    tw_status status = network_case_price(c, "simgrid", end_s, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    for (int r = 0; r < c->platform.nodes; r++)
        ck_assert_msg(fabs(end_s[r] - expected_s) <= 1e-9 * expected_s,
                      "rank %d: %.17g s, not %.17g", r, end_s[r], expected_s);
}

/* The schedule is a sum (else its times mean nothing). */
START_TEST(toy_is_correct)
{
    double rows[RANKS][3 * 2 * RANKS];
    void *buffers[RANKS];
    struct tw_err err = {0};
    struct tw_layout layout = {.kind = TW_SUM,
                               .element = TW_ELEMENT_F64,
                               .element_B = 8,
                               .ranks = RANKS,
                               .count = 6 * RANKS};
    for (int r = 0; r < RANKS; r++) {
        buffers[r] = rows[r];
        for (int i = 0; i < 6 * RANKS; i++)
            rows[r][i] = (r + 1) * (i + 1);
    }
    ck_assert_int_eq(tw_layout_for(&rings, &layout, &err), TW_OK);
    ck_assert_int_eq(tw_execute_memory(&rings, &layout, TW_COMBINE_SUM, buffers, &err), TW_OK);
    for (int r = 0; r < RANKS; r++)
        for (int i = 0; i < 6 * RANKS; i++) /* Σ (r+1) = 36 */
            ck_assert_double_eq(rows[r][i], 36. * (i + 1));
}
END_TEST

/* Every up link carries a message of each lane, so that each has half of it:
 * 2(p−1)(α + 2bβ), b = n/(2p) elements: what the ring of one lane takes. */
START_TEST(lanes_share_links)
{
    struct network_case c = case_of(&rings, RANKS, 16000);
    double block_B = 4000;
    check_all(&c, 14 * (ALPHA_S + 2 * block_B * BETA_SB));
}
END_TEST

/* What two lanes give to a rank's device is combined one behind the other. */
START_TEST(lanes_share_device)
{
    struct network_case c = case_of(&unequal, 2, 4000);
    double block_B = 4000;
    c.gamma_sB = 1e-9;
    /* Lane 1's block ends at α + 2bβ (half of the link), is combined until + bγ. Lane 0's two
     * blocks: bβ sent so far, alone from then on: α + 3bβ, combined by + 2bγ; β·b = 3.2 us < γ·b =
     * 4 us, so that the device is busy for .8 us more when they come: α + 2bβ + 3bγ. Then back
     * α + 2bβ, and 2bγ on rank 0. */
    double there_s = ALPHA_S + 2 * block_B * BETA_SB + 3 * block_B * c.gamma_sB;
    double end_s[2], back_s = ALPHA_S + 2 * block_B * BETA_SB;
    struct tw_err err = {0};
    ck_assert_double_lt(block_B * BETA_SB, block_B * c.gamma_sB);
    ck_assert_int_eq(network_case_price(&c, "simgrid", end_s, &err), TW_OK);
    ck_assert_double_eq_tol(end_s[1], there_s + back_s, 1e-12);
    /* rank 0 did not combine before it sent, and posted its receive long ago */
    ck_assert_double_eq_tol(end_s[0], there_s + back_s + 2 * block_B * c.gamma_sB, 1e-12);
}
END_TEST

/* Lane 0 goes on to its second step when its own message is there, whatever lane 1 does. Blocks of
 * b bytes: lane 1's one ends at α + 2bβ, lane 0's two at α + 3bβ, and back: 2α + 5bβ. */
START_TEST(lanes_are_independent)
{
    struct network_case c = case_of(&unequal, 2, 4000);
    check_all(&c, 2 * ALPHA_S + 5 * 4000 * BETA_SB);
    /* Whoever enters late delays both lanes. */
    double entry_s[2] = {0, 1e-3};
    c.entry_s = entry_s;
    check_all(&c, 1e-3 + 2 * ALPHA_S + 5 * 4000 * BETA_SB);
}
END_TEST

/* Exchanges of one lane and of two, and work, one behind the other: each starts where the last one
 * ended. */
START_TEST(items_follow)
{
    struct network_case c = case_of(&rings, RANKS, 16000);
    const struct tw_executor *simgrid = tw_executor_find("simgrid");
    const struct tw_algorithm *ring = tw_algorithm_find(TW_SUM, "ring");
    double delay_s[RANKS], entry_s[RANKS] = {0}, end_s[4 * RANKS];
    struct tw_layout layout = {
        .kind = TW_SUM, .element = TW_ELEMENT_F32, .element_B = 4, .ranks = RANKS, .count = 16000};
    struct tw_action_item items[4] = {{.algorithm = &rings, .layout = layout},
                                      {.algorithm = ring, .layout = layout},
                                      {.delay_s = delay_s},
                                      {.algorithm = &rings, .layout = layout}};
    struct tw_step_job job = {.platform = &c.platform,
                              .network = &c.network,
                              .items = items,
                              .count = 4,
                              .entry_s = entry_s};
    struct tw_err err = {0};
    for (int r = 0; r < RANKS; r++)
        delay_s[r] = 1e-3 * (r == 3);
    for (int i = 0; i < 4; i++)
        if (items[i].algorithm)
            ck_assert_int_eq(tw_layout_for(items[i].algorithm, &items[i].layout, &err), TW_OK);
    ck_assert_int_eq(simgrid->accepts(&job, &err), TW_OK);
    ck_assert_msg(simgrid->price(&job, end_s, &err) == TW_OK, "%s", err.text);
    double once_s = 14 * (ALPHA_S + 8000 * BETA_SB); /* the ring's blocks are twice as long */
    ck_assert_double_eq_tol(end_s[0], once_s, 1e-12);
    ck_assert_double_eq_tol(end_s[RANKS], 2 * once_s, 1e-12);
    ck_assert_double_eq_tol(end_s[2 * RANKS + 3], 2 * once_s + 1e-3, 1e-12);
    ck_assert_double_eq_tol(network_case_last(end_s + 24, RANKS), 3 * once_s + 1e-3, 1e-12);
}
END_TEST

/* Lane 1 of rank 2 never sends: the message says which lane hangs. */
static int mute(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    int count = both_ways(layout, lane, rank, s, out);
    if (lane == 0 || s < 3)
        return count;
    out[0] = out[1];
    return 1;
}

START_TEST(deadlock_names_lane)
{
    struct tw_algorithm mutant = rings;
    double end_s[RANKS];
    struct tw_err err = {0};
    mutant.step = mute;
    struct network_case c = case_of(&mutant, RANKS, 16000);
    ck_assert_int_eq(network_case_price(&c, "simgrid", end_s, &err), TW_DEADLOCK);
    ck_assert_msg(strstr(err.text, "lane 1, step 3") && strstr(err.text, "never finished"), "%s",
                  err.text);
}
END_TEST

/* The listed schedules of several lanes: never under the injection bound, never over their cost
 * where that is exact or a bound. */
START_TEST(listed)
{
    for (int i = 0; i < tw_algorithm_count(); i++)
        for (int p = 2; p <= RANKS; p++) {
            struct tw_layout layout = {.kind = TW_SUM,
                                       .element = TW_ELEMENT_F32,
                                       .element_B = 4,
                                       .ranks = p,
                                       .count = 1000003};
            struct network_case c = case_of(tw_algorithm_at(i), p, layout.count);
            double end_s[RANKS];
            struct tw_err err = {0};
            if (c.algorithm->kind != TW_SUM || tw_layout_for(c.algorithm, &layout, &err) ||
                c.algorithm->lanes(&layout) < 2)
                continue;
            tw_status status = network_case_price(&c, "simgrid", end_s, &err);
            ck_assert_msg(status == TW_OK, "%s: %s", c.algorithm->member.name, err.text);
            double last_s = network_case_last(end_s, p);
            double cost_s = c.algorithm->cost(&layout, ALPHA_S, BETA_SB, 0);
            ck_assert_double_ge(last_s, tw_injection_bound(&layout, BETA_SB) * (1 - 1e-12));
            if (c.algorithm->cost_kind != TW_COST_ASYMPTOTE)
                ck_assert_double_le(last_s, cost_s * (1 + 1e-9));
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network lanes");
    TCase *tcase = tcase_create("lanes");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, toy_is_correct);
    tcase_add_test(tcase, lanes_share_links);
    tcase_add_test(tcase, lanes_share_device);
    tcase_add_test(tcase, lanes_are_independent);
    tcase_add_test(tcase, items_follow);
    tcase_add_test(tcase, deadlock_names_lane);
    tcase_add_test(tcase, listed);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
