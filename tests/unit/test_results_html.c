/* links: tw_results */
/* Text that cannot be taken for markup, and base64. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "results/html.h"

#define NONE "\xEF\xBF\xBD" /* U+FFFD */

static const struct {
    const char *text, *expected;
} cases[] = {
    {NULL, ""},
    {"<script>alert('a & \"b\"')</script>",
     "&lt;script&gt;alert(&#39;a &amp; &quot;b&quot;&#39;)&lt;/script&gt;"},
    {"25 µs ÷ \xF0\x9F\x90\x9F\n\t", "25 µs ÷ \xF0\x9F\x90\x9F\n\t"},
    {"\x01 \x1b \x7f \r", NONE " " NONE " " NONE " " NONE},
    {"\xff<\xc3", NONE "&lt;" NONE},              /* no UTF-8; a character cut off */
    {"\xc0\xbc", NONE NONE},                      /* '<' in two bytes is not allowed */
    {"\xed\xa0\x80", NONE NONE NONE},             /* half a surrogate pair */
    {"\xEF\xBF\xBE \xEF\xBF\xBF", NONE " " NONE}, /* U+FFFE, U+FFFF: no characters of XML */
};

START_TEST(escaped)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    tw_html_text(out, cases[_i].text);
    fclose(out);
    ck_assert_str_eq(text, cases[_i].expected);
    free(text);
}
END_TEST

/* RFC 4648, section 10. */
static const struct {
    const char *bytes, *base64;
} vectors[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {"\xff\xfe", "//4="}};

START_TEST(pictures)
{
    char *text, expected[200];
    size_t size;
    FILE *out = open_memstream(&text, &size);
    tw_html_svg(out, vectors[_i].bytes, strlen(vectors[_i].bytes), "a\"b");
    fclose(out);
    snprintf(expected, sizeof expected,
             "<img alt=\"a&quot;b\" src=\"data:image/svg+xml;base64,%s\"/>", vectors[_i].base64);
    ck_assert_str_eq(text, expected);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results_html");
    TCase *tests = tcase_create("html");
    tcase_add_loop_test(tests, escaped, 0, sizeof cases / sizeof cases[0]);
    tcase_add_loop_test(tests, pictures, 0, sizeof vectors / sizeof vectors[0]);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
