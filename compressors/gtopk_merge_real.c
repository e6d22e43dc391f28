/* gTop-K: its messages, and the merge of two. */
#include "gtopk_real.h"
#include "half_real.h"
#include "select_real.h"

void TW_T(tw_gtopk_charge_merge)(uint64_t kept, struct tw_codec_way way, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_PACK, 2 * kept, 2 * kept);
    tw_work_add(work, TW_KERNEL_SELECT, 2 * kept, kept);
    tw_work_add(work, TW_KERNEL_SCATTER, kept, kept);
    tw_codec_charge_read(way.index, way.value, 2 * kept, work);
    tw_codec_charge_put(way.index, way.value, kept, work);
}

uint64_t TW_T(tw_gtopk_write)(const struct tw_gtopk_shared *shared, const uint32_t *indices,
                              const tw_real *values, unsigned char *wire)
{
    uint64_t before_B = shared->values_B;
    for (uint64_t i = 0; i < shared->kept; i++)
        TW_T(tw_half_write)(shared->way.value, wire, i, values[i]);
    return before_B + tw_codec_put(shared->way.index, shared->kept, shared->problem.dimension,
                                   indices, wire + before_B);
}

int TW_T(tw_gtopk_read)(const struct tw_gtopk_shared *shared, uint64_t count, const void *data,
                        struct tw_union_entries *entries, struct tw_union_list *list)
{
    uint64_t kept = shared->kept, before_B = shared->values_B;
    const unsigned char *values = data, *indices = kept ? values + before_B : NULL;
    if (tw_codec_is_plain(shared->way)) {
        if (count != shared->message_B)
            return 0;
        *list = (struct tw_union_list){indices, values, kept};
    } else {
        if (count < before_B || !TW_T(tw_union_read)(shared->way, shared->problem.dimension, kept,
                                                     indices, count - before_B, values, entries))
            return 0;
        *list = tw_union_list_of(entries);
    }
    return tw_largest_fits(&shared->problem, &shared->what, (const void *)list->indices);
}

static struct tw_union_list part_of(const struct tw_union_list *list, uint64_t first,
                                    uint64_t count)
{
    return (struct tw_union_list){list->indices + first * sizeof(uint32_t),
                                  list->values + first * sizeof(tw_real), count};
}

static void lose(struct tw_union_entries *lost, uint32_t index, tw_real value)
{
    tw_real *values = lost->values;
    lost->indices[lost->count] = index;
    values[lost->count++] = value;
}

/* Entry `at` of the result: into the message c where it is plain, else where it is coded from. */
static void pick(struct tw_gtopk_shared *shared, unsigned char *c, uint64_t at, uint32_t index,
                 tw_real sum)
{
    tw_real sent = TW_T(tw_half_sent)(shared->way.value, sum), *picked = shared->picked.values;
    if (tw_codec_is_plain(shared->way)) {
        memcpy(c + at * sizeof sum, &sum, sizeof sum);
        memcpy(c + shared->kept * sizeof sum + at * sizeof index, &index, sizeof index);
        return;
    }
    shared->picked.indices[at] = index;
    picked[at] = sent;
    if (sent != sum)
        lose(&shared->lost, index, sum - sent);
}

/* The part's k largest sums go to c behind the `done` entries of the parts before, the others to
 * what is lost. */
static tw_status merge_part(struct tw_gtopk_shared *shared, const struct tw_union_list *a,
                            const struct tw_union_list *b, uint64_t kept, unsigned char *c,
                            uint64_t done)
{
    struct tw_union_entries *both = &shared->both;
    tw_real *sums = both->values;
    uint64_t n = TW_T(tw_union_add)(a, b, both->indices, sums), next = 0;
    tw_status status = TW_T(tw_select)(sums, n, kept, shared->select, shared->chosen);
    for (uint64_t i = 0; i < n && status == TW_OK; i++) {
        if (next < kept && shared->chosen[next] == i)
            pick(shared, c, done + next++, both->indices[i], sums[i]);
        else
            lose(&shared->lost, both->indices[i], sums[i]);
    }
    return status;
}

tw_status TW_T(tw_gtopk_merge)(void *state, void *own_state, int keeps, const struct tw_partial *a,
                               const struct tw_partial *b, void *c, uint64_t *count,
                               struct tw_work *work)
{
    struct tw_gtopk_shared *shared = state;
    const struct tw_problem *problem = &shared->problem;
    struct tw_union_list left, right;
    uint64_t done = 0;
    if (!TW_T(tw_gtopk_read)(shared, a->count, a->data, &shared->left, &left) ||
        !TW_T(tw_gtopk_read)(shared, b->count, b->data, &shared->right, &right))
        return TW_CORRUPT;
    shared->lost.count = 0;
    for (int p = 0; p < tw_parts_count(problem, shared->what.scope); p++) {
        struct tw_part part = tw_part_at(problem, shared->what.scope, shared->what.ratio, p);
        if (part.kept == 0)
            continue;
        struct tw_union_list x = part_of(&left, done, part.kept),
                             y = part_of(&right, done, part.kept);
        tw_status status = merge_part(shared, &x, &y, part.kept, c, done);
        if (status != TW_OK)
            return status;
        done += part.kept;
    }
    *count = shared->message_B;
    if (!tw_codec_is_plain(shared->way))
        *count = TW_T(tw_gtopk_write)(shared, shared->picked.indices, shared->picked.values, c);
    TW_T(tw_gtopk_charge_merge)(shared->kept, shared->way, work);
    struct tw_gtopk_rank *own = own_state;
    return keeps ? TW_T(tw_union_keep)(&own->dropped, &shared->lost, &shared->joined,
                                       shared->most_dropped)
                 : TW_OK;
}
