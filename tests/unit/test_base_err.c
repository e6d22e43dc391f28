/* links: tw_base */
/* Status texts, errors as data, near misses, joined lists, and the name tables. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/exchange.h"
#include "base/member.h"
#include "base/work.h"

static const char *const names[] = {"none", "topk", "randk", "rtopk", "arctopk"};
#define COUNT (sizeof names / sizeof names[0])

START_TEST(every_status_has_a_text)
{
    for (int s = 0; s < TW_STATUS_COUNT; s++) {
        ck_assert_uint_gt(strlen(tw_status_text((tw_status)s)), 0);
        for (int t = 0; t < s; t++)
            ck_assert_str_ne(tw_status_text((tw_status)s), tw_status_text((tw_status)t));
    }
    ck_assert_ptr_nonnull(tw_status_text((tw_status)-1));
    ck_assert_ptr_nonnull(tw_status_text(TW_STATUS_COUNT));
}
END_TEST

START_TEST(set_keeps_the_place_and_clears_the_hint)
{
    struct tw_err err = {0};
    tw_err_at(&err, "a.xml", 7);
    ck_assert_int_eq(tw_err_set(&err, TW_INPUT, "first"), TW_INPUT);
    ck_assert_int_eq(tw_err_hint(&err, TW_INPUT, "write %d", 3), TW_INPUT);
    ck_assert_str_eq(err.hint, "write 3");
    ck_assert_int_eq(tw_err_set(&err, TW_RANGE, "eta %g is not in (0, 1]", 1.5), TW_RANGE);
    ck_assert_int_eq(err.status, TW_RANGE);
    ck_assert_str_eq(err.text, "eta 1.5 is not in (0, 1]");
    ck_assert_str_eq(err.hint, "");
    ck_assert_str_eq(err.file, "a.xml");
    ck_assert_int_eq(err.line, 7);
}
END_TEST

START_TEST(a_text_may_be_built_from_itself)
{
    struct tw_err err = {0};
    tw_err_set(&err, TW_INPUT, "bad number");
    tw_err_set(&err, TW_INPUT, "point 3: %s", err.text);
    ck_assert_str_eq(err.text, "point 3: bad number");
}
END_TEST

START_TEST(long_texts_are_cut)
{
    struct tw_err err = {0};
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    tw_err_set(&err, TW_INPUT, "%s", text);
    tw_err_hint(&err, TW_INPUT, "%s", text);
    tw_err_at(&err, text, 1);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    ck_assert_uint_eq(strlen(err.hint), sizeof err.hint - 1);
    ck_assert_uint_eq(strlen(err.file), sizeof err.file - 1);
    tw_err_at(&err, NULL, 0);
    ck_assert_str_eq(err.file, "");
}
END_TEST

START_TEST(a_null_err_returns_the_status)
{
    tw_err_at(NULL, "a", 1);
    ck_assert_int_eq(tw_err_set(NULL, TW_IO, "%d", 1), TW_IO);
    ck_assert_int_eq(tw_err_hint(NULL, TW_IO, "%d", 1), TW_IO);
}
END_TEST

/* Distances counted by hand: toppk→topk 1, arctop→arctopk 1, randdk→randk 1, TopK→topk 2 of at most
 * 1+4/3 = 2; powersgd is at least 5 from all, and 1+8/3 = 3. */
START_TEST(nearest_finds_slips_only)
{
    ck_assert_str_eq(tw_nearest("toppk", names, COUNT), "topk");
    ck_assert_str_eq(tw_nearest("arctop", names, COUNT), "arctopk");
    ck_assert_str_eq(tw_nearest("randdk", names, COUNT), "randk");
    ck_assert_str_eq(tw_nearest("TopK", names, COUNT), "topk");
    ck_assert_str_eq(tw_nearest("none", names, COUNT), "none");
    ck_assert_ptr_null(tw_nearest("powersgd", names, COUNT));
    ck_assert_ptr_null(tw_nearest("x", names, 0));
}
END_TEST

