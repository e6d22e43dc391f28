/* links: tw_workload tw_base */
/* Readers of .npz and safetensors, and recordings made of them: names, shapes, values, refusals.
 * The files are those of the fuzz corpus, which Python's zipfile and json wrote: w, (2, 3, 2, 2),
 * counts 0 … 23 in fp32; b, (2, 3, 2), counts 100 … 111 in fp64. So (step, rank) has w = 4(3·step +
 * rank) + 0 … 3 and b = 100 + 2(3·step + rank) + 0 … 1. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "unit/test_workload_data.h"
#include "workload/recording.h"

#define CORPUS TW_SOURCE_DIR "/tests/fuzz/corpus-arrays/"

static char folder[] = "/tmp/thinwire-arrays-XXXXXX";

static const char *const both[] = {CORPUS "ok-stored.npz", CORPUS "ok-deflated.npz",
                                   CORPUS "ok-comment.npz", CORPUS "ok-plain.safetensors"};

static tw_status open_options(const char *const *texts, int ranks, uint32_t steps, void **state,
                              struct tw_err *err)
{
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    union test_params params;
    const struct tw_workload_setup setup = {
        .precision = TW_FP64, .ranks = ranks, .batch = 1, .steps = steps, .params = &params};

    test_set_options(recorded, &params, texts);
    *err = (struct tw_err){0};
    return recorded->open(&setup, state, err);
}

static void path_of(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", folder, name);
}

static void write_file(const char *name, const void *bytes, size_t size)
{
    char path[256];
    FILE *file;

    path_of(path, sizeof path, name);
    ck_assert_ptr_nonnull(file = fopen(path, "w"));
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* safetensors of one F32 tensor called `name`, shaped by the text `shape`. */
static void write_tensor(const char *file, const char *name, const char *shape, const float *values,
                         size_t count)
{
    unsigned char bytes[512] = {0};
    const int length =
        snprintf((char *)bytes + 8, 300,
                 "{\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[0,%zu]}}", name, shape,
                 4 * count);

    bytes[0] = (unsigned char)length;
    memcpy(bytes + 8 + length, values, 4 * count);
    write_file(file, bytes, 8 + (size_t)length + 4 * count);
}

START_TEST(names_and_shapes_become_tensors)
{
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    const char *const texts[] = {"file", both[_i], NULL};
    const struct tw_tensor *tensors;
    struct tw_err err;
    void *state;
    int count, wrong = 0;

    ck_assert_msg(open_options(texts, 3, 2, &state, &err) == TW_OK, "%s", err.text);
    tensors = recorded->tensors(state, &count);
    ck_assert_int_eq(count, 2);
    ck_assert_str_eq(tensors[0].name, "w");
    ck_assert(tensors[0].rows == 2 && tensors[0].columns == 2 && !tensors[0].vector);
    ck_assert_str_eq(tensors[1].name, "b");
    ck_assert(tensors[1].offset == 4 && tensors[1].columns == 2 && tensors[1].vector);
    for (uint32_t step = 0; step < 2; step++) {
        for (int rank = 0; rank < 3; rank++) {
            const int at = 3 * (int)step + rank;
            double g[6];
            ck_assert_int_eq(recorded->gradient(state, rank, step, NULL, g, &err), TW_OK);
            for (int i = 0; i < 4; i++)
                wrong += g[i] != 4 * at + i;
            wrong += g[4] != 100 + 2 * at || g[5] != 101 + 2 * at;
        }
    }
    ck_assert_int_eq(wrong, 0);
    recorded->close(state);
    ck_assert_int_eq(open_options(texts, 4, 2, &state, &err), TW_RANGE);
    ck_assert_ptr_nonnull(strstr(err.text, "2 steps of 3 ranks"));
}
END_TEST

/* 1, −2 and the 256th multiple of the least half, 2^−24·256 = 2^−16; bfloat16 1, −2, 3. */
START_TEST(half_floats_are_exact)
{
    static const double expected[] = {1, -2, 1.0 / 65536, 1, -2, 3};
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    const char *const texts[] = {"file", CORPUS "ok-half.safetensors", NULL};
    struct tw_err err;
    double g[6];
    void *state;

    ck_assert_msg(open_options(texts, 1, 1, &state, &err) == TW_OK, "%s", err.text);
    ck_assert_int_eq(recorded->gradient(state, 0, 0, NULL, g, &err), TW_OK);
    for (size_t j = 0; j < 6; j++)
        ck_assert_double_eq(g[j], expected[j]);
    recorded->close(state);
}
END_TEST

