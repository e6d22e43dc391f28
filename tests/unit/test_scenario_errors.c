/* links: tw_scenario */
/* Broken files and what is said about them: every tests/golden/scenario-errors/X.xml against
 * X.expected, byte for byte. After a wanted change, write them anew and read the diff:
 *     TW_GOLDEN_WRITE=1 build/tests/test_scenario_errors   (from the top of the repository) */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/scenario_catalogue.h"

#define FOLDER "tests/golden/scenario-errors/"

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    for (int c = fgetc(file); c != EOF; c = fgetc(file))
        fputc(c, memory);
    fclose(memory);
    fclose(file);
    return text;
}

static char *messages_of(const char *path)
{
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    char *text = NULL;
    size_t size = 0;
    tw_status status = tw_scenario_open(path, &test_catalogue, NULL, 0, NULL, &scenario, &mistakes);
    ck_assert_int_eq(status, mistakes.errors ? TW_INPUT : TW_OK);
    ck_assert(status == TW_OK || scenario == NULL);
    FILE *memory = open_memstream(&text, &size);
    tw_mistakes_print(&mistakes, memory);
    fclose(memory);
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
    return text;
}

static int is_case(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".xml") == 0;
}

static void check_case(const char *name)
{
    char path[400], expected_path[400];
    snprintf(path, sizeof path, FOLDER "%s", name);
    snprintf(expected_path, sizeof expected_path, FOLDER "%.*s.expected", (int)strlen(name) - 4,
             name);
    char *said = messages_of(path);
    if (getenv("TW_GOLDEN_WRITE")) {
        FILE *file = fopen(expected_path, "w");
        ck_assert_ptr_nonnull(file);
        fputs(said, file);
        ck_assert_int_eq(fclose(file), 0);
    }
    char *expected = read_whole(expected_path);
    ck_assert_msg(expected != NULL, "%s is missing", expected_path);
    ck_assert_msg(strcmp(said, expected) == 0, "%s says\n%s\nand not\n%s", path, said, expected);
    free(expected);
    free(said);
}

