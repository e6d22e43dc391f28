/* links: tw_train */
/* A whole run: what is evaluated when, how it ends, what it refuses, what it holds and allocates.
 */
#include "train_toys.h"

static struct toy_run *setup_of(struct toy *toy, const char *compressor, const char *options,
                                const char *feedback)
{
    static struct toy_run r;
    toy_setup(&r, TW_FP64, toy);
    toy_compressor(&r, compressor, options);
    toy_feedback(&r, feedback, "");
    toy_optimizer(&r, "rate=0.1");
    return &r;
}

/* ---- the curve ---- */

START_TEST(evaluated_steps)
{
    static const struct {
        uint32_t steps, evaluate, rows[8];
        int count;
    } cases[] = {{10, 3, {0, 3, 6, 9, 10}, 5}, {10, 5, {0, 5, 10}, 3}, {4, 1, {0, 1, 2, 3, 4}, 5},
                 {2, 100, {0, 2}, 2},          {0, 1, {0}, 1},         {5, 0, {0}, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct toy toy = toy_mixed();
        struct toy_run *r = setup_of(&toy, "none", "", "none");
        r->setup.steps = cases[i].steps;
        r->setup.evaluate = cases[i].evaluate;
        toy_train(r);
        ck_assert_int_eq(r->run.curve_count, cases[i].count);
        for (int k = 0; k < cases[i].count; k++)
            ck_assert_uint_eq(r->run.curve[k].step, cases[i].rows[k]);
        ck_assert_uint_eq(r->run.trace.steps, cases[i].steps);
        ck_assert_int_eq(r->run.diverged, 0);
        tw_run_free(&r->run);
    }
}
END_TEST

/* Loss, distance and the norm of the mean gradient are those of the weights at that step. */
START_TEST(values_of_the_curve)
{
    struct toy toy = toy_mixed();
    struct toy_run *r = setup_of(&toy, "topk", "ratio=0.2", "ef14");
    static double path[21 * 106];
    toy.path = path;
    toy.path_steps = 21;
    toy_train(r);
    ck_assert_int_eq(r->run.curve_count, 21);
    for (uint32_t t = 0; t <= 20; t++) {
        const struct tw_curve_row *row = &r->run.curve[t];
        const double *w = path + t * toy.dimension;
        double mean[106] = {0}, gradient[106], norm2 = 0;
        for (int rank = 0; rank < 3; rank++) {
            toy_quadratic(&toy, rank, t, w, gradient);
            for (uint64_t i = 0; i < toy.dimension; i++)
                mean[i] += gradient[i];
        }
        for (uint64_t i = 0; i < toy.dimension; i++)
            norm2 += mean[i] / 3 * (mean[i] / 3);
        ck_assert_double_eq_tol(row->gradient_norm2, norm2, 1e-13 * norm2);
        ck_assert_double_eq(row->loss, toy_half_norm2(&toy, w));
        ck_assert_double_eq_tol(row->distance, sqrt(2 * row->loss), 1e-14 * row->distance + 1e-300);
        ck_assert(isnan(row->accuracy)); /* the toy has none */
    }
    tw_run_free(&r->run);
}
END_TEST

/* Evaluating more or less often changes no weight. */
START_TEST(evaluation_disturbs_nothing)
{
    static double paths[2][20 * 106];
    for (int k = 0; k < 2; k++) {
        struct toy toy = toy_mixed();
        struct toy_run *r = setup_of(&toy, "rtopk", "ratio=0.2", "ef21m");
        r->setup.evaluate = k ? 1 : 0;
        toy.path = paths[k];
        toy.path_steps = 20;
        toy_train(r);
        tw_run_free(&r->run);
    }
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the same bits are what is promised */
    ck_assert_int_eq(memcmp(paths[0], paths[1], sizeof paths[0]), 0);
}
END_TEST

/* ---- ends ---- */

static void identity(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    (void)rank;
    (void)step;
    memcpy(out, w, toy->dimension * sizeof *out);
}

static double limited_loss(const struct toy *toy, const double *w)
{
    (void)toy;
    return fabs(w[0]) < 1000 ? w[0] * w[0] : (w[0] > 0 ? INFINITY : NAN);
}

static struct toy_run *diverging(struct toy *toy, enum tw_precision precision)
{
    static const double start[2] = {1, 1};
    static struct toy_run r;
    toy->gradient = identity;
    toy->start = start;
    toy_add(toy, 1, 2);
    toy_setup(&r, precision, toy);
    r.setup.steps = 2000;
    toy_compressor(&r, "none", "");
    toy_feedback(&r, "none", "");
    toy_optimizer(&r, "rate=3");
    return &r;
}

/* ∇ = w and γ = 3: w^t = (−2)^t. In fp32 γ·w^127 = 3·2^127 overflows, so w^128 is infinite; in fp64
 * the same happens at 2^1024. */
START_TEST(weights_diverge)
{
    for (int precision = TW_FP32; precision <= TW_FP64; precision++) {
        struct toy toy = {.loss = toy_half_norm2};
        struct toy_run *r = diverging(&toy, precision);
        uint32_t expected = precision == TW_FP32 ? 128 : 1024;
        r->setup.evaluate = 0;
        toy_train(r);
        ck_assert_int_eq(r->run.diverged, 1);
        ck_assert_uint_eq(r->run.diverged_step, expected);
        ck_assert_uint_eq(r->run.trace.steps, expected);
        ck_assert_int_eq(r->run.trace.record_count, 1);
        tw_run_free(&r->run);
    }
}
END_TEST

/* |w^t| ≥ 1000 first at t = 10, where w is positive: infinite. Evaluated every 3 steps it is seen
 * at t = 12; every 11, at 11 where w is negative: NaN. */
START_TEST(loss_diverges)
{
    const uint32_t every[] = {1, 3, 11}, expected[] = {10, 12, 11};
    for (int k = 0; k < 3; k++) {
        struct toy toy = {.loss = limited_loss};
        struct toy_run *r = diverging(&toy, TW_FP32);
        r->setup.evaluate = every[k];
        toy_train(r);
        ck_assert_int_eq(r->run.diverged, 1);
        ck_assert_uint_eq(r->run.diverged_step, expected[k]);
        ck_assert_uint_eq(r->run.trace.steps, expected[k]);
        const struct tw_curve_row *last = &r->run.curve[r->run.curve_count - 1];
        ck_assert_uint_eq(last->step, expected[k]);
        ck_assert(k == 2 ? isnan(last->loss) : isinf(last->loss));
        for (int i = 0; i < r->run.curve_count - 1; i++)
            ck_assert(isfinite(r->run.curve[i].loss));
        tw_run_free(&r->run);
    }
}
END_TEST

/* Infinite only after the last update: seen at the last evaluation. */
START_TEST(last_loss_diverges)
{
    struct toy toy = {.loss = limited_loss};
    struct toy_run *r = diverging(&toy, TW_FP32);
    r->setup.steps = 10;
    r->setup.evaluate = 7;
    toy_train(r);
    ck_assert_int_eq(r->run.diverged, 1);
    ck_assert_uint_eq(r->run.diverged_step, 10);
    tw_run_free(&r->run);
}
END_TEST

static tw_status broken_gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                                 struct tw_err *err)
{
    if (rank == 1 && step == 3)
        return tw_err_set(err, TW_IO, "no gradient of step %u", step);
    return toy_gradient(state, rank, step, w, out, err);
}

