/* links: tw_train */
/* Runs that measure: the numbers are those of a run that does not, every work has seconds, of every
 * rank apart, and where that cannot be done it is refused. */
#include "train_toys.h"

#define SHAPE "dimension=6000 layers=5 columns=40"
enum { WORKERS = 4, STEPS = 3 };

static _Alignas(16) unsigned char params[TW_PARAMS_MAX];

static struct toy_run *setup_of(const char *compressor, const char *feedback, const char *workload)
{
    static struct toy_run r;
    static struct toy toy;
    toy = toy_mixed();
    toy_setup(&r, TW_FP32, &toy);
    const struct tw_member *member = &tw_compressor_find(compressor, TW_FP32)->member;
    toy_compressor(&r, compressor, toy_has_option(member, "ratio") ? "ratio=0.3" : "");
    toy_feedback(&r, feedback, "");
    toy_optimizer(&r, "rate=0.1 momentum=0.5");
    if (workload) {
        r.setup.workload = tw_workload_find(workload, TW_FP32);
        toy_options(&r.setup.workload->member, SHAPE, params);
        r.setup.workload_params = params;
    }
    r.setup.ranks = WORKERS;
    r.setup.steps = STEPS;
    r.setup.evaluate = 1;
    r.setup.bucket_B = 10000;
    return &r;
}

static int goes_together(const struct toy_run *r)
{
    return !(r->setup.feedback->member.needs & ~r->setup.compressor->member.traits);
}

static int differs(double a, double b)
{
    return isnan(a) ? !isnan(b) : a < b || a > b || isnan(b);
}

static int curves_differ(const struct tw_run *a, const struct tw_run *b)
{
    int wrong = a->curve_count != b->curve_count || a->diverged != b->diverged;
    for (int i = 0; !wrong && i < a->curve_count; i++)
        wrong += differs(a->curve[i].loss, b->curve[i].loss) +
                 differs(a->curve[i].distance, b->curve[i].distance) +
                 differs(a->curve[i].gradient_norm2, b->curve[i].gradient_norm2);
    return wrong;
}

static int exchanges(const struct tw_run *run, uint32_t step, uint64_t *elements)
{
    const struct tw_record *record = &run->trace.records[run->trace.step_record[step]];
    int count = 0;
    *elements = 0;
    for (int i = 0; i < record->count; i++) {
        const struct tw_item *item = &record->items[i];
        if (item->type != TW_ITEM_EXCHANGE)
            continue;
        count++;
        for (size_t e = 0; item->counts && e < tw_item_entries(item, WORKERS); e++)
            *elements += item->counts[e];
        *elements += item->count;
    }
    return count;
}

/* Works without seconds, beyond a second each, or exchanges with seconds. */
static int strange_seconds(const struct tw_run *run, int measured)
{
    int strange = 0;
    for (int i = 0; i < run->trace.record_count; i++)
        for (int k = 0; k < run->trace.records[i].count; k++) {
            const struct tw_item *item = &run->trace.records[i].items[k];
            int timed = item->measured_s > 0;
            strange += item->measured_s < 0 || item->measured_s > 1 ||
                       timed != (measured && item->type == TW_ITEM_WORK);
        }
    return strange;
}

/* A compressor's own phases are of one rank each. */
static int works_of_rank(const struct tw_run *run, int rank)
{
    const struct tw_record *record = &run->trace.records[run->trace.step_record[STEPS - 1]];
    int works = 0;
    for (int i = 0; i < record->count; i++)
        works += record->items[i].type == TW_ITEM_WORK && record->items[i].rank == rank;
    return works;
}

static void compare(struct toy_run *r)
{
    const char *name = r->setup.compressor->member.name, *rule = r->setup.feedback->member.name;
    struct tw_err err = {0};
    struct tw_run plain = {0}, measured = {0};
    ck_assert_msg(tw_train(&r->setup, &plain, &err) == TW_OK, "%s %s: %s", name, rule, err.text);
    r->setup.measured = 1;
    ck_assert_int_eq(tw_train_check_measured(&r->setup, &err), TW_OK);
    ck_assert_msg(tw_train(&r->setup, &measured, &err) == TW_OK, "%s %s: %s", name, rule, err.text);
    r->setup.measured = 0;
    ck_assert_msg(!curves_differ(&plain, &measured), "%s %s: other numbers", name, rule);
    ck_assert_msg(!strange_seconds(&plain, 0) && !strange_seconds(&measured, 1), "%s %s: seconds",
                  name, rule);
    ck_assert_uint_eq(plain.trace.steps, measured.trace.steps);
    for (uint32_t t = 0; t < plain.trace.steps; t++) {
        uint64_t a, b;
        ck_assert_int_eq(exchanges(&plain, t, &a), exchanges(&measured, t, &b));
        ck_assert_uint_eq(a, b);
    }
    int apart = works_of_rank(&measured, 0);
    for (int rank = 1; rank < WORKERS && measured.trace.steps == STEPS; rank++)
        ck_assert_msg(works_of_rank(&measured, rank) > 0 || apart == 0, "%s %s: rank %d", name,
                      rule, rank);
    tw_run_free(&plain);
    tw_run_free(&measured);
}

