/* links: tw_results tw_base */
/* The store: what was appended is there again, whatever happened in between. */
#include <sys/wait.h>
#include "results_case.h"

static struct tw_store *opened(int shard, int shards, int fresh)
{
    struct tw_store *store;
    struct tw_err err = {0};
    CHECK_OK(tw_store_open(scratch, shard, shards, fresh, &store, &err));
    return store;
}

static void append(struct tw_store *store, const char *key, double step_time_s, double wall_s)
{
    struct tw_err err = {0};
    json_t *row = row_of(key, step_time_s, wall_s);
    CHECK_OK(tw_store_append(store, row, &err));
    json_decref(row);
}

static double step_time_of(const struct tw_store *store, const char *key)
{
    const json_t *row = tw_store_find(store, key);
    ck_assert_msg(row != NULL, "no row of %s", key);
    return json_real_value(json_object_get(json_object_get(row, "point"), "step_time_s"));
}

static int lines_of(const char *name)
{
    char *text = text_of(in_scratch(name));
    int lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    free(text);
    return lines;
}

START_TEST(resumes_where_it_stopped)
{
    struct tw_store *store = opened(0, 1, 0);
    ck_assert_ptr_null(tw_store_find(store, "k1"));
    append(store, "k1", 1.0 / 3, 5);
    ck_assert(step_time_of(store, "k1") == 1.0 / 3);
    tw_store_close(store);
    store = opened(0, 1, 0);
    ck_assert(step_time_of(store, "k1") == 1.0 / 3); /* 17 digits: the same double */
    append(store, "k2", 0.1, 5);
    tw_store_close(store);
    store = opened(0, 1, 0);
    ck_assert(step_time_of(store, "k1") == 1.0 / 3);
    ck_assert(step_time_of(store, "k2") == 0.1);
    tw_store_close(store);
    ck_assert_int_eq(lines_of("rows-0-of-1.jsonl"), 2);
}
END_TEST

START_TEST(a_torn_last_line_is_cut_off)
{
    struct tw_store *store = opened(0, 1, 0);
    append(store, "k1", 1, 5);
    append(store, "k2", 2, 5);
    tw_store_close(store);
    char *text = text_of(in_scratch("rows-0-of-1.jsonl"));
    size_t first = strcspn(text, "\n") + 1, all = strlen(text);
    /* a kill may leave any beginning of the second line */
    for (size_t size = first; size < all; size += 7) {
        ck_assert_int_eq(truncate(in_scratch("rows-0-of-1.jsonl"), (off_t)size), 0);
        store = opened(0, 1, 0);
        ck_assert(step_time_of(store, "k1") == 1);
        ck_assert_ptr_null(tw_store_find(store, "k2"));
        append(store, "k2", 2, 5);
        tw_store_close(store);
        char *again = text_of(in_scratch("rows-0-of-1.jsonl"));
        ck_assert_str_eq(again, text);
        free(again);
    }
    free(text);
}
END_TEST

START_TEST(a_torn_line_of_another_shard_is_left_alone)
{
    struct tw_err err = {0};
    struct tw_store *store = opened(1, 2, 0);
    append(store, "k1", 1, 5);
    tw_store_close(store);
    FILE *to = fopen(in_scratch("rows-1-of-2.jsonl"), "a");
    fputs("{\"key\":\"k2\",\"poi", to);
    fclose(to);
    char *before = text_of(in_scratch("rows-1-of-2.jsonl"));
    CHECK_OK(tw_store_open(scratch, 0, 2, 0, &store, &err));
    ck_assert(step_time_of(store, "k1") == 1);
    ck_assert_ptr_null(tw_store_find(store, "k2"));
    tw_store_close(store);
    char *after = text_of(in_scratch("rows-1-of-2.jsonl"));
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
}
END_TEST

