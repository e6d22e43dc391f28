/* links: tw_network */
/* A parameter server on a host of its own: the schedule's cost at one rank more, exactly; who
 * counts as a rank; what is refused. */
#include <check.h>
#include "unit/network_trace.h"

#define RANKS 4

static struct tw_pricing served(int nodes, const struct tw_device *device)
{
    struct tw_pricing pricing = pricing_of("simgrid", nodes, device);
    pricing.server = pricing.platform.server = 1;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "parameter_server");
    ck_assert_ptr_nonnull(pricing.algorithms[TW_SUM]);
    return pricing;
}

static void price(const struct tw_pricing *pricing, struct written *w, struct tw_priced *priced)
{
    struct tw_err err = {0};
    tw_status status = tw_price_trace(pricing, &w->trace, NULL, NULL, priced, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
}

/* p messages of n elements share the server's link: 2(α + p·4n·β), and the server adds p·4n bytes
 * to zeros: α = 50 µs, β = 0.8 ns/B, γ = 0.1 ns/B. A rank sends 4n bytes in one message; p meet. */
START_TEST(costs_two_hops)
{
    const double n_B = 4e6, alpha_s = 50e-6, beta_sB = 1 / 1.25e9;
    struct tw_device device = adder();
    struct tw_priced priced;
    struct written w;
    int p = _i;
    struct tw_pricing pricing = served(p, &device);
    written_open(&w, p, 3);
    add_exchange(&w, TW_SUM, 1000000);
    price(&pricing, &w, &priced);
    double expected_s = 2 * (alpha_s + p * n_B * beta_sB) + p * n_B * 1e-10;
    for (int s = 0; s < 3; s++)
        ck_assert_double_eq_tol(priced.steps[s].step_time_s, expected_s, 1e-9 * expected_s);
    ck_assert_double_eq(priced.steps[0].sent_B_per_rank, n_B);
    ck_assert_double_eq(priced.steps[0].messages_per_rank, 1);
    ck_assert_int_eq((int)priced.incast, p);
    ck_assert_int_eq((int)priced.simulated, 1);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* Rank 3 enters 1 s later (1e9 elements of 1 ns): the others' pushes of 4e6 B each are over by
 * then, so that its own has the link for itself: 1 + α + 4e6·β, then all pull at once: α + 4·4e6·β.
 */
START_TEST(a_late_rank_pushes_alone)
{
    struct tw_device device = adder();
    struct tw_priced priced;
    struct written w;
    device.combine_sB = 0;
    struct tw_pricing pricing = served(RANKS, &device);
    written_open(&w, RANKS, 1);
    add_work(&w, TW_STAGE_METHOD, 3, 1000000000);
    add_exchange(&w, TW_SUM, 1000000);
    price(&pricing, &w, &priced);
    double expected_s = 1 + 2 * 50e-6 + 5 * 4e6 / 1.25e9;
    ck_assert_double_eq_tol(priced.steps[0].step_time_s, expected_s, 1e-9 * expected_s);
    ck_assert_double_eq_tol(priced.steps[0].wait_s, 0.75, 1e-9);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* The links of the server's host carry what all ranks push and pull, those of a rank its own; node
 * speeds and bandwidths are the nodes', not the server's. */
START_TEST(links_of_the_server)
{
    static const double bandwidth_Bps[RANKS] = {1.25e9, 1.25e9, 1.25e9, 1.25e8};
    struct tw_priced priced;
    struct written w;
    struct tw_pricing pricing = served(RANKS, NULL);
    pricing.links = 1;
    pricing.platform.node_bandwidth_Bps = _i ? bandwidth_Bps : NULL;
    written_open(&w, RANKS, 2);
    add_exchange(&w, TW_SUM, 1000000);
    price(&pricing, &w, &priced);
    ck_assert_int_eq(priced.link_count, 2 * (RANKS + 1));
    for (int l = 0; l < priced.link_count; l++)
        ck_assert_double_eq(priced.links[l].carried_B, l < 2 * RANKS ? 8e6 : 32e6);
    ck_assert_double_eq(priced.links[2 * RANKS].bandwidth_Bps, 1.25e9);
    /* node 3's link is the slowest: 4e6 B at 1.25e8 B/s, slower than a quarter of the server's */
    double way_s = 50e-6 + (_i ? 4e6 / 1.25e8 : 4 * 4e6 / 1.25e9);
    ck_assert_double_eq_tol(priced.steps[0].step_time_s, 2 * way_s, 1e-9);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

static void refuses(const struct tw_pricing *pricing, struct written *w, const char *why)
{
    struct tw_priced priced;
    struct tw_err err = {0};
    ck_assert_int_eq(tw_price_trace(pricing, &w->trace, NULL, NULL, &priced, &err), TW_REFUSED);
    ck_assert_msg(strstr(err.text, why) != NULL, "%s", err.text);
}

START_TEST(refusals)
{
    static const struct tw_pair torus[] = {{"topology", "TORUS"}, {"topo_parameters", "2,2"}};
    struct written w;
    struct tw_pricing pricing = served(RANKS, NULL);
    written_open(&w, RANKS, 1);
    add_exchange(&w, TW_SUM, 1000000);
    pricing.platform.attributes = torus;
    pricing.platform.attribute_count = 2;
    refuses(&pricing, &w, "TORUS has no place");
    pricing.platform.attribute_count = 0;
    pricing.platform.server = 0;
    refuses(&pricing, &w, "needs a platform that has its host");
    pricing.platform.server = 1;
    pricing.executor = tw_executor_find("maxplus");
    refuses(&pricing, &w, "parameter_server shares links");
    w.trace.ranks = 2;
    w.trace.island = 2;
    refuses(&pricing, &w, "does not go with islands");
    free(w.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network server");
    TCase *tcase = tcase_create("host");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, costs_two_hops, 2, 6);
    tcase_add_test(tcase, a_late_rank_pushes_alone);
    tcase_add_loop_test(tcase, links_of_the_server, 0, 2);
    tcase_add_test(tcase, refusals);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
