/* links: tw_results */
/* Slices as Chrome-trace JSON: what is read back is what was given; order; refusals. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "results/perfetto.h"

static const char *const lanes[] = {"compute", "send \"quoted\" <&>"};

static struct tw_slice slice(int rank, int lane, double begin_s, double end_s, const char *name)
{
    struct tw_slice s = {.rank = rank,
                         .lane = lane,
                         .begin_s = begin_s,
                         .end_s = end_s,
                         .bucket = -1,
                         .peer = -1,
                         .part = -1,
                         .step = -1,
                         .bytes = -1};
    snprintf(s.name, sizeof s.name, "%s", name);
    return s;
}

static json_t *parsed(struct tw_slices *slices)
{
    char *text;
    size_t size;
    struct tw_err err = {0};
    json_error_t error;
    tw_status status = tw_perfetto_text(slices, &text, &size, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(root != NULL, "%s", error.text);
    free(text);
    return root;
}

/* The n-th event with ph X. */
static json_t *complete(const json_t *root, int n)
{
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(root, "traceEvents"), i, event)
    {
        if (strcmp(json_string_value(json_object_get(event, "ph")), "X") == 0 && n-- == 0)
            return event;
    }
    return NULL;
}

static double number(const json_t *event, const char *name)
{
    return json_number_value(json_object_get(event, name));
}

/* Given out of order: rank 1, then of rank 0 two that begin at once (the longer holds the shorter),
 * and one before. 1.5 µs and 2.7 µs are whole nanoseconds; 12.3456 µs is cut to 12.345, and
 * 2.7 + 12.3456 = 15.0456 to 15.045, so that the slice lasts 12.345 µs. */
START_TEST(read_back)
{
    struct tw_slice list[] = {
        slice(1, 0, 0, 1e-3, "late \\ \"name\"\n\t\xc3\xa9"), slice(0, 1, 2.7e-6, 3e-6, "short"),
        slice(0, 1, 2.7e-6, 15.0456e-6, "long"), slice(0, 0, 1.5e-6, 2.7e-6, "first")};
    json_t *about = json_pack("{s:s}", "key", "k\"");
    struct tw_slices slices = {list, 4, 2, lanes, 2, about};
    list[2].bytes = (int64_t)1 << 53;
    list[2].peer = 1;
    list[2].part = 0;
    list[2].step = 7;
    list[2].bucket = 3;
    list[2].phase = 2;
    json_t *root = parsed(&slices);
    static const char *const names[] = {"first", "long", "short", "late \\ \"name\"\n\t\xc3\xa9"};
    static const double ts_us[] = {1.5, 2.7, 2.7, 0}, dur_us[] = {1.2, 12.345, .3, 1000};
    for (int i = 0; i < 4; i++) {
        const json_t *event = complete(root, i);
        ck_assert_str_eq(json_string_value(json_object_get(event, "name")), names[i]);
        ck_assert_double_eq_tol(number(event, "ts"), ts_us[i], 1e-9);
        ck_assert_double_eq_tol(number(event, "dur"), dur_us[i], 1e-9);
        ck_assert_int_eq((int)number(event, "pid"), i < 3 ? 1 : 2);
    }
    ck_assert_ptr_null(complete(root, 4));
    const json_t *args = json_object_get(complete(root, 1), "args");
    ck_assert(number(args, "seconds") == 15.0456e-6 - 2.7e-6);
    ck_assert(number(args, "bytes") == 9007199254740992.);
    ck_assert(number(args, "peer") == 1 && number(args, "schedule_step") == 7);
    ck_assert(number(args, "bucket") == 3 && number(args, "schedule_lane") == 0);
    ck_assert(number(args, "phase") == 2);
    ck_assert_ptr_null(json_object_get(json_object_get(complete(root, 0), "args"), "phase"));
    ck_assert_ptr_null(json_object_get(json_object_get(complete(root, 0), "args"), "bytes"));
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(root, "otherData"), "key")),
                     "k\"");
    json_decref(root);
    json_decref(about);
}
END_TEST

/* Every process and every lane that is used has one name; a thread belongs to one lane. */
START_TEST(names)
{
    struct tw_slice list[] = {slice(0, 0, 0, 1, "a"), slice(1, 1, 0, 1, "b"),
                              slice(1, 1, 1, 2, "c")};
    json_t *about = json_object();
    struct tw_slices slices = {list, 3, 3, lanes, 2, about};
    json_t *root = parsed(&slices), *event;
    int processes = 0, threads = 0, zeros = 0;
    size_t i;
    json_array_foreach(json_object_get(root, "traceEvents"), i, event)
    {
        const char *name = json_string_value(json_object_get(event, "name"));
        processes += strcmp(name, "process_name") == 0;
        threads += strcmp(name, "thread_name") == 0;
        zeros += number(event, "pid") == 0 || number(event, "tid") == 0;
    }
    ck_assert_int_eq(processes, 3); /* a rank without slices too */
    ck_assert_int_eq(threads, 2);
    ck_assert_int_eq(zeros, 0);
    ck_assert(number(complete(root, 0), "tid") != number(complete(root, 1), "tid"));
    ck_assert(number(complete(root, 1), "tid") == number(complete(root, 2), "tid"));
    json_decref(root);
    json_decref(about);
}
END_TEST

static const struct {
    int rank, lane;
    double begin_s, end_s;
} wrong[] = {{0, 0, 1, .5},  {0, 0, -1, 1}, {0, 0, 0, INFINITY},
             {0, 0, 0, NAN}, {3, 0, 0, 1},  {0, 2, 0, 1}};

START_TEST(refused)
{
    struct tw_slice list[] = {
        slice(wrong[_i].rank, wrong[_i].lane, wrong[_i].begin_s, wrong[_i].end_s, "a")};
    json_t *about = json_object();
    struct tw_slices slices = {list, 1, 3, lanes, 2, about};
    struct tw_err err = {0};
    char *text;
    size_t size;
    ck_assert_int_eq(tw_perfetto_text(&slices, &text, &size, &err), TW_RANGE);
    ck_assert_ptr_null(text);
    json_decref(about);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results_perfetto");
    TCase *cases = tcase_create("perfetto");
    tcase_add_test(cases, read_back);
    tcase_add_test(cases, names);
    tcase_add_loop_test(cases, refused, 0, sizeof wrong / sizeof wrong[0]);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
