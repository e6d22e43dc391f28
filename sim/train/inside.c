/* The first level of a two-level quantised reduce-scatter: sums inside an island of g ranks, whose
 * values travel as small integers with a scale per block of b.
 *
 *     every rank:  its gradient of a bucket, d values, cut into g slices of s = ceil(d/g); slice q
 *                  goes to rank q as C(x), whole numbers -R ... R times M/R, M = max |x| of a block
 *     rank q:      S_q = sum over the island of C(x), in full precision
 *
 * The compressor then works between islands on S/g, and with quant_reduce rounds anew: qgZ of Wang
 * et al., "ZeRO++" (arXiv 2306.10209), with int8 here and first="int4" there; SDP4Bit (Jia et al.,
 * arXiv 2410.15526) has the types the other way round.
 * Wire: g messages of B*ceil(s/b) + ceil(w*s/8) bytes per rank and bucket, one of which stays at
 * home, by an all-to-all inside the island (B bytes a value, w = 8 or 4 bits). O(d) per rank.
 *
 * What is rounded away here is forgotten, as in qgZ: feedback memory is the island's. It defines
 * the island's gradient, so that dense steps see it too. Departure: what comes of the exchanges is
 * spread inside in full precision, where the papers leave each rank its shard. */
#include "inside.h"

#include "inside_real.h"

static int rounds(const struct tw_train_setup *setup)
{
    return setup->inside.type != TW_INSIDE_FULL;
}

static struct tw_inside_cut cut_of(const struct tw_shape *shape, int bucket)
{
    const struct tw_inside *inside = &shape->setup->inside;
    uint64_t ranks = (uint64_t)shape->setup->island;
    return (struct tw_inside_cut){
        .slice = (shape->cut.buckets[bucket].whole + ranks - 1) / ranks,
        .block = inside->block,
        .bits = inside->type == TW_INSIDE_INT8 ? 8 : 4,
        .slices = shape->setup->island,
    };
}

static uint64_t message_B(const struct tw_shape *shape, const struct tw_inside_cut *cut)
{
    return shape->setup->precision == TW_FP64 ? tw_inside_message_B_f64(cut)
                                              : tw_inside_message_B_f32(cut);
}

tw_status tw_inside_check(const struct tw_train_setup *setup, struct tw_err *err)
{
    const struct tw_inside *inside = &setup->inside;
    if (inside->type < TW_INSIDE_FULL || inside->type > TW_INSIDE_INT4 ||
        (rounds(setup) && inside->block == 0))
        return tw_err_set(err, TW_RANGE, "sums inside islands of type %d, blocks of %llu values",
                          (int)inside->type, (unsigned long long)inside->block);
    if (!rounds(setup))
        return TW_OK;
    if (setup->island == 1)
        return tw_err_set(err, TW_REFUSED, "there are no islands inside which to round");
    return setup->rule_count > 0
               ? tw_err_set(err, TW_REFUSED,
                            "rounding inside islands goes over whole buckets, and not together "
                            "with rules for tensors")
               : TW_OK;
}

/* The cut of the largest bucket; of no values where nothing is rounded. */
static struct tw_inside_cut largest(const struct tw_shape *shape)
{
    struct tw_inside_cut most = {.block = 1, .bits = 8};
    for (int b = 0; rounds(shape->setup) && b < shape->cut.count; b++) {
        struct tw_inside_cut cut = cut_of(shape, b);
        if (cut.slice >= most.slice)
            most = cut;
    }
    return most;
}

uint64_t tw_inside_rank_B(const struct tw_shape *shape)
{
    struct tw_inside_cut cut = largest(shape);
    return 2 * (uint64_t)cut.slices * message_B(shape, &cut);
}

uint64_t tw_inside_scratch_B(const struct tw_shape *shape)
{
    struct tw_inside_cut cut = largest(shape);
    return cut.slice * (shape->value_B + sizeof(uint16_t)) + message_B(shape, &cut);
}

tw_status tw_inside_round(struct tw_group *group, struct tw_err *err)
{
    const struct tw_shape *shape = group->shape;
    tw_status status = TW_OK;
    if (!rounds(shape->setup))
        return TW_OK;
    tw_group_reorder(group, 1);
    for (int b = 0; b < shape->cut.count && !status; b++) {
        struct tw_inside_cut cut = cut_of(shape, b);
        void *x = group->mean + group->starts[b] * shape->value_B;
        status = (shape->setup->precision == TW_FP64 ? tw_inside_round_f64 : tw_inside_round_f32)(
            &cut, x, shape->cut.buckets[b].whole, group->inside_scratch);
    }
    tw_group_reorder(group, 0);
    if (status == TW_INPUT)
        return tw_err_set(err, TW_DIVERGED, "a gradient that is not finite, inside an island");
    return status;
}

/* Works of an island: of each of its ranks island times as much, which they divide. */
static tw_status record_reduce(const struct tw_shape *shape, int part, struct tw_record *record)
{
    const struct tw_bucket *bucket = &shape->cut.buckets[part];
    struct tw_inside_cut cut = cut_of(shape, part);
    uint64_t ranks = (uint64_t)shape->setup->island, values = ranks * ranks * cut.slice;
    struct tw_work code = {0}, add = {0};
    tw_work_add(&code, TW_KERNEL_QUANTISE, values, 0);
    tw_work_add(&add, TW_KERNEL_DEQUANTISE, values, 0);
    tw_status status = tw_record_work(record, bucket->number, 0, TW_STAGE_METHOD, -1, &code);
    if (!status)
        status =
            tw_record_inside(record, TW_ITEM_REDUCE_INSIDE, bucket->number, 0, shape->setup->island,
                             shape->setup->precision, ranks * message_B(shape, &cut));
    if (!status) {
        record->items[record->count - 1].element = TW_ELEMENT_BYTE;
        status = tw_record_work(record, bucket->number, 0, TW_STAGE_METHOD, -1, &add);
    }
    tw_work_free(&code);
    tw_work_free(&add);
    return status;
}

tw_status tw_inside_record(const struct tw_shape *shape, int part, enum tw_item_type type,
                           int phase, struct tw_record *record)
{
    const struct tw_train_setup *setup = shape->setup;
    const struct tw_bucket *bucket = &shape->cut.buckets[part];
    if (type == TW_ITEM_REDUCE_INSIDE && rounds(setup))
        return record_reduce(shape, part, record);
    return tw_record_inside(record, type, bucket->number, phase, setup->island, setup->precision,
                            bucket->whole);
}
