/* links: tw_base */
/* Watts of a host as text. */
#include <check.h>
#include <stdlib.h>
#include "base/watts.h"

START_TEST(what_is_valid)
{
    static const char *const good[] = {"100:300", "0:0", "95.5:120:220.25", "1e2:1e3", ".5:1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct tw_err err = {0};
        ck_assert_msg(tw_watts_check(good[i], &err) == TW_OK, "%s: %s", good[i], err.text);
    }
}
END_TEST

START_TEST(what_is_not)
{
    static const struct {
        const char *text;
        tw_status status;
    } bad[] = {{"", TW_INPUT},
               {"100", TW_INPUT},
               {"100:", TW_INPUT},
               {"100:200:300:400", TW_INPUT},
               {"100:200,50:100", TW_INPUT},
               {"-1:2", TW_INPUT},
               {"nan:2", TW_INPUT},
               {"1: 2", TW_INPUT},
               {"1W:2W", TW_INPUT},
               {"300:100", TW_RANGE},
               {"100:90:200", TW_RANGE},
               {"1:1e999", TW_RANGE}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tw_err err = {0};
        tw_status status = tw_watts_check(bad[i].text, &err);
        ck_assert_msg(status == bad[i].status, "'%s': %d", bad[i].text, (int)status);
        ck_assert_ptr_nonnull(err.text);
        ck_assert_int_gt((int)err.hint[0], 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_watts");
    TCase *tests = tcase_create("watts");
    tcase_add_test(tests, what_is_valid);
    tcase_add_test(tests, what_is_not);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
