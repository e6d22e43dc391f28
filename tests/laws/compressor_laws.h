/* The laws of compressors, as functions of one trial: a member, its options, vectors and ranks.
 * laws_compressors.c tries them on small vectors, laws_compressors_large.c on large ones. */
#ifndef TW_TEST_COMPRESSOR_LAWS_H
#define TW_TEST_COMPRESSOR_LAWS_H

#include <malloc.h>
#include "compressor_cases.h"
#include "laws/filled_vectors.h"

struct trial {
    const char *member, *options;
    enum tw_precision precision;
    enum generator generator;
    uint64_t d;
    int ranks;
    struct group group;
    void *x[RANKS_MAX];
};

#define HERE "%s [%s] fp%d generator %d d=%llu ranks=%d seed 20260101"
#define WHERE(t)                                                                         \
    (t)->member, (t)->options, (t)->precision == TW_FP64 ? 64 : 32, (int)(t)->generator, \
        (unsigned long long)(t)->d, (t)->ranks
/* Speaks only when broken: every ck_assert writes to Check's pipe, which costs more than the laws.
 */
#define LAW(t, condition, name) broken_unless(condition, t, __LINE__, name)
#define STEP 7

static void broken_unless(int condition, const struct trial *t, int line, const char *name)
{
    if (!condition)
        ck_abort_msg("line %d: %s: " HERE, line, name, WHERE(t));
}

static void start(struct trial *t, struct group *group, int ranks, int separate)
{
    group_start(group, t->member, t->precision, t->options, ranks, SEED);
    add_tensors(group, t->d);
    group_open(group, separate);
    memcpy(group->x, t->x, sizeof t->x);
}

static void run(struct trial *t, struct group *group, uint32_t step)
{
    tw_status status = group_step(group, step);
    LAW(t, status == TW_OK, "a step on finite numbers succeeds");
}

static int has(const struct trial *t, uint32_t trait)
{
    return (t->group.ops->member.traits & trait) != 0;
}

static int same(const struct trial *t, const void *a, const void *b)
{
    return memcmp(a, b, t->d * tw_precision_B(t->precision)) == 0;
}

/* Equal as numbers: −0 is 0. */
static int equal(const struct trial *t, const void *a, const void *b, double factor)
{
    for (uint64_t i = 0; i < t->d; i++)
        if (get(a, t->precision, i) * factor != get(b, t->precision, i))
            return 0;
    return 1;
}

/* Relative rounding of a sum of up to 16 ranks on the wire, and the smallest step of a number. */
static double rounding(const struct trial *t, double *least)
{
    /* these are added as such; values=bf16 of other members are rounded before own() */
    static const char *const adding[] = {"none",         "cast",       "randk",  "leader_topk",
                                         "random_block", "chunk_norm", "arctopk"};
    int sums = AMONG(t->member, adding);
    *least = t->precision == TW_FP64 ? 0x1p-1074 : 0x1p-149;
    if (sums && strstr(t->options, "bf16")) {
        *least = 0x1p-133;
        return 0x1p-8;
    }
    if (sums && strstr(t->options, "fp16")) {
        *least = 0x1p-24;
        return 0x1p-11;
    }
    return t->precision == TW_FP64 ? 0x1p-48 : 0x1p-22;
}

static void law_ranks_agree(struct trial *t)
{
    static struct group apart; /* too large for the stack */
    start(t, &apart, t->ranks, 1);
    run(t, &apart, STEP);
    LAW(t, apart.sent_hash == t->group.sent_hash, "alone or together, the same bytes are sent");
    for (int r = 0; r < t->ranks; r++) {
        LAW(t, same(t, apart.mean[r], t->group.mean[0]), "all ranks decode the same mean");
        LAW(t, same(t, apart.own[r], t->group.own[r]), "own is the same alone and together");
    }
    group_close(&apart);
}

