/* Small data sets and option texts for the workload tests: a directory of IDX files with a few
 * 28 × 28 images and a text, which THINWIRE_DATA points to, so that no package is needed. */
#ifndef TEST_WORKLOAD_DATA_H
#define TEST_WORKLOAD_DATA_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/rng.h"
#include "workload/workload.h"

static inline void test_put_u32(FILE *file, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};
    ck_assert_uint_eq(fwrite(bytes, 1, 4, file), 4);
}

/* Sample i has label i mod 10 and random pixels (seed 5). */
static inline void test_write_part(const char *root, const char *part, uint32_t samples)
{
    const struct tw_stream_key key = {.seed = 5, .purpose = TW_PURPOSE_TEST};
    struct tw_stream stream;
    char path[512];
    FILE *file;

    tw_stream_open(&stream, &key);
    snprintf(path, sizeof path, "%s/fashion-mnist/%s-images-idx3-ubyte.gz", root, part);
    ck_assert_ptr_nonnull(file = fopen(path, "w"));
    test_put_u32(file, 0x803);
    test_put_u32(file, samples);
    test_put_u32(file, 28);
    test_put_u32(file, 28);
    for (uint32_t i = 0; i < samples * 784; i++)
        fputc((int)gsl_rng_uniform_int(&stream.gsl, 256), file);
    ck_assert_int_eq(fclose(file), 0);
    snprintf(path, sizeof path, "%s/fashion-mnist/%s-labels-idx1-ubyte.gz", root, part);
    ck_assert_ptr_nonnull(file = fopen(path, "w"));
    test_put_u32(file, 0x801);
    test_put_u32(file, samples);
    for (uint32_t i = 0; i < samples; i++)
        fputc((int)(i % 10), file);
    ck_assert_int_eq(fclose(file), 0);
}

/* A text of 1500 bytes: words of a small alphabet drawn at random (seed 6). */
static inline void test_write_text(const char *root)
{
    static const char *const words[] = {"the ", "hacker ", "wrote ", "a ", "net.\n", "and "};
    const struct tw_stream_key key = {.seed = 6, .purpose = TW_PURPOSE_TEST};
    struct tw_stream stream;
    char path[512];
    FILE *file;

    tw_stream_open(&stream, &key);
    snprintf(path, sizeof path, "%s/jargon", root);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/jargon/jargon.info.gz", root);
    ck_assert_ptr_nonnull(file = fopen(path, "w"));
    for (int bytes = 0; bytes < 1500;)
        bytes += fprintf(file, "%.*s", 1500 - bytes, words[gsl_rng_uniform_int(&stream.gsl, 6)]);
    ck_assert_int_eq(fclose(file), 0);
}

/* Makes the data sets in a new directory, whose name is put into root (of at least 64 bytes) and
 * into THINWIRE_DATA. */
static inline void test_make_data(char *root, uint32_t train, uint32_t test)
{
    char path[128];

    strcpy(root, "/tmp/thinwire-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    snprintf(path, sizeof path, "%s/fashion-mnist", root);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    test_write_part(root, "train", train);
    test_write_part(root, "t10k", test);
    test_write_text(root);
    ck_assert_int_eq(setenv("THINWIRE_DATA", root, 1), 0);
}

static inline void test_remove_data(const char *root)
{
    static const char *const names[] = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                                        "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};
    char path[512];

    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/fashion-mnist/%s", root, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/fashion-mnist", root);
    rmdir(path);
    snprintf(path, sizeof path, "%s/jargon/jargon.info.gz", root);
    unlink(path);
    snprintf(path, sizeof path, "%s/jargon", root);
    rmdir(path);
    rmdir(root);
    unsetenv("THINWIRE_DATA");
}

/* Params from defaults and then name, value, name, value, …, NULL. */
static inline void test_set_options(const struct tw_workload *workload, void *params,
                                    const char *const *texts)
{
    const struct tw_member *member = &workload->member;
    struct tw_err err = {0};

    memset(params, 0, TW_PARAMS_MAX);
    ck_assert_msg(!tw_options_defaults(member->options, member->option_count, params, &err), "%s",
                  err.text);
    for (; texts && texts[0]; texts += 2)
        ck_assert_msg(!tw_options_set(member->options, member->option_count, params, texts[0],
                                      texts[1], &err),
                      "%s", err.text);
}

/* Storage for params of any member. */
union test_params {
    unsigned char bytes[TW_PARAMS_MAX];
    double align;
};

#endif
