/* How the weights of a share travel, and what ranks compute with after a gather.
 *
 *     full          B bytes a value
 *     bf16, fp16    2 bytes, rounded to nearest, ties to even
 *     int8, int4    blocks of b values of a share, each with its scale M = max |w|:
 *                       w ≈ M·v/R,  v whole, −R … R,  R = 127 or 7
 *
 * The last is the quantised weight communication (qwZ) of Wang et al., "ZeRO++" (arXiv 2306.10209),
 * which quantises by blocks, each with a scale of its own, and dequantises behind the all-gather;
 * it travels in int8. int4 of weights is what SDP4Bit (Jia et al., arXiv 2410.15526) has, which
 * sends differences of weights instead; here the weights themselves travel. Wire: of a share of s
 * values B·⌈s/b⌉ + ⌈w·s/8⌉ bytes, w = 8 or 4 bits (compressors/stage_real.h). Cost: O(d) per rank
 * and step.
 *
 * The master copy of a share is never rounded, so nothing accumulates; every rank decodes the same
 * bytes, the owner of a share too, so all ranks compute with the same weights. Where rules for
 * tensors cut a bucket into parts, a rank has a share of each, with blocks of its own, and one
 * message of the bucket holds them. Departures: one block size for all tensors, cut in bucket
 * order across them; scales in the run's precision; rounding to nearest, not stochastic. */
#include "inside_real.h"
#include "shard.h"
#include "train_group.h"

#include <string.h>

static int in_blocks(const struct tw_train_setup *setup)
{
    return setup->sharding.weights >= TW_WEIGHTS_INT8;
}

tw_status tw_shard_check_weights(const struct tw_sharding *sharding, struct tw_err *err)
{
    if (sharding->weights < TW_WEIGHTS_FULL || sharding->weights > TW_WEIGHTS_INT4)
        return tw_err_set(err, TW_RANGE, "weights of type %d", (int)sharding->weights);
    if (sharding->weights >= TW_WEIGHTS_INT8 && sharding->block == 0)
        return tw_err_set(err, TW_RANGE, "weights in blocks of no values");
    return TW_OK;
}

int tw_shard_rounds(const struct tw_train_setup *setup)
{
    return setup->sharding.stage != TW_SHARD_NONE && setup->sharding.weights != TW_WEIGHTS_FULL;
}

uint64_t tw_shard_share(const struct tw_shape *shape, uint64_t values, int rank)
{
    uint64_t ranks = (uint64_t)shape->groups;
    return values / ranks + ((uint64_t)rank < values % ranks);
}

enum tw_element tw_shard_element(const struct tw_train_setup *setup)
{
    if (setup->sharding.weights == TW_WEIGHTS_FULL)
        return setup->precision == TW_FP64 ? TW_ELEMENT_F64 : TW_ELEMENT_F32;
    return setup->sharding.weights == TW_WEIGHTS_BF16 ? TW_ELEMENT_BF16 : TW_ELEMENT_BYTE;
}

/* A share of `values` as one slice. */
static struct tw_inside_cut slice_of(const struct tw_train_setup *setup, uint64_t values)
{
    return (struct tw_inside_cut){.slice = values,
                                  .block = setup->sharding.block,
                                  .bits = setup->sharding.weights == TW_WEIGHTS_INT8 ? 8 : 4,
                                  .slices = 1};
}

static uint64_t coded_B(const struct tw_train_setup *setup, uint64_t values)
{
    struct tw_inside_cut cut = slice_of(setup, values);
    return setup->precision == TW_FP64 ? tw_inside_message_B_f64(&cut)
                                       : tw_inside_message_B_f32(&cut);
}

uint64_t tw_shard_elements(const struct tw_shape *shape, int part, int rank)
{
    const struct tw_train_setup *setup = shape->setup;
    uint64_t values = tw_shard_share(shape, shape->cut.buckets[part].dimension, rank);
    if (in_blocks(setup))
        return coded_B(setup, values);
    return setup->sharding.weights == TW_WEIGHTS_FP16 ? 2 * values : values;
}

uint64_t tw_shard_scratch_B(const struct tw_shape *shape)
{
    uint64_t most = 0;
    if (!tw_shard_rounds(shape->setup) || !in_blocks(shape->setup))
        return 0;
    for (int b = 0; b < shape->cut.count; b++) {
        uint64_t values = tw_shard_share(shape, shape->cut.buckets[b].dimension, 0);
        most = values > most ? values : most;
    }
    return most * (shape->value_B + sizeof(uint16_t)) + coded_B(shape->setup, most);
}

/* The shares of one part, in bucket order, one behind the other. 0: a value is not finite. */
static int round_part(const struct tw_shape *shape, uint64_t values, unsigned char *weights,
                      void *scratch)
{
    const struct tw_train_setup *setup = shape->setup;
    for (int r = 0; r < shape->groups; r++) {
        uint64_t share = tw_shard_share(shape, values, r);
        struct tw_inside_cut cut = slice_of(setup, share);
        if ((setup->precision == TW_FP64 ? tw_inside_round_f64
                                         : tw_inside_round_f32)(&cut, weights, share, scratch))
            return 0;
        weights += share * shape->value_B;
    }
    return 1;
}

/* The gradient and the mean have been used, and are made anew before they are read again. */
static void round_in_blocks(struct tw_group *group)
{
    const struct tw_shape *shape = group->shape;
    size_t bytes = shape->dimension * shape->value_B;
    int good = 1;
    memcpy(group->gradient, group->weights, bytes);
    tw_group_reorder(group, 1);
    for (int b = 0; b < shape->cut.count && good; b++)
        good = round_part(shape, shape->cut.buckets[b].dimension,
                          group->mean + group->starts[b] * shape->value_B, group->weights_scratch);
    tw_group_reorder(group, 0);
    memcpy(group->forward, good ? group->gradient : group->weights, bytes);
}

void tw_shard_spread(struct tw_group *group)
{
    const struct tw_train_setup *setup = group->shape->setup;
    if (!tw_shard_rounds(setup))
        return;
    if (in_blocks(setup))
        round_in_blocks(group);
    else
        (setup->sharding.weights == TW_WEIGHTS_BF16
             ? group->vectors->round_bf16
             : group->vectors->round_fp16)(group->forward, group->weights, group->shape->dimension);
}
