/* links: tw_train */
/* Sampled ranks: sizes and kernel work are those of all ranks, numbers those of the samples. */
#include "train_toys.h"

#define SHAPE "dimension=6000 layers=5 columns=40"

static _Alignas(16) unsigned char params[TW_PARAMS_MAX];

/* Synthetic gradients, `ranks` of which `sampled` have numbers (0: all). */
static struct toy_run *setup_of(int compressor, int feedback, int ranks, int sampled)
{
    static struct toy_run r;
    static struct toy toy;
    char options[128];
    toy = (struct toy){0};
    toy_setup(&r, TW_FP32, &toy);
    const struct tw_member *member = &tw_compressor_at(compressor, TW_FP32)->member;
    toy_compressor(&r, member->name, toy_has_option(member, "ratio") ? "ratio=0.3" : "");
    toy_feedback(&r, tw_feedback_at(feedback, TW_FP32)->member.name, "");
    toy_optimizer(&r, "rate=0.1 momentum=0.5");
    r.setup.workload = tw_workload_find("synthetic", TW_FP32);
    snprintf(options, sizeof options, SHAPE " sampled=%d", sampled);
    toy_options(&r.setup.workload->member, options, params);
    r.setup.workload_params = params;
    r.setup.ranks = ranks;
    r.setup.bucket_B = 10000;
    r.setup.steps = 3;
    return &r;
}

static int taken(int compressor)
{
    const uint32_t requests = tw_compressor_at(compressor, TW_FP32)->member.requests;
    return !(requests & ~(1U << TW_SUM | 1U << TW_GATHER));
}

static int goes_together(const struct toy_run *r)
{
    return !(r->setup.feedback->member.needs & ~r->setup.compressor->member.traits);
}

/* Records of b that are not those of a, or steps that follow another one. */
static int differences(struct tw_trace *a, struct tw_trace *b)
{
    int wrong = a->record_count != b->record_count || a->steps != b->steps ||
                a->ranks != b->ranks || a->memory_B_per_rank != b->memory_B_per_rank;
    for (uint32_t t = 0; !wrong && t < a->steps; t++)
        wrong += a->step_record[t] != b->step_record[t];
    for (int i = 0; !wrong && i < b->record_count; i++) {
        ck_assert_int_eq(tw_trace_append(a, &b->records[i]), TW_OK);
        wrong += a->step_record[a->steps - 1] != (unsigned)i;
    }
    return wrong;
}

/* plan() knows nothing of samples: what it says of six ranks is what a run with numbers on two of
 * them records, for every compressor that has one, under every rule. */
START_TEST(sizes_and_work_are_those_of_all_ranks)
{
    int compared = 0;
    for (int compressor = 0; compressor < tw_compressor_count(); compressor++)
        for (int feedback = 0; feedback < tw_feedback_count(); feedback++) {
            struct toy_run *r = setup_of(compressor, feedback, 6, 2);
            struct tw_run planned = {0};
            struct tw_err err = {0};
            if (!taken(compressor) || !r->setup.compressor->plan || !goes_together(r))
                continue;
            /* a rule with a server refuses some compressors, sampled or not */
            const tw_status status = tw_train_plan(&r->setup, &planned, &err);
            if (status == TW_REFUSED) {
                tw_run_free(&planned);
                continue;
            }
            ck_assert_msg(status == TW_OK, "%s", err.text);
            toy_train(r);
            ck_assert_int_eq(planned.trace.ranks, 6);
            ck_assert_msg(differences(&r->run.trace, &planned.trace) == 0, "%s + %s",
                          r->setup.compressor->member.name, r->setup.feedback->member.name);
            tw_run_free(&planned);
            tw_run_free(&r->run);
            compared++;
        }
    ck_assert_int_gt(compared, 50);
}
END_TEST

/* With a sample for every rank nothing is different. */
START_TEST(as_many_samples_as_ranks_is_the_run_itself)
{
    for (int compressor = 0; compressor < tw_compressor_count(); compressor++) {
        if (!taken(compressor))
            continue;
        struct toy_run *r = setup_of(compressor, 0, 4, 4);
        r->setup.evaluate = 1;
        toy_train(r);
        struct tw_run sampled = r->run;
        r = setup_of(compressor, 0, 4, 0);
        r->setup.evaluate = 1;
        toy_train(r);
        ck_assert_msg(differences(&sampled.trace, &r->run.trace) == 0, "%s",
                      r->setup.compressor->member.name);
        ck_assert_int_eq(sampled.curve_count, r->run.curve_count);
        for (int i = 0; i < sampled.curve_count; i++)
            ck_assert(sampled.curve[i].gradient_norm2 == r->run.curve[i].gradient_norm2);
        tw_run_free(&sampled);
        tw_run_free(&r->run);
    }
}
END_TEST

static int index_of(const char *name)
{
    for (int i = 0; i < tw_compressor_count(); i++)
        if (strcmp(tw_compressor_at(i, TW_FP32)->member.name, name) == 0)
            return i;
    ck_abort_msg("no compressor %s", name);
    return -1;
}