START_TEST(a_failing_workload_ends_the_run)
{
    struct toy toy = toy_mixed();
    struct toy_run *r = setup_of(&toy, "topk", "ratio=0.2", "ef21");
    struct tw_workload broken = *r->setup.workload;
    broken.gradient = broken_gradient;
    r->setup.workload = &broken;
    ck_assert_int_eq(tw_train(&r->setup, &r->run, &r->err), TW_IO);
    ck_assert_str_eq(r->err.text, "no gradient of step 3");
    ck_assert_uint_eq(r->run.trace.steps, 3);
    tw_run_free(&r->run);
}
END_TEST

/* ---- refusals ---- */

static void refuse(struct toy_run *r, tw_status status, const char *text)
{
    ck_assert_int_eq(tw_train(&r->setup, &r->run, &r->err), status);
    ck_assert_msg(strstr(r->err.text, text) != NULL, "'%s' has no '%s'", r->err.text, text);
    tw_run_free(&r->run);
}

START_TEST(refusals)
{
    struct toy toy = toy_mixed();
    struct toy_run *r = setup_of(&toy, "none", "", "none");
    r->setup.island = 8;
    refuse(r, TW_RANGE, "islands of 8 ranks do not divide 3");
    r->setup.island = 0;
    refuse(r, TW_RANGE, "islands of 0");
    r = setup_of(&toy, "none", "", "none");
    r->setup.ranks = 0;
    refuse(r, TW_RANGE, "0 ranks");
    r = setup_of(&toy, "none", "", "none");
    r->setup.workload = toy_workload(TW_FP32);
    refuse(r, TW_INTERNAL, "precision");
    r = setup_of(&toy, "topk", "ratio=0.5", "ef21");
    struct tw_compressor merging = *r->setup.compressor;
    merging.member.traits &= ~(uint32_t)TW_AVERAGES_OWN;
    merging.member.name = "merging";
    r->setup.compressor = &merging;
    refuse(r, TW_REFUSED, "merging");
    toy_feedback(r, "ef14", ""); /* needs nothing */
    toy_train(r);
    tw_run_free(&r->run);
}
END_TEST

/* ---- traces of whole runs ---- */

static int sparse(struct toy_run *r, int compressor, int feedback)
{
    const struct tw_member *member = &tw_compressor_at(compressor, r->setup.precision)->member;
    toy_compressor(r, member->name, toy_has_option(member, "ratio") ? "ratio=0.2" : "");
    toy_feedback(r, tw_feedback_at(feedback, r->setup.precision)->member.name, "");
    return toy_goes_together(r->setup.feedback, r->setup.compressor);
}

