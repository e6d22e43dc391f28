/* Sharded data parallel training (ZeRO: Rajbhandari et al., arXiv 1910.02054). N ranks cut the
 * values d_b of every bucket into shares of ⌈d_b/N⌉ or ⌊d_b/N⌋; rank r updates share r only.
 *
 *     stage    divided by N                       exchanged per step and bucket
 *     zero1    optimizer, server's feedback       reduce-scatter g, all-gather w behind the update
 *     zero2    … and the averaged gradient        the same
 *     zero3    … and the weights                  all-gather w before the forward, all-gather w
 *                                                 before the backward, reduce-scatter g
 *
 * In zero1 and zero2 weights may also travel before the forward of the next step, as Megatron-LM's
 * overlapped gathers do (Shoeybi et al., arXiv 1909.08053): then the record has them before its
 * own forward, in the first step too, where they are those of the start.
 *
 * With g and w bytes a value that is (N−1)/N·d·(g + w), in zero3 (N−1)/N·d·(g + 2w), of every rank
 * by ring schedules; an all-reduce is 2·(N−1)/N·d·g. So compression of the gradient alone gains at
 * most (g + w)/w, 2 at equal types, and (g + 2w)/2w in zero3, 1.5 at equal types.
 *
 * Only sums of the compressor `none` are reduce-scattered. Other compressors exchange as ever,
 * every rank decodes what it gets, and uses its share: values chosen by magnitude, sketches and
 * factors do not fall into shares. What a feedback rule keeps of a rank's own gradient (e_i, g_i,
 * h_i) is of all d values and cannot be divided.
 *
 * Departures: zero3 gathers every bucket twice, also the one that the backward begins with, which
 * implementations may keep; the weights are cast once per step, so the first step's are those of
 * the start. Weights travel in the run's precision or rounded (shard_weights.c); the master copy of
 * a share stays exact, and gradients, loss and accuracy are those of the weights that have
 * travelled. Cost: O(buckets·N) of the record. */
#include "shard.h"

#include <stdlib.h>
#include <string.h>

static int sharded(const struct tw_shape *shape)
{
    return shape->setup->sharding.stage != TW_SHARD_NONE;
}

static uint64_t longest(const struct tw_shape *shape, uint64_t values)
{
    return tw_shard_share(shape, values, 0);
}

/* Values of rank 0 over all buckets. */
static uint64_t longest_of_all(const struct tw_shape *shape)
{
    uint64_t values = 0;
    for (int b = 0; b < shape->cut.count; b++)
        values += longest(shape, shape->cut.buckets[b].dimension);
    return values;
}

/* What an optimizer reports of one value tells whether it needs to know all of them. */
static int takes_norm(const struct tw_train_setup *setup, int *failed)
{
    struct tw_work work = {0};
    int norm = 0;
    setup->optimizer->update(setup->optimizer_params, 0, NULL, NULL, NULL, 1, &work);
    *failed = work.failed;
    for (int i = 0; i < work.count; i++)
        norm |= work.items[i].kernel == TW_KERNEL_NORM;
    tw_work_free(&work);
    return norm;
}

tw_status tw_shard_check(const struct tw_train_setup *setup, struct tw_err *err)
{
    const struct tw_sharding *sharding = &setup->sharding;
    int failed = 0;
    if (sharding->stage < TW_SHARD_NONE || sharding->stage > TW_SHARD_ZERO3)
        return tw_err_set(err, TW_RANGE, "sharding of stage %d", (int)sharding->stage);
    if (sharding->stage == TW_SHARD_NONE)
        return TW_OK;
    tw_status status = tw_shard_check_weights(sharding, err);
    if (status)
        return status;
    if (setup->island > 1)
        return tw_err_set(err, TW_REFUSED,
                          "sharding goes over all ranks, and not together with islands of %d",
                          setup->island);
    int norm = takes_norm(setup, &failed);
    if (failed)
        return tw_err_set(err, TW_MEMORY, "no memory for asking optimizer %s",
                          setup->optimizer->member.name);
    if (!norm)
        return TW_OK;
    tw_err_set(err, TW_REFUSED,
               "sharding: optimizer %s with these options takes the norm of the whole gradient, of "
               "which each rank holds a share",
               setup->optimizer->member.name);
    return tw_err_hint(err, TW_REFUSED, "clip=\"0\"");
}