static void law_mean_is_average_of_own(struct trial *t)
{
    void *average = vector_of(TW_FP64, t->d);
    double error = 0.0, scale = 0.0, least, relative = rounding(t, &least);
    for (int r = 0; r < t->ranks; r++) {
        for (uint64_t i = 0; i < t->d; i++)
            ((double *)average)[i] += get(t->group.own[r], t->precision, i) / t->ranks;
        scale += sqrt(norm2(t->group.own[r], t->precision, t->d)) / t->ranks;
    }
    for (uint64_t i = 0; i < t->d; i++)
        error += pow(get(t->group.mean[0], t->precision, i) - ((double *)average)[i], 2.0);
    LAW(t, sqrt(error) <= relative * scale + 2.0 * least * sqrt((double)t->d),
        "the mean is the average of own");
    free(average);
}

static void law_support(struct trial *t)
{
    for (int r = 0; r < t->ranks; r++) {
        struct tw_support support = support_of(&t->group, r);
        uint64_t next = 0;
        LAW(t, !support.all || support.count == t->d, "a whole support counts every value");
        if (support.all)
            continue;
        for (uint64_t i = 1; i < support.count; i++)
            LAW(t, support.indices[i] > support.indices[i - 1], "the support ascends");
        for (uint64_t i = 0; i < t->d; i++) {
            double own = get(t->group.own[r], t->precision, i);
            if (next < support.count && support.indices[next] == i)
                next++;
            else
                LAW(t, own == 0.0, "own is zero outside the support");
        }
        LAW(t, next == support.count, "the support lies inside the vector");
    }
}

/* ‖x − y‖ and ‖x‖ where squares of denormals would vanish. */
static double far_length(const struct trial *t, const void *x, const void *y)
{
    double sum = 0.0;
    for (uint64_t i = 0; i < t->d; i++) {
        double value = get(x, t->precision, i) - (y ? get(y, t->precision, i) : 0.0);
        sum += (value * 0x1p600) * (value * 0x1p600);
    }
    return sqrt(sum) * 0x1p-600;
}

/* Denormals: what rounds relative to a value elsewhere rounds by steps of the least number here, so
 * ‖C(x) − x‖ ≤ √(1 − δ)‖x‖ + s·√d with s of these steps (`natural`, whose least number is the least
 * normal one, is bound by that). */
static void law_contraction_of_denormals(struct trial *t, double delta, int rank)
{
    double least = t->precision == TW_FP64 ? 0x1p-1074 : 0x1p-149;
    double step = least * steps_of_denormals(t->member, t->precision);
    double left = far_length(t, t->group.own[rank], t->x[rank]);
    double share = loses_denormals(t->options) ? 1.0 : sqrt(1.0 - delta);
    double bound = share * far_length(t, t->x[rank], NULL);
    LAW(t, left <= bound * (1.0 + 1e-12) + step * sqrt((double)t->d),
        "denormals are kept within steps of the least number");
}

/* Per draw for members that draw nothing; laws_compressors_draws.c has the others' expectation. */
static void law_contraction(struct trial *t)
{
    const struct tw_compressor *ops = t->group.ops;
    double delta = ops->delta ? ops->delta(&t->group.problem) : -1.0;
    double omega = ops->omega ? ops->omega(&t->group.problem) : -1.0;
    int draws = AMONG(t->member, drawing);
    if (delta < 0.0 || (draws && omega > 0.0 && t->generator != DENORMALS))
        return; /* one unbiased draw has no bound of its own */
    for (int r = 0; r < t->ranks; r++) {
        double left = distance2(t->group.own[r], t->x[r], t->precision, t->d);
        double bound = (draws ? 1.0 : 1.0 - delta) * norm2(t->x[r], t->precision, t->d);
        if (t->generator == DENORMALS)
            law_contraction_of_denormals(t, draws ? 0.0 : delta, r);
        else
            LAW(t, left <= bound * (1.0 + 1e-12), "own is within its bound");
    }
}

/* hash: of what step STEP sent at first; another step, on other vectors, has been done since. */
static void law_repeats(struct trial *t, uint64_t hash)
{
    run(t, &t->group, STEP);
    LAW(t, t->group.sent_hash == hash, "a step sends the same bytes whenever it is done");
}

static int same_work(const struct tw_work *a, const struct tw_work *b)
{
    if (a->failed || b->failed || a->count != b->count)
        return 0;
    for (int i = 0; i < a->count; i++)
        if (a->items[i].kernel != b->items[i].kernel ||
            a->items[i].elements != b->items[i].elements ||
            a->items[i].selected != b->items[i].selected)
            return 0;
    return 1;
}

