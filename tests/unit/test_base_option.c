/* links: tw_base */
/* Option rows: parsing, bounds, defaults, hints and echo of every type. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"

struct params {
    double eta;
    uint64_t rank;
    int view;
    double time_s;
    char label[TW_TEXT_MAX];
    char file[TW_TEXT_MAX];
    double free;
};

static const char *const views[] = {"output", "input", "blocks", NULL};
static const struct tw_option rows[] = {
    {"eta", TW_OPTION_REAL, offsetof(struct params, eta), "0.5", 0, 1, 1, NULL, "", "momentum"},
    {"rank", TW_OPTION_COUNT, offsetof(struct params, rank), "4", 1, 0x1p53, 0, NULL, "columns",
     "rank of the sketch"},
    {"view", TW_OPTION_CHOICE, offsetof(struct params, view), "input", 0, 0, 0, views, "", "rows"},
    {"time", TW_OPTION_TIME, offsetof(struct params, time_s), "5us", 0, 1, 0, NULL, "", "pause"},
    {"label", TW_OPTION_TEXT, offsetof(struct params, label), "", 0, 0, 0, NULL, "", "free text"},
    {"file", TW_OPTION_FILE, offsetof(struct params, file), NULL, 0, 0, 0, NULL, "", "a path"},
    {"free", TW_OPTION_REAL, offsetof(struct params, free), "-1", -INFINITY, INFINITY, 0, NULL, "",
     "any number"},
};
#define COUNT (sizeof rows / sizeof rows[0])

static tw_status set(struct params *params, const char *name, const char *text, struct tw_err *err)
{
    *err = (struct tw_err){0};
    return tw_options_set(rows, COUNT, params, name, text, err);
}

START_TEST(defaults_are_filled)
{
    struct params params = {.file = "kept"};
    struct tw_err err = {0};
    ck_assert_int_eq(tw_options_defaults(rows, COUNT, &params, &err), TW_OK);
    ck_assert(params.eta == 0.5);
    ck_assert_uint_eq(params.rank, 4);
    ck_assert_int_eq(params.view, 1);
    ck_assert(params.time_s == 5 * 1e-6);
    ck_assert_str_eq(params.label, "");
    ck_assert_str_eq(params.file, "kept");
    ck_assert(params.free == -1);
}
END_TEST

START_TEST(a_bad_default_is_reported)
{
    const struct tw_option bad = {"eta", TW_OPTION_REAL, 0, "2", 0, 1, 0, NULL, "", ""};
    double value = 7;
    struct tw_err err = {0};
    ck_assert_int_eq(tw_options_defaults(&bad, 1, &value, &err), TW_RANGE);
    ck_assert(value == 7);
}
END_TEST

static const struct {
    const char *name, *text;
    tw_status status;
    const char *hint; /* a part of it */
} cases[] = {
    {"eta", "1", TW_OK, ""},
    {"eta", "1e-3", TW_OK, ""},
    {"eta", "0", TW_RANGE, "eta must be in (0, 1], default 0.5"},
    {"eta", "1.0000001", TW_RANGE, "in (0, 1]"},
    {"eta", "-0.5", TW_RANGE, "in (0, 1]"},
    {"eta", "nan", TW_INPUT, "0.25"},
    {"eta", "inf", TW_INPUT, "0.25"},
    {"eta", "1e999", TW_INPUT, "0.25"},
    {"eta", "0x1", TW_INPUT, "0.25"},
    {"eta", "0.5 ", TW_INPUT, "0.25"},
    {"eta", "", TW_INPUT, "0.25"},
    {"eta", "50%", TW_INPUT, "0.25"},
    {"rank", "1", TW_OK, ""},
    {"rank", "+8", TW_OK, ""},
    {"rank", "9007199254740992", TW_OK, ""},
    {"rank", "0", TW_RANGE, "rank must be in [1, 9007199254740992], default 4"},
    {"rank", "-3", TW_RANGE, "in [1"},
    {"rank", "99999999999999999999", TW_RANGE, "in [1"},
    {"rank", "2.5", TW_INPUT, "digits only"},
    {"rank", "1e3", TW_INPUT, "digits only"},
    {"rank", "", TW_INPUT, "digits only"},
    {"rank", "-", TW_INPUT, "digits only"},
    {"view", "blocks", TW_OK, ""},
    {"view", "outputs", TW_INPUT, "did you mean output? valid: output input blocks"},
    {"view", "", TW_INPUT, "valid: output input blocks"},
    {"time", "1.5ms", TW_OK, ""},
    {"time", "5", TW_INPUT, "5us"},
    {"time", "-1s", TW_RANGE, "time must be in [0s, 1s], default 5us"},
    {"time", "2s", TW_RANGE, "in [0s, 1s]"},
    {"label", "two words", TW_OK, ""},
    {"file", "../x.npy", TW_OK, ""},
    {"free", "-1e300", TW_OK, ""},
    {"etta", "1", TW_UNKNOWN, "did you mean eta? valid: eta rank view time label file free"},
    {"compression", "1", TW_UNKNOWN, "valid: eta"},
};

