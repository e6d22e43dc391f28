/* links: tw_scenario */
/* Axes to points: order, zips, ranges, exclusions, overrides, and what a point then holds. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/scenario_catalogue.h"

#define HEAD                                                            \
    "<scenario id='a'><description> one\n  question </description>"     \
    "<platform><cluster nodes='$nodes' bw='$bw' lat='1us'/></platform>" \
    "<workload steps='1'><gradient source='synthetic'/></workload>"     \
    "<method id='m'><compressor type='none'/></method>"                 \
    "<method id='n'><compressor type='topk' ratio='0.5'/></method>"

static struct tw_scenario *open_with(const char *text, const struct tw_override *overrides,
                                     int count, const char *only)
{
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    tw_status status = tw_scenario_open_memory(text, strlen(text), "a.xml", &test_catalogue,
                                               overrides, count, only, &scenario, &mistakes);
    if (status)
        tw_mistakes_print(&mistakes, stderr);
    ck_assert_int_eq(status, TW_OK);
    ck_assert_int_eq(mistakes.errors, 0);
    tw_mistakes_free(&mistakes);
    return scenario;
}

/* "2/1Gbps/m …": the axis texts of all points, in their order. */
static char *order_of(const struct tw_scenario *scenario)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    for (int i = 0; i < tw_scenario_points(scenario); i++) {
        const struct tw_point *point = tw_scenario_point(scenario, i);
        ck_assert_int_eq(point->index, i);
        for (int a = 0; a < point->axis_count; a++)
            fprintf(memory, "%s%s", a ? "/" : i ? " " : "", point->axis_value[a]);
    }
    fclose(memory);
    return text;
}

static void expect_order(const char *text, const struct tw_override *overrides, int count,
                         const char *only, const char *expected)
{
    struct tw_scenario *scenario = open_with(text, overrides, count, only);
    char *order = order_of(scenario);
    ck_assert_str_eq(order, expected);
    free(order);
    tw_scenario_close(scenario);
}

START_TEST(first_axis_is_outermost_and_methods_innermost)
{
    static const char text[] = HEAD
        "<sweep><axis name='nodes' values='2, 4'/><axis name='bw' values='1Gbps,2Gbps'/></sweep>"
        "</scenario>";
    expect_order(text, NULL, 0, NULL,
                 "2/1Gbps/m 2/1Gbps/n 2/2Gbps/m 2/2Gbps/n 4/1Gbps/m 4/1Gbps/n 4/2Gbps/m 4/2Gbps/n");
    expect_order(text, &(struct tw_override){"bw", "5Gbps"}, 1, NULL,
                 "2/5Gbps/m 2/5Gbps/n 4/5Gbps/m 4/5Gbps/n");
    expect_order(text, &(struct tw_override){"method", "n"}, 1, NULL,
                 "2/1Gbps/n 2/2Gbps/n 4/1Gbps/n 4/2Gbps/n");
    /* 2Gbps is 2.5e8 bytes per second; method stays a text. */
    expect_order(text, NULL, 0, "$nodes > 2 and $bw >= 2.5e8 and $method = 'm'", "4/2Gbps/m");
}
END_TEST

START_TEST(a_method_axis_stands_where_it_is_written)
{
    expect_order(HEAD "<sweep><axis name='method' values='n,m'/><axis name='nodes' values='2,4'/>"
                      "<axis name='bw' values='1Gbps'/></sweep></scenario>",
                 NULL, 0, NULL, "n/2/1Gbps n/4/1Gbps m/2/1Gbps m/4/1Gbps");
    expect_order(HEAD "<sweep><axis name='method' values='n'/><axis name='nodes' values='2'/>"
                      "<axis name='bw' values='1Gbps'/></sweep></scenario>",
                 NULL, 0, NULL, "n/2/1Gbps");
}
END_TEST

START_TEST(a_zip_goes_in_lock_step)
{
    static const char text[] = HEAD
        "<sweep><zip><axis name='nodes' values='2,4,8'/><axis name='bw' "
        "values='1Gbps,2Gbps,4Gbps'/>"
        "</zip><axis name='method' values='m,n'/>"
        "<exclude when=\"$nodes = 8 and $method = 'n'\"/><exclude when='$nodes &lt; 3'/></sweep>"
        "</scenario>";
    static const struct tw_override both[] = {{"nodes", "3,5"}, {"bw", "3Gbps,5Gbps"}};
    expect_order(text, NULL, 0, NULL, "4/2Gbps/m 4/2Gbps/n 8/4Gbps/m");
    expect_order(text, both, 2, NULL, "3/3Gbps/m 3/3Gbps/n 5/5Gbps/m 5/5Gbps/n");
}
END_TEST

