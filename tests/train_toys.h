/* What the tests of sim/train share: a workload made of a C function that notes every weight it is
 * asked at, and a setup filled from option texts. */
#ifndef TW_TEST_TRAIN_TOYS_H
#define TW_TEST_TRAIN_TOYS_H

#include <assert.h>
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "train/train.h"
#include "train/train_group.h"

enum { TOY_TENSORS_MAX = 8 };

/* The workload's params, and its state too. Everything in double; the door converts. */
struct toy {
    struct tw_tensor tensors[TOY_TENSORS_MAX];
    int tensor_count, ranks;
    uint64_t dimension;
    void (*gradient)(const struct toy *toy, int rank, uint32_t step, const double *w, double *out);
    double (*loss)(const struct toy *toy, const double *w);
    const double *start; /* dimension values; NULL: zeros */
    double *path; /* path[t·dimension…] = weights that rank 0 was asked at in step t, or NULL */
    uint32_t path_steps;                                           /* rows of path */
    void (*at_gradient)(struct toy *toy, int rank, uint32_t step); /* or NULL */
    double *w, *out; /* scratch, of the open workload */
    uint64_t seed;
    enum tw_precision precision;
};

static inline double toy_read(const struct toy *toy, const void *values, uint64_t i)
{
    return toy->precision == TW_FP64 ? ((const double *)values)[i]
                                     : (double)((const float *)values)[i];
}

static inline void toy_write(const struct toy *toy, void *values, uint64_t i, double value)
{
    if (toy->precision == TW_FP64)
        ((double *)values)[i] = value;
    else
        ((float *)values)[i] = (float)value;
}

static inline tw_status toy_open(const struct tw_workload_setup *setup, void **state,
                                 struct tw_err *err)
{
    struct toy *toy = (struct toy *)(uintptr_t)setup->params;
    (void)err;
    toy->precision = setup->precision;
    toy->ranks = setup->ranks;
    toy->seed = setup->seed;
    toy->w = calloc(toy->dimension + 1, sizeof *toy->w);
    toy->out = calloc(toy->dimension + 1, sizeof *toy->out);
    *state = toy;
    return toy->w && toy->out ? TW_OK : TW_MEMORY;
}

static inline void toy_close(void *state)
{
    struct toy *toy = state;
    if (!toy)
        return;
    free(toy->w);
    free(toy->out);
    toy->w = toy->out = NULL;
}

static inline uint64_t toy_dimension(const void *state)
{
    return ((const struct toy *)state)->dimension;
}

static inline const struct tw_tensor *toy_tensors(const void *state, int *count)
{
    const struct toy *toy = state;
    *count = toy->tensor_count;
    return toy->tensors;
}

static inline void toy_start(void *state, void *w)
{
    const struct toy *toy = state;
    for (uint64_t i = 0; i < toy->dimension; i++)
        toy_write(toy, w, i, toy->start ? toy->start[i] : 0);
}

static inline tw_status toy_gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                                     struct tw_err *err)
{
    struct toy *toy = state;
    (void)err;
    for (uint64_t i = 0; i < toy->dimension; i++)
        toy->w[i] = toy_read(toy, w, i);
    if (toy->path && rank == 0 && step < toy->path_steps)
        memcpy(toy->path + step * toy->dimension, toy->w, toy->dimension * sizeof *toy->w);
    if (toy->at_gradient)
        toy->at_gradient(toy, rank, step);
    toy->gradient(toy, rank, step, toy->w, toy->out);
    for (uint64_t i = 0; i < toy->dimension; i++)
        toy_write(toy, out, i, toy->out[i]);
    return TW_OK;
}

static inline tw_status toy_loss(void *state, const void *w, double *loss, double *accuracy,
                                 struct tw_err *err)
{
    struct toy *toy = state;
    (void)err;
    for (uint64_t i = 0; i < toy->dimension; i++)
        toy->w[i] = toy_read(toy, w, i);
    *accuracy = -1;
    *loss = toy->loss(toy, toy->w);
    return TW_OK;
}

static inline double toy_distance(void *state, const void *w)
{
    struct toy *toy = state;
    double norm2 = 0;
    for (uint64_t i = 0; i < toy->dimension; i++)
        norm2 += toy_read(toy, w, i) * toy_read(toy, w, i);
    return sqrt(norm2);
}

#define TOY_OPS(bits)                                                                           \
    {                                                                                           \
        .member = {.name = "toy",                                                               \
                   .summary = "a function of a test",                                           \
                   .source = "",                                                                \
                   .traits = TW_HAS_LOSS | TW_HAS_OPTIMUM | TW_SYNTHETIC_DATA},                 \
        .precision = bits, .open = toy_open, .close = toy_close, .dimension = toy_dimension,    \
        .tensors = toy_tensors, .start = toy_start, .gradient = toy_gradient, .loss = toy_loss, \
        .distance = toy_distance                                                                \
    }