static void law_plan_is_run(struct trial *t, uint32_t step)
{
    const struct group *group = &t->group;
    struct tw_plan plan = {0};
    LAW(t, (group->ops->plan == NULL) == has(t, TW_DATA_SIZED), "plan() unless sizes need data");
    if (!group->ops->plan)
        return;
    tw_status status = tw_plan_step(group->ops, &group->problem, step, &plan);
    LAW(t, status == (is_sized_by_data(t->options) ? TW_REFUSED : TW_OK),
        "a plan is made unless options make sizes need data");
    if (status != TW_OK)
        return;
    LAW(t, plan.phase_count == group->phases, "as many phases");
    for (int p = 0; p < plan.phase_count; p++) {
        const struct tw_request *request = &group->request[p];
        LAW(t,
            plan.phases[p].kind == request->kind && plan.phases[p].element == request->element &&
                plan.phases[p].combine == request->combine &&
                plan.phases[p].count == contributed(request, request->root, t->ranks),
            "the planned requests");
        LAW(t, (group->ops->member.requests >> request->kind & 1U) == 1, "requests are declared");
        int root = plan.phases[p].rooted && (int)step % t->ranks == t->ranks - 1;
        const struct tw_work *local = root ? &plan.phases[p].root_local : &plan.phases[p].local;
        LAW(t, same_work(local, &group->local[p]), "the planned local work");
        LAW(t, !plan.phases[p].rooted || request->root == (int)step % t->ranks,
            "the root takes turns");
        LAW(t, same_work(&plan.phases[p].digest, &group->digest[p]), "the planned digest work");
        if (t->ranks > 1 && request->kind == TW_MERGE)
            LAW(t, same_work(&plan.phases[p].merge, &group->merge), "the planned merge work");
    }
    LAW(t, same_work(&plan.mean, &group->mean_work), "the planned work of mean");
    LAW(t, same_work(&plan.own, &group->own_work), "the planned work of own");
    tw_plan_free(&plan);
}

/* own of x times factor against own of x. */
static void law_scale(struct trial *t, const void *own, const void *scaled, double factor)
{
    enum scaling scaling = scaling_of(t->member, t->options);
    int wrong = 0;
    for (uint64_t i = 0; i < t->d; i++) {
        double size = fabs(get(t->x[0], t->precision, i));
        double times = scaling == VOTES ? copysign(1.0, factor) : factor;
        if (scaling != SCALES_INSIDE || (size > 0x1p-11 && size < 0x1p12))
            wrong += get(own, t->precision, i) * times != get(scaled, t->precision, i);
    }
    LAW(t, wrong == 0, "signs and powers of two pass");
}

/* One rank: its mean is its own, the error is known without an exchange, −8x, −x/4 or −x give C(x)
 * times as much, and C(C(x)) = C(x) of projections. Among denormals x/4 is no longer exact. */
static void law_one_rank(struct trial *t)
{
    static const double factors[] = {-8.0, -0.25};
    int fixed = t->generator == DENORMALS || scaling_of(t->member, t->options) == ABSOLUTE;
    double factor = fixed ? -1.0 : factors[(t->d + (uint64_t)t->generator) % 2];
    static struct group one, other;
    start(t, &one, 1, 0);
    run(t, &one, STEP);
    LAW(t, equal(t, one.own[0], one.mean[0], 1.0), "the mean of one rank is its own");
    double left = distance2(one.own[0], t->x[0], t->precision, t->d);
    double alone = one.ops->try_alone(one.instance[0].shared, one.instance[0].own[0], t->x[0]);
    double order = 1e-12 + 0x1p-53 * (double)t->d; /* sums of d squares in two orders */
    LAW(t, fabs(alone - left) <= order * left, "try_alone gives the error of own");
    start(t, &other, 1, 0);
    void *x = vector_of(t->precision, t->d);
    other.x[0] = x;
    for (uint64_t i = 0; i < t->d; i++)
        set(x, t->precision, i, factor * get(t->x[0], t->precision, i));
    run(t, &other, STEP);
    law_scale(t, one.own[0], other.own[0], factor);
    if (AMONG(t->member, projections) && !strstr(t->options, "unbiased") && !rotates(t->options)) {
        other.x[0] = one.own[0];
        run(t, &other, STEP);
        LAW(t, equal(t, one.own[0], other.own[0], 1.0), "C(C(x)) = C(x)");
    }
    free(x);
    group_close(&other);
    group_close(&one);
}

