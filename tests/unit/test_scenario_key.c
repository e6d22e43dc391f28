/* links: tw_scenario */
/* Keys: of one changed item at a time, key and data-plane key must know or not know. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/scenario_catalogue.h"

/* Each item of the text stands for itself and can be replaced by its name. */
static const struct item {
    const char *name, *text;
} items[] = {
    {"id", "id='a'"},
    {"description", "x"},
    {"platform", "<cluster nodes='4' ranks_per_node='2' bw='1Gbps' lat='1us'/>"},
    {"network", "<network model='ideal' executor='simgrid'/>"},
    {"device", ""},
    {"steps", "steps='10'"},
    {"batch", "batch='8'"},
    {"precision", "precision='fp32'"},
    {"evaluate", "evaluate='5'"},
    {"bucket", "bucket='1MB'"},
    {"compute", "<compute forward='1ms'/>"},
    {"source", "<objective type='mlp' data='x' alpha='0.5'/>"},
    {"optimizer", "<optimizer type='sgd' rate='0.1'/>"},
    {"target", "<target loss='0.5'/>"},
    {"method", "id='m' label='M'"},
    {"compressor", "<compressor type='topk' ratio='0.1'/>"},
    {"feedback", "<feedback type='ef14' eta='0.5'/>"},
    {"collective", "<collective operation='allgather' algorithm='ring'/>"},
    {"sweep", ""},
    {"repeat", "<repeat seed='1'/>"},
    {"output", ""},
};
#define ITEMS ((int)(sizeof items / sizeof items[0]))

static const char *pick(int i, const char *name, const char *text)
{
    return strcmp(items[i].name, name) == 0 ? text : items[i].text;
}

