/* links: tw_scenario */
/* The XSD that is shipped, embedded and documented is one and the same; includes that work. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "unit/scenario_catalogue.h"

static char *read_whole(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    FILE *memory = open_memstream(&text, &size);
    for (int c = fgetc(file); c != EOF; c = fgetc(file))
        fputc(c, memory);
    fclose(memory);
    fclose(file);
    return text;
}

START_TEST(the_embedded_schema_is_the_shipped_one)
{
    char *shipped = read_whole("scenarios/scenario.xsd");
    ck_assert_str_eq(tw_scenario_schema(), shipped);
    free(shipped);
}
END_TEST

/* Every element and attribute that the XSD names must be a code word of the README. */
static int documented(xmlNodePtr node, const char *readme)
{
    int missing = 0;
    for (xmlNodePtr child = node->children; child; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        int names = strcmp((const char *)child->name, "element") == 0 ||
                    strcmp((const char *)child->name, "attribute") == 0;
        xmlChar *name = names ? xmlGetNoNsProp(child, BAD_CAST "name") : NULL;
        if (name) {
            char word[80];
            snprintf(word, sizeof word, "`%s`", (const char *)name);
            if (!strstr(readme, word)) {
                fprintf(stderr, "sim/scenario/README.md does not tell of %s\n", word);
                missing++;
            }
            xmlFree(name);
        }
        missing += documented(child, readme);
    }
    return missing;
}

START_TEST(the_readme_tells_of_every_element_and_attribute)
{
    char *readme = read_whole("sim/scenario/README.md");
    const char *schema = tw_scenario_schema();
    xmlDocPtr doc = xmlReadMemory(schema, (int)strlen(schema), "s", NULL, XML_PARSE_NONET);
    ck_assert_ptr_nonnull(doc);
    ck_assert_int_eq(documented(xmlDocGetRootElement(doc), readme), 0);
    xmlFreeDoc(doc);
    free(readme);
}
END_TEST

static tw_status open_text(const char *text, const char *path, struct tw_scenario **scenario)
{
    struct tw_mistakes mistakes;
    tw_status status = tw_scenario_open_memory(text, strlen(text), path, &test_catalogue, NULL, 0,
                                               NULL, scenario, &mistakes);
    if (status)
        tw_mistakes_print(&mistakes, stderr);
    tw_mistakes_free(&mistakes);
    return status;
}

/* What the unit parser takes, the XSD must not refuse: both say what is valid. */
START_TEST(every_unit_passes_both_checks)
{
    static const char *const bandwidths[] = {"1Bps",      "1.5kBps", ".5MBps", "2.GBps", "1e9bps",
                                             "+1E-2Gbps", "3TBps",   "4Pbps",  "5EBps",  "6KiBps",
                                             "7Mibps",    "8GiBps",  "9TiBps", "1PiBps", "1Eibps"};
    static const char *const times[] = {"1w",  "1d",  "1h",  "1m",  "1s",
                                        "1ms", "1us", "1ns", "1ps", "0s"};
    for (size_t b = 0; b < sizeof bandwidths / sizeof bandwidths[0]; b++) {
        char text[600];
        struct tw_scenario *scenario = NULL;
        snprintf(text, sizeof text,
                 "<scenario id='a'><platform><cluster nodes='1' bw='%s' lat='%s'/></platform>"
                 "<workload steps='1'><gradient source='synthetic'/></workload>"
                 "<method id='m'><compressor type='none'/></method></scenario>",
                 bandwidths[b], times[b % 10]);
        ck_assert_msg(open_text(text, "a.xml", &scenario) == TW_OK, "%s %s", bandwidths[b],
                      times[b % 10]);
        tw_scenario_close(scenario);
    }
}
END_TEST