static void write_layout(const char *text)
{
    write_file("layout.csv", text, strlen(text));
}

/* The layout puts b in front of w, and says that w has one column. */
START_TEST(layout_orders_named_tensors)
{
    static const struct {
        const char *text, *word;
    } bad[] = {{"name,offset,rows,columns\nw,0,2,3\n", "it has 1 tensors"},
               {"name,offset,rows,columns\nb,0,1,3\nw,3,1,3\n", "'w' holds 4 values"},
               {"name,offset,rows,columns\nb,0,1,2\nv,2,2,2\n", "tensor 'w'"},
               {"name,offset,rows,columns\nb,0,1,2\nw,2,2,1\nv,4,1,2\n", "it has 3 tensors"}};
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    char layout[256];
    const char *const texts[] = {"file", both[3], "layout", layout, NULL};
    const struct tw_tensor *tensors;
    struct tw_err err;
    double g[6];
    void *state;
    int count;

    path_of(layout, sizeof layout, "layout.csv");
    write_layout("name,offset,rows,columns\nb,0,1,2\nw,2,4,1\n");
    ck_assert_msg(open_options(texts, 3, 2, &state, &err) == TW_OK, "%s", err.text);
    tensors = recorded->tensors(state, &count);
    ck_assert(strcmp(tensors[0].name, "b") == 0 && tensors[1].rows == 4);
    ck_assert_int_eq(recorded->gradient(state, 1, 1, NULL, g, &err), TW_OK);
    ck_assert(g[0] == 108 && g[1] == 109 && g[2] == 16 && g[5] == 19);
    recorded->close(state);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_layout(bad[i].text);
        ck_assert_int_eq(open_options(texts, 3, 2, &state, &err), TW_CORRUPT);
        ck_assert_msg(strstr(err.text, bad[i].word) != NULL, "%s", err.text);
    }
}
END_TEST

/* Rank r has the values 10·r + 0 … 3 in two steps of two values. */
START_TEST(a_file_for_each_rank)
{
    const struct tw_workload *recorded = tw_workload_find("recorded", TW_FP64);
    char path[256], other[256];
    const char *const texts[] = {"file", path, "per_rank", "yes", NULL};
    union test_params params;
    struct tw_err err;
    double g[2];
    void *state;

    path_of(path, sizeof path, "run1-w00.safetensors");
    for (int r = 0; r < 3; r++) {
        const float values[4] = {(float)(10 * r), (float)(10 * r + 1), (float)(10 * r + 2),
                                 (float)(10 * r + 3)};
        char name[64];
        snprintf(name, sizeof name, "run1-w%02d.safetensors", r);
        write_tensor(name, "w", "[2,2]", values, 4);
    }
    ck_assert_msg(open_options(texts, 3, 2, &state, &err) == TW_OK, "%s", err.text);
    ck_assert_int_eq(recorded->gradient(state, 2, 1, NULL, g, &err), TW_OK);
    ck_assert(g[0] == 22 && g[1] == 23);
    recorded->close(state);
    ck_assert_int_eq(open_options(texts, 4, 2, &state, &err), TW_RANGE);
    test_set_options(recorded, &params, texts);
    ck_assert_int_eq(tw_workload_data_file(recorded, &params, 1, other, sizeof other), 1);
    ck_assert_ptr_nonnull(strstr(other, "/run1-w02.safetensors"));
    ck_assert_int_eq(tw_workload_data_file(recorded, &params, 2, other, sizeof other), 0);
    write_tensor("run1-w01.safetensors", "w", "[1,2]", (const float[2]){1, 2}, 2);
    ck_assert_int_eq(open_options(texts, 2, 1, &state, &err), TW_CORRUPT);
    ck_assert_msg(strstr(err.text, "run1-w01") && strstr(err.text, "1 steps"), "%s", err.text);
    write_tensor("run1-w01.safetensors", "v", "[2,2]", (const float[4]){1, 2, 3, 4}, 4);
    ck_assert_int_eq(open_options(texts, 2, 1, &state, &err), TW_CORRUPT);
    ck_assert_msg(strstr(err.text, "name and shape of rank 0") != NULL, "%s", err.text);
    for (int r = 0; r < 3; r++) {
        ck_assert(tw_recording_rank_file(path, (uint64_t)r, other, sizeof other));
        unlink(other);
    }
}
END_TEST

