/* links: tw_workload tw_base */
/* Texts: symbols, gzip, damage. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "workload/text.h"

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* Symbols are the bytes in their order: "banana\n" has '\n' a b n. The same text in gzip is the
 * same text; cut off, or of one byte only, it is refused. */
START_TEST(texts_are_read_or_refused)
{
    static const char plain[] = "banana\n";
    static const uint8_t expected[] = {2, 1, 3, 1, 3, 1, 0};
    char path[] = "/tmp/thinwire-text-XXXXXX";
    uint8_t packed[256];
    struct tw_text text, same;
    struct tw_err err = {0};
    z_stream z = {0};

    close(mkstemp(path));
    write_file(path, plain, 7);
    ck_assert_int_eq(tw_text_open(0, path, &text, &err), TW_OK);
    ck_assert_uint_eq(text.length, 7);
    ck_assert_uint_eq(text.vocabulary, 4);
    ck_assert_mem_eq(text.symbols, expected, 7);
    ck_assert_mem_eq(text.bytes, "\nabn", 4);
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (uint8_t *)(uintptr_t)plain;
    z.avail_in = 7;
    z.next_out = packed;
    z.avail_out = sizeof packed;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    write_file(path, packed, z.total_out);
    ck_assert_int_eq(tw_text_open(0, path, &same, &err), TW_OK);
    ck_assert(same.hash == text.hash && same.length == 7);
    tw_text_close(&same);
    write_file(path, packed, z.total_out - 6);
    ck_assert_int_eq(tw_text_open(0, path, &same, &err), TW_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, path));
    packed[z.total_out - 5] ^= 1; /* the check sum */
    write_file(path, packed, z.total_out);
    ck_assert_int_eq(tw_text_open(0, path, &same, &err), TW_CORRUPT);
    write_file(path, "aaaa", 4);
    ck_assert_int_eq(tw_text_open(0, path, &same, &err), TW_CORRUPT);
    write_file(path, "", 0);
    ck_assert_int_eq(tw_text_open(0, path, &same, &err), TW_CORRUPT);
    ck_assert_int_eq(tw_text_open(0, "/tmp", &same, &err), TW_IO);
    ck_assert_ptr_null(same.symbols);
    deflateEnd(&z);
    tw_text_close(&text);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload text");
    TCase *tests = tcase_create("text");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, texts_are_read_or_refused);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
