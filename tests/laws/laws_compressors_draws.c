/* links: tw_base tw_compressors */
/* What every compressor must obey over many steps and against bad input, by being listed: proven
 * δ and ω hold on average, draws change from step to step, a steady loop allocates nothing, damaged
 * answers are refused. */
#include "compressor_cases.h"

#define D 97

/* ---- no allocation in a steady loop: malloc of the whole program is counted ---- */

static long allocations;

#ifndef TW_SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    allocations++;
    return __libc_realloc(block, size);
}
#endif

static void start(struct group *group, const char *member, enum tw_precision precision,
                  const char *options, int ranks, void **x)
{
    group_start(group, member, precision, options, ranks, SEED);
    add_tensors(group, D);
    group_open(group, 0);
    for (int r = 0; r < ranks; r++) {
        x[r] = vector_of(precision, D);
        fill(x[r], GAUSSIAN, precision, D, r);
        group->x[r] = x[r];
    }
}

static void finish(struct group *group, void **x)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): open_group filled x[0…ranks−1] */
    for (int r = 0; r < group->problem.ranks; r++)
        /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): start filled x[0…ranks−1] */
        free(x[r]);
    group_close(group);
}

/* One step as a caller does it, without this test's own exchange: nothing here allocates. */
static void lean_step(struct group *group, void *mean, uint32_t step)
{
    struct tw_request request;
    struct tw_support support;
    struct tw_instance *instance = &group->instance[0];
    const struct tw_compressor *ops = group->ops;
    tw_work_clear(&group->local[0]);
    if (ops->begin)
        ops->begin(instance->shared, step);
    for (int p = 0; p < group->phases; p++) {
        int personal = p > 0 && is_personal(group->answers[p - 1][0].kind);
        for (int r = 0; r < group->problem.ranks; r++)
            if (ops->local(instance->shared, instance->own[r], r, p, group->x[r],
                           personal ? &group->answers[p - 1][r] : NULL, &request,
                           &group->local[0]) != TW_OK)
                ck_abort_msg("local fails");
        if (!is_personal(group->answers[p][0].kind) &&
            ops->digest(instance->shared, p, &group->answers[p][0], &group->local[0]) != TW_OK)
            ck_abort_msg("digest fails");
    }
    ops->mean(instance->shared, mean, &group->local[0]);
    for (int r = 0; r < group->problem.ranks; r++) {
        ops->own(instance->shared, instance->own[r], r, -1.0, mean, &group->local[0]);
        ops->support(instance->shared, instance->own[r], r, &support);
        ops->try_alone(instance->shared, instance->own[r], group->x[r]);
    }
}

static void allocates_nothing(const char *member, const char *options)
{
    struct group group;
    void *x[RANKS_MAX];
    start(&group, member, TW_FP32, options, 3, x);
    ck_assert_int_eq(group_step(&group, 1), TW_OK);
    lean_step(&group, group.mean[0], 1); /* the list of work grows here */
    long before = allocations;
    lean_step(&group, group.mean[0], 1);
    long after = allocations;
    ck_assert_msg(before == after, "%s [%s]: %ld allocations in a step", member, options,
                  after - before);
    finish(&group, x);
}

START_TEST(test_allocation)
{
    void *volatile block = malloc(1);
    free(block);
#ifndef TW_SANITIZED
    ck_assert_msg(allocations > 0, "allocations are not counted");
#endif
    each_setting(allocates_nothing);
}
END_TEST

/* ---- on average over steps ---- */

#define STEPS 2000

/* E‖C(x)−x‖² ≤ (1 − δ)‖x‖² and ≤ ω‖x‖²: the mean over steps is below within 4 standard errors.
 * ω: E C(x) = x: the mean of C(x) over steps is off by ω‖x‖²/STEPS in expectation of the square;
 * three times that is exceeded with chance below 1e-9 (97 values, nearly independent). */