/* The scenario with one item replaced, and repetition `rep` of it, as JSON. */
static char *json_with(const char *name, const char *text, int rep, enum tw_point_part part,
                       int version)
{
    const char *t[ITEMS];
    char *file = NULL;
    size_t size = 0;
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    struct tw_err err = {0};
    int known = name[0] == '\0';
    for (int i = 0; i < ITEMS; i++) {
        known |= strcmp(items[i].name, name) == 0;
        t[i] = pick(i, name, text);
    }
    ck_assert_msg(known, "%s", name);
    FILE *memory = open_memstream(&file, &size);
    fprintf(
        memory,
        "<scenario %s><description>%s</description><platform>%s</platform>%s%s"
        "<workload %s %s %s %s %s>%s%s%s%s</workload><method %s>%s%s%s</method>%s%s%s</scenario>",
        t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[8], t[9], t[10], t[11], t[12], t[13],
        t[14], t[15], t[16], t[17], t[18], t[19], t[20]);
    fclose(memory);
    tw_status status = tw_scenario_open_memory(file, size, "a.xml", &test_catalogue, NULL, 0, NULL,
                                               &scenario, &mistakes);
    if (status)
        tw_mistakes_print(&mistakes, stderr);
    ck_assert_int_eq(status, TW_OK);
    ck_assert_int_gt(tw_scenario_points(scenario), rep);
    char *json = tw_point_json(tw_scenario_point(scenario, rep), part, version, &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
    free(file);
    return json;
}

static int differs(const char *name, const char *text, enum tw_point_part part)
{
    char *before = json_with("", "", 0, part, 1), *after = json_with(name, text, 0, part, 1);
    int different = strcmp(before, after) != 0;
    free(before);
    free(after);
    return different;
}

#define BACKGROUND "<background from='0' to='1'/>"
#define SCHEDULE "<schedule option='ratio' values='0.1' steps='5'/>"
static const struct {
    const char *name, *text;
    int all, data; /* 1: the key changes */
} changes[] = {
    {"id", "id='b'", 1, 0},
    {"description", "y", 0, 0},
    /* the number of ranks is the data plane's, where they live is not */
    {"platform", "<cluster nodes='8' ranks_per_node='2' bw='1Gbps' lat='1us'/>", 1, 1},
    {"platform", "<cluster nodes='2' ranks_per_node='4' bw='1Gbps' lat='1us'/>", 1, 0},
    {"platform", "<cluster nodes='4' ranks_per_node='2' bw='2Gbps' lat='1us'/>", 1, 0},
    {"platform", "<cluster nodes='4' ranks_per_node='2' bw='1000Mbps' lat='1us'/>", 0, 0},
    {"platform", "<cluster nodes='4' ranks_per_node='2' bw='1Gbps' lat='2us'/>", 1, 0},
    {"platform", "<cluster nodes='4' ranks_per_node='2' bw='1Gbps' lat='1us'/>" BACKGROUND, 1, 0},
    {"platform",
     "<cluster nodes='4' ranks_per_node='2' bw='1Gbps' lat='1us'><node index='1' bw='2Gbps'/>"
     "</cluster>",
     1, 0},
    {"platform",
     "<cluster nodes='4' ranks_per_node='2' bw='1Gbps' lat='1us'><node index='1' lat='2us'/>"
     "</cluster>",
     1, 0},
    {"platform",
     "<cluster nodes='4' ranks_per_node='2' bw='1Gbps' lat='1us'><node index='1' speed='2'/>"
     "</cluster>",
     1, 0},
    {"platform", "<cluster nodes='4' ranks_per_node='2' bw='1Gbps' lat='1us' bb_bw='9bps'/>", 1, 0},
    {"platform", "<cluster nodes='4' ranks_per_node='2' node_ranks='4' bw='1Gbps' lat='1us'/>", 1,
     0},
    {"platform", "<cluster nodes='4' ranks_per_node='2' node_ranks='2' bw='1Gbps' lat='1us'/>", 0,
     0},
    {"platform",
     "<gpu_nodes nodes='4' gpus='2' nvlink_bw='9GBps' nvlink_lat='1us' bw='1Gbps' lat='1us'/>", 1,
     0},
    {"platform", "<fat_tree nodes='8' leaf='4' bw='1Gbps' lat='1us'/>", 1, 0},
    {"network", "<network model='tcp' executor='simgrid'/>", 1, 0},
    {"network", "<network model='ideal' executor='maxplus'/>", 1, 0},
    {"network", "<network><config><prop id='a' value='b'/></config></network>", 1, 0},
    {"network", "", 0, 0},
    {"network", "<network latency='sender'/>", 1, 0},
    {"network", "<network latency='link'/>", 0, 0},
    {"device", "<device time='measured'/>", 1, 1},
    {"network", "<network efficiency='0.5'/>", 1, 0},
    {"network", "<network efficiency='1'/>", 0, 0},
    {"network", "<network full='yes'/>", 1, 0},
    {"network", "<network full='no'/>", 0, 0},
    {"feedback", "<feedback type='ef14' eta='0.5'/><tensors dims='1' type='none'/>", 1, 1},
    {"feedback", "<feedback type='ef14' eta='0.5'/><tensors last='1' ratio='.5'/>", 1, 1},
    {"compressor", "<compressor type='topk' ratio='0.1'>" SCHEDULE "</compressor>", 1, 1},
    {"steps", "steps='11'", 1, 1},
    {"batch", "batch='9'", 1, 1},
    {"precision", "precision='fp64'", 1, 1},
    {"evaluate", "evaluate='4'", 1, 1},
    {"bucket", "bucket='2MB'", 1, 1},
    {"compute", "<compute forward='2ms'/>", 1, 0},
    {"compute", "<compute forward='1ms' backward='1ms'/>", 1, 0},
    /* blocking steps know no layers, and what says how steps overlap does not count */
    {"compute", "<compute forward='1ms' overlap='no' slowdown='2' streams='2'/>", 0, 0},
    {"compute", "<compute forward='1ms' overlap='bucket'/>", 1, 0},
    {"compute", "<compute forward='1ms' accumulate='1'/>", 0, 0},
    {"compute", "<compute forward='1ms' accumulate='2'/>", 1, 1}, /* the gradient of 16 samples */
    {"bucket", "bucket='ddp'", 1, 1},
    {"source", "<objective type='softmax' data='x' alpha='0.5'/>", 1, 1},
    {"source", "<objective type='mlp' data='y' alpha='0.5'/>", 1, 1},
    {"source", "<objective type='mlp' data='x' alpha='0.6'/>", 1, 1},
    {"source", "<objective type='mlp' data='x'/>", 0, 0}, /* the default is 0.5 */
    {"optimizer", "<optimizer type='sgd' rate='0.2'/>", 1, 1},
    {"target", "<target loss='0.4'/>", 1, 0},
    {"target", "", 1, 0},
    {"method", "id='k' label='M'", 1, 0},
    {"method", "id='m' label='L'", 0, 0},
    /* islands are what the data plane averages; how their ranks share the work is not */
    {"method", "id='m' label='M' island='1'", 0, 0},
    {"method", "id='m' label='M' island='2'", 1, 1},
    {"method", "id='m' label='M' island_mode='auto'", 0, 0},
    {"method", "id='m' label='M' island_mode='share'", 1, 0},
    {"method", "id='m' label='M' island_mode='leader'", 1, 0},
    {"method", "id='m' label='M' island='2' island_mode='share' inside='int8'", 1, 1},
    /* what is exchanged, and in which type weights are computed with */
    {"compressor", "<compressor type='topk' ratio='0.1'/><sharding stage='none' weights='bf16'/>",
     0, 0},
    {"compressor", "<compressor type='topk' ratio='0.1'/><sharding stage='zero1'/>", 1, 1},
    {"compressor", "<compressor type='topk' ratio='0.1'/><sharding stage='none' gather='forward'/>",
     0, 0},
    {"compressor", "<compressor type='topk' ratio='0.1'/><sharding stage='zero3'/>", 1, 1},
    {"compressor", "<compressor type='topk' ratio='0.1'/><sharding stage='zero1' weights='int8'/>",
     1, 1},
    {"compressor", "<compressor type='rtopk' ratio='0.1'/>", 1, 1},
    {"compressor", "<compressor type='topk' ratio='0.2'/>", 1, 1},
    {"compressor", "<compressor type='topk' ratio='0.1' index='u64'/>", 1, 1},
    {"compressor", "<compressor type='topk' ratio='1e-1' index='u32' sketch='4'/>", 0, 0},
    {"feedback", "<feedback type='ef21' eta='0.5'/>", 1, 1},
    {"feedback", "<feedback type='ef14' eta='0.6'/>", 1, 1},
    {"feedback", "", 1, 1},
    {"collective", "", 1, 0},
    {"collective",
     "<collective operation='allgather' algorithm='ring'/>"
     "<collective operation='allreduce' preset='nccl'/>",
     1, 0},
    {"collective", "<collective operation='allgather' algorithm='ring' segment='4KiB'/>", 1, 0},
    {"collective", "<collective operation='allgather' algorithm='ring' launch='1ms'/>", 1, 0},
    {"collective",
     "<collective operation='allgather' algorithm='ring' launch='0s'/>"
     "<collective operation='allreduce'/>",
     0, 0},
    {"sweep", "<sweep><axis name='method' values='m'/></sweep>", 0, 0},
    {"repeat", "<repeat seed='2'/>", 1, 1},
    {"repeat", "<repeat seed='1' count='3'/>", 0, 0},
    {"output", "<output baseline='m'><plot type='p'/></output>", 0, 0},
};

START_TEST(each_item_moves_the_keys_that_it_should)
{
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        ck_assert_msg(differs(changes[i].name, changes[i].text, TW_POINT_ALL) == changes[i].all,
                      "key, %s: %s", changes[i].name, changes[i].text);
        ck_assert_msg(differs(changes[i].name, changes[i].text, TW_POINT_DATA) == changes[i].data,
                      "data key, %s: %s", changes[i].name, changes[i].text);
    }
}
END_TEST

