/* links: tw_scenario */
/* What may stand for a cluster: its attributes in the keys, and what is told of mistakes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/scenario_catalogue.h"

/* Opens a scenario of this platform; NULL with the mistakes. */
static struct tw_scenario *open_with(const char *platform, struct tw_mistakes *mistakes)
{
    char text[1024];
    struct tw_scenario *scenario = NULL;
    int size = snprintf(text, sizeof text,
                        "<scenario id='a'><platform>%s</platform><workload steps='1'>"
                        "<gradient source='synthetic'/></workload>"
                        "<method id='m'><compressor type='none'/></method></scenario>",
                        platform);
    tw_status status = tw_scenario_open_memory(text, (size_t)size, "a.xml", &test_catalogue, NULL,
                                               0, NULL, &scenario, mistakes);
    ck_assert((status == TW_OK) == (scenario != NULL));
    return scenario;
}

static char *json_of(const char *platform, enum tw_point_part part)
{
    struct tw_mistakes mistakes;
    struct tw_err err = {0};
    struct tw_scenario *scenario = open_with(platform, &mistakes);
    if (!scenario)
        tw_mistakes_print(&mistakes, stderr);
    ck_assert_ptr_nonnull(scenario);
    char *json = tw_point_json(tw_scenario_point(scenario, 0), part, 1, &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
    return json;
}

/* Attributes of the shapes that may stand for a cluster, all
 * pairs of variants: another key, the same data key. */
START_TEST(each_attribute_of_a_shape_moves_the_key)
{
    static const char *const shapes[][8] = {
        {("<gpu_nodes nodes='4' gpus='2' nvlink_bw='9GBps' nvlink_lat='1us' nics='2' bw='1Gbps' "
          "lat='1us' %s/>"),
         "", "slot_bw='2Gbps'", "slot_lat='1us'", "node_ranks='4'", NULL},
        {"<gpu_nodes nodes='4' gpus='2' bw='1Gbps' lat='1us' %s/>",
         "nvlink_bw='9GBps' nvlink_lat='1us'", "nvlink_bw='8GBps' nvlink_lat='1us'",
         "nvlink_bw='9GBps' nvlink_lat='2us'", "nvlink_bw='9GBps' nvlink_lat='1us' nics='2'", NULL},
        {"<wan regions='4' hosts='2' lat='1ms' bw='1Gbps' %s/>", "detour='1'", "detour='2'",
         "detour='1' host_bw='2Gbps'", "detour='1' host_lat='1us'", "detour='1' path_bw='2Gbps'",
         NULL},
        {"<wan bw='1Gbps' lat='1ms' detour='1' %s/>", "regions='4' hosts='2'",
         "regions='8' hosts='1'", NULL},
        {"<dragonfly groups='2' chassis='1' routers='2' hosts='2' bw='1Gbps' lat='1us' %s/>", "",
         "group_links='2'", "chassis_links='2'", "router_links='2'", NULL},
        {"<fat_tree nodes='8' bw='1Gbps' lat='1us' %s/>", "leaf='4'", "leaf='2'",
         "leaf='4' oversubscription='2'", "leaf='2' pod='2'",
         "leaf='2' pod='2' pod_oversubscription='2'", NULL},
        {"<torus bw='1Gbps' lat='1us' %s/>", "dims='2x4'", "dims='8'", "dims='4x2'", NULL},
    };
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        for (int part = 0; part < 2; part++) {
            char *json[8] = {NULL};
            for (int i = 1; shapes[s][i]; i++) {
                char text[256];
                const char *at = strstr(shapes[s][0], "%s");
                snprintf(text, sizeof text, "%.*s%s%s", (int)(at - shapes[s][0]), shapes[s][0],
                         shapes[s][i], at + 2);
                json[i] = json_of(text, part ? TW_POINT_DATA : TW_POINT_ALL);
                for (int j = 1; j < i; j++)
                    ck_assert_msg((strcmp(json[i], json[j]) == 0) == part, "%s and %s", text,
                                  shapes[s][j]);
            }
            for (int i = 1; i < 8; i++)
                free(json[i]);
        }
}
END_TEST

/* Shapes become what the network room builds: counts, SimGrid's parameters, defaults. */
START_TEST(shapes_are_resolved)
{
    struct tw_mistakes mistakes;
    struct tw_scenario *scenario = open_with(
        "<dragonfly groups='3' group_links='4' chassis='3' routers='4' hosts='2' bw='1Gbps' "
        "lat='1us'/>",
        &mistakes);
    const struct tw_point *point = tw_scenario_point(scenario, 0);
    ck_assert_int_eq(point->nodes, 72); /* platforms/dragonfly-72.xml */
    ck_assert_str_eq(point->attributes[1].value, "3,4;3,1;4,1;2");
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
    scenario = open_with("<fat_tree nodes='16' leaf='4' oversubscription='1.3333333333' "
                         "bw='1Gbps' lat='1us'/>",
                         &mistakes);
    ck_assert_str_eq(tw_scenario_point(scenario, 0)->attributes[1].value, "2;4,4;1,3;1,1");
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
    scenario = open_with("<fat_tree nodes='48' leaf='4' oversubscription='2' pod='6' "
                         "pod_oversubscription='3' bw='1Gbps' lat='1us'/>",
                         &mistakes);
    ck_assert_str_eq(tw_scenario_point(scenario, 0)->attributes[1].value, "3;4,6,2;1,2,2;1,1,1");
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
    scenario = open_with("<wan hosts='3' bw='1Gbps' lat='1us' detour='2'/>", &mistakes);
    point = tw_scenario_point(scenario, 0);
    ck_assert_int_eq(point->nodes, 30);
    ck_assert_int_eq(point->node_ranks, 3);
    ck_assert_double_eq(point->fabric->path_Bps, 1.25e8); /* as bw */
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
}
END_TEST

START_TEST(mistakes_are_told)
{
    static const struct {
        const char *platform, *text;
    } wrong[] = {
        {"<torus dims='4x' bw='1Gbps' lat='1us'/>", "'4x' are not the dimensions of a torus"},
        {"<torus dims='0x4' bw='1Gbps' lat='1us'/>", "'0x4' are not the dimensions of a torus"},
        {"<torus dims='2000x2000' bw='1Gbps' lat='1us'/>", "more than 1048576 ranks"},
        {"<torus dims='4' bw='1Gbps'/>", "attribute lat is missing"},
        {"<fat_tree nodes='10' leaf='4' bw='1Gbps' lat='1us'/>", "do not fill leaves of 4"},
        {"<fat_tree nodes='8' leaf='4' oversubscription='0.5' bw='1Gbps' lat='1us'/>",
         "cannot be oversubscribed 0.5:1"},
        {"<fat_tree nodes='12' leaf='2' pod='4' bw='1Gbps' lat='1us'/>",
         "6 leaves do not fill pods of 4"},
        {"<fat_tree nodes='16' leaf='2' pod='4' pod_oversubscription='3' bw='1Gbps' lat='1us'/>",
         "pods of 4 cannot be oversubscribed 3:1"},
        {"<fat_tree nodes='16' leaf='2' pod_oversubscription='2' bw='1Gbps' lat='1us'/>",
         "there is no pod"},
        {"<dragonfly groups='0' chassis='1' routers='1' hosts='1' bw='1Gbps' lat='1us'/>",
         "attribute groups: '0' is not a whole number"},
        {"<dragonfly groups='3' chassis='2' routers='2' hosts='2' bw='1Gbps' lat='1us'/>",
         "3 groups, but 2 routers in a chassis"},
        {"<dragonfly groups='1048576' chassis='1048576' routers='1048576' hosts='1048576' "
         "bw='1Gbps' lat='1us'/>",
         "more than 1048576 ranks"},
        {"<gpu_nodes nodes='2' gpus='8' nvlink_bw='9GBps' nvlink_lat='1us' slot_bw='1GBps' "
         "bw='1Gbps' lat='1us'/>",
         "slots are those of a card per GPU"},
        {"<gpu_nodes nodes='1048576' gpus='8' nvlink_bw='9GBps' nvlink_lat='1us' bw='1Gbps' "
         "lat='1us'/>",
         "more than 1048576 ranks"},
        {"<wan regions='11' bw='1Gbps' lat='1us' detour='1'/>", "from 1 to 10"},
        {"<wan bw='1Gbps' lat='1us' detour='0'/>", "attribute detour"},
        {"<cluster nodes='2' bw='1Gbps' lat='1us'/><wan bw='1Gbps' lat='1us' detour='1'/>",
         "both a cluster and a wan"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct tw_mistakes mistakes;
        ck_assert_ptr_null(open_with(wrong[i].platform, &mistakes));
        int told = 0;
        for (int m = 0; m < mistakes.count; m++)
            told |= strstr(mistakes.list[m].err.text, wrong[i].text) != NULL;
        ck_assert_msg(told, "%s: %s", wrong[i].platform, mistakes.list[0].err.text);
        tw_mistakes_free(&mistakes);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario shapes");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, each_attribute_of_a_shape_moves_the_key);
    tcase_add_test(tcase, shapes_are_resolved);
    tcase_add_test(tcase, mistakes_are_told);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
