/* links: tw_scenario */
/* What whole points are asked about: each question once per combination of what it depends on, its
 * mistake at the line of the element concerned; and sweeps of the documented size. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "scenario/pool.h"
#include "unit/scenario_catalogue.h"

#define CONCERNS (TW_CONCERN_SCHEDULE + TW_REQUEST_COUNT)

static int asked[CONCERNS];

/* Stands in for the other rooms: 5 nodes do not fit, nor do 7 steps, 3 ranks on a node, maxplus
 * with the model tcp, or a momentum of 0.5. */
static tw_status judge(const struct tw_point *point, enum tw_concern concern, struct tw_err *err)
{
    asked[concern]++;
    if (concern != TW_CONCERN_OPTIMIZER)
        ck_assert_int_gt(point->nodes, 0); /* never about parts that are wrong by themselves */
    switch (concern) {
    case TW_CONCERN_PLATFORM:
        return point->ranks_per_node == 3 ? tw_err_set(err, TW_RANGE, "3 on a node") : TW_OK;
    case TW_CONCERN_NETWORK:
        return strcmp(point->executor->name, "maxplus") == 0 && point->network_model == 2
                   ? tw_err_set(err, TW_REFUSED, "no tcp")
                   : TW_OK;
    case TW_CONCERN_WORKLOAD:
        return point->steps == 7 ? tw_err_set(err, TW_RANGE, "gradient: 7 steps") : TW_OK;
    case TW_CONCERN_OPTIMIZER:
        return ((const struct params_sgd *)point->optimizer.params)->momentum == 0.5
                   ? tw_err_set(err, TW_RANGE, "half")
                   : TW_OK;
    case TW_CONCERN_SAMPLE:
        ck_assert(point->workload.member && point->compressor.member && point->island > 0);
        return TW_OK;
    case TW_CONCERN_ISLAND:
        ck_assert_ptr_nonnull(point->executor);
        return point->island == 2 ? tw_err_set(err, TW_REFUSED, "no islands of 2") : TW_OK;
    case TW_CONCERN_STEP:
        ck_assert(point->workload.member && point->compressor.member && point->device);
        return TW_OK;
    case TW_CONCERN_OPTIONS:
    case TW_CONCERN_SHARDING:
    case TW_CONCERN_LOOK:
        return TW_OK;
    default:
        ck_assert_ptr_nonnull(point->algorithms[concern - TW_CONCERN_SCHEDULE]);
        ck_assert_ptr_nonnull(point->executor);
        return point->nodes == 5 ? tw_err_set(err, TW_REFUSED, "5 nodes") : TW_OK;
    }
}

/* Opens and prints the mistakes, without the summary, into text (malloc'd). */
static tw_status messages(const char *file, const struct tw_override *overrides, int count,
                          const char *only, char **text)
{
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    struct tw_catalogue catalogue = test_catalogue;
    size_t size = 0;
    catalogue.check_point = judge;
    memset(asked, 0, sizeof asked);
    tw_status status = tw_scenario_open_memory(file, strlen(file), "a.xml", &catalogue, overrides,
                                               count, only, &scenario, &mistakes);
    FILE *memory = open_memstream(text, &size);
    mistakes.summary[0] = '\0';
    tw_mistakes_print(&mistakes, memory);
    fclose(memory);
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
    return status;
}

static void expect(const char *file, const char *only, const char *wanted)
{
    char *text = NULL;
    tw_status status = messages(file, NULL, 0, only, &text);
    ck_assert_str_eq(text, wanted);
    ck_assert_int_eq(status, wanted[0] ? TW_INPUT : TW_OK);
    free(text);
}

#define SWEPT                                                                               \
    "<scenario id='a'>\n"                                                                   \
    "<platform>\n<cluster nodes='$n' ranks_per_node='$r' bw='$bw' lat='1us'/></platform>\n" \
    "<network executor='$x' model='$model'/>\n"                                             \
    "<workload steps='$steps'>\n<gradient source='synthetic'/>\n"                           \
    "<optimizer type='sgd' rate='0.1' momentum='$mu'/></workload>\n"                        \
    "<method id='m'><compressor type='none'/>\n"                                            \
    "<collective operation='allreduce' algorithm='ring'/></method>\n"                       \
    "<method id='auto'><compressor type='none'/>"                                           \
    "<collective operation='allreduce' algorithm='auto'/></method>\n"                       \
    "<sweep><axis name='n' values='4,5,6'/><axis name='r' values='1,3'/>"                   \
    "<axis name='bw' values='1Gbps,2Gbps'/><axis name='x' values='simgrid,maxplus'/>"       \
    "<axis name='model' values='ideal,tcp'/><axis name='steps' values='6,7'/>"              \
    "<axis name='mu' values='0,0.5'/></sweep></scenario>"