/* Every compressor under two rules, and every rule with top-k, on a quadratic of one bucket. */
START_TEST(numbers_are_the_same_and_works_have_seconds)
{
    int compared = 0;
    for (int c = 0; c < tw_compressor_count(); c++)
        for (int f = 0; f < tw_feedback_count(); f++) {
            const char *name = tw_compressor_at(c, TW_FP32)->member.name;
            const char *rule = tw_feedback_at(f, TW_FP32)->member.name;
            struct toy_run *r = setup_of(name, rule, NULL);
            int asked =
                strcmp(rule, "none") == 0 || strcmp(rule, "ef14") == 0 || strcmp(name, "topk") == 0;
            if (!asked || r->setup.feedback->server || !goes_together(r))
                continue;
            compare(r);
            compared++;
        }
    ck_assert_int_gt(compared, 40);
}
END_TEST

/* Synthetic gradients of several buckets, which a run without measuring takes bucket by bucket: the
 * same exchanges, and a norm that is added up in another order. */
START_TEST(streamed_runs_go_step_by_step)
{
    struct toy_run *r = setup_of("topk", "ef14", "synthetic");
    struct tw_err err = {0};
    struct tw_run plain = {0}, measured = {0};
    ck_assert_int_eq(tw_train(&r->setup, &plain, &err), TW_OK);
    r->setup.measured = 1;
    ck_assert_int_eq(tw_train(&r->setup, &measured, &err), TW_OK);
    ck_assert_int_gt(plain.trace.buckets, 1);
    ck_assert_int_eq(strange_seconds(&measured, 1), 0);
    ck_assert_int_eq(plain.curve_count, measured.curve_count);
    for (int i = 0; i < plain.curve_count; i++)
        ck_assert_double_eq_tol(plain.curve[i].gradient_norm2 / measured.curve[i].gradient_norm2, 1,
                                1e-12);
    for (uint32_t t = 0; t < plain.trace.steps; t++) {
        uint64_t a, b;
        ck_assert_int_eq(exchanges(&plain, t, &a), exchanges(&measured, t, &b));
        ck_assert_uint_eq(a, b);
    }
    tw_run_free(&plain);
    tw_run_free(&measured);
}
END_TEST

static void expect_refusal(struct toy_run *r, const char *word)
{
    struct tw_err err = {0};
    struct tw_run run = {0};
    r->setup.measured = 1;
    ck_assert_int_eq(tw_train(&r->setup, &run, &err), TW_REFUSED);
    ck_assert_msg(strstr(err.text, word) != NULL, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(err.hint, "model"));
    tw_run_free(&run);
}

START_TEST(what_cannot_be_measured_is_refused)
{
    struct toy_run *r = setup_of("topk", "ef14", NULL);
    r->setup.sharding.stage = TW_SHARD_ZERO1;
    expect_refusal(r, "sharded");
    r = setup_of("topk", "doublesqueeze", NULL);
    expect_refusal(r, "server");
    r = setup_of("topk", "ef14", NULL);
    r->setup.island = 2;
    r->setup.inside = (struct tw_inside){TW_INSIDE_INT8, 64};
    expect_refusal(r, "islands");
    r = setup_of("topk", "ef14", NULL);
    r->setup.workload = tw_workload_find("sizes", TW_FP32);
    expect_refusal(r, "no numbers");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("measured");
    tcase_add_test(tcase, numbers_are_the_same_and_works_have_seconds);
    tcase_add_test(tcase, streamed_runs_go_step_by_step);
    tcase_add_test(tcase, what_cannot_be_measured_is_refused);
    return toy_main(tcase, "train_measured");
}
