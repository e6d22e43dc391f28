/* links: tw_train */
/* Records kept once, and a run's JSON: round trip, and refusal of whatever was not written whole.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "train_toys.h"

enum { RANKS = 3 };

static void add_work(struct tw_record *record, int rank, uint64_t elements, uint64_t selected)
{
    struct tw_work work = {0};
    tw_work_add(&work, TW_KERNEL_SELECT, elements, selected);
    tw_work_add(&work, TW_KERNEL_UPDATE, elements + 1, 0);
    ck_assert_int_eq(tw_record_work(record, 1, 2, TW_STAGE_UPDATE, rank, &work), TW_OK);
    tw_work_free(&work);
}

static void add_exchange(struct tw_record *record, uint64_t last)
{
    struct tw_request requests[RANKS];
    for (int r = 0; r < RANKS; r++)
        requests[r] = (struct tw_request){.kind = TW_GATHER,
                                          .element = TW_ELEMENT_BYTE,
                                          .combine = TW_COMBINE_SUM,
                                          .count = r == RANKS - 1 ? last : 7};
    ck_assert_int_eq(tw_record_exchange(record, 0, 1, requests, RANKS), TW_OK);
}

START_TEST(items_as_given)
{
    struct tw_record record = {0};
    add_work(&record, 2, 10, 4);
    add_exchange(&record, 7);
    add_exchange(&record, UINT64_C(1) << 40);
    ck_assert_int_eq(record.count, 4);
    ck_assert_int_eq(record.items[0].rank, 2);
    ck_assert_int_eq(record.items[0].stage, TW_STAGE_UPDATE);
    ck_assert_int_eq(record.items[0].work.kernel, TW_KERNEL_SELECT);
    ck_assert_uint_eq(record.items[0].work.selected, 4);
    ck_assert_uint_eq(record.items[1].work.elements, 11);
    ck_assert_ptr_null(record.items[2].counts);
    ck_assert_uint_eq(record.items[2].count, 7);
    ck_assert_int_eq(record.items[2].kind, TW_GATHER);
    ck_assert_int_eq(record.items[2].element, TW_ELEMENT_BYTE);
    ck_assert_int_eq(record.items[2].stream, TW_STREAM_GRADIENT);
    ck_assert_int_eq(record.items[2].start, 0);
    ck_assert_int_eq(record.items[2].due, 0);
    ck_assert_ptr_nonnull(record.items[3].counts);
    ck_assert_uint_eq(record.items[3].counts[0], 7);
    ck_assert_uint_eq(record.items[3].counts[2], UINT64_C(1) << 40);
    tw_record_free(&record);
}
END_TEST

START_TEST(one_rank_exchanges_nothing)
{
    struct tw_record record = {0};
    struct tw_request request = {.kind = TW_SUM, .count = 5};
    ck_assert_int_eq(tw_record_exchange(&record, 0, 0, &request, 1), TW_OK);
    ck_assert_int_eq(record.count, 0);
    tw_record_free(&record);
}
END_TEST

START_TEST(counts_per_receiver_are_refused)
{
    struct tw_record record = {0};
    const uint64_t counts[2] = {1, 2};
    struct tw_request requests[2] = {{.kind = TW_ALL_TO_ALL, .counts = counts},
                                     {.kind = TW_ALL_TO_ALL, .counts = counts}};
    ck_assert_int_eq(tw_record_exchange(&record, 0, 0, requests, 2), TW_REFUSED);
    ck_assert_int_eq(record.count, 0);
    tw_record_free(&record);
}
END_TEST

/* One variant per step; equal ones share a record, whichever field differs makes another. */
static void make_record(struct tw_record *record, int variant)
{
    add_work(record, variant == 1 ? 0 : -1, variant == 2 ? 11 : 10, variant == 3 ? 5 : 4);
    add_exchange(record, variant == 4 ? 8 : variant == 5 ? 9 : 7);
    if (variant == 6)
        add_exchange(record, 7);
}

START_TEST(equal_records_are_kept_once)
{
    struct tw_run run = {.trace = {.ranks = RANKS}};
    struct tw_record record = {0};
    for (int t = 0; t < 1000; t++) {
        make_record(&record, t % 7);
        ck_assert_int_eq(tw_trace_append(&run.trace, &record), TW_OK);
        ck_assert_int_eq(record.count, 0);
    }
    ck_assert_uint_eq(run.trace.steps, 1000);
    ck_assert_int_eq(run.trace.record_count, 7);
    for (uint32_t t = 0; t < 1000; t++)
        ck_assert_uint_eq(run.trace.step_record[t], t % 7);
    tw_record_free(&record);
    tw_run_free(&run);
}
END_TEST