START_TEST(repetition_and_model_version_are_in_both_keys)
{
    static const enum tw_point_part parts[] = {TW_POINT_ALL, TW_POINT_DATA};
    for (int i = 0; i < 2; i++) {
        char *first = json_with("repeat", "<repeat seed='1' count='2'/>", 0, parts[i], 1);
        char *second = json_with("repeat", "<repeat seed='1' count='2'/>", 1, parts[i], 1);
        char *newer = json_with("", "", 0, parts[i], 2);
        ck_assert_str_ne(first, second);
        ck_assert_str_ne(first, newer);
        free(first);
        free(second);
        free(newer);
    }
}
END_TEST

/* A merge adds in the order of its schedule, so there the schedule is the data plane's. */
START_TEST(the_schedule_of_a_merge_is_in_the_data_key)
{
    static const char compressor[] = "<compressor type='counted' ratio='0.1'/>";
    static const char tree[] = "<compressor type='counted' ratio='0.1'/>"
                               "<collective operation='merge' algorithm='tree'/>";
    static const char ring[] = "<compressor type='counted' ratio='0.1'/>"
                               "<collective operation='merge' algorithm='auto'/>";
    char *plain = json_with("compressor", compressor, 0, TW_POINT_DATA, 1);
    char *with_tree = json_with("compressor", tree, 0, TW_POINT_DATA, 1);
    char *with_auto = json_with("compressor", ring, 0, TW_POINT_DATA, 1);
    ck_assert_str_ne(plain, with_tree);
    ck_assert_str_eq(plain, with_auto);
    free(plain);
    free(with_tree);
    free(with_auto);
}
END_TEST

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