int tw_shard_scatters(const struct tw_shape *shape, const struct tw_compressor *compressor)
{
    return sharded(shape) && strcmp(compressor->member.name, "none") == 0 &&
           !shape->setup->feedback->wants_mean;
}

void tw_shard_scatter(const struct tw_shape *shape, const struct tw_compressor *compressor,
                      struct tw_record *record, int from)
{
    for (int i = from; i < record->count && tw_shard_scatters(shape, compressor); i++)
        if (record->items[i].type == TW_ITEM_EXCHANGE && record->items[i].kind == TW_SUM)
            record->items[i].kind = TW_REDUCE_SCATTER;
}

/* elements·share/whole, rounded up; exact for the multiples of `whole` that kernels report. */
static uint64_t part(uint64_t elements, uint64_t share, uint64_t whole)
{
    uint64_t times = elements / whole, rest = elements % whole;
    return times * share + (rest * share + whole - 1) / whole;
}

static void cut_work(struct tw_record *record, int from, uint64_t share, uint64_t whole)
{
    for (int i = from; i < record->count && whole > 0; i++) {
        struct tw_work_item *work = &record->items[i].work;
        if (record->items[i].type != TW_ITEM_WORK)
            continue;
        work->elements = part(work->elements, share, whole);
        work->selected = part(work->selected, share, whole);
    }
}

void tw_shard_cut_mean(const struct tw_shape *shape, const struct tw_compressor *compressor,
                       int bucket, struct tw_record *record, int from)
{
    uint64_t whole = shape->cut.buckets[bucket].dimension;
    if (tw_shard_scatters(shape, compressor))
        cut_work(record, from, longest(shape, whole), whole);
}

/* scales: where blocks have them, they are found in a pass of its own. */
static tw_status record_cast(struct tw_record *record, int bucket, uint64_t values, int scales)
{
    struct tw_work work = {0};
    if (scales)
        tw_work_add(&work, TW_KERNEL_NORM, values, 0);
    tw_work_add(&work, TW_KERNEL_CAST, values, 0);
    tw_status status = tw_record_work(record, bucket, 0, TW_STAGE_METHOD, -1, &work);
    tw_work_free(&work);
    return status;
}

/* counts[r] += what rank r gives of the bucket whose first part this is. */
static void count_bucket(const struct tw_shape *shape, int first, uint64_t *counts)
{
    int part = first - 1;
    do {
        part++;
        for (int r = 0; r < shape->groups; r++)
            counts[r] += tw_shard_elements(shape, part, r);
    } while (!tw_shape_ends(shape, part));
}

/* The weights of the bucket that begins with this part: every rank's share to all, then the cast of
 * the whole. */
static tw_status record_gather(const struct tw_shape *shape, int first, enum tw_moment moment,
                               struct tw_record *record)
{
    const struct tw_train_setup *setup = shape->setup;
    const struct tw_bucket *bucket = &shape->cut.buckets[first];
    uint64_t *counts = calloc((size_t)shape->groups, sizeof *counts);
    int from = record->count;
    if (!counts)
        return TW_MEMORY;
    count_bucket(shape, first, counts);
    tw_status status =
        tw_record_weights(record, bucket->number, tw_shard_element(setup), counts, shape->groups);
    free(counts);
    if (!status && tw_shard_rounds(setup))
        status = record_cast(record, bucket->number, bucket->whole, 0);
    for (int i = from; i < record->count; i++)
        record->items[i].moment = moment;
    return status;
}