static inline const struct tw_workload *toy_workload(enum tw_precision precision)
{
    static const struct tw_workload ops[2] = {TOY_OPS(TW_FP32), TOY_OPS(TW_FP64)};
    return &ops[precision];
}

/* ---- shapes and gradients ---- */

/* Adds a tensor at the end. */
static inline void toy_add(struct toy *toy, uint64_t rows, uint64_t columns)
{
    struct tw_tensor *tensor = &toy->tensors[toy->tensor_count];
    *tensor = (struct tw_tensor){.rows = rows,
                                 .columns = columns,
                                 .offset = toy->dimension,
                                 .id = (uint32_t)toy->tensor_count,
                                 .vector = rows == 1};
    snprintf(tensor->name, sizeof tensor->name, "t%d", toy->tensor_count++);
    toy->dimension += rows * columns;
}

/* Normal numbers, another vector for every (seed, rank, step). */
static inline void toy_noise(uint64_t seed, int rank, uint32_t step, double *out, uint64_t n)
{
    struct tw_stream stream;
    const struct tw_stream_key key = {.seed = seed,
                                      .rank = (uint32_t)rank,
                                      .step = step,
                                      .tensor = TW_TENSOR_NONE,
                                      .purpose = TW_PURPOSE_TEST};
    tw_stream_open(&stream, &key);
    tw_stream_normals(&stream, out, n);
}

/* ∇F_i = w − b_i with b_i drawn once per rank, plus the step's noise: a noisy quadratic. */
static inline void toy_quadratic(const struct toy *toy, int rank, uint32_t step, const double *w,
                                 double *out)
{
    double own[512], noise[512];
    assert(toy->dimension <= 512); /* ck_assert would allocate */
    toy_noise(toy->seed, rank, TW_STEP_NONE, own, toy->dimension);
    toy_noise(toy->seed, rank, step, noise, toy->dimension);
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = w[i] - own[i] + 0.5 * noise[i];
}

static inline double toy_half_norm2(const struct toy *toy, const double *w)
{
    double sum = 0;
    for (uint64_t i = 0; i < toy->dimension; i++)
        sum += 0.5 * w[i] * w[i];
    return sum;
}

/* Two matrices, two vectors and an empty tensor: 12·5 + 7 + 0 + 9·4 + 3 = 106 values. */
static inline struct toy toy_mixed(void)
{
    struct toy toy = {.gradient = toy_quadratic, .loss = toy_half_norm2};
    toy_add(&toy, 12, 5);
    toy_add(&toy, 1, 7);
    toy_add(&toy, 0, 4);
    toy_add(&toy, 9, 4);
    toy_add(&toy, 1, 3);
    return toy;
}

/* ---- a setup from texts ----
 * Not inlined: their frames hold errors and params, and would add up in a test that calls them all.
 */

struct toy_run {
    struct tw_train_setup setup;
    _Alignas(16) unsigned char compressor[TW_PARAMS_MAX];
    _Alignas(16) unsigned char feedback[TW_PARAMS_MAX];
    _Alignas(16) unsigned char optimizer[TW_PARAMS_MAX];
    struct tw_run run;
    struct tw_err err;
};

/* "name=value name=value" onto the defaults. */
static __attribute__((noinline, unused)) void toy_options(const struct tw_member *member,
                                                          const char *texts, void *params)
{
    struct tw_err err = {0};
    char copy[256], *rest = NULL;
    memset(params, 0, TW_PARAMS_MAX);
    ck_assert_int_eq(tw_options_defaults(member->options, member->option_count, params, &err),
                     TW_OK);
    snprintf(copy, sizeof copy, "%s", texts);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        ck_assert_ptr_nonnull(value);
        *value++ = 0;
        ck_assert_msg(tw_options_set(member->options, member->option_count, params, word, value,
                                     &err) == TW_OK,
                      "%s %s: %s", member->name, word, err.text);
    }
}

static inline int toy_has_option(const struct tw_member *member, const char *name)
{
    for (size_t i = 0; i < member->option_count; i++)
        if (strcmp(member->options[i].name, name) == 0)
            return 1;
    return 0;
}