START_TEST(every_text_is_judged)
{
    struct params params = {0};
    struct tw_err err;
    struct params before = params;
    tw_status status = set(&params, cases[_i].name, cases[_i].text, &err);
    ck_assert_msg(status == cases[_i].status, "%s=%s: %s (%s)", cases[_i].name, cases[_i].text,
                  tw_status_text(status), err.text);
    ck_assert_msg(strstr(err.hint, cases[_i].hint) != NULL, "%s=%s: hint '%s'", cases[_i].name,
                  cases[_i].text, err.hint);
    if (status) {
        ck_assert_mem_eq(&params, &before, sizeof params); /* a refused text changes nothing */
        ck_assert_ptr_nonnull(strstr(err.text, cases[_i].name));
    }
}
END_TEST

START_TEST(long_texts_are_refused)
{
    struct params params = {0};
    struct tw_err err;
    char text[TW_TEXT_MAX + 1];
    memset(text, 'a', TW_TEXT_MAX);
    text[TW_TEXT_MAX] = '\0';
    ck_assert_int_eq(set(&params, "label", text, &err), TW_RANGE);
    text[TW_TEXT_MAX - 1] = '\0';
    ck_assert_int_eq(set(&params, "label", text, &err), TW_OK);
    ck_assert_int_eq(set(&params, "label", "b", &err), TW_OK);
    ck_assert_int_eq(params.label[2], '\0'); /* the rest of the field is zero: params are hashed */
    ck_assert_int_eq(params.label[TW_TEXT_MAX - 2], '\0');
}
END_TEST

START_TEST(options_of_nothing)
{
    struct tw_err err = {0};
    ck_assert_int_eq(tw_options_set(NULL, 0, NULL, "eta", "1", &err), TW_UNKNOWN);
    ck_assert_str_eq(err.hint, "it takes no options");
    ck_assert_int_eq(tw_options_defaults(NULL, 0, NULL, &err), TW_OK);
}
END_TEST

START_TEST(an_open_ended_range_is_said_so)
{
    const struct tw_option row = {"lr", TW_OPTION_REAL, 0, NULL, 0, INFINITY, 1, NULL, "", ""};
    double value = 0;
    struct tw_err err = {0};
    ck_assert_int_eq(tw_options_set(&row, 1, &value, "lr", "0", &err), TW_RANGE);
    ck_assert_str_eq(err.hint, "lr must be greater than 0");
}
END_TEST

START_TEST(print_reads_back)
{
    static const char *const texts[][2] = {
        {"eta", "0.1"},
        {"eta", "0.33333333333333331"},
        {"rank", "9007199254740991"},
        {"view", "input"},
        {"time", "3.7us"},
        {"label", "some text"},
        {"file", "a/b"},
        {"free", "-123456.789e-30"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct params params = {0}, again = {0};
        struct tw_err err;
        char text[TW_TEXT_MAX];
        const struct tw_option *row = rows;
        while (strcmp(row->name, texts[i][0]) != 0)
            row++;
        ck_assert_int_eq(set(&params, row->name, texts[i][1], &err), TW_OK);
        tw_option_print(row, &params, text, sizeof text);
        ck_assert_int_eq(set(&again, row->name, text, &err), TW_OK);
        ck_assert_mem_eq(&params, &again, sizeof params);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_option");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, defaults_are_filled);
    tcase_add_test(tcase, a_bad_default_is_reported);
    tcase_add_loop_test(tcase, every_text_is_judged, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tcase, long_texts_are_refused);
    tcase_add_test(tcase, options_of_nothing);
    tcase_add_test(tcase, an_open_ended_range_is_said_so);
    tcase_add_test(tcase, print_reads_back);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
