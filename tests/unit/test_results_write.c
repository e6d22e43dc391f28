/* links: tw_results tw_base */
/* points.csv, steps.csv and cost.csv as bytes; keys; replacing files. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include "results/columns.h"
#include "results_case.h"

/* A store with rows of these keys, appended in this order. */
static struct tw_store *store_of(const char *const *keys, int count)
{
    struct tw_err err = {0};
    struct tw_store *store;
    CHECK_OK(tw_store_open(scratch, 0, 1, 1, &store, &err));
    for (int i = 0; i < count; i++) {
        json_t *row = row_of(keys[i], 0.1 * (keys[i][1] - '0'), 5);
        CHECK_OK(tw_store_append(store, row, &err));
        json_decref(row);
    }
    return store;
}

START_TEST(writes_the_columns_of_the_contract)
{
    static const char *const keys[] = {"k2", "k9", "k1"}, *const axes[] = {"nodes", "rho", "a,b"};
    static const char *const values[] = {"16", "0.01", "", "16", "0.01", "", "16", "0.01", ""};
    const struct tw_sheet sheet = {keys, 3, axes, 3, values};
    struct tw_err err = {0};
    int missing;
    struct tw_store *store = store_of((const char *const[]){"k1", "k2"}, 2);
    CHECK_OK(tw_results_write(store, scratch, &sheet, &missing, &err));
    tw_store_close(store);
    ck_assert_int_eq(missing, 1); /* k9 */
    char *text = text_of(in_scratch("points.csv"));
    /* the axis nodes is a column already; 0.1·2 is 0.2 = 0x1.999999999999ap-3, in 17 digits
     * 0.20000000000000001; final_loss is null; the axis "a,b" has no text */
    ck_assert_str_eq(
        text,
        "key,scenario,method,compressor,feedback,collective,network,nodes,ranks,island,"
        "bandwidth_Bps,latency_s,ratio,dimension,rep,seed,status,status_step,compute_source,"
        "data_source,steps,step_time_s,step_time_sd_s,compute_s,compress_s,transfer_s,exposed_s,"
        "wait_s,sent_B_per_rank,messages_per_rank,wire_ratio,memory_B_per_rank,final_loss,"
        "final_accuracy,final_distance,target_loss,steps_to_target,time_to_target_s,total_time_s,"
        "rho,\"a,b\"\n"
        "k2,,\"arc, \"\"fused\"\"\",,,,,16,,,,,,,,,ok,,,,,0.20000000000000001,,,,,,,,,,,,,,,,,,"
        "0.01,\n"
        "k1,,\"arc, \"\"fused\"\"\",,,,,16,,,,,,,,,ok,,,,,0.10000000000000001,,,,,,,,,,,,,,,,,,"
        "0.01,\n");
    free(text);
    text = text_of(in_scratch("steps.csv"));
    ck_assert_str_eq(text, "key,step,time_s,step_time_s,loss,accuracy,distance,gradient_norm2,"
                           "sent_B_per_rank\n"
                           "k2,0,,,2.5,,,,\nk2,10,,,1.25,,,,\nk1,0,,,2.5,,,,\nk1,10,,,1.25,,,,\n");
    free(text);
    text = text_of(in_scratch("cost.csv"));
    ck_assert_str_eq(text, "key,data_key,data_wall_s,data_reused,time_wall_s,peak_rss_B\n"
                           "k2,d,,,5,\nk1,d,,,5,\n");
    free(text);
}
END_TEST

START_TEST(integers_keep_all_their_digits)
{
    static const char *const keys[] = {"k1"};
    struct tw_err err = {0};
    int missing;
    struct tw_store *store;
    CHECK_OK(tw_store_open(scratch, 0, 1, 1, &store, &err));
    json_t *row = row_of("k1", 1, 5), *point = json_object_get(row, "point");
    json_object_set_new(point, "dimension", json_integer(9007199254740993)); /* 2^53 + 1 */
    json_object_set_new(point, "seed", json_string("18446744073709551615")); /* 2^64 − 1 */
    CHECK_OK(tw_store_append(store, row, &err));
    CHECK_OK(tw_results_write(store, scratch, &(struct tw_sheet){keys, 1, NULL, 0, NULL}, &missing,
                              &err));
    char *text = text_of(in_scratch("points.csv"));
    ck_assert_ptr_nonnull(strstr(text, ",9007199254740993,,18446744073709551615,ok,"));
    free(text);
    json_decref(row);
    tw_store_close(store);
}
END_TEST

