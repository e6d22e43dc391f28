/* links: tw_scenario */
/* Keys of what changes with time: each is in the key of the point and in none of the data plane,
 * whose one run serves them all. test_scenario_key.c has the rest. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/scenario_catalogue.h"

#define PROFILE "<profile link='*' file='" TW_SOURCE_DIR "/tests/cli/scenarios/half.csv'"
#define FAILURE "<failure link='*_1_UP' at='1s'/>"

static char *json_of(const char *platform, const char *compute, enum tw_point_part part)
{
    char *text = NULL;
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    struct tw_err err = {0};
    int size = asprintf(
        &text,
        "<scenario id='a'><platform><cluster nodes='4' bw='1Gbps' lat='1us'/>%s</platform>"
        "<network model='ideal' executor='simgrid' latency='sender'/><workload steps='10'><compute "
        "forward='1ms'%s/>"
        "<objective type='mlp' data='x' alpha='0.5'/><optimizer type='sgd' rate='0.1'/></workload>"
        "<method id='m'><compressor type='topk' ratio='0.1'/></method></scenario>",
        platform, compute);
    ck_assert_int_gt(size, 0);
    tw_status status = tw_scenario_open_memory(text, (size_t)size, "a.xml", &test_catalogue, NULL,
                                               0, NULL, &scenario, &mistakes);
    if (status)
        tw_mistakes_print(&mistakes, stderr);
    ck_assert_int_eq(status, TW_OK);
    char *json = tw_point_json(tw_scenario_point(scenario, 0), part, 1, &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
    free(text);
    return json;
}

static const struct {
    const char *platform, *compute;
} variants[] = {
    {"", ""},
    {PROFILE "/>", ""},
    {PROFILE " period='2000s'/>", ""},
    {PROFILE " of='latency'/>", ""},
    {"<background from='0' to='1'/>", ""},
    {"<background from='0' to='1' rate='1Mbps'/>", ""},
    {"<background from='0' to='1' rate='2Mbps'/>", ""},
    {FAILURE, ""},
    {"<failure link='*_1_UP' at='1s' repair='1s'/>", ""},
    {"<failure link='*_1_UP' at='2s'/>", ""},
    {"<failure host='node-1' at='1s'/>", ""},
    {FAILURE "<retry times='1'/>", ""},
    {FAILURE "<retry times='2'/>", ""},
    {FAILURE "<retry times='1' notice='1s'/>", ""},
    {"<straggler host='node-1' factor='2'/>", ""},
    {"<straggler host='node-*' factor='2'/>", ""},
    {"<straggler link='node-1' factor='2'/>", ""},
    {"<straggler host='node-1' factor='3'/>", ""},
    {"<straggler host='node-1' factor='2' steps='3'/>", ""},
    {"<straggler host='node-1' factor='2' steps='3-4'/>", ""},
    {"<straggler host='node-1' factor='2' probability='0.5'/>", ""},
    {"<straggler host='node-1' factor='2' cv='0.5'/>", ""},
    {"<straggler host='node-1' factor='2' cv='0.5' spread='gamma'/>", ""},
    {"", " cv='0.1'"},
    {"", " cv='0.2'"},
    {"", " cv='0.1' jitter='gamma'"},
};
#define VARIANTS ((int)(sizeof variants / sizeof variants[0]))

START_TEST(all_differ_and_share_their_data)
{
    char *all[VARIANTS], *data[VARIANTS];
    for (int v = 0; v < VARIANTS; v++) {
        all[v] = json_of(variants[v].platform, variants[v].compute, TW_POINT_ALL);
        data[v] = json_of(variants[v].platform, variants[v].compute, TW_POINT_DATA);
        ck_assert_str_eq(data[v], data[0]);
        for (int before = 0; before < v; before++)
            ck_assert_msg(strcmp(all[v], all[before]) != 0, "%d has the key of %d", v, before);
    }
    for (int v = 0; v < VARIANTS; v++) {
        free(all[v]);
        free(data[v]);
    }
}
END_TEST

/* What is said of the default is what is not said. */
START_TEST(bandwidth_is_what_a_profile_is_of)
{
    char *without = json_of(PROFILE "/>", "", TW_POINT_ALL);
    char *said = json_of(PROFILE " of='bandwidth'/>", "", TW_POINT_ALL);
    ck_assert_str_eq(without, said);
    free(without);
    free(said);
}
END_TEST

/* Jitter of cv 0 is no jitter: the same key as without. */
START_TEST(no_jitter_is_none)
{
    char *without = json_of("", "", TW_POINT_ALL);
    char *zero = json_of("", " cv='0' jitter='gamma'", TW_POINT_ALL);
    ck_assert_str_eq(without, zero);
    free(without);
    free(zero);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario key dynamics");
    TCase *tcase = tcase_create("keys");
    tcase_add_test(tcase, all_differ_and_share_their_data);
    tcase_add_test(tcase, no_jitter_is_none);
    tcase_add_test(tcase, bandwidth_is_what_a_profile_is_of);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