static void write_file(const char *dir, const char *name, const char *text, char *path)
{
    sprintf(path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

/* A folder with a blank in its name; a library of two methods, of which the axis selects one; the
 * other names an axis that this scenario does not have, which is no mistake then. */
START_TEST(a_library_of_methods_can_be_included)
{
    char root[] = "/tmp/tw include XXXXXX", scenario_path[100], library[100], data[100];
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    size_t size = 0;
    ck_assert_ptr_nonnull(mkdtemp(root));
    write_file(root, "g.npy", "x", data);
    write_file(root, "lib.xml",
               "<methods><method id='a'><compressor type='none'/></method>"
               "<method id='b'><compressor type='topk' ratio='$absent'/></method></methods>",
               library);
    write_file(root, "s.xml",
               "<scenario id='s' xmlns:xi='http://www.w3.org/2001/XInclude'>"
               "<platform><cluster nodes='2' bw='1Gbps' lat='0s'/></platform>"
               "<workload steps='1'><gradient source='recorded' file='g.npy'/></workload>"
               "<xi:include href='lib.xml'/>"
               "<sweep><axis name='method' values='a'/></sweep></scenario>",
               scenario_path);
    tw_status status =
        tw_scenario_open(scenario_path, &test_catalogue, NULL, 0, NULL, &scenario, &mistakes);
    tw_mistakes_print(&mistakes, stderr);
    ck_assert_int_eq(status, TW_OK);
    ck_assert_int_eq(mistakes.count, 0);
    ck_assert_int_eq(tw_scenario_points(scenario), 1);
    const struct params_gradient *gradient = tw_scenario_point(scenario, 0)->workload.params;
    ck_assert_str_eq(gradient->file, data);
    char *text = tw_scenario_text(scenario, &size);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_ptr_nonnull(strstr(text, "<method id=\"b\">"));
    ck_assert_ptr_null(strstr(text, "include"));
    free(text);
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
    unlink(scenario_path);
    unlink(library);
    unlink(data);
    rmdir(root);
}
END_TEST

static int points_with(const char *dir, const char *pointer)
{
    char text[900], path[200];
    struct tw_scenario *scenario = NULL;
    snprintf(path, sizeof path, "%s/s.xml", dir);
    snprintf(text, sizeof text,
             "<scenario id='s' xmlns:xi='http://www.w3.org/2001/XInclude'>"
             "<platform><cluster nodes='2' bw='1Gbps' lat='0s'/></platform>"
             "<workload steps='1'><gradient source='synthetic'/></workload>"
             "<xi:include href='lib.xml' xpointer=\"%s\"/></scenario>",
             pointer);
    if (open_text(text, path, &scenario) != TW_OK)
        return -1;
    int points = tw_scenario_points(scenario);
    tw_scenario_close(scenario);
    return points;
}

START_TEST(an_include_can_select_elements)
{
    char root[] = "/tmp/tw-pointer-XXXXXX", library[100];
    ck_assert_ptr_nonnull(mkdtemp(root));
    write_file(root, "lib.xml",
               "<methods><method id='a'><compressor type='none'/></method>"
               "<method id='b'><compressor type='topk' ratio='0.1'/></method>"
               "<note/></methods>",
               library);
    ck_assert_int_eq(points_with(root, "xpointer(/methods/method)"), 2);
    ck_assert_int_eq(points_with(root, "xpointer(//method[@id = 'b'])"), 1);
    ck_assert_int_eq(points_with(root, "xpointer(/methods/metod)"), -1); /* nothing */
    ck_assert_int_eq(points_with(root, "xpointer(//*)"), -1);            /* one inside another */
    ck_assert_int_eq(points_with(root, "xpointer(//@id)"), -1);          /* no elements */
    ck_assert_int_eq(points_with(root, "xpointer(1 +)"), -1);
    ck_assert_int_eq(points_with(root, "xpointer(1)"), -1);
    ck_assert_int_eq(points_with(root, "/methods/method"), -1);
    ck_assert_int_eq(points_with(root, ""), -1);
    unlink(library);
    rmdir(root);
}
END_TEST

/* Editors are told of the schema by an attribute of the root, which is no attribute of ours. */
START_TEST(an_editor_may_name_the_schema)
{
    struct tw_scenario *scenario = NULL;
    ck_assert_int_eq(
        open_text("<scenario id='a' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
                  " xsi:noNamespaceSchemaLocation='scenario.xsd'>"
                  "<platform><cluster nodes='1' bw='1Gbps' lat='0s'/></platform>"
                  "<workload steps='1'><gradient source='synthetic'/></workload>"
                  "<method id='m'><compressor type='none'/></method></scenario>",
                  "a.xml", &scenario),
        TW_OK);
    tw_scenario_close(scenario);
}
END_TEST

START_TEST(topologies_must_have_room_for_exactly_the_nodes)
{
    static const struct {
        const char *topology, *parameters;
        int nodes, good;
    } cases[] = {
        {"FLAT", NULL, 7, 1},
        {"FLAT", "4", 4, 0},
        {"TORUS", "4,4,4", 64, 1},
        {"TORUS", "4,4,4", 63, 0},
        {"TORUS", "4,,4", 16, 0},
        {"TORUS", "4;4", 16, 0},
        {"FAT_TREE", "2;4,4;1,2;1,1", 16, 1}, /* down: 4 · 4 */
        {"FAT_TREE", "2;4,4;1,2;1,1", 8, 0},
        {"FAT_TREE", "3;4,4;1,2;1,1", 16, 0},   /* three levels, two numbers each */
        {"DRAGONFLY", "4,3;4,1;4,1;4", 256, 1}, /* groups · chassis · routers · nodes = 4^4 */
        {"DRAGONFLY", "4,3;4,1;4,1;4", 255, 0},
        {"DRAGONFLY", "4,3;4,1;4,1", 64, 0},
        {"DRAGONFLY", "4,3;4,1;3,1;4", 192, 0}, /* no router for the way to the fourth group */
        {"TORUS", NULL, 4, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[700], parameters[80] = "";
        struct tw_scenario *scenario = NULL;
        if (cases[i].parameters)
            snprintf(parameters, sizeof parameters, "topo_parameters='%s'", cases[i].parameters);
        snprintf(
            text, sizeof text,
            "<scenario id='a'><platform><cluster nodes='%d' bw='1Gbps' lat='0s' topology='%s' %s/>"
            "</platform><workload steps='1'><gradient source='synthetic'/></workload>"
            "<method id='m'><compressor type='none'/></method></scenario>",
            cases[i].nodes, cases[i].topology, parameters);
        tw_status status = open_text(text, "a.xml", &scenario);
        ck_assert_msg((status == TW_OK) == cases[i].good, "%s %s %d", cases[i].topology, parameters,
                      cases[i].nodes);
        tw_scenario_close(scenario);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario schema");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, the_embedded_schema_is_the_shipped_one);
    tcase_add_test(tcase, the_readme_tells_of_every_element_and_attribute);
    tcase_add_test(tcase, every_unit_passes_both_checks);
    tcase_add_test(tcase, a_library_of_methods_can_be_included);
    tcase_add_test(tcase, an_include_can_select_elements);
    tcase_add_test(tcase, an_editor_may_name_the_schema);
    tcase_add_test(tcase, topologies_must_have_room_for_exactly_the_nodes);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