/* The three files, one after the other. */
static char *all_bytes(void)
{
    char *points = text_of(in_scratch("points.csv")), *steps = text_of(in_scratch("steps.csv"));
    char *cost = text_of(in_scratch("cost.csv")), *all = NULL;
    ck_assert_int_gt(asprintf(&all, "%s\f%s\f%s", points, steps, cost), 0);
    free(points);
    free(steps);
    free(cost);
    return all;
}

START_TEST(the_order_of_appending_leaves_no_trace)
{
    static const char *const orders[][4] = {
        {"k1", "k2", "k3", "k4"}, {"k4", "k3", "k2", "k1"}, {"k3", "k1", "k4", "k2"}};
    static const char *const axes[] = {"rho"}, *const values[] = {"1", "2", "3", "4"};
    const struct tw_sheet sheet = {orders[0], 4, axes, 1, values};
    struct tw_err err = {0};
    int missing;
    char *first = NULL;
    for (int i = 0; i < 6; i++) {
        struct tw_store *store = store_of(orders[i % 3], 4);
        if (i >= 3) { /* and as resumed */
            tw_store_close(store);
            CHECK_OK(tw_store_open(scratch, 0, 1, 0, &store, &err));
        }
        CHECK_OK(tw_results_write(store, scratch, &sheet, &missing, &err));
        ck_assert_int_eq(missing, 0);
        tw_store_close(store);
        char *bytes = all_bytes();
        if (first)
            ck_assert_str_eq(bytes, first);
        else
            first = strdup(bytes);
        free(bytes);
    }
    free(first);
}
END_TEST

/* An axis that changes nothing for a method: two points, one key. Each has its row in points.csv;
 * what belongs to the key alone is written once. */
START_TEST(points_of_one_key_have_a_row_each)
{
    static const char *const keys[] = {"k1", "k1"}, *const axes[] = {"rho"};
    static const char *const values[] = {"0.01", "0.05"};
    const struct tw_sheet sheet = {keys, 2, axes, 1, values};
    struct tw_err err = {0};
    int missing;
    struct tw_store *store = store_of(keys, 1);
    CHECK_OK(tw_results_write(store, scratch, &sheet, &missing, &err));
    tw_store_close(store);
    ck_assert_int_eq(missing, 0);
    char *text = text_of(in_scratch("points.csv"));
    ck_assert_ptr_nonnull(strstr(text, ",0.01\nk1,"));
    ck_assert_ptr_nonnull(strstr(text, ",0.05\n"));
    free(text);
    text = text_of(in_scratch("steps.csv"));
    ck_assert_ptr_eq(strstr(strstr(text, "k1,0,") + 1, "k1,0,"), NULL);
    free(text);
}
END_TEST

/* Rows that another shard has appended after this one opened are in the CSV. */
START_TEST(other_shards_rows_are_taken_in_before_writing)
{
    static const char *const keys[] = {"k1", "k2"};
    struct tw_err err = {0};
    struct tw_store *first, *second;
    int missing;
    CHECK_OK(tw_store_open(scratch, 0, 2, 0, &first, &err));
    CHECK_OK(tw_store_open(scratch, 1, 2, 0, &second, &err));
    json_t *row = row_of("k2", 0.2, 5);
    CHECK_OK(tw_store_append(second, row, &err));
    json_decref(row);
    row = row_of("k1", 0.1, 5);
    CHECK_OK(tw_store_append(first, row, &err));
    json_decref(row);
    CHECK_OK(tw_results_write(first, scratch, &(struct tw_sheet){keys, 2, NULL, 0, NULL}, &missing,
                              &err));
    ck_assert_int_eq(missing, 0);
    tw_store_close(first);
    tw_store_close(second);
}
END_TEST