START_TEST(names_of_other_ranks)
{
    static const struct {
        const char *file, *seventh;
    } names[] = {{"grad_0.npy", "grad_7.npy"},
                 {"r3/g-000.npz", "r3/g-007.npz"},
                 {"0/x0y.npy", "0/x7y.npy"},
                 {"grad_1.npy", NULL},
                 {"0/grad.npy", NULL}};
    char path[64];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const int found = tw_recording_rank_file(names[i].file, 7, path, sizeof path);
        ck_assert_int_eq(found, names[i].seventh != NULL);
        if (found)
            ck_assert_str_eq(path, names[i].seventh);
    }
    ck_assert_int_eq(tw_recording_rank_file("grad_0.npy", 12345, path, 12), 0);
}
END_TEST

/* Every bad file says what is wrong, and with which file. */
START_TEST(bad_files_are_named)
{
    static const struct {
        const char *file, *word;
        tw_status status;
    } bad[] = {
        {"bad-truncated.npz", "end record", TW_CORRUPT},
        {"bad-crc.npz", "checksum", TW_CORRUPT},
        {"bad-size.npz", "unpack to the size", TW_CORRUPT},
        {"bad-bomb.npz", "deflate can", TW_CORRUPT},
        {"bad-encrypted.npz", "encrypted", TW_REFUSED},
        {"bad-bzip2.npz", "method 12", TW_REFUSED},
        {"bad-name.npz", "w.txt", TW_REFUSED},
        {"bad-member.npz", "truncated", TW_CORRUPT},
        {"bad-truncated.safetensors", "truncated", TW_CORRUPT},
        {"bad-overlap.safetensors", "overlap", TW_CORRUPT},
        {"bad-shape.safetensors", "does not fit its data_offsets", TW_CORRUPT},
        {"bad-type.safetensors", "'I64' is not read", TW_REFUSED},
        {"bad-json.safetensors", "not JSON", TW_CORRUPT},
        {"bad-long-name.safetensors", "63 bytes", TW_REFUSED},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[512];
        const char *const texts[] = {"file", path, NULL};
        struct tw_err err;
        void *state;

        snprintf(path, sizeof path, "%s%s", CORPUS, bad[i].file);
        ck_assert_int_eq(open_options(texts, 1, 1, &state, &err), bad[i].status);
        ck_assert_msg(strstr(err.text, bad[i].word) && strstr(err.text, bad[i].file), "%s",
                      err.text);
    }
}
END_TEST

START_TEST(bad_shapes_and_values_are_named)
{
    static const float values[4] = {1, 2, (float)__builtin_nanf(""), 4};
    char path[256];
    const char *const texts[] = {"file", path, NULL};
    struct tw_err err;
    void *state;

    path_of(path, sizeof path, "x.safetensors");
    write_tensor("x.safetensors", "layer.w", "[1,2,2]", values, 4);
    ck_assert_int_eq(open_options(texts, 2, 1, &state, &err), TW_CORRUPT);
    ck_assert_msg(strstr(err.text, "step 0, rank 1, tensor layer.w, element 0 is nan"), "%s",
                  err.text);
    write_tensor("x.safetensors", "layer.w", "[4]", values, 4);
    ck_assert_int_eq(open_options(texts, 2, 1, &state, &err), TW_CORRUPT);
    ck_assert_msg(strstr(err.text, "'layer.w'") && strstr(err.hint, "(steps, ranks, …"), "%s",
                  err.text);
    write_file("x.safetensors", "hello world", 11);
    ck_assert_int_eq(open_options(texts, 2, 1, &state, &err), TW_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "neither .npy nor .npz nor safetensors"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload arrays");
    TCase *tests = tcase_create("arrays");
    SRunner *runner;
    char path[256];
    int failed;

    if (!mkdtemp(folder))
        return EXIT_FAILURE;
    tcase_add_loop_test(tests, names_and_shapes_become_tensors, 0, 4);
    tcase_add_test(tests, half_floats_are_exact);
    tcase_add_test(tests, layout_orders_named_tensors);
    tcase_add_test(tests, a_file_for_each_rank);
    tcase_add_test(tests, names_of_other_ranks);
    tcase_add_test(tests, bad_files_are_named);
    tcase_add_test(tests, bad_shapes_and_values_are_named);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    path_of(path, sizeof path, "layout.csv");
    unlink(path);
    path_of(path, sizeof path, "x.safetensors");
    unlink(path);
    rmdir(folder);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