/* A rotated mean is rounded where it is rotated, one of thin factors in its factors: relative to
 * the whole vector, not to each value. */
static void law_equal_ranks(struct trial *t)
{
    double least, relative = rounding(t, &least), whole = 0.0;
    for (int r = 0; r < t->ranks; r++)
        t->group.x[r] = t->x[0];
    run(t, &t->group, STEP + 1);
    int alike = 1;
    for (int r = 1; r < t->ranks; r++)
        alike &= same(t, t->group.own[r], t->group.own[0]);
    LAW(t, alike || !has(t, TW_SHARED_SUPPORT), "equal ranks keep the same");
    if (mixes(t->member, t->options))
        whole = sqrt(norm2(t->group.own[0], t->precision, t->d));
    for (uint64_t i = 0; alike && i < t->d; i++) {
        double own = get(t->group.own[0], t->precision, i);
        double mean = get(t->group.mean[0], t->precision, i);
        LAW(t, fabs(mean - own) <= relative * fmax(fabs(own), whole) + 2.0 * least,
            "the mean of equals is each");
    }
    memcpy(t->group.x, t->x, sizeof t->x);
}

/* Merges round in every hop, and in the order of their schedule. */
static void law_is_dense_but_for_rounding(struct trial *t, const struct group *dense)
{
    double least, relative = rounding(t, &least);
    for (uint64_t i = 0; i < t->d; i++) {
        double size = 0.0;
        for (int r = 0; r < t->ranks; r++)
            size += fabs(get(t->x[r], t->precision, i)) / t->ranks;
        double off = get(dense->mean[0], t->precision, i) - get(t->group.mean[0], t->precision, i);
        LAW(t, fabs(off) <= relative * size + 2.0 * least, "ratio 1 is the dense mean, rounded");
    }
}

static void law_whole_ratio_is_dense(struct trial *t)
{
    static struct group dense;
    if (!strstr(t->options, "ratio=1") || strchr(strstr(t->options, "ratio="), '.'))
        return;
    group_start(&dense, "none", t->precision, "", t->ranks, SEED);
    add_tensors(&dense, t->d);
    group_open(&dense, 0);
    memcpy(dense.x, t->x, sizeof t->x);
    run(t, &dense, STEP);
    if (t->group.ops->merge)
        law_is_dense_but_for_rounding(t, &dense);
    else
        LAW(t, same(t, dense.mean[0], t->group.mean[0]), "ratio 1 is the dense mean, bit for bit");
    group_close(&dense);
}

static void try_ways(struct trial *t)
{
    for (int r = 0; r < t->ranks; r++)
        t->x[r] = vector_filled(t->precision, t->generator, t->d, r);
    start(t, &t->group, t->ranks, 0);
    run(t, &t->group, STEP);
    law_ranks_agree(t);
    if (has(t, TW_AVERAGES_OWN))
        law_mean_is_average_of_own(t);
    law_support(t);
    law_contraction(t);
    law_plan_is_run(t, STEP);
    law_whole_ratio_is_dense(t);
    law_one_rank(t);
}

static inline void try_one(struct trial *t)
{
    try_ways(t);
    uint64_t hash = t->group.sent_hash;
    law_equal_ranks(t);
    law_plan_is_run(t, STEP + 1); /* what that law has run */
    law_repeats(t, hash);
    group_close(&t->group);
}

static inline void try_large(struct trial *t)
{
    try_ways(t);
    group_close(&t->group);
}

/* Keeps freed memory: a page fault for every page of every vector would cost more than the laws. */
static int laws_main(TCase *tcase, const char *name)
{
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, INT32_MAX);
    Suite *suite = suite_create(name);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