/* In the order in which the moment needs them: bucket 0 holds the last layers. */
static tw_status record_gathers(const struct tw_shape *shape, enum tw_moment moment,
                                struct tw_record *record)
{
    int last = shape->cut.count - 1;
    tw_status status = TW_OK;
    for (int i = 0; i <= last && !status; i++) {
        int part = moment == TW_BEFORE_BACKWARD ? i : last - i;
        if (tw_shape_begins(shape, part))
            status = record_gather(shape, part, moment, record);
    }
    return status;
}

tw_status tw_shard_record_before(const struct tw_shape *shape, struct tw_record *record)
{
    int zero3 = shape->setup->sharding.stage == TW_SHARD_ZERO3;
    tw_status status = TW_OK;
    if (sharded(shape) && (zero3 || shape->setup->sharding.gather_before))
        status = record_gathers(shape, TW_BEFORE_FORWARD, record);
    if (!status && zero3)
        status = record_gathers(shape, TW_BEFORE_BACKWARD, record);
    return status;
}

tw_status tw_shard_record_after(const struct tw_shape *shape, struct tw_record *record, int from)
{
    tw_status status = TW_OK;
    if (!sharded(shape))
        return TW_OK;
    uint64_t share = longest_of_all(shape);
    cut_work(record, from, share, shape->dimension);
    if (tw_shard_rounds(shape->setup))
        status = record_cast(record, -1, share, shape->setup->sharding.weights >= TW_WEIGHTS_INT8);
    if (!status && shape->setup->sharding.stage != TW_SHARD_ZERO3 &&
        !shape->setup->sharding.gather_before)
        status = record_gathers(shape, TW_AFTER_UPDATE, record);
    return status;
}

/* Values of the largest bucket. */
static uint64_t largest_bucket(const struct tw_shape *shape)
{
    uint64_t values = 0;
    for (int b = 0; b < shape->cut.count; b++)
        if (shape->cut.buckets[b].whole > values)
            values = shape->cut.buckets[b].whole;
    return values;
}

/* Weights as a rank computes with them, `values` at a time, and what it decodes them from: of bf16
 * and fp16 what has travelled is what it computes with. */
static uint64_t working_B(const struct tw_shape *shape, uint64_t values)
{
    uint64_t coded = 0, most = 0;
    if (!tw_shard_rounds(shape->setup))
        return values * shape->value_B;
    if (shape->setup->sharding.weights < TW_WEIGHTS_INT8)
        return 2 * values;
    for (int b = 0; b < shape->cut.count; b++) {
        coded = tw_shape_begins(shape, b) ? 0 : coded;
        for (int r = 0; r < shape->groups; r++)
            coded += tw_shard_elements(shape, b, r);
        most = coded > most ? coded : most;
    }
    return values * shape->value_B + most;
}

uint64_t tw_shard_rank_B(const struct tw_shape *shape, uint64_t method_B)
{
    const struct tw_train_setup *setup = shape->setup;
    const struct tw_feedback *feedback = setup->feedback;
    enum tw_shard_stage stage = setup->sharding.stage;
    uint64_t all = shape->dimension, share = longest_of_all(shape), value_B = shape->value_B;
    uint64_t bucket = largest_bucket(shape), two = 2 * bucket < all ? 2 * bucket : all;
    int rounds = tw_shard_rounds(setup);
    uint64_t server = (uint64_t)setup->optimizer->vectors(setup->optimizer_params) +
                      (uint64_t)feedback->shared_vectors +
                      (uint64_t)feedback->copies * (uint64_t)shape->groups;
    uint64_t working = stage == TW_SHARD_ZERO3 ? two : all; /* weights as they travel */
    uint64_t master = rounds || stage == TW_SHARD_ZERO3 ? share : 0;
    uint64_t made = feedback->in_place ? 1 : 2; /* the gradient, and x where it is no memory */
    uint64_t gradient = stage == TW_SHARD_ZERO1 ? made * all : share + made * bucket;
    if (gradient > made * all)
        gradient = made * all; /* the share lies in the one bucket there is */
    uint64_t own = (uint64_t)feedback->rank_vectors * all;
    return working_B(shape, working) + (master + gradient + own + server * share) * value_B +
           method_B;
}