START_TEST(each_mistake_is_told_at_its_element)
{
    expect(SWEPT, NULL,
           "a.xml:3: error: cluster: 3 on a node\n"
           "a.xml:4: error: network: no tcp\n"
           "a.xml:6: error: gradient: 7 steps\n"
           "a.xml:7: error: optimizer: half\n"
           "a.xml:9: error: method 'm': 5 nodes\n");
    /* 3 node counts × 2 × 2 bandwidths; of those 6 platforms are good: × 2 executors × 2 models, ×
     * 2 steps × 2 momenta; optimizers by steps and momentum; islands of both methods; one of the
     * two names a schedule. */
    ck_assert_int_eq(asked[TW_CONCERN_PLATFORM], 12);
    ck_assert_int_eq(asked[TW_CONCERN_NETWORK], 24);
    ck_assert_int_eq(asked[TW_CONCERN_WORKLOAD], 24);
    ck_assert_int_eq(asked[TW_CONCERN_SAMPLE], 2 * 24); /* of both methods */
    ck_assert_int_eq(asked[TW_CONCERN_OPTIMIZER], 4);
    ck_assert_int_eq(asked[TW_CONCERN_ISLAND], 48);
    ck_assert_int_eq(asked[TW_CONCERN_SCHEDULE + TW_SUM], 24);
}
END_TEST

START_TEST(what_is_taken_away_is_not_asked_about)
{
    expect(SWEPT, "$r = 1 and $n != 5 and $steps = 6 and $mu = 0 and $model = 'ideal'", "");
    ck_assert_int_eq(asked[TW_CONCERN_PLATFORM], 4);
    ck_assert_int_eq(asked[TW_CONCERN_SCHEDULE + TW_SUM], 8);
    expect(SWEPT,
           "$method = 'auto' and $n = 5 and $r = 1 and $steps = 6 and $mu = 0 and $x != "
           "'maxplus'",
           "");
    ck_assert_int_eq(asked[TW_CONCERN_SCHEDULE + TW_SUM], 0);
}
END_TEST

/* An island that does not divide the ranks is told with those that do, at the axis; what the
 * executor does not price at the method, and then no question about its schedules. */
START_TEST(islands_are_asked_about)
{
    static const char file[] =
        "<scenario id='a'><platform><cluster nodes='6' ranks_per_node='2' bw='1Gbps' lat='1us'/>"
        "</platform><workload steps='1'><gradient source='synthetic'/></workload>\n"
        "<method id='m' island='$i'><compressor type='none'/>"
        "<collective operation='allreduce' algorithm='ring'/></method>\n"
        "<sweep><axis name='i' values='1,2,5'/></sweep></scenario>";
    expect(file, NULL,
           "a.xml:2: error: method 'm': no islands of 2\n"
           "a.xml:3: error: axis 'i': '5' does not divide the 12 ranks of the platform   (it is "
           "attribute island of method at a.xml:2)\n"
           "    hint: valid: 1 2 3 4 6 12\n");
    ck_assert_int_eq(asked[TW_CONCERN_ISLAND], 2);
    ck_assert_int_eq(asked[TW_CONCERN_SCHEDULE + TW_SUM], 1);
}
END_TEST

/* nodes='$none' is no axis, steps is missing, executor has a slip: no question is put about them,
 * and the optimizer's is not either, for its workload is one of them. */
START_TEST(parts_that_are_wrong_by_themselves_are_not_asked_about)
{
    static const char file[] =
        "<scenario id='a'>\n<platform><cluster nodes='$none' bw='1Gbps' lat='1us'/></platform>\n"
        "<workload><gradient source='synthetic'/>"
        "<optimizer type='sgd' rate='0.1' momentum='0.5'/></workload>"
        "<method id='m'><compressor type='none'/></method></scenario>";
    char *text = NULL;
    ck_assert_int_eq(messages(file, NULL, 0, NULL, &text), TW_INPUT);
    ck_assert_ptr_nonnull(strstr(text, "a.xml:2: error: cluster: attribute nodes: $none"));
    ck_assert_ptr_nonnull(strstr(text, "a.xml:3: error: workload: attribute steps is missing"));
    for (int i = 0; i < CONCERNS; i++)
        ck_assert_msg(asked[i] == 0, "concern %d", i);
    free(text);
    /* An axis whose values cannot be read leaves the cluster without nodes. */
    static const char unread[] =
        "<scenario id='a'>\n<platform><cluster nodes='$n' bw='1Gbps' lat='1us'/></platform>\n"
        "<workload steps='1'><gradient source='synthetic'/></workload>"
        "<method id='m'><compressor type='none'/></method>\n"
        "<sweep><axis name='n' from='1' to='1us' points='2'/></sweep></scenario>";
    ck_assert_int_eq(messages(unread, NULL, 0, NULL, &text), TW_INPUT);
    ck_assert_ptr_nonnull(strstr(text, "a.xml:4: error: axis 'n': '1' and '1us'"));
    ck_assert_int_eq(asked[TW_CONCERN_PLATFORM], 0);
    free(text);
}
END_TEST

