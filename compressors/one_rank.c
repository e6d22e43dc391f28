/* One rank of a group, behind plain calls. */
#include "one_rank.h"

#include <stdlib.h>
#include <string.h>

struct tw_one_rank {
    struct tw_tensor tensor;
    struct tw_instance instance;
    struct tw_work work; /* of the last call; nobody prices it */
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
};

/* Whether options, words at blanks, have one that begins with name and '='. */
static int is_given(const char *options, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = options; (at = strstr(at, name)) != NULL; at += length)
        if ((at == options || strchr(" \t\n", at[-1])) && at[length] == '=')
            return 1;
    return 0;
}

static tw_status check_given(const struct tw_member *member, const char *options,
                             struct tw_err *err)
{
    for (size_t i = 0; i < member->option_count; i++) {
        const struct tw_option *row = &member->options[i];
        if (row->fallback || is_given(options, row->name))
            continue;
        tw_err_set(err, TW_INPUT, "%s: option %s is missing", member->name, row->name);
        return tw_err_hint(err, TW_INPUT, "%s", row->help ? row->help : "");
    }
    return TW_OK;
}

/* "ratio=0.01 index=rice": each word split at its first '='. */
static tw_status set_options(const struct tw_member *member, const char *options, void *params,
                             struct tw_err *err)
{
    const struct tw_option *rows = member->options;
    char *copy = strdup(options), *rest = copy, *word;
    if (!copy)
        return tw_err_set(err, TW_MEMORY, "out of memory");
    tw_status status = tw_options_defaults(rows, member->option_count, params, err);
    while (status == TW_OK && (word = strsep(&rest, " \t\n")) != NULL) {
        char *value = strchr(word, '=');
        if (value)
            *value++ = '\0';
        if (value && rest && is_given(rest, word))
            status = tw_err_set(err, TW_INPUT, "option '%.100s' is given twice", word);
        else if (value)
            status = tw_options_set(rows, member->option_count, params, word, value, err);
        else if (word[0] != '\0')
            status = tw_err_set(err, TW_INPUT, "'%.100s' is not name=value", word);
    }
    free(copy);
    return status == TW_OK ? check_given(member, options, err) : status;
}

static tw_status open_one(struct tw_one_rank *one, const struct tw_compressor *ops,
                          const char *options, int ranks, int rank, uint64_t seed,
                          struct tw_err *err)
{
    struct tw_problem problem = {.precision = ops->precision,
                                 .tensors = &one->tensor,
                                 .tensor_count = 1,
                                 .dimension = tw_tensor_size(&one->tensor),
                                 .ranks = ranks,
                                 .seed = seed,
                                 .params = one->params};
    if (ops->member.requests & (1U << TW_MERGE))
        return tw_err_set(err, TW_REFUSED, "%s merges on the way: use struct tw_instance",
                          ops->member.name);
    tw_status status = set_options(&ops->member, options ? options : "", one->params, err);
    return status ? status : tw_instance_open(&one->instance, ops, &problem, rank, 1, err);
}

struct tw_one_rank *tw_one_rank_open(const struct tw_compressor *ops, const char *options,
                                     uint64_t rows, uint64_t columns, int ranks, int rank,
                                     uint64_t seed, struct tw_err *err)
{
    struct tw_one_rank *one = calloc(1, sizeof *one);
    if (!one) {
        (void)tw_err_set(err, TW_MEMORY, "out of memory");
        return NULL;
    }
    one->tensor =
        (struct tw_tensor){.name = "x", .rows = rows, .columns = columns, .vector = rows == 1};
    if (open_one(one, ops, options, ranks, rank, seed, err) == TW_OK)
        return one;
    free(one);
    return NULL;
}

void tw_one_rank_close(struct tw_one_rank *one)
{
    if (!one)
        return;
    tw_instance_close(&one->instance);
    tw_work_free(&one->work);
    free(one);
}

int tw_one_rank_phases(const struct tw_one_rank *one)
{
    return one->instance.ops->phases(&one->instance.problem);
}

void tw_one_rank_begin(struct tw_one_rank *one, uint32_t step)
{
    if (one->instance.ops->begin)
        one->instance.ops->begin(one->instance.shared, step);
}

/* Work is collected anew in every call; that its list could not grow is a failure like any. */
static tw_status worked(struct tw_one_rank *one, tw_status status)
{
    int failed = one->work.failed;
    tw_work_clear(&one->work);
    return status == TW_OK && failed ? TW_MEMORY : status;
}

tw_status tw_one_rank_local(struct tw_one_rank *one, int phase, const void *x,
                            const struct tw_answer *inbox, struct tw_request *request)
{
    struct tw_instance *instance = &one->instance;
    tw_status status = instance->ops->local(instance->shared, instance->own[0], instance->first,
                                            phase, x, inbox, request, &one->work);
    return worked(one, status);
}

tw_status tw_one_rank_digest(struct tw_one_rank *one, int phase, const struct tw_answer *answer)
{
    struct tw_instance *instance = &one->instance;
    return worked(one, instance->ops->digest(instance->shared, phase, answer, &one->work));
}

void tw_one_rank_mean(struct tw_one_rank *one, void *out)
{
    one->instance.ops->mean(one->instance.shared, out, &one->work);
    tw_work_clear(&one->work);
}

void tw_one_rank_own(struct tw_one_rank *one, double scale, void *y)
{
    struct tw_instance *instance = &one->instance;
    instance->ops->own(instance->shared, instance->own[0], instance->first, scale, y, &one->work);
    tw_work_clear(&one->work);
}