START_TEST(ranges_hit_their_ends_and_round_between)
{
    struct tw_scenario *scenario =
        open_with(HEAD "<sweep><axis name='nodes' from='4' to='64' points='5' scale='log'/>"
                       "<axis name='bw' from='100Mbps' to='100Gbps' points='13' scale='log'/>"
                       "<axis name='method' values='m'/></sweep></scenario>",
                  NULL, 0, NULL);
    ck_assert_int_eq(tw_scenario_points(scenario), 65);
    /* 4 · 16^(i/4) = 4, 8, 16, 32, 64: whole, or they would be no nodes at all. */
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(tw_scenario_point(scenario, 13 * i)->nodes, 4 << i);
    /* 1.25e7 · 1000^(i/12): ends exact; i = 1 is 1.25e7·10^0.25 = 22228492.62548… to 12 digits. */
    ck_assert_double_eq(tw_scenario_point(scenario, 0)->bandwidth_Bps, 1.25e7);
    ck_assert_double_eq(tw_scenario_point(scenario, 1)->bandwidth_Bps, 22228492.6255);
    ck_assert_double_eq(tw_scenario_point(scenario, 4)->bandwidth_Bps, 1.25e8);
    ck_assert_double_eq(tw_scenario_point(scenario, 12)->bandwidth_Bps, 1.25e10);
    ck_assert_str_eq(tw_scenario_point(scenario, 4)->axis_value[1], "125000000Bps");
    tw_scenario_close(scenario);
    scenario = open_with(HEAD "<sweep><axis name='nodes' from='1' to='7' points='3'/>"
                              "<axis name='bw' from='3Gbps' to='1Gbps' points='3' scale='linear'/>"
                              "<axis name='method' values='m'/></sweep></scenario>",
                         NULL, 0, "$nodes = 4");
    ck_assert_int_eq(tw_scenario_points(scenario), 3);
    ck_assert_double_eq(tw_scenario_point(scenario, 1)->bandwidth_Bps, 2.5e8);
    tw_scenario_close(scenario);
}
END_TEST

START_TEST(repetitions_are_innermost_and_share_the_seed)
{
    struct tw_scenario *scenario = open_with(
        HEAD "<sweep><axis name='nodes' values='2'/><axis name='bw' values='1Gbps'/></sweep>"
             "<repeat count='3' seed='7'/><output baseline='n'><plot type='p'/>"
             "<plot type='q'/></output></scenario>",
        NULL, 0, NULL);
    const char *const *names = NULL;
    ck_assert_int_eq(tw_scenario_points(scenario), 6);
    for (int i = 0; i < 6; i++) {
        const struct tw_point *point = tw_scenario_point(scenario, i);
        ck_assert_int_eq(point->repetition, (unsigned)i % 3);
        ck_assert_str_eq(point->method, i < 3 ? "m" : "n");
        ck_assert_uint_eq(point->seed, 7);
    }
    ck_assert_str_eq(tw_scenario_id(scenario), "a");
    ck_assert_str_eq(tw_scenario_description(scenario), "one question");
    ck_assert_str_eq(tw_scenario_baseline(scenario), "n");
    ck_assert_int_eq(tw_scenario_axes(scenario, &names), 3);
    ck_assert_str_eq(names[0], "nodes");
    ck_assert_str_eq(names[2], "method");
    ck_assert_int_eq(tw_scenario_plots(scenario, &names), 2);
    ck_assert_str_eq(names[1], "q");
    tw_scenario_close(scenario);
}
END_TEST

static const char full[] =
    "<scenario id='full' version='1.0'>"
    "<platform><cluster nodes='6' ranks_per_node='2' bw='10Gbps' lat='25us' topology='TORUS'"
    " topo_parameters='3,2' loopback_bw='1GBps' loopback_lat='0s' speed='2Gf'>"
    "<node index='3' bw='1Gbps' speed='0.5'/><node index='5' lat='$late'/></cluster></platform>"
    "<network model='tcp' executor='maxplus'><config><prop id='network/x' value='1'/></config>"
    "</network>"
    "<workload steps='300' batch='64' precision='fp64' evaluate='500' bucket='25MiB'>"
    "<compute forward='2ms' backward='4ms'/>"
    "<objective type='mlp' data='fashion-mnist' split='dirichlet'/>"
    "<optimizer type='sgd' rate='$rate' momentum='0.9'/><target loss='0.6'/></workload>"
    "<method id='arc' label='ARC'><compressor type='arctopk' ratio='0.2' sketch='8'/>"
    "<feedback type='ef21m' start='dense'/><collective operation='allreduce' algorithm='binomial'/>"
    "</method><sweep><axis name='late' values='1ms'/><axis name='rate' values='0.1,0.2'/></sweep>"
    "</scenario>";