START_TEST(every_broken_file_is_told_what_is_wrong)
{
    struct dirent **entries = NULL;
    int count = scandir(FOLDER, &entries, is_case, alphasort);
    ck_assert_int_ge(count, 15);
    for (int i = 0; i < count; i++) {
        check_case(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}
END_TEST

/* Dedupe: 5 nodes × 2 ranks that share one wrong attribute are told once. */
START_TEST(a_mistake_is_told_once_for_all_points)
{
    static const char text[] =
        "<scenario id='a'><platform><cluster nodes='$n' ranks_per_node='$r' bw='1bit' lat='1us'/>"
        "</platform><workload steps='1'><gradient source='synthetic'/></workload>"
        "<method id='m'><compressor type='none'/></method>"
        "<sweep><axis name='n' values='1,2,3,4,5'/><axis name='r' values='1,2'/></sweep>"
        "</scenario>";
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    ck_assert_int_eq(tw_scenario_open_memory(text, strlen(text), "a.xml", &test_catalogue, NULL, 0,
                                             NULL, &scenario, &mistakes),
                     TW_INPUT);
    ck_assert_int_eq(mistakes.count, 1);
    ck_assert_str_eq(mistakes.summary, "a.xml: 1 error");
    tw_mistakes_free(&mistakes);
}
END_TEST

/* libxml2 keeps 16 bits of a line in the node itself; 70001 needs XML_PARSE_BIG_LINES. */
START_TEST(lines_beyond_65535_are_exact)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    fputs("<scenario id='a'>", memory);
    for (int i = 0; i < 70000; i++)
        fputc('\n', memory);
    fputs("<platform><cluster nodes='1' bw='1bit' lat='1us'/></platform>"
          "<workload steps='1'><gradient source='synthetic'/></workload>"
          "<method id='m'><compressor type='none'/></method></scenario>",
          memory);
    fclose(memory);
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    ck_assert_int_eq(tw_scenario_open_memory(text, size, "a.xml", &test_catalogue, NULL, 0, NULL,
                                             &scenario, &mistakes),
                     TW_INPUT);
    ck_assert_int_eq(mistakes.count, 1);
    ck_assert_int_eq(mistakes.list[0].err.line, 70001);
    tw_mistakes_free(&mistakes);
    free(text);
}
END_TEST

static void expect_error(const struct tw_override *overrides, int count, const char *only,
                         const char *words, const char *hint)
{
    static const char text[] =
        "<scenario id='a'><platform><cluster nodes='$nodes' bw='$bw' lat='1us'/></platform>"
        "<workload steps='1'><gradient source='synthetic'/></workload>"
        "<method id='m'><compressor type='none'/></method>"
        "<sweep><zip><axis name='nodes' values='2,4'/><axis name='bw' values='1Gbps,2Gbps'/></zip>"
        "</sweep></scenario>";
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    ck_assert_int_eq(tw_scenario_open_memory(text, strlen(text), "a.xml", &test_catalogue,
                                             overrides, count, only, &scenario, &mistakes),
                     TW_INPUT);
    ck_assert_int_eq(mistakes.errors, 1);
    ck_assert_str_eq(mistakes.list[0].err.file, "a.xml");
    ck_assert_msg(strstr(mistakes.list[0].err.text, words), "%s", mistakes.list[0].err.text);
    ck_assert_msg(strstr(mistakes.list[0].err.hint, hint), "%s", mistakes.list[0].err.hint);
    tw_mistakes_free(&mistakes);
}

START_TEST(the_command_line_is_checked_like_the_file)
{
    expect_error(&(struct tw_override){"node", "2"}, 1, NULL, "--set: there is no axis 'node'",
                 "did you mean 'nodes'");
    expect_error(&(struct tw_override){"nodes", "2,3,4"}, 1, NULL, "same zip", "lock-step");
    expect_error(&(struct tw_override){"bw", "1Gbit,2Gbps"}, 1, NULL,
                 "--set: axis 'bw': '1Gbit' is not a bandwidth", "25Gbps");
    expect_error(&(struct tw_override){"bw", "1Gbps,\xff"}, 1, NULL, "not UTF-8", "");
    expect_error(&(struct tw_override){"method", "n"}, 1, NULL, "there is no method 'n'",
                 "known: m");
    expect_error(NULL, 0, "$nodes > 4", "leave no point", "");
    expect_error(NULL, 0, "$node > 2", "--only: $node is no axis", "did you mean 'nodes'");
    expect_error(NULL, 0, "$nodes >", "--only: '$nodes >' is not a condition", "XPath");
}
END_TEST

/* More than TW_MISTAKES_MAX = 500 kept in src; 700 nodes with one mistake each are counted. */
START_TEST(very_many_mistakes_are_counted_and_cut)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    fputs("<scenario id='a'><platform><cluster nodes='1000' bw='1Gbps' lat='1us'>\n", memory);
    for (int i = 0; i < 700; i++)
        fprintf(memory, "<node index='%d' bw='0Gbps'/>\n", i);
    fputs("</cluster></platform><workload steps='1'><gradient source='synthetic'/></workload>"
          "<method id='m'><compressor type='none'/></method></scenario>",
          memory);
    fclose(memory);
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    ck_assert_int_eq(tw_scenario_open_memory(text, size, "a.xml", &test_catalogue, NULL, 0, NULL,
                                             &scenario, &mistakes),
                     TW_INPUT);
    ck_assert_int_eq(mistakes.errors, 700);
    ck_assert_int_eq(mistakes.count, 501); /* and the word that there are more */
    tw_mistakes_free(&mistakes);
    free(text);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_a_mistake)
{
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    ck_assert_int_eq(
        tw_scenario_open("tests/absent.xml", &test_catalogue, NULL, 0, NULL, &scenario, &mistakes),
        TW_INPUT);
    ck_assert_int_eq(mistakes.count, 1);
    ck_assert_ptr_nonnull(strstr(mistakes.list[0].err.text, "No such file"));
    tw_mistakes_free(&mistakes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario errors");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, every_broken_file_is_told_what_is_wrong);
    tcase_add_test(tcase, a_mistake_is_told_once_for_all_points);
    tcase_add_test(tcase, lines_beyond_65535_are_exact);
    tcase_add_test(tcase, the_command_line_is_checked_like_the_file);
    tcase_add_test(tcase, very_many_mistakes_are_counted_and_cut);
    tcase_add_test(tcase, a_file_that_is_not_there_is_a_mistake);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
