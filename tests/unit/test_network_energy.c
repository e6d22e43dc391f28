/* links: tw_network */
/* Joules by SimGrid's plug-in against joules by hand, and refusals. */
#include <unistd.h>
#include "unit/network_trace.h"

static tw_status price(const struct tw_pricing *pricing, const struct tw_trace *trace,
                       struct tw_priced *priced, struct tw_err *err)
{
    *err = (struct tw_err){0};
    return tw_price_trace(pricing, trace, NULL, NULL, priced, err);
}

/* Prices without and with joules: every step must end at the same time. The caller frees `with`. */
static void price_both(struct tw_pricing *pricing, const struct tw_trace *trace,
                       struct tw_priced *with)
{
    struct tw_priced without;
    struct tw_err err;
    int wrong = 0;
    pricing->energy = 0;
    ck_assert_msg(price(pricing, trace, &without, &err) == TW_OK, "%s", err.text);
    ck_assert_ptr_null(without.hosts);
    pricing->energy = 1;
    ck_assert_msg(price(pricing, trace, with, &err) == TW_OK, "%s %s", err.text, err.hint);
    for (uint32_t t = 0; t < trace->steps; t++)
        wrong +=
            !(fabs(with->steps[t].end_s - without.steps[t].end_s) <= 1e-9 * without.steps[t].end_s);
    ck_assert_int_eq(wrong, 0);
    tw_priced_free(&without);
}

static void check_host(const struct tw_priced *priced, int host, double busy_s, double joules)
{
    const struct tw_host_energy *energy = &priced->hosts[host];
    ck_assert_double_eq_tol(energy->busy_s, busy_s, 1e-12 * busy_s);
    ck_assert_double_eq_tol(energy->joules, joules, 1e-9 * joules);
}

/* Two nodes, ring, 1000 floats: 2 steps of 50 us + 2000 B / 1.25 GB/s = 103.2 us; one rank combines
 * as the other does, 2000 B of .1 ns. Node 1 is half as fast: forward and backward of 1 ms take it
 * 2 ms, combining .4 us against .2 us, so that a step takes 2 ms + 103.2 us + .4 us = 2.1036 ms
 * from node 1's entry to node 1's end. 3 steps, 100 W idle, 300 W busy, core = 1: node 1  100 * 3
 * * 2.1036e-3 + 200 * 3 * 2.0004e-3 node 0  100 * 3 * 2.1036e-3 + 200 * 3 * 1.0002e-3 transferring
 * and waiting are idle */
