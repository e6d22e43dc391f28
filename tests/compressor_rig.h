/* What compressor tests stand on: problems from text, vectors of both precisions, and an exchange
 * written here once more, without the product's own transport. */
#ifndef TW_TEST_COMPRESSOR_RIG_H
#define TW_TEST_COMPRESSOR_RIG_H

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bf16.h"
#include "base/fp16.h"
#include "compressor.h"

#define RANKS_MAX 16
#define TENSORS_MAX 8
#define PHASES_MAX 16

/* ---- vectors ---- */

static inline double get(const void *x, enum tw_precision precision, uint64_t i)
{
    return precision == TW_FP64 ? ((const double *)x)[i] : (double)((const float *)x)[i];
}

static inline void set(void *x, enum tw_precision precision, uint64_t i, double value)
{
    if (precision == TW_FP64)
        ((double *)x)[i] = value;
    else
        ((float *)x)[i] = (float)value;
}

static inline void *vector_of(enum tw_precision precision, uint64_t n)
{
    void *x = calloc(n + 1, tw_precision_B(precision));
    if (!x)
        ck_abort_msg("out of memory");
    return x;
}

/* ---- a group: one instance with all ranks, or one instance per rank ---- */

struct group {
    const struct tw_compressor *ops;
    enum tw_precision precision;
    struct tw_tensor tensors[TENSORS_MAX];
    struct tw_problem problem;
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    int instances; /* 1, or as many as ranks */
    struct tw_instance instance[RANKS_MAX];
    void *x[RANKS_MAX], *own[RANKS_MAX]; /* inputs (borrowed), C(x) of every rank */
    void *mean[RANKS_MAX];               /* of every instance */
    void *answer_data[PHASES_MAX];
    uint64_t *answer_starts[PHASES_MAX];
    struct tw_answer *answers[PHASES_MAX]; /* [phase][0], or every rank's own */
    struct tw_work local[PHASES_MAX], digest[PHASES_MAX], mean_work, own_work;
    struct tw_work merge;                  /* of the last merge */
    struct tw_request request[PHASES_MAX]; /* of the last rank */
    int phases;
    uint64_t sent_hash; /* of every byte that any rank sent in the last step */
    void (*spoil)(int phase, struct tw_answer *answer); /* damage done to every answer, or NULL */
};

/* "ratio=0.1 scope=bucket" into params. */
static inline void apply_options(struct group *group, const char *text)
{
    const struct tw_member *member = &group->ops->member;
    struct tw_err err = {0};
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s", text);
    if (tw_options_defaults(member->options, member->option_count, group->params, &err) != TW_OK)
        ck_abort_msg("%s: %s", member->name, err.text);
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        char *value = strchr(word, '=');
        if (!value)
            continue;
        *value++ = 0;
        tw_status status =
            tw_options_set(member->options, member->option_count, group->params, word, value, &err);
        if (status != TW_OK)
            ck_abort_msg("%s %s: %s", member->name, text, err.text);
    }
}

static inline void add_tensor(struct group *group, uint64_t rows, uint64_t columns, int vector)
{
    struct tw_problem *problem = &group->problem;
    if (problem->tensor_count == TENSORS_MAX)
        ck_abort_msg("too many tensors for a test");
    struct tw_tensor *tensor = &group->tensors[problem->tensor_count];
    tensor->rows = rows;
    tensor->columns = columns;
    tensor->offset = problem->dimension;
    tensor->id = (uint32_t)(problem->tensor_count + 3);
    tensor->vector = vector;
    problem->tensor_count++;
    problem->dimension += rows * columns;
}

static inline void group_start(struct group *group, const char *name, enum tw_precision precision,
                               const char *options, int ranks, uint64_t seed)
{
    memset(group, 0, sizeof *group);
    group->ops = tw_compressor_find(name, precision);
    if (!group->ops)
        ck_abort_msg("no compressor %s", name);
    group->precision = precision;
    group->problem.precision = precision;
    group->problem.tensors = group->tensors;
    group->problem.ranks = ranks;
    group->problem.seed = seed;
    group->problem.params = group->params;
    apply_options(group, options);
}

/* After the tensors were added. separate: every rank has an instance of its own. */
static inline void group_open(struct group *group, int separate)
{
    struct tw_err err = {0};
    int ranks = group->problem.ranks;
    group->instances = separate ? ranks : 1;
    for (int i = 0; i < group->instances; i++) {
        tw_status status = tw_instance_open(&group->instance[i], group->ops, &group->problem,
                                            separate ? i : 0, separate ? 1 : ranks, &err);
        if (status != TW_OK)
            ck_abort_msg("%s: %s", group->ops->member.name, err.text);
        group->mean[i] = vector_of(group->precision, group->problem.dimension);
    }
    for (int r = 0; r < ranks; r++)
        group->own[r] = vector_of(group->precision, group->problem.dimension);
    group->phases = group->ops->phases(&group->problem);
    if (group->phases > PHASES_MAX)
        ck_abort_msg("too many phases for a test");
}

