/* links: tw_network */
/* What every link carries in a trace: flat clusters by the schedule, others along SimGrid's routes.
 */
#include "unit/network_trace.h"

static const struct tw_link_load *link_of(const struct tw_priced *priced, const char *name)
{
    for (int i = 0; i < priced->link_count; i++)
        if (strcmp(priced->links[i].name, name) == 0)
            return &priced->links[i];
    ck_abort_msg("no link %s", name);
    return NULL;
}

static void price(struct tw_pricing *pricing, const struct tw_trace *trace,
                  struct tw_priced *priced)
{
    struct tw_err err = {0};
    tw_status status = tw_price_trace(pricing, trace, NULL, NULL, priced, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
}

/* A binomial reduction and broadcast over 4 ranks: 1 sends its 4000 bytes to 0, 3 to 2, 2 to 0, and
 * back. Three steps of it. 1.25 GB/s, step time 4(50 us + 3.2 us). */
START_TEST(flat)
{
    static const double up_B[] = {8000, 4000, 8000, 4000}, down_B[] = {8000, 4000, 8000, 4000};
    const char *const executors[] = {"maxplus", "simgrid"};
    for (int e = 0; e < 2; e++) {
        struct written w;
        struct tw_pricing pricing = pricing_of(executors[e], 4, NULL);
        struct tw_priced priced;
        pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "binomial");
        written_open(&w, 4, 3);
        add_exchange(&w, TW_SUM, 1000);
        price(&pricing, &w.trace, &priced);
        ck_assert_ptr_null(priced.links); /* nobody asked */
        tw_priced_free(&priced);
        pricing.links = 1;
        price(&pricing, &w.trace, &priced);
        ck_assert_int_eq(priced.link_count, 8);
        for (int n = 0; n < 4; n++) {
            char name[40];
            snprintf(name, sizeof name, "cluster_link_%d_UP", n);
            ck_assert_str_eq(priced.links[2 * n + 1].name, name);
            ck_assert_double_eq(priced.links[2 * n + 1].carried_B, 3 * up_B[n]);
            ck_assert_double_eq(priced.links[2 * n].carried_B, 3 * down_B[n]);
            ck_assert_double_eq(priced.links[2 * n].bandwidth_Bps, 1.25e9);
            ck_assert_double_eq_tol(priced.links[2 * n].utilisation,
                                    3 * down_B[n] / (1.25e9 * 3 * 4 * 53.2e-6), 1e-12);
        }
        tw_priced_free(&priced);
        free(w.step_record);
    }
}
END_TEST

/* Counted along routes, a flat cluster's links have the same names and carry the same. The
 * attribute is what they have anyway, and makes the cluster one that is not known to be flat. */
START_TEST(routes_agree)
{
    const char *const schedules[] = {"ring", "recursive_doubling", "binomial"};
    struct tw_pair policy = {"sharing_policy", "SPLITDUPLEX"};
    for (int i = 0; i < 3; i++) {
        struct written w;
        struct tw_pricing pricing = pricing_of("simgrid", 6, NULL);
        struct tw_priced plain, routed;
        pricing.links = 1;
        pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, schedules[i]);
        written_open(&w, 6, 2);
        add_exchange(&w, TW_SUM, 1001);
        add_exchange(&w, TW_SUM, 600);
        price(&pricing, &w.trace, &plain);
        pricing.platform.attributes = &policy;
        pricing.platform.attribute_count = 1;
        price(&pricing, &w.trace, &routed);
        ck_assert_int_ge(routed.link_count, plain.link_count);
        for (int l = 0; l < plain.link_count; l++) {
            const struct tw_link_load *other = link_of(&routed, plain.links[l].name);
            ck_assert_double_eq(other->carried_B, plain.links[l].carried_B);
            ck_assert_double_eq(other->bandwidth_Bps, plain.links[l].bandwidth_Bps);
            ck_assert_double_eq_tol(other->utilisation, plain.links[l].utilisation, 1e-12);
        }
        tw_priced_free(&plain);
        tw_priced_free(&routed);
        free(w.step_record);
    }
}
END_TEST

/* A ring over four nodes of eight GPUs, blocks of 1 MB: each of its 62 steps sends a block over
 * every GPU's NVLink and over every node's card, both ways. A step takes 12 us + 1 MB / 12.5 GB/s.
 */
START_TEST(gpu_nodes)
{
    struct written w;
    struct tw_pricing pricing = pricing_of("simgrid", 32, NULL);
    struct tw_priced priced;
    pricing.links = 1;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "ring");
    pricing.platform.file = TW_SOURCE_DIR "/platforms/gpu-4x8-one-nic.xml";
    written_open(&w, 32, 1);
    add_exchange(&w, TW_SUM, 250000 * 32);
    price(&pricing, &w.trace, &priced);
    double busy = 1e6 / 12.5e9, step_s = 12e-6 + busy;
    ck_assert_double_eq(link_of(&priced, "nic-2_UP")->carried_B, 62e6);
    ck_assert_double_eq(link_of(&priced, "nic-2_DOWN")->carried_B, 62e6);
    ck_assert_double_eq(link_of(&priced, "nvlink-1-5_UP")->carried_B, 62e6);
    ck_assert_double_eq(link_of(&priced, "nic-2_UP")->bandwidth_Bps, 12.5e9);
    ck_assert_double_eq_tol(link_of(&priced, "nic-2_UP")->utilisation, busy / step_s, 1e-9);
    for (int i = 1; i < priced.link_count; i++)
        ck_assert_int_lt(strverscmp(priced.links[i - 1].name, priced.links[i].name), 0);
    tw_priced_free(&priced);
    free(w.step_record);
}
END_TEST

/* Two records: what they carry is added, each as often as a step has it. */
START_TEST(records_add_up)
{
    struct written w, other;
    struct tw_pricing pricing = pricing_of("maxplus", 2, NULL);
    struct tw_priced priced;
    pricing.links = 1;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "recursive_doubling");
    written_open(&w, 2, 5);
    written_open(&other, 2, 1);
    add_exchange(&w, TW_SUM, 100);
    add_exchange(&other, TW_SUM, 1000);
    struct tw_record records[2] = {w.record, other.record};
    w.trace.records = records;
    w.trace.record_count = 2;
    w.step_record[1] = w.step_record[4] = 1;
    price(&pricing, &w.trace, &priced);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq(priced.links[i].carried_B, 3 * 400 + 2 * 4000);
    tw_priced_free(&priced);
    free(w.step_record);
    free(other.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network links");
    TCase *tcase = tcase_create("links");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, flat);
    tcase_add_test(tcase, routes_agree);
    tcase_add_test(tcase, gpu_nodes);
    tcase_add_test(tcase, records_add_up);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
