/* links: tw_workload tw_base */
/* Recordings: the shipped one, shapes, reuse, layouts, bad values. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "unit/test_workload_data.h"

#define SHIPPED TW_SOURCE_DIR "/scenarios/data/fmnist-softmax-4x4.npy"
#define SHIPPED_LAYOUT TW_SOURCE_DIR "/scenarios/data/fmnist-softmax-layout.csv"

static char npy[] = "/tmp/thinwire-rec-XXXXXX", csv[] = "/tmp/thinwire-csv-XXXXXX";

/* A .npy of doubles; value i is i + 1, but value `odd` is `instead`. */
static void write_npy(const char *shape, int count, int odd, double instead)
{
    char header[118 + 1];
    FILE *file = fopen(npy, "w");
    const int length = snprintf(header, sizeof header,
                                "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }", shape);

    ck_assert_ptr_nonnull(file);
    memset(header + length, ' ', sizeof header - (size_t)length);
    ck_assert_uint_eq(fwrite("\x93NUMPY\1\0\x76\0", 1, 10, file), 10);
    ck_assert_uint_eq(fwrite(header, 1, 118, file), 118);
    for (int i = 0; i < count; i++) {
        const double value = i == odd ? instead : i + 1;
        ck_assert_uint_eq(fwrite(&value, sizeof value, 1, file), 1); /* little-endian machines */
    }
    ck_assert_int_eq(fclose(file), 0);
}

static void write_csv(const char *text)
{
    FILE *file = fopen(csv, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static tw_status open_as(enum tw_precision precision, int ranks, uint32_t steps,
                         const char *const *texts, void **state, struct tw_err *err)
{
    const struct tw_workload *recorded = tw_workload_find("recorded", precision);
    union test_params params;
    const struct tw_workload_setup setup = {
        .precision = precision, .ranks = ranks, .batch = 1, .steps = steps, .params = &params};

    test_set_options(recorded, &params, texts);
    *err = (struct tw_err){0};
    return recorded->open(&setup, state, err);
}

static double first_value(void *state, int rank, uint32_t step)
{
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    struct tw_err err = {0};
    double out[16];

    ck_assert_int_eq(recorded->gradient(state, rank, step, NULL, out, &err), TW_OK);
    return out[0];
}

static const char *const plain[] = {"file", npy, NULL};
static const char *const cycle[] = {"file", npy, "reuse", "cycle", NULL};
static const char *const with_layout[] = {"file", npy, "layout", csv, NULL};

START_TEST(gives_what_is_recorded)
{
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    struct tw_err err;
    void *state;
    int count;

    write_npy("(3, 2, 5)", 30, -1,
              0); /* value at (step, rank, element): 10·step + 5·rank + element + 1 */
    ck_assert_msg(open_as(TW_FP64, 2, 3, plain, &state, &err) == TW_OK, "%s", err.text);
    ck_assert_uint_eq(recorded->dimension(state), 5);
    ck_assert_int_eq(recorded->tensors(state, &count)->vector, 1);
    ck_assert_int_eq(count, 1);
    for (uint32_t step = 0; step < 3; step++) {
        for (int rank = 0; rank < 2; rank++)
            ck_assert_double_eq(first_value(state, rank, step), 10 * (int)step + 5 * rank + 1);
    }
    recorded->close(state);
}
END_TEST

START_TEST(runs_out_or_cycles)
{
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    struct tw_err err;
    void *state;

    write_npy("(3, 2, 5)", 30, -1, 0);
    ck_assert_int_eq(open_as(TW_FP64, 3, 3, plain, &state, &err), TW_RANGE);
    ck_assert_ptr_nonnull(strstr(err.text, "3 steps of 2 ranks"));
    ck_assert_ptr_nonnull(strstr(err.hint, "cycle"));
    ck_assert_ptr_null(state);
    ck_assert_int_eq(open_as(TW_FP64, 2, 4, plain, &state, &err), TW_RANGE);
    ck_assert_int_eq(open_as(TW_FP64, 5, 9, cycle, &state, &err), TW_OK);
    ck_assert_double_eq(first_value(state, 3, 7), 10 * (7 % 3) + 5 * (3 % 2) + 1);
    recorded->close(state);

    write_npy("(3, 5)", 15, -1, 0); /* one rank */
    ck_assert_int_eq(open_as(TW_FP64, 2, 3, plain, &state, &err), TW_RANGE);
    ck_assert_int_eq(open_as(TW_FP64, 1, 3, plain, &state, &err), TW_OK);
    ck_assert_double_eq(first_value(state, 0, 2), 11);
    recorded->close(state);
}
END_TEST

START_TEST(bad_values_are_found_before_the_run)
{
    static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    struct tw_err err;
    void *state;

    for (int i = 0; i < 3; i++) {
        write_npy("(3, 2, 5)", 30, 10 * 2 + 5 * 1 + 3, bad[i]);
        ck_assert_int_eq(open_as(TW_FP64, 1, 1, plain, &state, &err), TW_CORRUPT);
        ck_assert_msg(strstr(err.text, "step 2, rank 1, element 3") != NULL, "%s", err.text);
        ck_assert_ptr_nonnull(strstr(err.text, npy));
    }
    write_npy("(3, 2, 5)", 30, 4, 1e39); /* fits in fp64 alone */
    ck_assert_int_eq(open_as(TW_FP32, 2, 3, plain, &state, &err), TW_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "too large for fp32"));
    ck_assert_int_eq(open_as(TW_FP64, 2, 3, plain, &state, &err), TW_OK);
    tw_workload_find("recorded", TW_FP64)->close(state);
}
END_TEST

START_TEST(shapes_are_checked)
{
    static const char *const shapes[] = {"(30,)", "(1, 3, 2, 5)", "(0, 2, 5)"};
    static const int counts[] = {30, 30, 0};
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP32);
    union test_params params;
    struct tw_err err = {0};

    for (int i = 0; i < 3; i++) {
        write_npy(shapes[i], counts[i], -1, 0);
        test_set_options(recorded, &params, plain);
        ck_assert_int_eq(tw_workload_check(recorded, &params, &err), TW_CORRUPT);
        ck_assert_ptr_nonnull(strstr(err.hint, "(steps, ranks, d)"));
    }
    test_set_options(recorded, &params, NULL);
    ck_assert_int_eq(tw_workload_check(recorded, &params, &err), TW_INPUT);
}
END_TEST