static void fill_run(struct tw_run *run)
{
    struct tw_record record = {0};
    *run = (struct tw_run){.trace = {.ranks = RANKS,
                                     .island = 1,
                                     .buckets = 2,
                                     .dimension = (UINT64_C(1) << 53) + 1,
                                     .memory_B_per_rank = 123456789012},
                           .diverged = 1,
                           .diverged_step = 5};
    const int variants[] = {0, 4, 0, 6, 5};
    for (int t = 0; t < 5; t++) {
        make_record(&record, variants[t]);
        ck_assert_int_eq(tw_trace_append(&run->trace, &record), TW_OK);
    }
    tw_record_free(&record);
    static const struct tw_curve_row rows[] = {{0, 0.1, NAN, 1e-310, -0.0},
                                               {3, 1.0 / 3, 1, 0, 0x1.fffffffffffffp1023},
                                               {UINT32_MAX, INFINITY, -INFINITY, NAN, NAN}};
    run->curve = malloc(sizeof rows);
    ck_assert_ptr_nonnull(run->curve);
    memcpy(run->curve, rows, sizeof rows);
    run->curve_count = run->curve_capacity = 3;
}

/* A file in memory: thousands of writes to a disk would take seconds. */
static char *temporary(void)
{
    static char path[64];
    int descriptor = memfd_create("trace", 0);
    ck_assert_int_ge(descriptor, 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return path;
}

static void write_run(const struct tw_run *run, const char *path)
{
    struct tw_err err = {0};
    int descriptor = open(path, O_WRONLY | O_TRUNC);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(tw_run_write(run, descriptor, &err), TW_OK);
    ck_assert_int_eq(close(descriptor), 0);
}

/* Text of a file, zero-terminated; caller frees. */
static char *slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    char *text = calloc(1, 1 << 16);
    ck_assert_ptr_nonnull(text);
    *size = fread(text, 1, (1 << 16) - 1, file);
    ck_assert_int_eq(fclose(file), 0);
    return text;
}

static void put(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static int same_bits(double a, double b)
{
    return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof a) == 0;
}

static void check_same(const struct tw_run *a, const struct tw_run *b)
{
    ck_assert_int_eq(a->trace.ranks, b->trace.ranks);
    ck_assert_int_eq(a->trace.island, b->trace.island);
    ck_assert_int_eq(a->trace.buckets, b->trace.buckets);
    ck_assert_uint_eq(a->trace.dimension, b->trace.dimension);
    ck_assert_uint_eq(a->trace.memory_B_per_rank, b->trace.memory_B_per_rank);
    ck_assert_int_eq(a->diverged, b->diverged);
    ck_assert_uint_eq(a->diverged_step, b->diverged_step);
    ck_assert_int_eq(a->curve_count, b->curve_count);
    for (int i = 0; i < a->curve_count; i++) {
        ck_assert_uint_eq(a->curve[i].step, b->curve[i].step);
        ck_assert(same_bits(a->curve[i].loss, b->curve[i].loss));
        ck_assert(same_bits(a->curve[i].accuracy, b->curve[i].accuracy));
        ck_assert(same_bits(a->curve[i].distance, b->curve[i].distance));
        ck_assert(same_bits(a->curve[i].gradient_norm2, b->curve[i].gradient_norm2));
    }
    /* Equal records are found equal by appending the one run's records to the other's trace. */
    ck_assert_int_eq(a->trace.record_count, b->trace.record_count);
    ck_assert_uint_eq(a->trace.steps, b->trace.steps);
    for (uint32_t t = 0; t < a->trace.steps; t++)
        ck_assert_uint_eq(a->trace.step_record[t], b->trace.step_record[t]);
}

START_TEST(round_trip)
{
    struct tw_run run, again;
    struct tw_err err = {0};
    const char *path = temporary();
    fill_run(&run);
    write_run(&run, path);
    ck_assert_msg(tw_run_read(&again, path, &err) == TW_OK, "%s", err.text);
    check_same(&run, &again);
    int records = run.trace.record_count;
    for (int i = 0; i < records; i++) {
        ck_assert_int_eq(tw_trace_append(&run.trace, &again.trace.records[i]), TW_OK);
        ck_assert_uint_eq(run.trace.step_record[run.trace.steps - 1], (unsigned)i);
    }
    ck_assert_int_eq(run.trace.record_count, records);
    tw_run_free(&again);
    tw_run_free(&run);
}
END_TEST