static char *json_of(const struct tw_scenario *scenario, enum tw_point_part part)
{
    struct tw_err err = {0};
    char *json = tw_point_json(tw_scenario_point(scenario, 0), part, 1, &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    return json;
}

/* Opens dir/s.xml, which names platform p.xml, device d.xml and data g.npy beside it. */
static struct tw_scenario *open_files(const char *dir)
{
    char path[200];
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    snprintf(path, sizeof path, "%s/s.xml", dir);
    tw_status status = tw_scenario_open(path, &test_catalogue, NULL, 0, NULL, &scenario, &mistakes);
    if (status)
        tw_mistakes_print(&mistakes, stderr);
    ck_assert_int_eq(status, TW_OK);
    tw_mistakes_free(&mistakes);
    return scenario;
}

static const char device_text[] =
    "<device id='d' source='s'><combine per_byte='%s'/>"
    "<kernel name='copy'><size elements='1' per_element='1ns'/></kernel></device>";

START_TEST(files_count_by_their_content_not_by_their_place)
{
    char dir[] = "/tmp/tw-key-XXXXXX", other[] = "/tmp/tw-key-XXXXXX", path[200], device[400];
    const char *const dirs[] = {dir, other};
    static const char *const names[] = {"s.xml", "p.xml", "d.xml", "g.npy"};
    static const char scenario_text[] =
        "<scenario id='a'><platform file='p.xml' nodes='2' bw='1Gbps' lat='1us'/>"
        "<device file='d.xml'/><workload steps='1'><gradient source='recorded' file='g.npy'/>"
        "</workload><method id='m'><compressor type='none'/></method></scenario>";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_ptr_nonnull(mkdtemp(other));
    snprintf(device, sizeof device, device_text, "1ns");
    const char *const texts[] = {scenario_text, "platform", device, "data"};
    for (int d = 0; d < 2; d++)
        for (int i = 0; i < 4; i++) {
            snprintf(path, sizeof path, "%s/%s", dirs[d], names[i]);
            write_file(path, texts[i]);
        }
    struct tw_scenario *here = open_files(dir), *there = open_files(other);
    ck_assert_double_eq(tw_scenario_point(here, 0)->device->combine_sB, 1e-9);
    char *all = json_of(here, TW_POINT_ALL), *data = json_of(here, TW_POINT_DATA);
    char *all_there = json_of(there, TW_POINT_ALL);
    ck_assert_str_eq(all, all_there);
    free(all_there);
    /* another content in each of them, one after the other; only the recording is data */
    snprintf(device, sizeof device, device_text, "2ns");
    const char *const changed[] = {NULL, "other platform", device, "other data"};
    for (int i = 1; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", other, names[i]);
        write_file(path, changed[i]);
        char *new_all = json_of(there, TW_POINT_ALL), *new_data = json_of(there, TW_POINT_DATA);
        ck_assert_str_ne(all, new_all);
        ck_assert_int_eq(strcmp(data, new_data) != 0, i == 3);
        free(new_all);
        free(new_data);
        write_file(path, texts[i]);
    }
    /* a file that is gone is an error and no key */
    snprintf(path, sizeof path, "%s/g.npy", other);
    unlink(path);
    struct tw_err err = {0};
    ck_assert_ptr_null(tw_point_json(tw_scenario_point(there, 0), TW_POINT_DATA, 1, &err));
    ck_assert_int_eq(err.status, TW_IO);
    free(all);
    free(data);
    tw_scenario_close(here);
    tw_scenario_close(there);
    for (int d = 0; d < 2; d++) {
        for (int i = 0; i < 4; i++) {
            snprintf(path, sizeof path, "%s/%s", dirs[d], names[i]);
            unlink(path);
        }
        rmdir(dirs[d]);
    }
}
END_TEST

/* A data set that the workload finds by name counts by its content too, in both keys. */
START_TEST(a_named_data_set_counts_by_its_content)
{
    static const enum tw_point_part parts[] = {TW_POINT_ALL, TW_POINT_DATA};
    static const char objective[] = "<objective type='mlp' data='named'/>";
    char path[] = "/tmp/tw-named-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    ck_assert_int_eq(setenv("TW_TEST_DATA_FILE", path, 1), 0);
    for (int i = 0; i < 2; i++) {
        write_file(path, "one");
        char *one = json_with("source", objective, 0, parts[i], 1);
        write_file(path, "two");
        char *two = json_with("source", objective, 0, parts[i], 1);
        write_file(path, "one");
        char *again = json_with("source", objective, 0, parts[i], 1);
        ck_assert_str_ne(one, two);
        ck_assert_str_eq(one, again);
        free(one);
        free(two);
        free(again);
    }
    unlink(path);
}
END_TEST

/* Sorted, no blanks, 17 digits: 0.1 is the double 0.10000000000000001. */
START_TEST(the_json_is_canonical)
{
    char *json = json_with("", "", 0, TW_POINT_DATA, 3);
    ck_assert_str_eq(
        json, "{\"batch\":8,\"bucket_B\":1000000,\"compressor\":{\"name\":\"topk\",\"options\":"
              "{\"index\":\"u32\",\"ratio\":0.10000000000000001,\"sketch\":4}},"
              "\"data_files\":[],\"evaluate\":5,"
              "\"feedback\":{\"name\":\"ef14\",\"options\":{\"eta\":0.5,\"start\":\"zero\"}},"
              "\"island\":1,\"model_version\":3,\"optimizer\":{\"name\":\"sgd\",\"options\":"
              "{\"momentum\":0.0,\"rate\":0.10000000000000001}},\"precision\":\"fp32\",\"ranks\":8,"
              "\"repetition\":0,\"seed\":1,\"steps\":10,\"workload\":{\"name\":\"mlp\",\"options\":"
              "{\"alpha\":0.5,\"data\":\"x\",\"split\":\"iid\"}}}");
    free(json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario key");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, each_item_moves_the_keys_that_it_should);
    tcase_add_test(tcase, repetition_and_model_version_are_in_both_keys);
    tcase_add_test(tcase, the_schedule_of_a_merge_is_in_the_data_key);
    tcase_add_test(tcase, files_count_by_their_content_not_by_their_place);
    tcase_add_test(tcase, a_named_data_set_counts_by_its_content);
    tcase_add_test(tcase, the_json_is_canonical);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