START_TEST(layouts_are_read)
{
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    const struct tw_tensor *tensors;
    struct tw_err err;
    void *state;
    int count;

    write_npy("(1, 2, 8)", 16, -1, 0);
    write_csv("name,offset,rows,columns\nw,0,2,3\r\nb,6,1,2\n");
    ck_assert_msg(open_as(TW_FP64, 2, 1, with_layout, &state, &err) == TW_OK, "%s", err.text);
    tensors = recorded->tensors(state, &count);
    ck_assert_int_eq(count, 2);
    ck_assert_str_eq(tensors[0].name, "w");
    ck_assert_uint_eq(tensors[0].rows, 2);
    ck_assert_int_eq(tensors[0].vector, 0);
    ck_assert_uint_eq(tensors[1].offset, 6);
    ck_assert_int_eq(tensors[1].vector, 1);
    recorded->close(state);
    write_csv("name,offset,rows,columns,vector\nw,0,1,8,0");
    ck_assert_int_eq(open_as(TW_FP64, 2, 1, with_layout, &state, &err), TW_OK);
    ck_assert_int_eq(recorded->tensors(state, &count)->vector, 0);
    recorded->close(state);
}
END_TEST

static const struct {
    const char *text, *word;
} bad_layouts[] = {
    {"", "empty"},
    {"name;offset\n", ":1: the first line"},
    {"name,offset,rows,columns\nw,0,2,3\nb,7,1,2\n", ":3: offset 7 leaves a hole"},
    {"name,offset,rows,columns\nw,0,2,3\nb,5,1,2\n", ":3: offset 5 leaves"},
    {"name,offset,rows,columns\nw,0,2,3\n", "hold 6 values, the recording has 8"},
    {"name,offset,rows,columns\nw,0,2\n", ":2: the line"},
    {"name,offset,rows,columns\nw,0,2,4,1\n", ":2: the line"},
    {"name,offset,rows,columns\nw,0,-2,4\n", ":2: the line"},
    {"name,offset,rows,columns\nw,0,2,4x\n", ":2: the line"},
    {"name,offset,rows,columns\n,0,2,4\n", ":2: a name"},
    {"name,offset,rows,columns\n\nw,0,2,4\n", ":2: a name"},
    {"name,offset,rows,columns,vector\nw,0,2,4,1\n", ":2: a vector has one row"},
    {"name,offset,rows,columns,vector\nw,0,1,8,2\n", ":2: vector is neither"},
    {"name,offset,rows,columns\nw,0,99999999999,9999999999\n", "overflow"},
    {"name,offset,rows,columns\nw,0,99999999999999999999,1\n", ":2: the line"},
};