/* The first exchange with counts of a trace; its counts are those of its ranks in the first step.
 */
static const struct tw_item *counted(const struct tw_trace *trace)
{
    const struct tw_record *record = &trace->records[trace->step_record[0]];
    for (int i = 0; i < record->count; i++)
        if (record->items[i].type == TW_ITEM_EXCHANGE && record->items[i].counts)
            return &record->items[i];
    ck_abort_msg("no counts");
    return NULL;
}

/* Bytes that depend on the data: rank r's are those of sample r mod 2, which are those of the ranks
 * 0 and 1 of a run of two, for what a rank sends does not depend on how many there are. The mean
 * gradient is that of the two. */
START_TEST(counts_repeat_the_samples)
{
    static const char *const names[] = {"hard", "adaptive", "dgc_topk"};
    for (int n = 0; n < 3; n++) {
        struct toy_run *r = setup_of(index_of(names[n]), 0, 6, 2);
        uint64_t six[6];
        double norm2;
        r->setup.evaluate = 1;
        toy_train(r);
        memcpy(six, counted(&r->run.trace)->counts, sizeof six);
        norm2 = r->run.curve[0].gradient_norm2;
        tw_run_free(&r->run);
        r = setup_of(index_of(names[n]), 0, 2, 0);
        r->setup.evaluate = 1;
        toy_train(r);
        for (int i = 0; i < 6; i++)
            ck_assert_uint_eq(six[i], counted(&r->run.trace)->counts[i % 2]);
        ck_assert_uint_ne(six[0], six[1]);
        ck_assert(norm2 == r->run.curve[0].gradient_norm2);
        tw_run_free(&r->run);
    }
}
END_TEST

START_TEST(refuses_what_needs_every_rank)
{
    int refused = 0;
    struct tw_err err = {0};
    for (int compressor = 0; compressor < tw_compressor_count(); compressor++) {
        struct toy_run *r = setup_of(compressor, 0, 6, 2);
        struct tw_run run = {0};
        if (taken(compressor))
            continue;
        err = (struct tw_err){0};
        ck_assert_int_eq(tw_train(&r->setup, &run, &err), TW_REFUSED);
        ck_assert_msg(strstr(err.text, r->setup.compressor->member.name) != NULL, "%s", err.text);
        ck_assert_int_eq(tw_train_check_sample(&r->setup, &err), TW_REFUSED);
        tw_run_free(&run);
        refused++;
    }
    ck_assert_int_ge(refused, 6); /* gtopk sparcml oktopk leader_topk alltoall_topk quant_reduce */
    struct toy_run *r = setup_of(index_of("none"), 0, 6, 4);
    ck_assert_int_eq(tw_train_check_sample(&r->setup, &err), TW_RANGE);
    ck_assert_msg(strstr(err.text, "4 sampled ranks do not divide 6") != NULL, "%s", err.text);
    r = setup_of(index_of("none"), 0, 6, 2);
    r->setup.sharding.stage = TW_SHARD_ZERO1;
    ck_assert_int_eq(tw_train_check_sample(&r->setup, &err), TW_REFUSED);
    r->setup.sharding.stage = TW_SHARD_NONE;
    ck_assert_int_eq(tw_train_check_sample(&r->setup, &err), TW_OK);
}
END_TEST

/* Of four ranks at least x, or the memory that it shares its place with, of the largest bucket: in
 * one bucket 4·6000·4 B; tensors of 1200 values in buckets of 10,000 B are two together. */
START_TEST(memory_is_that_of_the_samples)
{
    for (int feedback = 0; feedback < tw_feedback_count(); feedback++) {
        static const uint64_t bucket_B[2] = {0, 10000}, values[2] = {6000, 2400};
        uint64_t all, some;
        struct tw_err err = {0};
        for (int i = 0; i < 2; i++) {
            struct toy_run *r = setup_of(index_of("none"), feedback, 6, 0);
            if (!goes_together(r))
                continue;
            r->setup.bucket_B = bucket_B[i];
            ck_assert_int_eq(tw_train_memory(&r->setup, &all, &err), TW_OK);
            r = setup_of(index_of("none"), feedback, 6, 2);
            r->setup.bucket_B = bucket_B[i];
            ck_assert_int_eq(tw_train_memory(&r->setup, &some, &err), TW_OK);
            ck_assert_uint_ge(all - some, 4 * values[i] * 4);
            ck_assert_uint_lt(some, 24 * values[i] * 4); /* not of more than such a bucket */
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("train sampled");
    TCase *tests = tcase_create("sampled");
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, sizes_and_work_are_those_of_all_ranks);
    tcase_add_test(tests, as_many_samples_as_ranks_is_the_run_itself);
    tcase_add_test(tests, counts_repeat_the_samples);
    tcase_add_test(tests, refuses_what_needs_every_rank);
    tcase_add_test(tests, memory_is_that_of_the_samples);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
