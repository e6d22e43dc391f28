/* links: tw_workload tw_base */
/* IDX files and data sets: what is read, and how damaged or missing ones are named. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "unit/test_workload_data.h"
#include "workload/dataset.h"
#include "workload/idx.h"

/* 2 × 3 bytes. */
static const uint8_t whole[] = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60};
static char path[] = "/tmp/thinwire-idx-XXXXXX";

static void put(const uint8_t *bytes, size_t size, int gzip)
{
    if (gzip) {
        gzFile file = gzopen(path, "wb");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(gzwrite(file, bytes, (unsigned)size), (int)size);
        ck_assert_int_eq(gzclose(file), Z_OK);
        return;
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static void expect(tw_status status, const char *word)
{
    struct tw_idx idx;
    struct tw_err err = {0};

    ck_assert_msg(tw_idx_read(path, 2, &idx, &err) == status, "%s", err.text);
    ck_assert_msg(strstr(err.text, word) && strstr(err.text, path), "%s", err.text);
    ck_assert_ptr_null(idx.values);
}

START_TEST(reads_plain_and_gzip)
{
    for (int gzip = 0; gzip < 2; gzip++) {
        struct tw_idx idx, again;
        struct tw_err err = {0};

        put(whole, sizeof whole, gzip);
        ck_assert_msg(tw_idx_read(path, 2, &idx, &err) == TW_OK, "%s", err.text);
        ck_assert_int_eq(idx.dimensions, 2);
        ck_assert_uint_eq(idx.size[0], 2);
        ck_assert_uint_eq(idx.size[1], 3);
        ck_assert_uint_eq(idx.count, 6);
        ck_assert_mem_eq(idx.values, whole + 12, 6);
        ck_assert_int_eq(tw_idx_read(path, 2, &again, &err), TW_OK);
        ck_assert(again.hash == idx.hash && idx.hash != 0);
        tw_idx_free(&idx);
        tw_idx_free(&again);
    }
}
END_TEST

START_TEST(names_damage)
{
    uint8_t bytes[sizeof whole + 1];
    uint8_t packed[256];
    size_t size;
    FILE *file;

    for (size_t cut = 0; cut < sizeof whole; cut++) {
        for (int gzip = 0; gzip < 2; gzip++) {
            put(whole, cut, gzip);
            expect(TW_CORRUPT, "truncated");
        }
    }
    memcpy(bytes, whole, sizeof whole);
    bytes[sizeof whole] = 0;
    put(bytes, sizeof bytes, 0);
    expect(TW_CORRUPT, "longer");
    put(bytes, sizeof bytes, 1);
    expect(TW_CORRUPT, "longer");
    for (int i = 0; i < 4; i++) { /* zero, zero, type, dimensions */
        memcpy(bytes, whole, sizeof whole);
        bytes[i] ^= 1;
        put(bytes, sizeof whole, 0);
        expect(TW_CORRUPT, "not an IDX");
    }
    memcpy(bytes, whole, sizeof whole);
    bytes[4] = 0xff; /* four thousand million rows */
    put(bytes, sizeof whole, 1);
    expect(TW_CORRUPT, "truncated");

    /* gzip cut anywhere, and with a bit of its data or check sum turned */
    put(whole, sizeof whole, 1);
    ck_assert_ptr_nonnull(file = fopen(path, "r"));
    size = fread(packed, 1, sizeof packed, file);
    fclose(file);
    for (size_t cut = 2; cut < size; cut++) {
        put(packed, cut, 0);
        expect(TW_CORRUPT, path);
    }
    packed[size - 6] ^= 0x10; /* within the CRC */
    put(packed, size, 0);
    expect(TW_CORRUPT, "damaged");
    unlink(path);
    expect(TW_IO, "No such file");
}
END_TEST

START_TEST(data_set_is_read)
{
    struct tw_dataset data;
    struct tw_err err = {0};
    char root[64];

    test_make_data(root, 30, 20);
    ck_assert_msg(tw_dataset_check(0, &err) == TW_OK, "%s", err.text);
    ck_assert_msg(tw_dataset_open(0, &data, &err) == TW_OK, "%s", err.text);
    ck_assert_uint_eq(data.features, 784);
    ck_assert_uint_eq(data.classes, 10);
    ck_assert_uint_eq(data.train.count, 30);
    ck_assert_uint_eq(data.test.count, 20);
    ck_assert_uint_eq(data.train.labels[13], 3);
    tw_dataset_close(&data);
    test_remove_data(root);
}
END_TEST

START_TEST(missing_data_names_the_package)
{
    struct tw_dataset data;
    struct tw_err err = {0};

    setenv("THINWIRE_DATA", "/nonexistent", 1);
    ck_assert_int_eq(tw_dataset_check(0, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/fashion-mnist/train-images"));
    ck_assert_ptr_nonnull(strstr(err.hint, "dataset-fashion-mnist"));
    ck_assert_ptr_nonnull(strstr(err.hint, "THINWIRE_DATA"));
    err = (struct tw_err){0};
    ck_assert_int_eq(tw_dataset_open(0, &data, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.hint, "dataset-fashion-mnist"));
    unsetenv("THINWIRE_DATA");
}
END_TEST

static void damage(const char *root, const char *name, long at, uint8_t value)
{
    char file_path[512];
    FILE *file;

    snprintf(file_path, sizeof file_path, "%s/fashion-mnist/%s", root, name);
    ck_assert_ptr_nonnull(file = fopen(file_path, "r+"));
    ck_assert_int_eq(fseek(file, at, SEEK_SET), 0);
    ck_assert_int_eq(fputc(value, file), value);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(data_set_must_be_consistent)
{
    struct tw_dataset data;
    struct tw_err err = {0};
    char root[64];

    test_make_data(root, 30, 20);
    damage(root, "train-labels-idx1-ubyte.gz", 8 + 17, 10); /* labels begin at byte 8 */
    ck_assert_int_eq(tw_dataset_open(0, &data, &err), TW_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "sample 17"));
    test_write_part(root, "train", 30);
    damage(root, "t10k-images-idx3-ubyte.gz", 11, 14); /* rows: 28 → 14 … */
    damage(root, "t10k-images-idx3-ubyte.gz", 15, 56); /* columns: 28 → 56, so the size is right */
    ck_assert_int_eq(tw_dataset_open(0, &data, &err), TW_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "14 × 56"));
    ck_assert_ptr_null(data.train.images);
    test_remove_data(root);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload idx");
    TCase *tests = tcase_create("idx");
    SRunner *runner;
    int failed;
    const int file = mkstemp(path);

    if (file < 0)
        return EXIT_FAILURE;
    close(file);
    tcase_add_test(tests, reads_plain_and_gzip);
    tcase_add_test(tests, names_damage);
    tcase_add_test(tests, data_set_is_read);
    tcase_add_test(tests, missing_data_names_the_package);
    tcase_add_test(tests, data_set_must_be_consistent);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unlink(path);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