START_TEST(idle_busy_and_transfer)
{
    struct tw_pair watts = {"wattage_per_state", "100:300"};
    const double speed[] = {1, .5};
    struct tw_device device = adder();
    struct written w;
    struct tw_pricing pricing = pricing_of("simgrid", 2, &device);
    struct tw_priced priced;
    pricing.platform.node_speed = speed;
    pricing.platform.attributes = &watts;
    pricing.platform.attribute_count = 1;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    pricing.forward_s = .4e-3;
    pricing.backward_s = .6e-3;
    written_open(&w, 2, 3);
    add_exchange(&w, TW_SUM, 1000);
    price_both(&pricing, &w.trace, &priced);
    ck_assert_int_eq(priced.host_count, 2);
    ck_assert_str_eq(priced.hosts[1].name, "node-1");
    ck_assert_double_eq_tol(priced.steps[2].end_s, 3 * 2.1036e-3, 1e-12);
    check_host(&priced, 0, 3 * 1.0002e-3, 100 * 3 * 2.1036e-3 + 200 * 3 * 1.0002e-3);
    check_host(&priced, 1, 3 * 2.0004e-3, 100 * 3 * 2.1036e-3 + 200 * 3 * 2.0004e-3);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* Four cores, of which the rank's work keeps one busy: Epsilon + (AllCores - Epsilon) / 4 =
 * 120 + 80/4 = 140 W while it works, 100 W while it does not. No exchange at all: 5 ms. */
START_TEST(a_core_of_four)
{
    struct tw_pair attributes[] = {{"wattage_per_state", "100:120:200"}, {"core", "4"}};
    struct written w;
    struct tw_pricing pricing = pricing_of("simgrid", 1, NULL);
    struct tw_priced priced;
    pricing.platform.attributes = attributes;
    pricing.platform.attribute_count = 2;
    pricing.forward_s = 2e-3;
    pricing.backward_s = 3e-3;
    written_open(&w, 1, 2);
    price_both(&pricing, &w.trace, &priced);
    check_host(&priced, 0, 10e-3, 140 * 10e-3);
    ck_assert_int_eq(priced.hosts[0].cores, 4);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* Two ranks a node: refused on one core, and with an Epsilon; else their work adds up: 2 cores of
 * 100 to 300 W, both busy for 1 ms of the step. Inside and between nodes nobody works. */
START_TEST(two_ranks_a_node)
{
    struct tw_pair attributes[] = {{"wattage_per_state", "100:300"},
                                   {"core", "1"},
                                   {"loopback_bw", "300GBps"},
                                   {"loopback_lat", "1us"}};
    struct written w;
    struct tw_pricing pricing = pricing_of("simgrid", 2, NULL);
    struct tw_priced priced;
    struct tw_err err;
    pricing.platform.ranks_per_node = 2;
    pricing.platform.attributes = attributes;
    pricing.platform.attribute_count = 4;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "double_binary_tree");
    pricing.forward_s = 1e-3;
    pricing.energy = 1;
    written_open(&w, 4, 2);
    add_exchange(&w, TW_SUM, 5000);
    ck_assert_int_eq(price(&pricing, &w.trace, &priced, &err), TW_REFUSED);
    ck_assert_msg(strstr(err.text, "core=\"2\"") != NULL, "%s", err.text);
    attributes[1].value = "2";
    attributes[0].value = "100:150:300";
    ck_assert_int_eq(price(&pricing, &w.trace, &priced, &err), TW_REFUSED);
    ck_assert_msg(strstr(err.text, "Epsilon") != NULL, "%s", err.text);
    attributes[0].value = "100:300";
    price_both(&pricing, &w.trace, &priced);
    for (int h = 0; h < 2; h++)
        check_host(&priced, h, 4e-3, 100 * priced.steps[1].end_s + 200 * 2e-3);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* Buckets beside the backward, over two streams, with jitter: a rank works for what its accounts
 * say, compute and compress, of which inline nothing runs at a time; watts times these. */
START_TEST(overlap_and_jitter)
{
    struct tw_pair attributes[] = {{"wattage_per_state", "50:250"}, {"core", "1"}};
    static struct tw_trace_tensor tensors[] = {{.name = "a", .values = 3000, .bucket = 0},
                                               {.name = "b", .values = 1000, .bucket = 1}};
    struct tw_device device = adder();
    struct written w;
    struct tw_pricing pricing = pricing_of("simgrid", 3, &device);
    struct tw_priced priced;
    device.combine_sB = 0;
    pricing.platform.attributes = attributes;
    pricing.platform.attribute_count = 2;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    pricing.forward_s = .4e-3;
    pricing.backward_s = .8e-3;
    pricing.overlap = (struct tw_overlap){.on = 1, .inline_ = 1, .streams = 2, .slowdown = 1};
    pricing.jitter = (struct tw_jitter){.kind = TW_JITTER_GAMMA, .cv = .2};
    pricing.seed = 11;
    written_open(&w, 3, 6);
    w.trace.buckets = 2;
    w.trace.tensors = tensors;
    w.trace.tensor_count = 2;
    for (int b = 0; b < 2; b++)
        add_exchange(&w, TW_SUM, tensors[b].values)->bucket = b;
    price_both(&pricing, &w.trace, &priced);
    double works_s = 0, joules = 0, by_accounts_s = 0, end_s = priced.steps[5].end_s;
    for (uint32_t t = 0; t < 6; t++)
        by_accounts_s += 3 * (priced.steps[t].compute_s + priced.steps[t].compress_s);
    for (int h = 0; h < 3; h++) {
        works_s += priced.hosts[h].busy_s;
        joules += priced.hosts[h].joules;
    }
    ck_assert_double_eq_tol(works_s, by_accounts_s, 1e-9 * works_s);
    ck_assert_double_eq_tol(joules, 3 * 50 * end_s + 200 * works_s, 1e-9 * joules);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

static tw_status on_file(const char *hosts, struct tw_err *err)
{
    char path[] = "/tmp/tw energy XXXXXX";
    struct written w;
    struct tw_pricing pricing = pricing_of("simgrid", 2, NULL);
    struct tw_priced priced;
    FILE *file = fdopen(mkstemp(path), "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file,
            "<?xml version='1.0'?><!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">"
            "<platform version=\"4.1\"><zone id=\"z\" routing=\"Full\">%s"
            "<link id=\"l\" bandwidth=\"1GBps\" latency=\"1us\"/>"
            "<route src=\"h0\" dst=\"h1\"><link_ctn id=\"l\"/></route></zone></platform>",
            hosts);
    fclose(file);
    pricing.platform.file = path;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    pricing.energy = 1;
    written_open(&w, 2, 1);
    add_exchange(&w, TW_SUM, 100);
    tw_status status = price(&pricing, &w.trace, &priced, err);
    tw_priced_free(&priced);
    unlink(path);
    free(w.step_record);
    return status;
}

START_TEST(refusals)
{
    struct tw_err err = {0};
    struct written w;
    struct tw_priced priced;
    struct tw_pricing pricing = pricing_of("maxplus", 2, NULL);
    ck_assert_int_eq(on_file("<host id=\"h0\" speed=\"1Gf\"><prop id=\"wattage_per_state\" "
                             "value=\"1:2\"/></host><host id=\"h1\" speed=\"1Gf\"/>",
                             &err),
                     TW_REFUSED);
    ck_assert_msg(strstr(err.text, "host h1 has no watts") != NULL, "%s", err.text);
    ck_assert_int_eq(on_file("<host id=\"h0\" speed=\"1Gf\"><prop id=\"wattage_per_state\" "
                             "value=\"9:2\"/></host><host id=\"h1\" speed=\"1Gf\"/>",
                             &err),
                     TW_REFUSED);
    ck_assert_msg(strstr(err.text, "'9:2' goes down") != NULL, "%s", err.text);
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    pricing.energy = 1;
    written_open(&w, 2, 1);
    add_exchange(&w, TW_SUM, 100);
    ck_assert_int_eq(price(&pricing, &w.trace, &priced, &err), TW_REFUSED);
    ck_assert_msg(strstr(err.text, "maxplus counts no joules") != NULL, "%s", err.text);
    free(w.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network_energy");
    TCase *tests = tcase_create("energy");
    tcase_add_test(tests, idle_busy_and_transfer);
    tcase_add_test(tests, a_core_of_four);
    tcase_add_test(tests, two_ranks_a_node);
    tcase_add_test(tests, overlap_and_jitter);
    tcase_add_test(tests, refusals);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