START_TEST(a_broken_line_is_named)
{
    struct tw_store *store = opened(0, 1, 0);
    struct tw_err err = {0};
    append(store, "k1", 1, 5);
    tw_store_close(store);
    static const char *const bad[] = {
        "{\"key\":\"k2\",\"po\n",    "\n", "[]\n", "{\"key\":\"k2\"}\n", "{\"point\":{}}\n",
        "{\"key\":7,\"point\":{}}\n"};
    char *good = text_of(in_scratch("rows-0-of-1.jsonl"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_text(in_scratch("rows-0-of-1.jsonl"), good);
        FILE *to = fopen(in_scratch("rows-0-of-1.jsonl"), "a");
        fputs(bad[i], to);
        fclose(to);
        ck_assert_int_eq(tw_store_open(scratch, 0, 1, 0, &store, &err), TW_CORRUPT);
        ck_assert_ptr_null(store);
        ck_assert_ptr_nonnull(strstr(err.file, "rows-0-of-1.jsonl"));
        ck_assert_int_eq(err.line, 2);
        ck_assert_ptr_nonnull(strstr(err.hint, "--fresh"));
    }
    free(good);
}
END_TEST

START_TEST(equal_rows_of_a_key_are_one)
{
    struct tw_err err = {0};
    struct tw_store *store = opened(0, 2, 0);
    append(store, "k1", 1, 5);
    append(store, "k1", 1, 6); /* only the cost differs: not written again */
    tw_store_close(store);
    ck_assert_int_eq(lines_of("rows-0-of-2.jsonl"), 1);
    /* another shard found the same, at another cost, while this one was closed */
    char *text = text_of(in_scratch("rows-0-of-2.jsonl")), *wall = strstr(text, "5.0");
    ck_assert_ptr_nonnull(wall);
    *wall = '7';
    put_text(in_scratch("rows-1-of-2.jsonl"), text);
    free(text);
    CHECK_OK(tw_store_open(scratch, 0, 2, 0, &store, &err));
    ck_assert(step_time_of(store, "k1") == 1);
    tw_store_close(store);
}
END_TEST

START_TEST(unequal_rows_of_a_key_are_an_error)
{
    struct tw_err err = {0};
    struct tw_store *store = opened(0, 2, 0);
    append(store, "k1", 1, 5);
    json_t *row = row_of("k1", 1 + 0x1p-52, 5); /* the last bit counts */
    ck_assert_int_eq(tw_store_append(store, row, &err), TW_CORRUPT);
    ck_assert_str_eq(err.text, "two rows of key k1 differ in point.step_time_s");
    json_decref(row);
    tw_store_close(store);
    ck_assert_int_eq(lines_of("rows-0-of-2.jsonl"), 1);
    char *text = text_of(in_scratch("rows-0-of-2.jsonl")), *loss = strstr(text, "1.25");
    ck_assert_ptr_nonnull(loss);
    loss[3] = '6';
    put_text(in_scratch("rows-1-of-2.jsonl"), text);
    free(text);
    ck_assert_int_eq(tw_store_open(scratch, 0, 2, 0, &store, &err), TW_CORRUPT);
    ck_assert_str_eq(err.text, "two rows of key k1 differ in steps");
    ck_assert_ptr_nonnull(strstr(err.file, "rows-1-of-2.jsonl"));
    ck_assert_int_eq(err.line, 1);
}
END_TEST

START_TEST(a_second_writer_is_refused)
{
    struct tw_err err = {0};
    struct tw_store *store = opened(0, 2, 0), *second;
    ck_assert_int_eq(tw_store_open(scratch, 0, 2, 0, &second, &err), TW_REFUSED);
    ck_assert_ptr_null(second);
    ck_assert_ptr_nonnull(strstr(err.file, "rows-0-of-2.jsonl"));
    /* nor may anyone start over while a shard is at work */
    ck_assert_int_eq(tw_store_open(scratch, 0, 1, 1, &second, &err), TW_REFUSED);
    struct tw_store *other = opened(1, 2, 0); /* its own file is free */
    tw_store_close(other);
    tw_store_close(store);
    store = opened(0, 2, 0);
    tw_store_close(store);
    ck_assert_int_eq(tw_store_open(scratch, 2, 2, 0, &store, &err), TW_RANGE);
    ck_assert_int_eq(tw_store_open(scratch, -1, 2, 0, &store, &err), TW_RANGE);
}
END_TEST

START_TEST(fresh_starts_over)
{
    struct tw_store *store = opened(0, 2, 0);
    struct tw_err err = {0};
    append(store, "k0", 1, 5);
    tw_store_close(store);
    store = opened(1, 2, 0);
    append(store, "k1", 1, 5);
    json_t *failure = json_pack("{s:s}", "key", "k2");
    CHECK_OK(tw_store_failed(store, failure, &err));
    json_decref(failure);
    tw_store_close(store);
    store = opened(1, 2, 1); /* of two: only the own rows go, the others are not looked at */
    ck_assert_ptr_null(tw_store_find(store, "k0"));
    ck_assert_ptr_null(tw_store_find(store, "k1"));
    tw_store_close(store);
    store = opened(1, 2, 0);
    ck_assert_ptr_nonnull(tw_store_find(store, "k0"));
    tw_store_close(store);
    ck_assert_int_eq(lines_of("failed.jsonl"), 1);
    store = opened(0, 1, 1); /* alone: everything goes */
    ck_assert_ptr_null(tw_store_find(store, "k0"));
    tw_store_close(store);
    store = opened(0, 2, 0);
    ck_assert_ptr_null(tw_store_find(store, "k0"));
    tw_store_close(store);
    ck_assert_int_ne(access(in_scratch("failed.jsonl"), F_OK), 0);
}
END_TEST

START_TEST(rows_are_checked_against_the_columns)
{
    static const struct {
        const char *part, *name, *value, *text;
    } cases[] = {
        {"point", "step_times", "1", "points.csv has no column 'step_times'"},
        {"point", "step_time_s", "\"1\"", "points.csv: column step_time_s takes a number"},
        {"point", "method", "3", "points.csv: column method takes a text"},
        {"point", "nodes", "4.0", "points.csv: column nodes takes an integer"},
        {"point", "seed", "\"-1\"", "points.csv: column seed takes an integer"},
        {"cost", "wall", "1", "cost.csv has no column 'wall'"},
    };
    struct tw_store *store = opened(0, 1, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tw_err err = {0};
        json_t *row = row_of("k1", 1, 5);
        json_object_set_new(json_object_get(row, cases[i].part), cases[i].name,
                            json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
        ck_assert_int_eq(tw_store_append(store, row, &err), TW_INTERNAL);
        ck_assert_str_eq(err.text, cases[i].text);
        json_decref(row);
    }
    struct tw_err err = {0};
    json_t *row = row_of("k1", 1, 5);
    json_object_set_new(json_array_get(json_object_get(row, "steps"), 1), "los", json_real(1));
    ck_assert_int_eq(tw_store_append(store, row, &err), TW_INTERNAL);
    ck_assert_str_eq(err.text, "steps.csv has no column 'los'");
    json_decref(row);
    row = json_object();
    ck_assert_int_eq(tw_store_append(store, row, &err), TW_INTERNAL);
    json_decref(row);
    ck_assert_ptr_null(tw_store_find(store, "k1"));
    tw_store_close(store);
    ck_assert_int_eq(lines_of("rows-0-of-1.jsonl"), 0);
}
END_TEST

START_TEST(failures_are_lines_of_their_own)
{
    struct tw_err err = {0};
    struct tw_store *store = opened(0, 1, 0);
    put_text(in_scratch("failed.jsonl"), "{\"key\":\"torn");
    json_t *failure = json_pack("{s:s, s:s}", "key", "k2", "message", "two\nlines");
    CHECK_OK(tw_store_failed(store, failure, &err));
    char *text = text_of(in_scratch("failed.jsonl"));
    ck_assert_str_eq(text, "{\"key\":\"torn\n{\"key\":\"k2\",\"message\":\"two\\nlines\"}\n");
    free(text);
    json_decref(failure);
    failure = json_array();
    ck_assert_int_eq(tw_store_failed(store, failure, &err), TW_INTERNAL);
    json_decref(failure);
    tw_store_close(store);
}
END_TEST

START_TEST(shards_append_at_once)
{
    /* eight writers of one folder, killed or not, must leave whole lines of 50 rows each */
    enum { WRITERS = 8, ROWS = 50 };
    pid_t children[WRITERS];
    for (int w = 0; w < WRITERS; w++) {
        children[w] = fork();
        ck_assert_int_ge(children[w], 0);
        if (children[w] == 0) {
            struct tw_err err = {0};
            struct tw_store *store;
            int failed = tw_store_open(scratch, w, WRITERS, 0, &store, &err) != TW_OK;
            for (int i = 0; !failed && i < ROWS; i++) {
                char key[32];
                snprintf(key, sizeof key, "k%d-%d", w, i);
                json_t *row = row_of(key, i, w), *failure = json_pack("{s:s}", "key", key);
                failed = tw_store_append(store, row, &err) || tw_store_failed(store, failure, &err);
                json_decref(row);
                json_decref(failure);
            }
            tw_store_close(store);
            _exit(failed);
        }
    }
    for (int w = 0; w < WRITERS; w++) {
        int state;
        ck_assert_int_eq(waitpid(children[w], &state, 0), children[w]);
        ck_assert(WIFEXITED(state) && WEXITSTATUS(state) == 0);
    }
    struct tw_store *store = opened(0, 1, 0);
    for (int w = 0; w < WRITERS; w++)
        for (int i = 0; i < ROWS; i++) {
            char key[32];
            snprintf(key, sizeof key, "k%d-%d", w, i);
            ck_assert(step_time_of(store, key) == i);
        }
    tw_store_close(store);
    ck_assert_int_eq(lines_of("failed.jsonl"), WRITERS * ROWS);
}
END_TEST

START_TEST(a_directory_that_cannot_be_made_is_named)
{
    struct tw_err err = {0};
    struct tw_store *store;
    put_text(in_scratch("file"), "");
    ck_assert_int_eq(tw_store_open(in_scratch("file/run"), 0, 1, 0, &store, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.file, "/file"));
    ck_assert_int_eq(tw_store_open("", 0, 1, 0, &store, &err), TW_INPUT);
    /* a folder whose name glob would read as a pattern */
    char odd[256];
    snprintf(odd, sizeof odd, "%s", in_scratch("a[1]*/b"));
    CHECK_OK(tw_store_open(odd, 0, 1, 0, &store, &err));
    append(store, "k1", 1, 5);
    tw_store_close(store);
    CHECK_OK(tw_store_open(odd, 1, 2, 0, &store, &err));
    ck_assert(step_time_of(store, "k1") == 1);
    tw_store_close(store);
}
END_TEST

RUN_SUITE("results_store", resumes_where_it_stopped, a_torn_last_line_is_cut_off,
          a_torn_line_of_another_shard_is_left_alone, a_broken_line_is_named,
          equal_rows_of_a_key_are_one, unequal_rows_of_a_key_are_an_error,
          a_second_writer_is_refused, fresh_starts_over, rows_are_checked_against_the_columns,
          failures_are_lines_of_their_own, shards_append_at_once,
          a_directory_that_cannot_be_made_is_named)
