/* links: tw_scenario */
/* <compute>: what of it is in which key, seconds from operations, and tables of layers. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/scenario_catalogue.h"

/* The one point of a scenario with these attributes of workload and this compute. */
struct opened {
    struct tw_scenario *scenario;
    struct tw_mistakes mistakes;
    const struct tw_point *point;
};

static void open_with(struct opened *opened, const char *attributes, const char *compute,
                      const char *device)
{
    char text[1024];
    int size = snprintf(text, sizeof text,
                        "<scenario id='a'><platform><cluster nodes='4' bw='1Gbps' lat='1us'/>"
                        "</platform>%s<workload steps='10' %s>%s<objective type='mlp' data='x'/>"
                        "<optimizer type='sgd' rate='0.1'/></workload>"
                        "<method id='m'><compressor type='none'/></method></scenario>",
                        device, attributes, compute);
    *opened = (struct opened){0};
    tw_status status = tw_scenario_open_memory(text, (size_t)size, "a.xml", &test_catalogue, NULL,
                                               0, NULL, &opened->scenario, &opened->mistakes);
    if (status)
        tw_mistakes_print(&opened->mistakes, stderr);
    ck_assert_int_eq(status, TW_OK);
    opened->point = tw_scenario_point(opened->scenario, 0);
}

static void close_it(struct opened *opened)
{
    tw_mistakes_free(&opened->mistakes);
    tw_scenario_close(opened->scenario);
}

