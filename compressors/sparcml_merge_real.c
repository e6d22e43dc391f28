/* SparCML: what messages weigh, what they say, and the merge of two. */
#include "half_real.h"
#include "sparcml_real.h"

#include "base/vec.h"

/* Stands for the count of a list where the whole vector follows. */
#define DENSE_HEAD UINT32_MAX
#define HEAD_B 4

static const struct tw_sparcml_params *params_of(const struct tw_problem *problem)
{
    return problem->params;
}

struct tw_codec_way TW_T(tw_sparcml_way)(const struct tw_problem *problem)
{
    const struct tw_sparcml_params *params = params_of(problem);
    return (struct tw_codec_way){(enum tw_index)params->index, (enum tw_value)params->values};
}

static uint64_t value_B(const struct tw_problem *problem)
{
    return tw_codec_value_B(TW_T(tw_sparcml_way)(problem).value, TW_THIS_PRECISION);
}

/* Of Rice-coded gaps the most. */
uint64_t TW_T(tw_sparcml_list_B)(const struct tw_problem *problem, uint64_t count)
{
    return HEAD_B + count * value_B(problem) +
           tw_codec_index_B(TW_T(tw_sparcml_way)(problem).index, count, problem->dimension);
}

static uint64_t dense_B(const struct tw_problem *problem)
{
    return HEAD_B + problem->dimension * value_B(problem);
}

/* Whether the sum of lists of so many entries is a dense vector. */
static int turns_dense(const struct tw_problem *problem, uint64_t entries)
{
    return params_of(problem)->dense == 0 &&
           (entries >= problem->dimension ||
            TW_T(tw_sparcml_list_B)(problem, entries) >= dense_B(problem));
}

/* No message is larger: a rank's own list, a dense vector, or the list that is not yet one. */
uint64_t TW_T(tw_sparcml_room)(const struct tw_problem *problem, uint64_t kept)
{
    uint64_t d = problem->dimension, own = TW_T(tw_sparcml_list_B)(problem, kept);
    uint64_t never = TW_T(tw_sparcml_list_B)(problem, d), switched = dense_B(problem);
    if (!tw_codec_is_plain(TW_T(tw_sparcml_way)(problem)))
        return switched + tw_codec_index_most_B(TW_T(tw_sparcml_way)(problem).index, d);
    if (params_of(problem)->dense != 0)
        return never;
    return own > switched ? own : switched;
}

static void write_values(enum tw_value type, unsigned char *wire, const tw_real *values,
                         uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        TW_T(tw_half_write)(type, wire, i, values[i]);
}

uint64_t TW_T(tw_sparcml_write)(const struct tw_sparcml_shared *shared, unsigned char *wire,
                                const uint32_t *indices, const tw_real *values, uint64_t count)
{
    uint32_t head = (uint32_t)count;
    memcpy(wire, &head, sizeof head);
    uint64_t before_B = HEAD_B + tw_codec_put(shared->way.index, count, shared->problem.dimension,
                                              indices, wire + HEAD_B);
    write_values(shared->way.value, wire + before_B, values, count);
    return before_B + count * value_B(&shared->problem);
}

int TW_T(tw_sparcml_read)(const struct tw_sparcml_shared *shared, uint64_t count, const void *data,
                          struct tw_union_entries *entries, struct tw_union_list *list)
{
    const struct tw_problem *problem = &shared->problem;
    const unsigned char *wire = data;
    uint32_t head;
    if (count < HEAD_B)
        return 0;
    memcpy(&head, wire, sizeof head);
    *list = (struct tw_union_list){NULL, wire + HEAD_B, problem->dimension};
    if (head == DENSE_HEAD)
        return params_of(problem)->dense == 0 && count == dense_B(problem);
    uint64_t after_B = head * value_B(problem);
    list->count = head;
    list->indices = wire + HEAD_B;
    if (tw_codec_is_plain(shared->way)) {
        list->values = list->indices + (uint64_t)head * sizeof(uint32_t);
        return count == TW_T(tw_sparcml_list_B)(problem, head) &&
               tw_union_ascends(list, problem->dimension);
    }
    if (count - HEAD_B < after_B ||
        !TW_T(tw_union_read)(shared->way, problem->dimension, head, list->indices,
                             count - HEAD_B - after_B, wire + (count - after_B), entries))
        return 0;
    *list = tw_union_list_of(entries);
    return 1;
}

/* Into the place of a dense message, which is 4 bytes off alignment: by way of the scratch. */
static void add_dense(struct tw_sparcml_shared *shared, const struct tw_union_list *a,
                      const struct tw_union_list *b, unsigned char *wire, struct tw_work *work)
{
    const struct tw_union_list *lists[] = {a, b};
    uint64_t d = shared->problem.dimension, entries = 0, dense = 0;
    enum tw_value value = shared->way.value;
    uint32_t head = DENSE_HEAD;
    TW_T(tw_vec_zero)(shared->sums, d);
    for (int side = 0; side < 2; side++) {
        const struct tw_union_list *list = lists[side];
        if (list->indices) {
            TW_T(tw_union_scatter)(list, shared->sums);
            entries += list->count;
            continue;
        }
        dense++;
        for (uint64_t i = 0; i < d; i++)
            shared->sums[i] += TW_T(tw_half_read)(value, list->values, i);
    }
    TW_T(tw_union_round)(value, NULL, shared->sums, d, &shared->lost);
    memcpy(wire, &head, sizeof head);
    write_values(value, wire + HEAD_B, shared->sums, d);
    tw_codec_charge_read(shared->way.index, value, entries, work);
    tw_codec_charge(value, (dense + 1) * d, work);
    if (dense == 2)
        tw_work_add(work, TW_KERNEL_ADD, d, 0);
    else
        tw_work_add(work, TW_KERNEL_SCATTER, d, entries);
}

/* What rounding took is the merging rank's. */
static tw_status keep(struct tw_sparcml_shared *shared, struct tw_sparcml_rank *own)
{
    if (shared->lost.count == 0)
        return TW_OK;
    return TW_T(tw_union_keep)(&own->dropped, &shared->lost, &shared->joined,
                               shared->problem.dimension);
}

tw_status TW_T(tw_sparcml_merge)(void *state, void *own_state, int keeps,
                                 const struct tw_partial *a, const struct tw_partial *b, void *c,
                                 uint64_t *count, struct tw_work *work)
{
    struct tw_sparcml_shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    struct tw_union_list left, right;
    if (!TW_T(tw_sparcml_read)(shared, a->count, a->data, &shared->left, &left) ||
        !TW_T(tw_sparcml_read)(shared, b->count, b->data, &shared->right, &right))
        return TW_CORRUPT;
    uint64_t entries = left.count + right.count;
    if (!left.indices || !right.indices || turns_dense(problem, entries)) {
        add_dense(shared, &left, &right, c, work);
        *count = dense_B(problem);
        return keeps ? keep(shared, own_state) : TW_OK;
    }
    uint64_t n = TW_T(tw_union_add)(&left, &right, shared->indices, shared->sums);
    TW_T(tw_union_round)(shared->way.value, shared->indices, shared->sums, n, &shared->lost);
    *count = TW_T(tw_sparcml_write)(shared, c, shared->indices, shared->sums, n);
    tw_work_add(work, TW_KERNEL_PACK, entries, entries);
    tw_codec_charge_read(shared->way.index, shared->way.value, entries, work);
    tw_codec_charge_put(shared->way.index, shared->way.value, n, work);
    return keeps ? keep(shared, own_state) : TW_OK;
}