static void holds_on_average(const char *member, const char *options)
{
    struct group group;
    void *x[RANKS_MAX], *sum = NULL;
    start(&group, member, TW_FP64, options, 1, x);
    double delta = group.ops->delta ? group.ops->delta(&group.problem) : -1.0;
    double omega = group.ops->omega ? group.ops->omega(&group.problem) : -1.0;
    double power = norm2(x[0], TW_FP64, D), first = 0.0, second = 0.0;
    sum = vector_of(TW_FP64, D);
    for (uint32_t s = 0; s < STEPS; s++) {
        if (group_step(&group, s) != TW_OK)
            ck_abort_msg("%s fails", member);
        double left = distance2(group.own[0], x[0], TW_FP64, D) / power;
        first += left / STEPS;
        second += left * left / STEPS;
        for (int i = 0; i < D; i++)
            ((double *)sum)[i] += ((double *)group.own[0])[i] / STEPS;
    }
    double error = sqrt(fmax(second - first * first, 0.0) / STEPS), slack = 4.0 * error + 1e-12;
    ck_assert_msg(delta < 0.0 || first <= 1.0 - delta + slack, "%s [%s]: left %g of %g", member,
                  options, first, 1.0 - delta);
    ck_assert_msg(omega < 0.0 || first <= omega + slack, "%s [%s]: variance %g of %g", member,
                  options, first, omega);
    double bias2 = distance2(sum, x[0], TW_FP64, D) / power;
    ck_assert_msg(omega < 0.0 || bias2 <= 3.0 * omega / STEPS + 1e-24, "%s [%s]: bias %g", member,
                  options, sqrt(bias2));
    free(sum);
    finish(&group, x);
}

START_TEST(test_average)
{
    each_setting(holds_on_average);
}
END_TEST

static void draws_afresh(const char *member, const char *options)
{
    struct group group;
    void *x[RANKS_MAX];
    uint64_t hashes[8];
    int different = 0;
    start(&group, member, TW_FP32, options, 2, x);
    for (uint32_t s = 0; s < 8; s++) {
        ck_assert_int_eq(group_step(&group, s), TW_OK);
        hashes[s] = group.sent_hash;
        different += hashes[s] != hashes[0];
    }
    /* with ratio 1 every value travels and only ARC's sketch can tell steps apart */
    int draws = (AMONG(member, drawing) || rotates(options)) && !draws_once(options) &&
                !strstr(options, "pool=1 ") && strcmp(options, "ratio=0.1 pool=1") != 0;
    int whole = strcmp(options, "ratio=1") == 0 && strcmp(member, "arctopk") != 0;
    int turns = AMONG(member, turning) && !strstr(options, "thresholds=1");
    int expected = turns             ? whole || different > 0
                   : draws && !whole ? different >= 6
                                     : different == 0;
    ck_assert_msg(expected, "%s [%s]: %d of 7 steps differ", member, options, different);
    finish(&group, x);
}

START_TEST(test_draws)
{
    each_setting(draws_afresh);
}
END_TEST

/* ---- damage ---- */

static int damaged_phase;
static int damage;

static void spoil(int phase, struct tw_answer *answer)
{
    uint64_t *starts = (uint64_t *)answer->starts;
    if (phase != damaged_phase)
        return;
    switch (damage) {
    case 0: /* cut short */
        answer->count--;
        starts[answer->ranks]--;
        break;
    case 1: /* too long */
        answer->count++;
        starts[answer->ranks]++;
        break;
    case 2: /* of another type */
        answer->element = TW_ELEMENT_U64 + (answer->element == TW_ELEMENT_U64);
        break;
    case 3: /* of another kind */
        answer->kind = answer->kind == TW_SUM ? TW_GATHER : TW_SUM;
        break;
    case 4: /* for gathers: what one rank has too much the next lacks */
        if (answer->kind == TW_GATHER || answer->kind == TW_ALL_TO_ALL)
            starts[1]++;
        else
            answer->count += 2;
        break;
    default: /* for gathers: a rank too few */
        answer->ranks--;
        if (answer->kind != TW_GATHER && answer->kind != TW_ALL_TO_ALL)
            answer->count = 0;
    }
}

static void refuses_damage(const char *member, const char *options)
{
    struct group group;
    void *x[RANKS_MAX];
    start(&group, member, TW_FP32, options, 3, x);
    group.spoil = spoil;
    for (damaged_phase = 0; damaged_phase < group.phases; damaged_phase++)
        for (damage = 0; damage < 6; damage++) {
            tw_status status = group_step(&group, 0);
            ck_assert_msg(status == TW_CORRUPT, "%s [%s]: phase %d, damage %d: %s", member, options,
                          damaged_phase, damage, tw_status_text(status));
        }
    damaged_phase = -1;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    finish(&group, x);
}

START_TEST(test_damage)
{
    each_setting(refuses_damage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("laws of compressors: draws and damage");
    TCase *tcase = tcase_create("list");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_allocation);
    tcase_add_test(tcase, test_average);
    tcase_add_test(tcase, test_draws);
    tcase_add_test(tcase, test_damage);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
