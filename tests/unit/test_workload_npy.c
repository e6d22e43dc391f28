/* links: tw_workload tw_base */
/* .npy files written byte by byte. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "workload/npy.h"

struct bytes {
    uint8_t at[4096];
    size_t size;
};

/* Magic, version, header padded so that data starts at a multiple of 64, then the data. */
static struct bytes make(int major, const char *header, const void *data, size_t data_B)
{
    struct bytes b = {.size = 0};
    const size_t prefix = major == 1 ? 10 : 12;
    const size_t length = (prefix + strlen(header) + 1 + 63) / 64 * 64 - prefix;

    memcpy(b.at, "\x93NUMPY", 6);
    b.at[6] = (uint8_t)major;
    b.at[8] = (uint8_t)length;
    b.at[9] = (uint8_t)(length >> 8);
    memset(b.at + prefix, ' ', length);
    memcpy(b.at + prefix, header, strlen(header));
    b.at[prefix + length - 1] = '\n';
    memcpy(b.at + prefix + length, data, data_B);
    b.size = prefix + length + data_B;
    return b;
}

static tw_status parse(const struct bytes *b, struct tw_npy *npy, struct tw_err *err)
{
    /* exactly as many bytes as there are, so that a sanitizer sees a read beyond them */
    static uint8_t *copy;
    free(copy);
    copy = malloc(b->size + !b->size);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, b->at, b->size);
    return tw_npy_parse(copy, b->size, npy, err);
}

static const uint8_t little_f4[] = {0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x20, 0x41};
static const double expected[] = {1, -2, 10};

static void check_three(const struct bytes *b)
{
    struct tw_npy npy;
    struct tw_err err = {0};
    double out[3];

    ck_assert_msg(parse(b, &npy, &err) == TW_OK, "%s", err.text);
    ck_assert_uint_eq(npy.count, 3);
    tw_npy_read(&npy, 0, 3, out);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq(out[i], expected[i]);
    tw_npy_read(&npy, 2, 1, out);
    ck_assert_double_eq(out[0], 10);
}

START_TEST(reads_all_versions)
{
    static const char header[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), }";
    struct tw_npy npy;
    struct tw_err err = {0};

    for (int major = 1; major <= 3; major++) {
        struct bytes b = make(major, header, little_f4, sizeof little_f4);
        check_three(&b);
        ck_assert_int_eq(parse(&b, &npy, &err), TW_OK);
        ck_assert_int_eq(npy.dimensions, 2);
        ck_assert_uint_eq(npy.shape[0], 3);
        ck_assert_uint_eq(npy.shape[1], 1);
    }
}
END_TEST

START_TEST(reads_all_types)
{
    static const uint8_t little_f2[] = {0, 0x3c, 0, 0xc0, 0, 0x49};
    static const uint8_t big_f2[] = {0x3c, 0, 0xc0, 0, 0x49, 0};
    static const uint8_t big_f4[] = {0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0, 0x41, 0x20, 0, 0};
    static const uint8_t little_f8[] = {0, 0, 0, 0,    0, 0, 0xf0, 0x3f, 0, 0, 0,    0,
                                        0, 0, 0, 0xc0, 0, 0, 0,    0,    0, 0, 0x24, 0x40};
    static const uint8_t big_f8[] = {0x3f, 0xf0, 0, 0, 0,    0,    0, 0, 0xc0, 0, 0, 0,
                                     0,    0,    0, 0, 0x40, 0x24, 0, 0, 0,    0, 0, 0};
    static const struct {
        const char *type;
        const uint8_t *data;
        size_t size;
    } cases[] = {{"<f2", little_f2, 6}, {">f2", big_f2, 6},     {"<f4", little_f4, 12},
                 {">f4", big_f4, 12},   {"<f8", little_f8, 24}, {">f8", big_f8, 24}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char header[128];
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (3,), }",
                 cases[i].type);
        struct bytes b = make(1, header, cases[i].data, cases[i].size);
        check_three(&b);
    }
}
END_TEST

/* IEEE 754 binary16: smallest subnormal 2^−24, largest subnormal (1023/1024)·2^−14, smallest normal
 * 2^−14, largest 65504, infinity, NaN, −0. */
START_TEST(reads_every_kind_of_half)
{
    static const uint8_t data[] = {1, 0, 0xff, 3, 0, 4, 0xff, 0x7b, 0, 0xfc, 1, 0x7c, 0, 0x80};
    struct bytes b = make(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (7,), }", data, 14);
    struct tw_npy npy;
    struct tw_err err = {0};
    double x[7];

    ck_assert_int_eq(parse(&b, &npy, &err), TW_OK);
    tw_npy_read(&npy, 0, 7, x);
    ck_assert_double_eq(x[0], 5.9604644775390625e-8);
    ck_assert_double_eq(x[1], 1023.0 / 1024 / 16384);
    ck_assert_double_eq(x[2], 1.0 / 16384);
    ck_assert_double_eq(x[3], 65504);
    ck_assert_double_eq(x[4], (double)-INFINITY);
    ck_assert(isnan(x[5]));
    ck_assert(x[6] == 0 && signbit(x[6]));
}
END_TEST

