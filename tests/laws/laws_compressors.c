/* links: tw_base tw_compressors */
/* What every compressor of list.def must obey, in both precisions, by being listed: ranks agree bit
 * for bit, the mean is the average of what own() gives, contraction holds, plans equal runs,
 * scaling and signs pass through, one rank and equal ranks change nothing, ratio 1 is the exact
 * mean. compressor_cases.h has the settings, vectors and shapes. */
#include <malloc.h>
#include "compressor_cases.h"

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
    *least = t->precision == TW_FP64 ? 0x1p-1074 : 0x1p-149;
    if (strstr(t->options, "bf16")) {
        *least = 0x1p-133;
        return 0x1p-8;
    }
    if (strstr(t->options, "fp16")) {
        *least = 0x1p-24;
        return 0x1p-11;
    }
    return t->precision == TW_FP64 ? 0x1p-48 : 0x1p-22;
}

static void law_ranks_agree(struct trial *t)
{
    struct group apart;
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

/* Per draw for members that draw nothing; laws_compressors_draws.c has the others' expectation. */
static void law_contraction(struct trial *t)
{
    const struct tw_compressor *ops = t->group.ops;
    double delta = ops->delta ? ops->delta(&t->group.problem) : -1.0;
    double omega = ops->omega ? ops->omega(&t->group.problem) : -1.0;
    int normal = t->generator != DENORMALS || !needs_normal(t->member, t->options);
    int draws = AMONG(t->member, drawing);
    if (delta < 0.0 || !normal || (draws && omega > 0.0)) /* one unbiased draw has no bound */
        return;
    for (int r = 0; r < t->ranks; r++) {
        double left = distance2(t->group.own[r], t->x[r], t->precision, t->d);
        double bound = (draws ? 1.0 : 1.0 - delta) * norm2(t->x[r], t->precision, t->d);
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

/* Runs one rank on x[0] · factor; own and mean are compared with one rank on x[0]. */
static void law_one_rank(struct trial *t)
{
    static const double factors[] = {-1.0, 8.0, 0.25};
    struct group one, other;
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
    int scales = t->generator != DENORMALS && is_scale_free(t->member, t->options);
    for (int f = 0; f < (scales ? 3 : 1); f++) {
        for (uint64_t i = 0; i < t->d; i++)
            set(x, t->precision, i, factors[f] * get(t->x[0], t->precision, i));
        run(t, &other, STEP);
        LAW(t, equal(t, one.own[0], other.own[0], factors[f]), "signs and powers of two pass");
    }
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
    struct group dense;
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

static void try_one(struct trial *t)
{
    for (int r = 0; r < t->ranks; r++) {
        t->x[r] = vector_of(t->precision, t->d);
        fill(t->x[r], t->generator, t->precision, t->d, r);
    }
    start(t, &t->group, t->ranks, 0);
    run(t, &t->group, STEP);
    uint64_t hash = t->group.sent_hash;
    law_ranks_agree(t);
    if (has(t, TW_AVERAGES_OWN))
        law_mean_is_average_of_own(t);
    law_support(t);
    law_contraction(t);
    law_plan_is_run(t, STEP);
    law_whole_ratio_is_dense(t);
    law_one_rank(t);
    law_equal_ranks(t);
    law_plan_is_run(t, STEP + 1); /* what that law has run */
    law_repeats(t, hash);
    group_close(&t->group);
    for (int r = 0; r < t->ranks; r++)
        free(t->x[r]);
}

static const uint64_t sizes[] = {0, 1, 2, 15, 16, 17, 63, 64, 65, 1000};
static const int groups[] = {1, 2, 3, 4, 5, 7, 8, 16};

/* Every generator with every size, both precisions; the number of ranks goes round. */
static void try_setting(const char *member, const char *options)
{
    int turn = 0;
    for (int p = 0; p < 2; p++)
        for (int g = 0; g < GENERATORS; g++)
            for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
                struct trial trial = {.member = member,
                                      .options = options,
                                      .precision = (enum tw_precision)p,
                                      .generator = (enum generator)g,
                                      .d = sizes[s],
                                      .ranks = groups[turn++ % 8]};
                try_one(&trial);
            }
}

START_TEST(test_small)
{
    each_setting(try_setting);
}
END_TEST

/* 2^20 + 3 values: the ways of selection that small vectors never take. */
static void try_large(const char *member, const char *options)
{
    static const enum generator kinds[] = {GAUSSIAN, EQUAL};
    for (int g = 0; g < 2; g++) {
        struct trial trial = {.member = member,
                              .options = options,
                              .precision = TW_FP32,
                              .generator = kinds[g],
                              .d = (1U << 20) + 3,
                              .ranks = 2};
        try_one(&trial);
    }
}

START_TEST(test_large)
{
    for (int m = 0; m < tw_compressor_count(); m++) {
        const struct tw_member *member = &tw_compressor_at(m, TW_FP32)->member;
        try_large(member->name, has_ratio(member) ? "ratio=0.01" : "");
    }
}
END_TEST

int main(void)
{
    /* keep freed memory: a page fault for every page of every vector would cost more than the laws
     */
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, INT32_MAX);
    Suite *suite = suite_create("laws of compressors");
    TCase *small = tcase_create("small"), *large = tcase_create("large");
    tcase_set_timeout(small, 60);
    tcase_set_timeout(large, 60);
    tcase_add_test(small, test_small);
    tcase_add_test(large, test_large);
    suite_add_tcase(suite, small);
    suite_add_tcase(suite, large);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