START_TEST(nearest_survives_any_length)
{
    char text[600];
    memset(text, 'k', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *long_names[] = {text, "topk"};
    ck_assert_ptr_null(tw_nearest(text, names, COUNT));
    ck_assert_str_eq(tw_nearest("topkk", long_names, 2), "topk");
}
END_TEST

START_TEST(join_cuts_with_a_mark)
{
    char buffer[64];
    ck_assert_str_eq(tw_join(names, COUNT, buffer, sizeof buffer), "none topk randk rtopk arctopk");
    ck_assert_str_eq(tw_join(names, 0, buffer, sizeof buffer), "");
    /* 29 letters need 30 bytes; with 29 the last name gives way to the mark (5 bytes with zero). */
    ck_assert_str_eq(tw_join(names, COUNT, buffer, 30), "none topk randk rtopk arctopk");
    ck_assert_str_eq(tw_join(names, COUNT, buffer, 29), "none topk randk rtopk …");
    for (size_t size = 1; size < 30; size++) {
        memset(buffer, '#', sizeof buffer);
        tw_join(names, COUNT, buffer, size);
        ck_assert_uint_lt(strlen(buffer), size);
        ck_assert_int_eq(buffer[size], '#');
        if (size > strlen(" …"))
            ck_assert_ptr_nonnull(strstr(buffer, " …"));
    }
    buffer[0] = '#';
    tw_join(names, COUNT, buffer, 0);
    ck_assert_int_eq(buffer[0], '#');
}
END_TEST

START_TEST(names_and_codes_agree)
{
    for (int k = 0; k < TW_KERNEL_COUNT; k++)
        ck_assert_int_eq(tw_kernel_by_name(tw_kernel_name((enum tw_kernel)k)), k);
    for (int k = 0; k < TW_REQUEST_COUNT; k++)
        ck_assert_int_eq(tw_request_by_name(tw_request_name((enum tw_request_kind)k)), k);
    for (int k = 0; k < TW_ELEMENT_COUNT; k++)
        ck_assert_int_eq(tw_element_by_name(tw_element_name((enum tw_element)k)), k);
    ck_assert_int_eq(tw_kernel_by_name("allreduce"), -1);
    ck_assert_int_eq(tw_request_by_name("sum"), -1);
    ck_assert_int_eq(tw_element_by_name(""), -1);
    ck_assert_uint_eq(tw_element_B(TW_ELEMENT_F32), 4);
    ck_assert_uint_eq(tw_element_B(TW_ELEMENT_F64), 8);
    ck_assert_uint_eq(tw_element_B(TW_ELEMENT_BF16), 2);
    ck_assert_uint_eq(tw_element_B(TW_ELEMENT_F16), 2);
    ck_assert_uint_eq(tw_element_B(TW_ELEMENT_BYTE), 1);
    ck_assert_uint_eq(tw_element_B(TW_ELEMENT_COUNT), 0);
}
END_TEST

START_TEST(members_are_found_by_name)
{
    const struct tw_member a = {.name = "ring"}, b = {.name = "binomial"};
    const struct tw_member *members[] = {&a, &b};
    ck_assert_int_eq(tw_member_index(members, 2, "ring"), 0);
    ck_assert_int_eq(tw_member_index(members, 2, "binomial"), 1);
    ck_assert_int_eq(tw_member_index(members, 2, "rin"), -1);
    ck_assert_int_eq(tw_member_index(members, 0, "ring"), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_err");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, every_status_has_a_text);
    tcase_add_test(tcase, set_keeps_the_place_and_clears_the_hint);
    tcase_add_test(tcase, a_text_may_be_built_from_itself);
    tcase_add_test(tcase, long_texts_are_cut);
    tcase_add_test(tcase, a_null_err_returns_the_status);
    tcase_add_test(tcase, nearest_finds_slips_only);
    tcase_add_test(tcase, nearest_survives_any_length);
    tcase_add_test(tcase, join_cuts_with_a_mark);
    tcase_add_test(tcase, names_and_codes_agree);
    tcase_add_test(tcase, members_are_found_by_name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
