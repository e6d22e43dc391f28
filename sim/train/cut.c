/* Cuts a model's tensors into buckets, in the order in which a backward pass makes them. A rule
 * says where a bucket ends:
 *   size      before it would hold more than so many bytes
 *   ddp       when it has reached 25 MiB, the first 1 MiB: PyTorch's DistributedDataParallel as it
 *             rebuilds its buckets after the first iteration (Li et al. 2020, arXiv 2006.15704;
 *             torch/csrc/distributed/c10d/reducer.cpp)
 *   megatron  when it has reached max(40e6, 1e6 · ranks) values: Megatron-LM's distributed data
 *             parallel (megatron/core/distributed/distributed_data_parallel.py)
 *   fsdp      where the block changes, as fully sharded training wraps a model block by block (Zhao
 *             et al. 2023, arXiv 2304.11277): the block of a tensor is its name up to the first
 * part that is a number ("model.layers.3", "layer2.0"); tensors without one that stand together are
 * a bucket (PyTorch's first version would hold all of these in one unit) Bytes count 4 per value
 * whatever the run's precision. O(tensors). */
#include "train.h"

#include <stdlib.h>
#include <string.h>

#define FP32_B 4U
#define DDP_B (UINT64_C(25) << 20)
#define DDP_FIRST_B (UINT64_C(1) << 20)

void tw_cut_free(struct tw_cut *cut)
{
    for (int b = 0; b < cut->count; b++) {
        free(cut->buckets[b].tensors);
        free(cut->buckets[b].source);
    }
    free(cut->buckets);
    *cut = (struct tw_cut){0};
}

/* Tensors last, last−1, … that go into one bucket: how many. Empty tensors always fit, so no bucket
 * is empty unless the model is. */
static int length_within(const struct tw_tensor *tensors, int last, uint64_t bucket_B)
{
    uint64_t most = bucket_B ? bucket_B / FP32_B : UINT64_MAX, values = 0;
    int length = 0;
    while (length <= last) {
        uint64_t size = tw_tensor_size(&tensors[last - length]);
        if (size && values && (values > most || size > most - values))
            break;
        values += size;
        length++;
    }
    return length;
}

/* The same where a bucket ends as soon as it has `enough` values. */
static int length_reaching(const struct tw_tensor *tensors, int last, uint64_t enough)
{
    uint64_t values = 0;
    int length = 0;
    while (length <= last && (values < enough || !tw_tensor_size(&tensors[last - length])))
        values += tw_tensor_size(&tensors[last - length++]);
    return length;
}

/* Bytes of a name that say which block it belongs to; 0: to none. */
static size_t block_of(const char *name)
{
    for (const char *part = name; *part;) {
        size_t length = strcspn(part, ".");
        if (length && strspn(part, "0123456789") == length)
            return (size_t)(part - name) + length;
        part += length + (part[length] == '.');
    }
    return 0;
}

static int length_of_block(const struct tw_tensor *tensors, int last)
{
    const char *name = tensors[last].name;
    size_t block = block_of(name);
    int length = 1;
    for (; length <= last; length++) {
        const char *other = tensors[last - length].name;
        if (block_of(other) != block || strncmp(other, name, block) != 0)
            break;
    }
    return length;
}

/* Length of the bucket that begins with tensor `last`; first: of the first one. */
static int bucket_length(const struct tw_tensor *tensors, int last, const struct tw_cut_rule *rule,
                         int first)
{
    uint64_t ranks = (uint64_t)rule->ranks;
    switch (rule->rule) {
    case TW_BUCKET_DDP:
        return length_reaching(tensors, last, (first ? DDP_FIRST_B : DDP_B) / FP32_B);
    case TW_BUCKET_MEGATRON:
        return length_reaching(tensors, last, ranks > 40 ? ranks * 1000000 : 40000000);
    case TW_BUCKET_FSDP:
        return length_of_block(tensors, last);
    case TW_BUCKET_SIZE:
        break;
    }
    return length_within(tensors, last, rule->bucket_B);
}

static tw_status check_blocks(const struct tw_tensor *tensors, int count, struct tw_err *err)
{
    for (int t = 0; t < count; t++)
        if (block_of(tensors[t].name))
            return TW_OK;
    return tw_err_hint(err,
                       tw_err_set(err, TW_REFUSED,
                                  "buckets by block (fsdp): no tensor has a number in its name, as "
                                  "layers.3.weight has"),
                       "bucket=\"25MiB\" or \"ddp\" cut by size");
}

static tw_status fill(struct tw_bucket *bucket, const struct tw_tensor *tensors, int last,
                      int length)
{
    *bucket = (struct tw_bucket){0};
    bucket->tensors = calloc((size_t)length, sizeof *bucket->tensors);
    bucket->source = calloc((size_t)length, sizeof *bucket->source);
    if (!bucket->tensors || !bucket->source)
        return TW_MEMORY;
    for (int i = 0; i < length; i++) {
        bucket->tensors[i] = tensors[last - i];
        bucket->source[i] = tensors[last - i].offset;
        bucket->tensors[i].offset = bucket->dimension;
        bucket->dimension += tw_tensor_size(&tensors[last - i]);
    }
    bucket->count = length;
    bucket->whole = bucket->dimension;
    return TW_OK;
}

tw_status tw_cut_make(struct tw_cut *cut, const struct tw_tensor *tensors, int count,
                      const struct tw_cut_rule *rule, struct tw_err *err)
{
    *cut = (struct tw_cut){0};
    int buckets = 0;
    tw_status status = rule->rule == TW_BUCKET_FSDP ? check_blocks(tensors, count, err) : TW_OK;
    if (status)
        return status;
    for (int left = count; left > 0; buckets++)
        left -= bucket_length(tensors, left - 1, rule, buckets == 0);
    cut->buckets = calloc((size_t)buckets + 1, sizeof *cut->buckets);
    if (!cut->buckets)
        return tw_err_set(err, TW_MEMORY, "no memory for a cut into %d buckets", buckets);
    for (int left = count; left > 0 && !status;) {
        int length = bucket_length(tensors, left - 1, rule, cut->count == 0);
        status = fill(&cut->buckets[cut->count], tensors, left - 1, length);
        cut->buckets[cut->count].number = cut->count;
        cut->whole = ++cut->count;
        left -= length;
    }
    if (!status)
        return TW_OK;
    tw_cut_free(cut);
    return tw_err_set(err, status, "no memory for the cut of %d tensors", count);
}
