/* links: tw_workload tw_base */
/* What every workload promises; a member is tested by being in list.def. Those that need options to
 * be opened, or to be random, are given them below. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "unit/test_workload_data.h"

#define RANKS 3
#define STEPS 4

static char root[64];

static const struct {
    const char *name;
    int discrete; /* 1: few different gradients, so that some are equal by chance */
    const char *texts[8];
} needed[] = {
    {"synthetic", 0, {"model", "fmnist-softmax", NULL}},
    {"recorded",
     0,
     {"file", TW_SOURCE_DIR "/scenarios/data/fmnist-softmax-4x4.npy", "layout",
      TW_SOURCE_DIR "/scenarios/data/fmnist-softmax-layout.csv", NULL}},
    {"sizes", 0, {"model", "fmnist-mlp", NULL}},
    /* without noise their gradients depend on neither step nor seed; with much the loss may rise */
    {"quadratic", 0, {"noise", "0.01", NULL}},
    {"three_quadratics", 0, {"noise", "0.01", NULL}},
    {"noisy_plane", 1, {"noise", "0.0001", NULL}},
    {"cnn", 0, {"channels", "4,6", "hidden", "12", NULL}}, /* small, to be quick */
    {"transformer", 0, {"layers", "1", "width", "16", "context", "8", NULL}},
    {"logistic", 1, {NULL}}, /* eight samples of two classes in the data set of this test */
};

static const char *const *texts_of(const char *name)
{
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (strcmp(needed[i].name, name) == 0)
            return needed[i].texts;
    }
    return NULL;
}

static int is_discrete(const char *name)
{
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (strcmp(needed[i].name, name) == 0)
            return needed[i].discrete;
    }
    return 0;
}

struct opened {
    const struct tw_workload *workload;
    union test_params params;
    void *state;
    uint64_t d;
    unsigned value_B;
};

static void open_member(struct opened *o, int index, enum tw_precision precision, uint64_t seed,
                        uint32_t repetition)
{
    struct tw_err err = {0};
    struct tw_workload_setup setup = {.precision = precision,
                                      .ranks = RANKS,
                                      .batch = 4,
                                      .steps = STEPS,
                                      .seed = seed,
                                      .repetition = repetition};

    o->workload = tw_workload_at(index, precision);
    test_set_options(o->workload, &o->params, texts_of(o->workload->member.name));
    setup.params = &o->params;
    ck_assert_msg(o->workload->open(&setup, &o->state, &err) == TW_OK, "%s: %s",
                  o->workload->member.name, err.text);
    o->d = o->workload->dimension(o->state);
    o->value_B = tw_precision_B(precision);
}

static void *vector(const struct opened *o)
{
    void *x = calloc(o->d, o->value_B);
    ck_assert_ptr_nonnull(x);
    return x;
}

