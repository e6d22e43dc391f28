/* links: tw_train */
/* A run's JSON: round trip, and refusal of whatever was not written whole. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "train/trace_json.h"
#include "train_records.h"

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
    static const struct tw_trace_tensor tensors[] = {{"layers.0.weight", 1ULL << 40, 1},
                                                     {"layers.1 \"b\"", 0, 0}};
    run->trace.tensors = malloc(sizeof tensors);
    ck_assert_ptr_nonnull(run->trace.tensors);
    memcpy(run->trace.tensors, tensors, sizeof tensors);
    run->trace.tensor_count = 2;
    const int variants[] = {0, 4, 0, 6, 5};
    for (int t = 0; t < 6; t++) {
        make_record(&record, t < 5 ? variants[t] : 0);
        for (int field = 0; t == 5 && field < FIELDS; field++)
            change_field(&record.items[0], &record.items[2], field);
        ck_assert_int_eq(tw_trace_append(&run->trace, &record), TW_OK);
    }
    static const uint64_t pairs[RANKS][RANKS] = {{0, 3, 3}, {4, 0, 3}, {3, 3, 5}};
    struct tw_request requests[RANKS];
    for (int r = 0; r < RANKS; r++)
        requests[r] = (struct tw_request){.kind = TW_ALL_TO_ALL, .counts = pairs[r]};
    ck_assert_int_eq(tw_record_exchange(&record, 0, 0, requests, RANKS), TW_OK);
    ck_assert_int_eq(tw_trace_append(&run->trace, &record), TW_OK);
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
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the bits are what is compared */
    return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof a) == 0;
}

static void check_same(const struct tw_run *a, const struct tw_run *b)
{
    ck_assert_int_eq(a->trace.ranks, b->trace.ranks);
    ck_assert_int_eq(a->trace.island, b->trace.island);
    ck_assert_int_eq(a->trace.buckets, b->trace.buckets);
    ck_assert_int_eq(a->trace.tensor_count, b->trace.tensor_count);
    for (int i = 0; i < a->trace.tensor_count; i++) {
        ck_assert_str_eq(a->trace.tensors[i].name, b->trace.tensors[i].name);
        ck_assert_uint_eq(a->trace.tensors[i].values, b->trace.tensors[i].values);
        ck_assert_int_eq(a->trace.tensors[i].bucket, b->trace.tensors[i].bucket);
    }
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

/* Digests do not make nonsense sense: each change is signed anew, and must still be refused. */
static void sign_and_put(const char *path, const char *body)
{
    char digest[TW_RUN_DIGEST_SIZE];
    json_error_t error;
    json_t *json = json_loads(body, 0, &error);
    ck_assert_msg(json != NULL, "%s in %s", error.text, body);
    char *canonical = json_dumps(json, TW_RUN_CANONICAL);
    tw_run_digest(canonical, digest);
    json_t *whole =
        json_pack("{s:o,s:i,s:s}", "run", json, "thinwire_run", TW_RUN_VERSION, "xxh3", digest);
    ck_assert_int_eq(json_dump_file(whole, path, TW_RUN_CANONICAL), 0);
    json_decref(whole);
    free(canonical);
}

static const char *const nonsense_base =
    "{'buckets':1,'curve':[[0,1.5,null,null,null]],'dimension':8,'diverged':null,'island':1,"
    "'memory_B_per_rank':9,'ranks':2,'records':[[{'bucket':0,'elements':8,'phase':0,'rank':-1,"
    "'selected':0,'stage':'method','work':'add'},{'bucket':0,'combine':'sum','counts':[1,2],"
    "'due':0,'element':'f32','exchange':'allgather','phase':0,'root':0,'start':0,"
    "'stream':'gradient'}]],'steps':[0,0],'tensors':[['w',8,0]]}";
static const char *const nonsense[][2] = {
    {"'ranks':2", "'ranks':0"},
    {"'ranks':2", "'ranks':3"},
    {"'ranks':2", "'ranks':2.5"},
    {"'ranks':2", "'ranks':4294967298"},
    {"'island':1", "'island':0"},
    {"'buckets':1", "'buckets':-1"},
    {"'dimension':8", "'dimension':-8"},
    {"'dimension':8", "'dimension':'8'"},
    {"'steps':[0,0]", "'steps':[0,1]"},
    {"'steps':[0,0]", "'steps':[-1]"},
    {"'steps':[0,0]", "'steps':0"},
    {"'steps':[0,0]", "'more':1,'steps':[]"},
    {"'add'", "'subtract'"},
    {"'method'", "'other'"},
    {"'rank':-1", "'rank':2"},
    {"'rank':-1", "'rank':-2"},
    {"'selected':0", "'selected':-1"},
    {"'selected':0", "'selected':0,'seconds':-1.0"},
    {"'selected':0", "'selected':0,'seconds':'1'"},
    {"'elements':8", "'elements':null"},
    {"[1,2]", "[1]"},
    {"[1,2]", "[1,2,3]"},
    {"[1,2]", "[1,-2]"},
    {"[1,2]", "[1,2.0]"},
    {"[1,2]", "-3"},
    {"'allgather'", "'alltoall'"}, /* two counts, four pairs */
    {"'f32'", "'f24'"},
    {"'allgather'", "'gossip'"},
    {"'sum'", "'product'"},
    {"'gradient'", "'sideways'"},
    {"'root':0", "'root':2"},
    {"'due':0", "'due':4294967296"},
    {"1.5,null", "1.5"},
    {"1.5", "'nan'"},
    {"[[0,1.5", "[[-1,1.5"},
    {"'diverged':null", "'diverged':-1"},
    {"'diverged':null", "'diverged':true"},
    {"'records':[[", "'records':[[[],"},
    {"'records':[[", "'records':[7,["},
    {"['w',8,0]", "['w',8]"},
    {"['w',8,0]", "['w',8,1]"},
    {"['w',8,0]", "['w',-8,0]"},
    {"['w',8,0]", "[8,8,0]"},
    {"['w',8,0]",
     "['a name of more than sixty-three bytes, which is longer than tensors have',8,0]"},
};

START_TEST(signed_nonsense_is_refused)
{
    const char *path = temporary();
    struct tw_run run;
    struct tw_err err = {0};
    char body[2048];
    for (size_t i = 0; i <= sizeof nonsense / sizeof nonsense[0]; i++) {
        snprintf(body, sizeof body, "%s", nonsense_base);
        if (i > 0) {
            const char *at = strstr(nonsense_base, nonsense[i - 1][0]);
            ck_assert_ptr_nonnull(at);
            snprintf(body, sizeof body, "%.*s%s%s", (int)(at - nonsense_base), nonsense_base,
                     nonsense[i - 1][1], at + strlen(nonsense[i - 1][0]));
        }
        for (char *quote = body; (quote = strchr(quote, '\''));)
            *quote = '"';
        sign_and_put(path, body);
        tw_status status = tw_run_read(&run, path, &err);
        ck_assert_msg(status == (i ? TW_CORRUPT : TW_OK), "%s", i ? nonsense[i - 1][1] : "base");
        tw_run_free(&run);
    }
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
    TCase *tcase = tcase_create("trace json");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, round_trip);
    tcase_add_test(tcase, writing_again_gives_the_same_bytes);
    tcase_add_test(tcase, every_prefix_is_refused);
    tcase_add_test(tcase, every_changed_byte_is_refused);
    tcase_add_test(tcase, signed_nonsense_is_refused);
    tcase_add_test(tcase, what_is_not_there);
    return toy_main(tcase, "train trace json");
}