/* Three ranks, every value evaluated, one bucket; change setup fields before running. */
static __attribute__((noinline, unused)) void
toy_setup(struct toy_run *r, enum tw_precision precision, struct toy *toy)
{
    *r = (struct toy_run){.setup = {.precision = precision,
                                    .ranks = 3,
                                    .island = 1,
                                    .batch = 1,
                                    .steps = 20,
                                    .evaluate = 1,
                                    .seed = 20260101,
                                    .workload = toy_workload(precision),
                                    .workload_params = toy}};
    r->setup.compressor_params = r->compressor;
    r->setup.feedback_params = r->feedback;
    r->setup.optimizer_params = r->optimizer;
}

/* Whether a rule goes with a compressor: it has the traits, and with a server its exchange is one
 * all-gather or all-reduce (the phases are those of a matrix, at its defaults). */
static inline int toy_goes_together(const struct tw_feedback *rule, const struct tw_compressor *ops)
{
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    const struct tw_tensor tensor = {.name = "w", .rows = 8, .columns = 8};
    const struct tw_problem problem = {.precision = ops->precision,
                                       .tensors = &tensor,
                                       .tensor_count = 1,
                                       .dimension = 64,
                                       .ranks = 3,
                                       .params = params};
    if (rule->member.needs & ~ops->member.traits)
        return 0;
    if (!rule->server)
        return 1;
    toy_options(&ops->member, toy_has_option(&ops->member, "ratio") ? "ratio=0.3" : "", params);
    return !(ops->member.requests & ~(1U << TW_SUM | 1U << TW_GATHER)) &&
           ops->phases(&problem) == 1;
}

static inline void toy_compressor(struct toy_run *r, const char *name, const char *options)
{
    r->setup.compressor = tw_compressor_find(name, r->setup.precision);
    ck_assert_ptr_nonnull(r->setup.compressor);
    toy_options(&r->setup.compressor->member, options, r->compressor);
}

static inline void toy_feedback(struct toy_run *r, const char *name, const char *options)
{
    r->setup.feedback = tw_feedback_find(name, r->setup.precision);
    ck_assert_ptr_nonnull(r->setup.feedback);
    toy_options(&r->setup.feedback->member, options, r->feedback);
}

static inline void toy_optimizer(struct toy_run *r, const char *options)
{
    r->setup.optimizer = tw_optimizer_find("sgd", r->setup.precision);
    ck_assert_ptr_nonnull(r->setup.optimizer);
    toy_options(&r->setup.optimizer->member, options, r->optimizer);
}

static inline void toy_train(struct toy_run *r)
{
    tw_status status = tw_train(&r->setup, &r->run, &r->err);
    ck_assert_msg(status == TW_OK, "%s + %s: %s", r->setup.compressor->member.name,
                  r->setup.feedback->member.name, r->err.text);
}

/* Trains and gives the weights at steps 0…steps ((steps + 1)·dimension values, caller frees). */
static __attribute__((noinline, unused)) double *toy_path(struct toy_run *r, struct toy *toy)
{
    double *path = calloc((r->setup.steps + 1) * toy->dimension + 1, sizeof *path);
    ck_assert_ptr_nonnull(path);
    ck_assert_uint_gt(r->setup.evaluate, 0);
    toy->path = path;
    toy->path_steps = r->setup.steps + 1;
    toy_train(r);
    toy->path = NULL;
    tw_run_free(&r->run);
    return path;
}

/* A group opened for the setup, for tests that look into the ranks' memory. */
struct toy_group {
    void *workload;
    struct tw_shape shape;
    struct tw_group group;
};

static __attribute__((noinline, unused)) void toy_group_open(struct toy_group *g,
                                                             const struct toy_run *r)
{
    struct tw_err err = {0};
    ck_assert_msg(tw_shape_open_workload(&r->setup, &g->workload, &err) == TW_OK, "%s", err.text);
    ck_assert_msg(tw_shape_make(&g->shape, &r->setup, g->workload, &err) == TW_OK, "%s", err.text);
    ck_assert_msg(tw_group_open(&g->group, &g->shape, &err) == TW_OK, "%s", err.text);
    r->setup.workload->start(g->workload, g->group.weights);
}

static __attribute__((noinline, unused)) void toy_group_step(struct toy_group *g, uint32_t step)
{
    struct tw_err err = {0};
    ck_assert_msg(tw_step_run(&g->group, g->workload, step, 0, NULL, &err) == TW_OK, "%s",
                  err.text);
}

static inline void toy_group_close(struct toy_group *g)
{
    const struct tw_workload *ops = g->shape.setup->workload;
    tw_group_close(&g->group);
    tw_shape_free(&g->shape);
    ops->close(g->workload);
}

/* The runner's end of a test program. */
static inline int toy_main(TCase *tcase, const char *name)
{
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