static double value(const struct opened *o, const void *x, uint64_t i)
{
    return o->value_B == 4 ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

static void gradient(const struct opened *o, int rank, uint32_t step, const void *w, void *out)
{
    struct tw_err err = {0};
    ck_assert_msg(o->workload->gradient(o->state, rank, step, w, out, &err) == TW_OK, "%s: %s",
                  o->workload->member.name, err.text);
}

static int has_numbers(const struct opened *o)
{
    return !(o->workload->member.traits & TW_SIZES_ONLY);
}

/* Each law runs for every member at both precisions: _i = 2·member + precision. */
static void begin(struct opened *o, int i, uint64_t seed)
{
    open_member(o, i / 2, i % 2 ? TW_FP64 : TW_FP32, seed, 0);
}

static void end(struct opened *o)
{
    o->workload->close(o->state);
}

START_TEST(member_is_complete)
{
    const struct tw_workload *workload = tw_workload_at(_i / 2, _i % 2 ? TW_FP64 : TW_FP32);
    const struct tw_member *member = &workload->member;
    const uint32_t sources = member->traits & (TW_REAL_DATA | TW_RECORDED_DATA | TW_SYNTHETIC_DATA);

    ck_assert_int_eq(workload->precision, _i % 2 ? TW_FP64 : TW_FP32);
    ck_assert_ptr_eq(workload, tw_workload_find(member->name, workload->precision));
    ck_assert(member->summary[0] && member->source);
    ck_assert_uint_gt(member->params_size, 0);
    ck_assert_uint_le(member->params_size, TW_PARAMS_MAX);
    for (size_t i = 0; i < member->option_count; i++)
        ck_assert_uint_lt(member->options[i].offset, member->params_size);
    ck_assert(workload->open && workload->close && workload->dimension && workload->tensors &&
              workload->data_hash);
    if (member->traits & TW_SIZES_ONLY) {
        ck_assert(!workload->start && !workload->gradient && !workload->loss);
        ck_assert_uint_eq(sources, 0);
    } else {
        ck_assert(workload->start && workload->gradient);
        ck_assert_int_eq(__builtin_popcount(sources), 1);
    }
    ck_assert_int_eq(workload->loss != NULL, !!(member->traits & TW_HAS_LOSS));
    ck_assert_int_eq(workload->distance != NULL, !!(member->traits & TW_HAS_OPTIMUM));
    workload->close(NULL);
}
END_TEST

START_TEST(tensors_cover_the_vector)
{
    struct opened o;
    const struct tw_tensor *tensors;
    uint64_t at = 0;
    int count;

    begin(&o, _i, 1);
    tensors = o.workload->tensors(o.state, &count);
    ck_assert_int_gt(count, 0);
    for (int t = 0; t < count; t++) {
        ck_assert_uint_eq(tensors[t].offset, at);
        ck_assert_uint_eq(tensors[t].id, (uint32_t)t);
        ck_assert(!tensors[t].vector || tensors[t].rows == 1);
        ck_assert(tensors[t].name[0] && memchr(tensors[t].name, 0, sizeof tensors[t].name));
        at += tw_tensor_size(&tensors[t]);
    }
    ck_assert_uint_eq(at, o.d);
    end(&o);
}
END_TEST

/* The same (seed, rank, step, w) → the same bits, whoever asks, in whatever order; and two states
 * at once do not disturb each other. */
START_TEST(gradient_is_a_pure_function)
{
    struct opened a, b;

    begin(&a, _i, 9);
    begin(&b, _i, 9);
    if (has_numbers(&a)) {
        void *w = vector(&a), *x = vector(&a), *y = vector(&a);

        a.workload->start(a.state, w);
        b.workload->start(b.state, y);
        ck_assert_mem_eq(w, y, a.d * a.value_B);
        for (uint32_t step = 0; step < STEPS; step++) {
            for (int rank = 0; rank < RANKS; rank++) {
                gradient(&a, rank, step, w, x);
                gradient(&b, RANKS - 1 - rank, STEPS - 1 - step, w, y); /* another one first */
                memset(y, 0xff, a.d * a.value_B); /* nothing is left as it was */
                gradient(&b, rank, step, w, y);
                ck_assert_mem_eq(x, y, a.d * a.value_B);
            }
        }
        free(w);
        free(x);
        free(y);
    }
    ck_assert(a.workload->data_hash(a.state) == b.workload->data_hash(b.state));
    end(&a);
    end(&b);
}
END_TEST

START_TEST(gradients_are_finite_and_differ)
{
    struct opened o;

    begin(&o, _i, 9);
    if (has_numbers(&o)) {
        void *w = vector(&o), *x = vector(&o), *first = vector(&o);
        int equal = -1; /* the first to itself */

        o.workload->start(o.state, w);
        gradient(&o, 0, 0, w, first);
        for (int rank = 0; rank < RANKS; rank++) {
            for (uint32_t step = 0; step < STEPS; step++) {
                double norm2 = 0;

                gradient(&o, rank, step, w, x);
                for (uint64_t i = 0; i < o.d; i++)
                    norm2 += value(&o, x, i) * value(&o, x, i);
                ck_assert(isfinite(norm2) && norm2 > 0);
                equal += memcmp(x, first, o.d * o.value_B) == 0;
            }
        }
        ck_assert_int_le(equal, is_discrete(o.workload->member.name) ? RANKS * STEPS - 2 : 0);
        free(w);
        free(x);
        free(first);
    }
    end(&o);
}
END_TEST

/* Seed and repetition matter, except where the numbers are in a file. */
START_TEST(seed_and_repetition_matter)
{
    struct opened a, b, c;
    const enum tw_precision precision = _i % 2 ? TW_FP64 : TW_FP32;

    open_member(&a, _i / 2, precision, 1, 0);
    open_member(&b, _i / 2, precision, 2, 0);
    open_member(&c, _i / 2, precision, 1, 1);
    if (has_numbers(&a) && !(a.workload->member.traits & TW_RECORDED_DATA)) {
        void *w = vector(&a), *x = vector(&a), *y = vector(&a), *z = vector(&a);

        a.workload->start(a.state, w);
        gradient(&a, 0, 0, w, x);
        gradient(&b, 0, 0, w, y);
        gradient(&c, 0, 0, w, z);
        ck_assert(memcmp(x, y, a.d * a.value_B) != 0);
        ck_assert(memcmp(x, z, a.d * a.value_B) != 0);
        free(w);
        free(x);
        free(y);
        free(z);
    }
    end(&a);
    end(&b);
    end(&c);
}
END_TEST

static double relative_gap(const struct opened *narrow, const void *x, const struct opened *wide,
                           const void *y)
{
    double gap = 0, size = 0;

    for (uint64_t i = 0; i < wide->d; i++) {
        const double a = value(narrow, x, i), b = value(wide, y, i);
        gap += (a - b) * (a - b);
        size += b * b;
    }
    return sqrt(gap / size);
}

/* _i = member. Both arithmetics have the same tensors and the same numbers up to rounding: 1e-5 of
 * the norm is 160 units of fp32. */
START_TEST(precisions_agree)
{
    struct opened narrow, wide;

    open_member(&narrow, _i, TW_FP32, 5, 0);
    open_member(&wide, _i, TW_FP64, 5, 0);
    ck_assert_uint_eq(narrow.d, wide.d);
    if (has_numbers(&wide)) {
        void *w = vector(&narrow), *w64 = vector(&wide), *x = vector(&narrow), *y = vector(&wide);

        narrow.workload->start(narrow.state, w);
        wide.workload->start(wide.state, w64);
        gradient(&narrow, 1, 2, w, x);
        gradient(&wide, 1, 2, w64, y);
        ck_assert_double_lt(relative_gap(&narrow, x, &wide, y), 1e-5);
        free(w);
        free(w64);
        free(x);
        free(y);
    }
    end(&narrow);
    end(&wide);
}
END_TEST

START_TEST(loss_falls_along_the_gradient)
{
    struct opened o;

    begin(&o, _i, 3);
    if (o.workload->member.traits & TW_HAS_LOSS) {
        double *w = vector(&o), *g = vector(&o), before, after, accuracy = -2;
        struct tw_err err = {0};
        float *w32 = (float *)w, *g32 = (float *)g;

        o.workload->start(o.state, w);
        ck_assert_int_eq(o.workload->loss(o.state, w, &before, &accuracy, &err), TW_OK);
        if (o.workload->member.traits & TW_HAS_ACCURACY)
            ck_assert(accuracy >= 0 && accuracy <= 1);
        else
            ck_assert(accuracy == -1);
        for (int rank = 0; rank < RANKS; rank++) {
            for (uint32_t step = 0; step < 50; step++) {
                gradient(&o, rank, step, w, g);
                for (uint64_t i = 0; i < o.d; i++) {
                    if (o.value_B == 4)
                        w32[i] -= 0.01F * g32[i];
                    else
                        w[i] -= 0.01 * g[i];
                }
            }
        }
        ck_assert_int_eq(o.workload->loss(o.state, w, &after, &accuracy, &err), TW_OK);
        ck_assert_msg(isfinite(before) && after < before, "%s: %g → %g", o.workload->member.name,
                      before, after);
        free(w);
        free(g);
    }
    end(&o);
}
END_TEST

START_TEST(check_agrees_with_open)
{
    const struct tw_workload *workload = tw_workload_at(_i / 2, _i % 2 ? TW_FP64 : TW_FP32);
    union test_params params;
    struct tw_err err = {0};

    test_set_options(workload, &params, texts_of(workload->member.name));
    ck_assert_msg(tw_workload_check(workload, &params, &err) == TW_OK, "%s", err.text);
    if (!(workload->member.traits & TW_REAL_DATA))
        return;
    /* a member that reads a data set names the package of a missing one, at check and at open */
    struct tw_workload_setup setup = {.ranks = RANKS, .batch = 1, .steps = 1, .params = &params};
    void *state = &err;

    setenv("THINWIRE_DATA", "/nonexistent", 1);
    ck_assert_int_eq(tw_workload_check(workload, &params, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.hint, "Debian package"));
    err = (struct tw_err){0};
    ck_assert_int_eq(workload->open(&setup, &state, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.hint, "Debian package"));
    ck_assert_ptr_null(state);
}
END_TEST

static void set_up(void)
{
    test_make_data(root, 40, 20);
}

static void tear_down(void)
{
    test_remove_data(root);
}

int main(void)
{
    Suite *suite = suite_create("laws of workloads");
    TCase *tests = tcase_create("every member");
    SRunner *runner;
    const int members = tw_workload_count();
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, member_is_complete, 0, 2 * members);
    tcase_add_loop_test(tests, tensors_cover_the_vector, 0, 2 * members);
    tcase_add_loop_test(tests, gradient_is_a_pure_function, 0, 2 * members);
    tcase_add_loop_test(tests, gradients_are_finite_and_differ, 0, 2 * members);
    tcase_add_loop_test(tests, seed_and_repetition_matter, 0, 2 * members);
    tcase_add_loop_test(tests, precisions_agree, 0, members);
    tcase_add_loop_test(tests, loss_falls_along_the_gradient, 0, 2 * members);
    tcase_add_loop_test(tests, check_agrees_with_open, 0, 2 * members);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