/* A first step may differ (dense start, first momentum); all others are one record, or one per rank
 * where every step another rank leads, or one per turn, unless bytes depend on the data. */
START_TEST(equal_steps_are_kept_once)
{
    for (int i = 0; i < tw_compressor_count() * tw_feedback_count(); i++) {
        struct toy toy = toy_mixed();
        struct toy_run *r = setup_of(&toy, "none", "", "none");
        if (!sparse(r, i / tw_feedback_count(), i % tw_feedback_count()) ||
            (r->setup.compressor->member.traits & TW_DATA_SIZED))
            continue;
        r->setup.steps = 1000;
        r->setup.evaluate = 500;
        toy_train(r);
        ck_assert_uint_eq(r->run.trace.steps, 1000);
        int leads = r->setup.compressor->member.requests >> TW_BROADCAST & 1;
        int turns = tw_plan_turns(r->setup.compressor);
        uint32_t period = (uint32_t)(leads ? r->setup.ranks : turns), others = 0;
        ck_assert_int_le(r->run.trace.record_count, 1 + (int)period);
        for (uint32_t t = 1 + period; t < 1000; t++)
            others += r->run.trace.step_record[t] != r->run.trace.step_record[t - period];
        ck_assert_uint_eq(others, 0);
        tw_run_free(&r->run);
    }
}
END_TEST

START_TEST(one_rank_exchanges_nothing)
{
    for (int i = 0; i < tw_compressor_count() * tw_feedback_count(); i++) {
        struct toy toy = toy_mixed();
        struct toy_run *r = setup_of(&toy, "none", "", "none");
        if (!sparse(r, i / tw_feedback_count(), i % tw_feedback_count()))
            continue;
        r->setup.ranks = 1;
        toy_train(r);
        for (int k = 0; k < r->run.trace.record_count; k++)
            for (int n = 0; n < r->run.trace.records[k].count; n++)
                ck_assert_int_eq(r->run.trace.records[k].items[n].type, TW_ITEM_WORK);
        tw_run_free(&r->run);
    }
}
END_TEST

/* A compressor whose ranks send different amounts and do different work: rank r sends r + 1 values
 * after selecting them; counts and works must name the ranks. */
static tw_status uneven_local(void *shared, void *own_state, int rank, int phase, const void *x,
                              const struct tw_answer *inbox, struct tw_request *request,
                              struct tw_work *work)
{
    (void)shared;
    (void)own_state;
    (void)phase;
    (void)inbox;
    *request = (struct tw_request){
        .kind = TW_GATHER, .element = TW_ELEMENT_F64, .count = (uint64_t)rank + 1, .data = x};
    tw_work_add(work, TW_KERNEL_SELECT, 106, (uint64_t)rank + 1);
    return TW_OK;
}

static tw_status uneven_digest(void *shared, int phase, const struct tw_answer *answer,
                               struct tw_work *work)
{
    (void)shared;
    (void)phase;
    tw_work_add(work, TW_KERNEL_PACK, answer->count, 0);
    return TW_OK;
}

static void uneven_mean(void *shared, void *out, struct tw_work *work)
{
    (void)shared;
    (void)work;
    memset(out, 0, 106 * sizeof(double));
}

START_TEST(uneven_ranks)
{
    struct toy toy = toy_mixed();
    struct toy_run *r = setup_of(&toy, "none", "", "none");
    struct tw_compressor uneven = *r->setup.compressor;
    uneven.local = uneven_local;
    uneven.digest = uneven_digest;
    uneven.mean = uneven_mean;
    r->setup.compressor = &uneven;
    toy_train(r);
    ck_assert_int_eq(r->run.trace.record_count, 1);
    const struct tw_record *record = &r->run.trace.records[0];
    /* select × 3 ranks, gather, pack, update (momentum 0) */
    ck_assert_int_eq(record->count, 6);
    for (int rank = 0; rank < 3; rank++) {
        ck_assert_int_eq(record->items[rank].rank, rank);
        ck_assert_uint_eq(record->items[rank].work.selected, (uint64_t)rank + 1);
        ck_assert_uint_eq(record->items[3].counts[rank], (uint64_t)rank + 1);
    }
    ck_assert_int_eq(record->items[3].type, TW_ITEM_EXCHANGE);
    ck_assert_int_eq(record->items[4].rank, -1);
    ck_assert_uint_eq(record->items[4].work.elements, 6);
    ck_assert_int_eq(record->items[5].stage, TW_STAGE_UPDATE);
    tw_run_free(&r->run);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("run");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, evaluated_steps);
    tcase_add_test(tcase, values_of_the_curve);
    tcase_add_test(tcase, evaluation_disturbs_nothing);
    tcase_add_test(tcase, weights_diverge);
    tcase_add_test(tcase, loss_diverges);
    tcase_add_test(tcase, last_loss_diverges);
    tcase_add_test(tcase, a_failing_workload_ends_the_run);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, equal_steps_are_kept_once);
    tcase_add_test(tcase, one_rank_exchanges_nothing);
    tcase_add_test(tcase, uneven_ranks);
    return toy_main(tcase, "train run");
}