static char *json_with(const char *attributes, const char *compute, enum tw_point_part part)
{
    struct opened opened;
    struct tw_err err = {0};
    open_with(&opened, attributes, compute, "");
    char *json = tw_point_json(opened.point, part, 1, &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    close_it(&opened);
    return json;
}

/* Each says how an overlapped step passes, and is the network's alone. */
START_TEST(overlap_is_in_the_key)
{
    static const char *const shapes[] = {
        "<compute forward='1ms' overlap='bucket'/>",
        "<compute forward='1ms' overlap='bucket' slowdown='1.5'/>",
        "<compute forward='1ms' overlap='bucket' compress='beside'/>",
        "<compute forward='1ms' overlap='bucket' streams='2'/>",
    };
    for (int part = 0; part < 2; part++) {
        char *json[4];
        int equal = 0;
        for (int i = 0; i < 4; i++)
            json[i] = json_with("", shapes[i], part ? TW_POINT_DATA : TW_POINT_ALL);
        for (int i = 1; i < 4; i++)
            equal += strcmp(json[0], json[i]) == 0;
        ck_assert_int_eq(equal, part ? 3 : 0);
        for (int i = 0; i < 4; i++)
            free(json[i]);
    }
}
END_TEST

/* Eight samples twice are sixteen once: one run of the data plane, but not one time. */
START_TEST(micro_batches_share_a_run)
{
    for (int part = 0; part < 2; part++) {
        enum tw_point_part which = part ? TW_POINT_DATA : TW_POINT_ALL;
        char *once = json_with("batch='16'", "<compute forward='1ms'/>", which);
        char *twice = json_with("batch='8'", "<compute forward='1ms' accumulate='2'/>", which);
        ck_assert_int_eq(strcmp(once, twice) == 0, part);
        free(once);
        free(twice);
    }
}
END_TEST

/* A bucket of everything is made when the backward is over: said, since nothing will overlap. */
START_TEST(one_bucket_is_warned_of)
{
    struct opened opened;
    open_with(&opened, "", "<compute forward='1ms' overlap='bucket'/>", "");
    ck_assert_int_eq(opened.mistakes.count, 1);
    ck_assert_int_eq(opened.mistakes.list[0].severity, TW_WARNING);
    close_it(&opened);
    open_with(&opened, "bucket='1MB'", "<compute forward='1ms' overlap='bucket'/>", "");
    ck_assert_int_eq(opened.mistakes.count, 0);
    close_it(&opened);
}
END_TEST

static void write_file(char *path, const char *text)
{
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(close(descriptor), 0);
}

/* 3 Gf per sample, 8 samples, 12 Tf/s: 2 ms forward, twice that backward. */
START_TEST(seconds_from_operations)
{
    char path[] = "/tmp/tw-compute-XXXXXX", device[128];
    struct opened opened;
    write_file(path, "<device id='gpu' source='by hand' flops='12Tf'/>");
    snprintf(device, sizeof device, "<device file='%s'/>", path);
    open_with(&opened, "batch='8'", "<compute flops='3Gf'/>", device);
    ck_assert_double_eq_tol(opened.point->shape.forward_s, 2e-3, 1e-15);
    ck_assert_double_eq_tol(opened.point->shape.backward_s, 4e-3, 1e-15);
    close_it(&opened);
    unlink(path);
}
END_TEST

START_TEST(layers_are_listed)
{
    char path[] = "/tmp/tw-compute-XXXXXX", compute[128];
    struct opened opened;
    write_file(path, "name,forward_s,backward_s\r\nconv1,1e-3,2.5e-3\nrelu,0,1e-4");
    snprintf(compute, sizeof compute, "<compute layers='%s' overlap='bucket'/>", path);
    open_with(&opened, "bucket='fsdp'", compute, "");
    const struct tw_step_shape *shape = &opened.point->shape;
    ck_assert_int_eq(opened.point->bucket_rule, 2);
    ck_assert_int_eq(shape->layer_count, 2);
    ck_assert_str_eq(shape->layers[0].name, "conv1");
    ck_assert_str_eq(shape->layers[1].name, "relu");
    ck_assert_double_eq(shape->layers[0].backward_s, 2.5e-3);
    ck_assert_double_eq_tol(shape->forward_s, 1e-3, 1e-18);
    ck_assert_double_eq_tol(shape->backward_s, 2.6e-3, 1e-18);
    close_it(&opened);
    unlink(path);
}
END_TEST

/* Every line of a table that is not one, with its number. */
START_TEST(broken_tables)
{
    static const struct {
        const char *text;
        long line;
    } tables[] = {
        {"", 1},
        {"name,forward,backward\n", 1},
        {"name,forward_s,backward_s\n", 2}, /* where one was expected */
        {"name,forward_s,backward_s\na,1,2\na,1,2\n", 3},
        {"name,forward_s,backward_s\na,1\n", 2},
        {"name,forward_s,backward_s\n,1,2\n", 2},
        {"name,forward_s,backward_s\na,1,2,3\n", 2},
        {"name,forward_s,backward_s\na,-1,2\n", 2},
        {"name,forward_s,backward_s\na,1,nan\n", 2},
        {"name,forward_s,backward_s\na,1,2\n\nb,1,2\n", 3},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char path[] = "/tmp/tw-compute-XXXXXX", text[512];
        struct tw_scenario *scenario = NULL;
        struct tw_mistakes mistakes;
        write_file(path, tables[i].text);
        int size = snprintf(text, sizeof text,
                            "<scenario id='a'><platform><cluster nodes='4' bw='1Gbps' lat='1us'/>"
                            "</platform><workload steps='1'><compute layers='%s'/>"
                            "<gradient source='synthetic' dimension='9'/></workload>"
                            "<method id='m'><compressor type='none'/></method></scenario>",
                            path);
        ck_assert_int_eq(tw_scenario_open_memory(text, (size_t)size, "a.xml", &test_catalogue, NULL,
                                                 0, NULL, &scenario, &mistakes),
                         TW_INPUT);
        int found = 0;
        for (int m = 0; m < mistakes.count; m++)
            found |= mistakes.list[m].err.line == tables[i].line &&
                     strcmp(mistakes.list[m].err.file, path) == 0;
        ck_assert_msg(found, "table %zu", i);
        tw_mistakes_free(&mistakes);
        unlink(path);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario compute");
    TCase *tests = tcase_create("compute");
    tcase_add_test(tests, overlap_is_in_the_key);
    tcase_add_test(tests, micro_batches_share_a_run);
    tcase_add_test(tests, one_bucket_is_warned_of);
    tcase_add_test(tests, seconds_from_operations);
    tcase_add_test(tests, layers_are_listed);
    tcase_add_test(tests, broken_tables);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