START_TEST(failed_keeps_what_still_has_no_row)
{
    static const char *const keys[] = {"k1"};
    struct tw_err err = {0};
    int missing;
    put_text(in_scratch("failed.jsonl"), "");
    struct tw_store *store = store_of(keys, 1);
    put_text(in_scratch("failed.jsonl"),
             "{\"key\":\"k1\"}\n{\"key\":\"k2\",\"signal\":6}\nscrap\n{\"key\":\"k1\"}\n");
    CHECK_OK(tw_results_write(store, scratch, &(struct tw_sheet){keys, 1, NULL, 0, NULL}, &missing,
                              &err));
    char *text = text_of(in_scratch("failed.jsonl"));
    ck_assert_str_eq(text, "{\"key\":\"k2\",\"signal\":6}\nscrap\n");
    free(text);
    put_text(in_scratch("failed.jsonl"), "{\"key\":\"k1\"}\n");
    CHECK_OK(tw_results_write(store, scratch, &(struct tw_sheet){keys, 1, NULL, 0, NULL}, &missing,
                              &err));
    ck_assert_int_ne(access(in_scratch("failed.jsonl"), F_OK), 0);
    tw_store_close(store);
}
END_TEST

/* How many files of scratch end in .tmp. */
static int leftovers(void)
{
    DIR *folder = opendir(scratch);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        count += length > 4 && !strcmp(entry->d_name + length - 4, ".tmp");
    }
    closedir(folder);
    return count;
}

START_TEST(replacing_is_all_or_nothing)
{
    struct tw_err err = {0};
    CHECK_OK(tw_file_replace(scratch, "x", "old", 3, &err));
    CHECK_OK(tw_file_replace(scratch, "x", "new\0!", 5, &err));
    char *text;
    size_t size;
    CHECK_OK(tw_file_load(in_scratch("x"), &text, &size, &err));
    ck_assert_int_eq(size, 5);
    ck_assert_mem_eq(text, "new\0!", 6);
    free(text);
    ck_assert_int_eq(leftovers(), 0);
    /* a name that cannot be replaced: the error names the file, nothing is left behind */
    ck_assert_int_eq(mkdir(in_scratch("points.csv"), 0777), 0);
    ck_assert_int_eq(tw_file_replace(scratch, "points.csv", "a", 1, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.file, "/points.csv"));
    ck_assert_ptr_nonnull(strstr(err.text, "cannot write"));
    ck_assert_ptr_nonnull(strstr(err.text, strerror(EISDIR)));
    ck_assert_int_eq(leftovers(), 0);
}
END_TEST

START_TEST(an_unwritable_directory_is_named)
{
    static const char *const keys[] = {"k1"};
    struct tw_err err = {0};
    int missing;
    struct tw_store *store = store_of(keys, 1);
    CHECK_OK(tw_results_write(store, scratch, &(struct tw_sheet){keys, 1, NULL, 0, NULL}, &missing,
                              &err));
    char *before = all_bytes();
    /* root writes anywhere but into what the kernel keeps */
    const char *closed = geteuid() ? scratch : "/proc";
    if (geteuid())
        ck_assert_int_eq(chmod(scratch, 0555), 0);
    ck_assert_int_eq(
        tw_results_write(store, closed, &(struct tw_sheet){keys, 1, NULL, 0, NULL}, &missing, &err),
        TW_IO);
    ck_assert_int_eq(chmod(scratch, 0777), 0);
    ck_assert_ptr_nonnull(strstr(err.file, closed));
    ck_assert_ptr_nonnull(strstr(err.file, "/points.csv"));
    char *after = all_bytes();
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    tw_store_close(store);
}
END_TEST

START_TEST(keys_are_what_xxhsum_prints)
{
    /* printf '' | xxhsum -H2; printf 'thinwire' | xxhsum -H2; printf '{"seed":1}' | xxhsum -H2
     * (xxhsum 0.8.1 of Yann Collet). The first is also XXH3's published value for no input. */
    static const char *const known[][2] = {{"", "99aa06d3014798d86001c324468d497f"},
                                           {"thinwire", "314d64642f9b79d81813fc9e4d1644f6"},
                                           {"{\"seed\":1}", "3f065b01631318a0d9f5bc4a0e8d6a7e"}};
    char key[33];
    for (int i = 0; i < 3; i++) {
        tw_key_of(known[i][0], strlen(known[i][0]), key);
        ck_assert_str_eq(key, known[i][1]);
    }
}
END_TEST

RUN_SUITE("results_write", writes_the_columns_of_the_contract, integers_keep_all_their_digits,
          the_order_of_appending_leaves_no_trace, points_of_one_key_have_a_row_each,
          other_shards_rows_are_taken_in_before_writing, failed_keeps_what_still_has_no_row,
          replacing_is_all_or_nothing, an_unwritable_directory_is_named,
          keys_are_what_xxhsum_prints)