static inline void group_forget_answers(struct group *group)
{
    for (int p = 0; p < PHASES_MAX; p++) {
        free(group->answer_data[p]);
        free(group->answer_starts[p]);
        free(group->answers[p]);
        group->answer_data[p] = NULL;
        group->answer_starts[p] = NULL;
        group->answers[p] = NULL;
    }
}

static inline void group_close(struct group *group)
{
    group_forget_answers(group);
    for (int i = 0; i < group->instances; i++) {
        tw_instance_close(&group->instance[i]);
        free(group->mean[i]);
    }
    for (int r = 0; r < group->problem.ranks; r++)
        free(group->own[r]);
    for (int p = 0; p < PHASES_MAX; p++) {
        tw_work_free(&group->local[p]);
        tw_work_free(&group->digest[p]);
    }
    tw_work_free(&group->merge);
    tw_work_free(&group->mean_work);
    tw_work_free(&group->own_work);
}

static inline struct tw_instance *instance_of(struct group *group, int rank, void **own_state)
{
    int i = group->instances == 1 ? 0 : rank;
    *own_state = group->instance[i].own[group->instances == 1 ? rank : 0];
    return &group->instance[i];
}

#include "compressor_exchange.h"

static inline tw_status locals_of_phase(struct group *group, int phase, int personal,
                                        struct tw_request *requests)
{
    void *own_state;
    for (int r = 0; r < group->problem.ranks; r++) {
        struct tw_instance *instance = instance_of(group, r, &own_state);
        tw_work_clear(&group->local[phase]);
        tw_status status = group->ops->local(instance->shared, own_state, r, phase, group->x[r],
                                             personal ? &group->answers[phase - 1][r] : NULL,
                                             &requests[r], &group->local[phase]);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

/* One phase; the first failure is returned. */
static inline tw_status group_phase(struct group *group, int phase)
{
    struct tw_request requests[RANKS_MAX] = {0};
    int personal = phase > 0 && is_personal(group->answers[phase - 1][0].kind);
    tw_status status = locals_of_phase(group, phase, personal, requests);
    if (status != TW_OK)
        return status;
    group->request[phase] = requests[group->problem.ranks - 1];
    status = exchange(group, phase, requests);
    if (status != TW_OK)
        return status;
    personal = is_personal(requests[0].kind);
    for (int r = 0; group->spoil && r < (personal ? group->problem.ranks : 1); r++)
        group->spoil(phase, &group->answers[phase][r]);
    tw_work_clear(&group->digest[phase]);
    for (int i = 0; !personal && i < group->instances; i++) {
        tw_work_clear(&group->digest[phase]);
        status = group->ops->digest(group->instance[i].shared, phase, &group->answers[phase][0],
                                    &group->digest[phase]);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

/* A whole step: mean[] of every instance and own[] of every rank. */
static inline tw_status group_step(struct group *group, uint32_t step)
{
    void *own_state;
    group->sent_hash = UINT64_C(14695981039346656037);
    group_forget_answers(group);
    for (int i = 0; i < group->instances && group->ops->begin; i++)
        group->ops->begin(group->instance[i].shared, step);
    for (int p = 0; p < group->phases; p++) {
        tw_status status = group_phase(group, p);
        if (status != TW_OK)
            return status;
    }
    for (int i = 0; i < group->instances; i++) {
        tw_work_clear(&group->mean_work);
        group->ops->mean(group->instance[i].shared, group->mean[i], &group->mean_work);
    }
    for (int r = 0; r < group->problem.ranks; r++) {
        struct tw_instance *instance = instance_of(group, r, &own_state);
        memset(group->own[r], 0, group->problem.dimension * tw_precision_B(group->precision));
        tw_work_clear(&group->own_work);
        group->ops->own(instance->shared, own_state, r, 1.0, group->own[r], &group->own_work);
    }
    return TW_OK;
}

static inline struct tw_support support_of(struct group *group, int rank)
{
    void *own_state;
    struct tw_support support = {0};
    struct tw_instance *instance = instance_of(group, rank, &own_state);
    group->ops->support(instance->shared, own_state, rank, &support);
    return support;
}

static inline double norm2(const void *x, enum tw_precision precision, uint64_t n)
{
    double sum = 0.0;
    for (uint64_t i = 0; i < n; i++)
        sum += get(x, precision, i) * get(x, precision, i);
    return sum;
}

static inline double distance2(const void *x, const void *y, enum tw_precision precision,
                               uint64_t n)
{
    double sum = 0.0;
    for (uint64_t i = 0; i < n; i++) {
        double error = get(x, precision, i) - get(y, precision, i);
        sum += error * error;
    }
    return sum;
}

#endif