START_TEST(bad_layouts_are_named_by_line)
{
    struct tw_err err;
    void *state;

    write_npy("(1, 2, 8)", 16, -1, 0);
    for (size_t i = 0; i < sizeof bad_layouts / sizeof bad_layouts[0]; i++) {
        write_csv(bad_layouts[i].text);
        ck_assert_int_eq(open_as(TW_FP64, 2, 1, with_layout, &state, &err), TW_CORRUPT);
        ck_assert_msg(strstr(err.text, bad_layouts[i].word) && strstr(err.text, csv), "%s: %s",
                      bad_layouts[i].text, err.text);
    }
    unlink(csv);
    ck_assert_int_eq(open_as(TW_FP64, 2, 1, with_layout, &state, &err), TW_IO);
}
END_TEST

/* The hash tells files apart, and the layout counts. */
START_TEST(hash_covers_both_files)
{
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    uint64_t hash[4];
    struct tw_err err;
    void *state;

    for (int i = 0; i < 4; i++) {
        write_npy("(1, 2, 8)", 16, i == 1 ? 7 : -1, 0.5);
        write_csv(i == 2 ? "name,offset,rows,columns\nw,0,4,2\n"
                         : "name,offset,rows,columns\nw,0,2,4\n");
        ck_assert_int_eq(open_as(TW_FP64, 2, 1, with_layout, &state, &err), TW_OK);
        hash[i] = recorded->data_hash(state);
        recorded->close(state);
    }
    ck_assert(hash[0] == hash[3] && hash[0] != hash[1] && hash[0] != hash[2]);
}
END_TEST

/* scenarios/data/: 4 steps × 4 ranks of softmax regression, d = 784·10 + 10. Rows of the weight
 * gradient of softmax add up to zero over the classes, as shares add up to one; half floats leave
 * 2^−11 of the largest term. */
START_TEST(shipped_recording_is_a_softmax_gradient)
{
    static const char *const texts[] = {"file", SHIPPED, "layout", SHIPPED_LAYOUT, NULL};
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    const struct tw_tensor *tensors;
    static double g[7850];
    struct tw_err err;
    void *state;
    int count;

    ck_assert_msg(open_as(TW_FP64, 4, 4, texts, &state, &err) == TW_OK, "%s", err.text);
    ck_assert_uint_eq(recorded->dimension(state), 7850);
    tensors = recorded->tensors(state, &count);
    ck_assert_int_eq(count, 2);
    ck_assert_uint_eq(tensors[0].rows, 10);
    ck_assert_uint_eq(tensors[0].columns, 784);
    for (int rank = 0; rank < 4; rank++) {
        double norm2 = 0;
        ck_assert_int_eq(recorded->gradient(state, rank, 3, NULL, g, &err), TW_OK);
        for (int i = 0; i < 785; i++) { /* 784 pixels and the bias */
            double sum = 0, largest = 0;
            for (int c = 0; c < 10; c++) {
                const double value = i < 784 ? g[c * 784 + i] : g[7840 + c];
                sum += value;
                largest = fmax(largest, fabs(value));
                norm2 += value * value;
            }
            ck_assert_double_le(fabs(sum), 10 * (largest / 2048 + 6e-8));
        }
        ck_assert(norm2 > 1e-4 && norm2 < 100);
    }
    recorded->close(state);
}
END_TEST

static void temporary(char *path)
{
    const int file = mkstemp(path);
    if (file >= 0)
        close(file);
}

int main(void)
{
    Suite *suite = suite_create("workload recorded");
    TCase *tests = tcase_create("recorded");
    SRunner *runner;
    int failed;

    temporary(npy);
    temporary(csv);
    tcase_add_test(tests, gives_what_is_recorded);
    tcase_add_test(tests, runs_out_or_cycles);
    tcase_add_test(tests, bad_values_are_found_before_the_run);
    tcase_add_test(tests, shapes_are_checked);
    tcase_add_test(tests, layouts_are_read);
    tcase_add_test(tests, bad_layouts_are_named_by_line);
    tcase_add_test(tests, hash_covers_both_files);
    tcase_add_test(tests, shipped_recording_is_a_softmax_gradient);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unlink(npy);
    unlink(csv);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