START_TEST(a_point_holds_what_the_file_says)
{
    struct tw_scenario *scenario = open_with(full, NULL, 0, NULL);
    ck_assert_int_eq(tw_scenario_points(scenario), 2);
    const struct tw_point *point = tw_scenario_point(scenario, 1);
    ck_assert_int_eq(point->nodes, 6);
    ck_assert_int_eq(point->ranks_per_node, 2);
    ck_assert_double_eq(point->bandwidth_Bps, 1.25e9);
    ck_assert_double_eq(point->latency_s, 25 * 1e-6);
    ck_assert_double_eq(point->node_bandwidth_Bps[3], 1.25e8);
    ck_assert_double_eq(point->node_bandwidth_Bps[5], 1.25e9);
    ck_assert_double_eq(point->node_latency_s[5], 1e-3);
    ck_assert_double_eq(point->node_speed[3], 0.5);
    ck_assert_double_eq(point->node_speed[0], 1);
    ck_assert_int_eq(point->attribute_count, 5);
    ck_assert_str_eq(point->attributes[1].name, "topo_parameters");
    ck_assert_str_eq(point->attributes[2].value, "1000000000Bps");
    ck_assert_int_eq(point->network_model, 2);
    ck_assert_str_eq(point->executor->name, "maxplus");
    ck_assert_str_eq(point->config[0].name, "network/x");
    ck_assert_str_eq(point->device->id, "");
    ck_assert_int_eq(point->precision, TW_FP64);
    ck_assert_int_eq(point->steps, 300);
    ck_assert_int_eq(point->batch, 64);
    ck_assert_int_eq(point->evaluate, 500);
    ck_assert_uint_eq(point->bucket_B, 25U << 20);
    ck_assert_double_eq(point->shape.forward_s, 2 * 1e-3);
    ck_assert(point->has_target && point->target_loss == 0.6);
    const struct params_objective *objective = point->workload.params;
    ck_assert_str_eq(objective->data, "fashion-mnist");
    ck_assert_int_eq(objective->split, 1);
    ck_assert_double_eq(objective->alpha, 0.5);
    const struct params_sgd *sgd = point->optimizer.params;
    ck_assert_double_eq(sgd->rate, 0.2);
    const struct params_sparse *arc = point->compressor.params;
    ck_assert_double_eq(arc->ratio, 0.2);
    ck_assert_uint_eq(arc->sketch, 8);
    ck_assert_str_eq(point->feedback.member->name, "ef21m");
    ck_assert_str_eq(point->label, "ARC");
    ck_assert_str_eq(point->algorithms[TW_SUM]->name, "binomial");
    ck_assert_ptr_null(point->algorithms[TW_GATHER]);
    ck_assert_int_eq(point->island, 1);
    tw_scenario_close(scenario);
}
END_TEST

START_TEST(what_is_not_written_has_its_documented_default)
{
    struct tw_scenario *scenario =
        open_with("<scenario id='a'><platform><cluster nodes='1' bw='1Gbps' lat='0s'/></platform>"
                  "<workload steps='1'><gradient source='synthetic'/></workload>"
                  "<method id='m'><compressor type='none'/></method></scenario>",
                  NULL, 0, NULL);
    ck_assert_int_eq(tw_scenario_points(scenario), 1);
    const struct tw_point *point = tw_scenario_point(scenario, 0);
    ck_assert_int_eq(point->ranks_per_node, 1);
    ck_assert_str_eq(point->platform_file, "");
    ck_assert_str_eq(point->executor->name, "simgrid");
    ck_assert_int_eq(point->network_model, 0);
    ck_assert_int_eq(point->batch, 32);
    ck_assert_int_eq(point->evaluate, 0);
    ck_assert_uint_eq(point->bucket_B, 0);
    ck_assert_int_eq(point->precision, TW_FP32);
    ck_assert_str_eq(point->feedback.member->name, "none");
    ck_assert_str_eq(point->optimizer.member->name, "sgd");
    ck_assert_str_eq(point->label, "m");
    ck_assert_uint_eq(point->seed, 1);
    ck_assert_int_eq(point->repetition, 0);
    ck_assert_str_eq(tw_scenario_baseline(scenario), "");
    tw_scenario_close(scenario);
}
END_TEST

/* 1000 values of one axis bind the workload 1000 times and the method once: 10^5 points stay cheap.
 */
START_TEST(a_hundred_thousand_points_are_no_burden)
{
    struct tw_scenario *scenario =
        open_with(HEAD "<sweep><axis name='nodes' from='1' to='1000' points='1000'/>"
                       "<axis name='bw' from='1Gbps' to='2Gbps' points='50'/></sweep></scenario>",
                  NULL, 0, NULL);
    ck_assert_int_eq(tw_scenario_points(scenario), 100000);
    ck_assert_int_eq(tw_scenario_point(scenario, 99999)->nodes, 1000);
    tw_scenario_close(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario sweep");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, first_axis_is_outermost_and_methods_innermost);
    tcase_add_test(tcase, a_method_axis_stands_where_it_is_written);
    tcase_add_test(tcase, a_zip_goes_in_lock_step);
    tcase_add_test(tcase, ranges_hit_their_ends_and_round_between);
    tcase_add_test(tcase, repetitions_are_innermost_and_share_the_seed);
    tcase_add_test(tcase, a_point_holds_what_the_file_says);
    tcase_add_test(tcase, what_is_not_written_has_its_documented_default);
    tcase_add_test(tcase, a_hundred_thousand_points_are_no_burden);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