START_TEST(does_not_rely_on_order_or_spaces)
{
    static const char *const headers[] = {
        "{'shape':(3,),'fortran_order':False,'descr':'<f4'}",
        "{ \"fortran_order\" : False , \"descr\" : \"<f4\" , \"shape\" : ( 3 , ) , }",
        "{'shape': (1, 3, 1), 'descr': '<f4', 'fortran_order': False}",
        "{'shape': (3L,), 'descr': '<f4', 'fortran_order': False}",
    };
    static const char scalar[] = "{'descr': '<f4', 'fortran_order': False, 'shape': ()}";
    struct tw_npy npy;
    struct tw_err err = {0};
    struct bytes b;

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        b = make(1, headers[i], little_f4, sizeof little_f4);
        check_three(&b);
    }
    b = make(1, scalar, little_f4, 4);
    ck_assert_int_eq(parse(&b, &npy, &err), TW_OK);
    ck_assert_int_eq(npy.dimensions, 0);
    ck_assert_uint_eq(npy.count, 1);
}
END_TEST

static const struct {
    const char *header, *word; /* of the error text */
    tw_status status;
} refused[] = {
    {"{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", "'|O'", TW_REFUSED},
    {"{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }", "'<i4'", TW_REFUSED},
    {"{'descr': '<f3', 'fortran_order': False, 'shape': (3,), }", "'<f3'", TW_REFUSED},
    {"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (3,), }", "structured",
     TW_REFUSED},
    {"{'descr': '<f4', 'fortran_order': True, 'shape': (3,), }", "fortran_order", TW_REFUSED},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,1,1,1,1,1,1,1,1), }", "dimensions",
     TW_REFUSED},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", "truncated", TW_CORRUPT},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "too long", TW_CORRUPT},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }", "whole numbers", TW_CORRUPT},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': 3, }", "tuple", TW_CORRUPT},
    {"{'descr': '<f4', 'fortran_order': False, }", "missing", TW_CORRUPT},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}", "unknown", TW_CORRUPT},
    {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", "twice",
     TW_CORRUPT},
    {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3,), }", "True nor", TW_CORRUPT},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } x", "follows", TW_CORRUPT},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,)", "expected", TW_CORRUPT},
    {"{'descr': '<f4", "string", TW_CORRUPT},
    {"[]", "dictionary", TW_CORRUPT},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "overflow",
     TW_CORRUPT},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,)}", "overflow",
     TW_CORRUPT},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "overflow",
     TW_CORRUPT},
};

START_TEST(refuses_by_name)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct bytes b = make(1, refused[i].header, little_f4, sizeof little_f4);
        struct tw_npy npy;
        struct tw_err err = {0};

        ck_assert_msg(parse(&b, &npy, &err) == refused[i].status, "%s: %s", refused[i].header,
                      err.text);
        ck_assert_msg(strstr(err.text, refused[i].word) != NULL, "%s: %s", refused[i].header,
                      err.text);
    }
}
END_TEST

START_TEST(refuses_every_truncation)
{
    for (int major = 1; major <= 3; major++) {
        struct bytes b = make(major, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
                              little_f4, sizeof little_f4);
        for (const size_t whole = b.size; b.size > 0;) {
            struct tw_npy npy;
            struct tw_err err = {0};
            b.size--;
            ck_assert_msg(parse(&b, &npy, &err) == TW_CORRUPT, "%zu of %zu bytes", b.size, whole);
        }
    }
    struct bytes b = make(4, "{}", "", 0);
    struct tw_npy npy;
    struct tw_err err = {0};
    ck_assert_int_eq(parse(&b, &npy, &err), TW_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "version 4.0"));
}
END_TEST

START_TEST(names_the_file)
{
    struct tw_npy npy;
    struct tw_err err = {0};
    char path[] = "/tmp/thinwire-npy-XXXXXX";
    const int file = mkstemp(path);

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(tw_npy_open(path, &npy, &err), TW_CORRUPT); /* empty */
    ck_assert_ptr_nonnull(strstr(err.text, path));
    ck_assert_int_eq((int)write(file, "PK\3\4 an npz is no npy", 21), 21);
    ck_assert_int_eq(tw_npy_open(path, &npy, &err), TW_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, path));
    ck_assert_ptr_null(npy.map.bytes);
    close(file);
    unlink(path);
    ck_assert_int_eq(tw_npy_open(path, &npy, &err), TW_IO);
    ck_assert_int_eq(tw_npy_open("/tmp", &npy, &err), TW_IO);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload npy");
    TCase *tests = tcase_create("npy");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, reads_all_versions);
    tcase_add_test(tests, reads_all_types);
    tcase_add_test(tests, reads_every_kind_of_half);
    tcase_add_test(tests, does_not_rely_on_order_or_spaces);
    tcase_add_test(tests, refuses_by_name);
    tcase_add_test(tests, refuses_every_truncation);
    tcase_add_test(tests, names_the_file);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