START_TEST(writing_again_gives_the_same_bytes)
{
    struct tw_run run, again;
    struct tw_err err = {0};
    const char *path = temporary();
    size_t size, size_again;
    fill_run(&run);
    write_run(&run, path);
    char *text = slurp(path, &size);
    ck_assert_int_eq(tw_run_read(&again, path, &err), TW_OK);
    write_run(&again, path);
    char *text_again = slurp(path, &size_again);
    ck_assert_uint_eq(size, size_again);
    ck_assert_int_eq(memcmp(text, text_again, size), 0);
    free(text);
    free(text_again);
    tw_run_free(&again);
    tw_run_free(&run);
}
END_TEST

/* A changed digit beyond what a double holds makes no other run. */
static int is_refused_or_same(const struct tw_run *run, const char *path, const char *text,
                              size_t size)
{
    struct tw_run again;
    struct tw_err err = {0};
    put(path, text, size);
    tw_status status = tw_run_read(&again, path, &err);
    if (status == TW_OK) {
        check_same(run, &again);
        tw_run_free(&again);
    }
    return status == TW_OK ? 2 : status == TW_CORRUPT;
}

static void refuse(const char *path, const char *text, size_t size, const char *what)
{
    struct tw_run run;
    struct tw_err err = {0};
    put(path, text, size);
    tw_status status = tw_run_read(&run, path, &err);
    ck_assert_msg(status == TW_CORRUPT, "%s was read with status %d", what, (int)status);
    ck_assert_ptr_null(run.curve);
    ck_assert_ptr_null(run.trace.records);
    ck_assert_ptr_nonnull(strstr(err.text, path));
}

START_TEST(every_prefix_is_refused)
{
    struct tw_run run;
    const char *path = temporary();
    size_t size;
    char what[64];
    fill_run(&run);
    write_run(&run, path);
    char *text = slurp(path, &size);
    ck_assert_uint_gt(size, 500);
    for (size_t length = 0; length < size; length++) {
        snprintf(what, sizeof what, "a prefix of %zu B", length);
        refuse(path, text, length, what);
    }
    free(text);
    tw_run_free(&run);
}
END_TEST

START_TEST(every_changed_byte_is_refused)
{
    struct tw_run run;
    const char *path = temporary();
    size_t size;
    int same = 0;
    fill_run(&run);
    write_run(&run, path);
    char *text = slurp(path, &size);
    for (size_t i = 0; i < size; i++) {
        char kept = text[i];
        text[i] = kept == '1' ? '2' : '1';
        int answer = is_refused_or_same(&run, path, text, size);
        ck_assert_msg(answer, "byte %zu, '%c', changed", i, kept);
        same += answer == 2;
        text[i] = kept;
    }
    ck_assert_int_le(same, 17); /* the digits of the one denormal number in the curve */
    free(text);
    tw_run_free(&run);
}
END_TEST

START_TEST(what_is_not_there)
{
    struct tw_run run;
    struct tw_err err = {0};
    ck_assert_int_eq(tw_run_read(&run, "/tmp/thinwire-no-such-file", &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "no-such-file"));
    fill_run(&run);
    int descriptor = open("/dev/full", O_WRONLY);
    if (descriptor >= 0) {
        err = (struct tw_err){0};
        ck_assert_int_eq(tw_run_write(&run, descriptor, &err), TW_IO);
        close(descriptor);
    }
    tw_run_free(&run);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("trace");
    tcase_add_test(tcase, items_as_given);
    tcase_add_test(tcase, one_rank_exchanges_nothing);
    tcase_add_test(tcase, counts_per_receiver_are_refused);
    tcase_add_test(tcase, equal_records_are_kept_once);
    tcase_add_test(tcase, round_trip);
    tcase_add_test(tcase, writing_again_gives_the_same_bytes);
    tcase_add_test(tcase, every_prefix_is_refused);
    tcase_add_test(tcase, every_changed_byte_is_refused);
    tcase_add_test(tcase, what_is_not_there);
    return toy_main(tcase, "train trace");
}