/* The scenario's one section of the axis is deselected by the command line: no mistake of the
 * file. */
START_TEST(an_unused_axis_is_a_warning_where_the_sweep_was_narrowed)
{
    static const char file[] =
        "<scenario id='a'><platform><cluster nodes='2' bw='1Gbps' lat='1us'/></platform>"
        "<workload steps='1'><gradient source='synthetic'/></workload>"
        "<method id='m'><compressor type='none'/></method>"
        "<method id='k'><compressor type='topk' ratio='$rho'/></method>\n"
        "<sweep><axis name='method' values='m,k'/>\n<axis name='rho' values='0.1,0.2'/></sweep>"
        "</scenario>";
    static const struct tw_override dense[] = {{"method", "m"}};
    char *text = NULL;
    expect(file, NULL, "");
    ck_assert_int_eq(messages(file, dense, 1, NULL, &text), TW_OK);
    ck_assert_ptr_nonnull(strstr(text, "a.xml:3: warning: axis 'rho': it is used by no attribute"));
    free(text);
    static const char idle[] =
        "<scenario id='a'><platform><cluster nodes='$n' bw='1Gbps' lat='1us'/></platform>"
        "<workload steps='1'><gradient source='synthetic'/></workload>"
        "<method id='m'><compressor type='none'/></method>\n"
        "<sweep><axis name='n' values='1,2'/><axis name='mu' values='1'/></sweep></scenario>";
    ck_assert_int_eq(messages(idle, NULL, 0, NULL, &text), TW_INPUT);
    ck_assert_ptr_nonnull(strstr(text, "a.xml:2: error: axis 'mu': it is used by no attribute"));
    free(text);
    ck_assert_int_eq(messages(idle, NULL, 0, "$n = 2", &text), TW_OK);
    ck_assert_ptr_nonnull(strstr(text, "a.xml:2: warning: axis 'mu': it is used by no attribute"));
    free(text);
}
END_TEST

/* The documented limit is 1,000,000; every point here has a platform of its own, which is the part
 * that takes most memory. 775 · 775 = 600,625. */
START_TEST(six_hundred_thousand_points_fit_into_memory)
{
    static const char file[] =
        "<scenario id='a'><platform><cluster nodes='2' bw='$bw' lat='$lat'/></platform>"
        "<workload steps='1'><gradient source='synthetic'/></workload>"
        "<method id='m'><compressor type='none'/></method>"
        "<sweep><axis name='bw' from='1Gbps' to='2Gbps' points='775'/>"
        "<axis name='lat' from='1us' to='2us' points='775'/></sweep></scenario>";
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    ck_assert_int_eq(tw_scenario_open_memory(file, strlen(file), "a.xml", &test_catalogue, NULL, 0,
                                             NULL, &scenario, &mistakes),
                     TW_OK);
    ck_assert_int_eq(tw_scenario_points(scenario), 600625);
    /* 2e-6 s and 2 Gbps / 8 at the last of all */
    ck_assert_double_eq(tw_scenario_point(scenario, 600624)->latency_s, 2 * 1e-6);
    ck_assert_double_eq(tw_scenario_point(scenario, 600624)->bandwidth_Bps, 2.5e8);
    tw_mistakes_free(&mistakes);
    tw_scenario_close(scenario);
}
END_TEST

START_TEST(the_pool_says_when_it_is_full)
{
    struct tw_pool pool = {0};
    ck_assert_ptr_nonnull(tw_pool_take(&pool, 16));
    ck_assert_int_eq(pool.full, 0);
    ck_assert_ptr_null(tw_pool_take(&pool, TW_POOL_MAX_B - 15)); /* 16 are taken */
    ck_assert_int_eq(pool.full, 1);
    tw_pool_free(&pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario points");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, each_mistake_is_told_at_its_element);
    tcase_add_test(tcase, what_is_taken_away_is_not_asked_about);
    tcase_add_test(tcase, islands_are_asked_about);
    tcase_add_test(tcase, parts_that_are_wrong_by_themselves_are_not_asked_about);
    tcase_add_test(tcase, an_unused_axis_is_a_warning_where_the_sweep_was_narrowed);
    tcase_add_test(tcase, six_hundred_thousand_points_fit_into_memory);
    tcase_add_test(tcase, the_pool_says_when_it_is_full);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
