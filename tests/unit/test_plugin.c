/* links: tw_base tw_compressors plugin_template_f32 plugin_template_f64 */
/* What is said of tables that cannot be used: the template's, with one thing changed at a time. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "plugin.h"

extern const struct tw_plugin tw_plugin_table;

struct changed {
    struct tw_plugin table;
    struct tw_compressor f32, f64;
    struct tw_option rows[1];
};

static void copy(struct changed *to)
{
    to->table = tw_plugin_table;
    to->f32 = *tw_plugin_table.f32;
    to->f64 = *tw_plugin_table.f64;
    to->rows[0] = to->f32.member.options[0];
    to->f32.member.options = to->f64.member.options = to->rows;
    to->table.f32 = &to->f32;
    to->table.f64 = &to->f64;
}

/* Checks, expects a refusal with these words, and starts anew. */
static void refused(struct changed *changed, const char *words)
{
    struct tw_err err = {0};
    ck_assert_msg(tw_plugin_check(&changed->table, &err) == TW_INPUT, "not refused: %s", words);
    ck_assert_msg(strstr(err.text, words) || strstr(err.hint, words), "'%s', not '%s'", err.text,
                  words);
    copy(changed);
}

static void refused_by_op(struct changed *changed, void *callback)
{
    memset(callback, 0, sizeof(void (*)(void)));
    refused(changed, "a callback of 'stride' is missing");
}

START_TEST(test_template)
{
    struct changed changed;
    copy(&changed);
    ck_assert_int_eq(tw_plugin_check(&tw_plugin_table, NULL), TW_OK);
    ck_assert_int_eq(tw_plugin_check(&changed.table, NULL), TW_OK);
    ck_assert_ptr_eq(tw_plugin_ops(&tw_plugin_table, TW_FP64), tw_plugin_table.f64);
    changed.table.f64 = NULL; /* one precision is enough */
    ck_assert_int_eq(tw_plugin_check(&changed.table, NULL), TW_OK);
    changed.table.f32 = NULL;
    refused(&changed, "it has no compressor");
}
END_TEST

START_TEST(test_builds)
{
    struct changed changed;
    copy(&changed);
    changed.table.version = 7;
    refused(&changed, "it is of version 7");
    changed.table.version = 7;
    refused(&changed, "valid: 1");
    changed.table.size_B[0]--;
    refused(&changed, "its struct tw_compressor has ");
    changed.table.size_B[TW_PLUGIN_STRUCTURE_COUNT - 1] = 1;
    refused(&changed, "its struct tw_work_item has 1 bytes, not 24"); /* enum, padding, 2 × 8 */
    changed.table.size_B[1]++;
    refused(&changed, "build it again with this release's header");
    changed.table.f32 = &changed.f64;
    refused(&changed, "of the wrong precision");
}
END_TEST

START_TEST(test_members)
{
    struct changed changed;
    copy(&changed);
    changed.f32.member.name = "topk";
    refused(&changed, "'topk', as a built-in one");
    changed.f32.member.name = "with space";
    refused(&changed, "lower-case letters");
    changed.f64.member.name = "other";
    refused(&changed, "say different things of themselves");
    changed.f32.member.requests = 1U << TW_REQUEST_COUNT;
    refused(&changed, "its requests 0x40 are not known"); /* six kinds: bit 6 is the next */
    changed.f32.member.requests = 1U << TW_MERGE;         /* and no merge() */
    refused(&changed, "a callback of 'stride' is missing");
    refused_by_op(&changed, &changed.f32.digest);
    refused_by_op(&changed, &changed.f64.try_alone);
}
END_TEST

START_TEST(test_options)
{
    struct changed changed;
    copy(&changed);
    changed.rows[0].name = "plugin";
    refused(&changed, "its option 1 has no usable name");
    changed.rows[0].offset = 1; /* 8 bytes from 1 on, of 8 */
    refused(&changed, "its option stride lies outside its params");
    changed.rows[0].fallback = "0"; /* at least 1 */
    refused(&changed, "it has a wrong default: ");
    changed.rows[0].type = (enum tw_option_type)99;
    refused(&changed, "its option stride lies outside its params");
    changed.f32.member.params_size = TW_PARAMS_MAX + 1;
    refused(&changed, "more than 1280");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plug-in tables");
    TCase *all = tcase_create("all");
    tcase_add_test(all, test_template);
    tcase_add_test(all, test_builds);
    tcase_add_test(all, test_members);
    tcase_add_test(all, test_options);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
