/* Cuts a model's tensors into buckets, in the order in which a backward pass makes them.
 * PyTorch's DistributedDataParallel does the same with bucket_cap_mb (Li et al. 2020, arXiv
 * 2006.15704), but for its smaller first bucket. O(tensors). */
#include "train.h"

#include <stdlib.h>

#define FP32_B 4U

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
static int bucket_length(const struct tw_tensor *tensors, int last, uint64_t bucket_B)
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
    return TW_OK;
}

tw_status tw_cut_make(struct tw_cut *cut, const struct tw_tensor *tensors, int count,
                      uint64_t bucket_B)
{
    *cut = (struct tw_cut){0};
    int buckets = 0;
    for (int left = count; left > 0; buckets++)
        left -= bucket_length(tensors, left - 1, bucket_B);
    if (buckets == 0)
        return TW_OK;
    cut->buckets = calloc((size_t)buckets, sizeof *cut->buckets);
    if (!cut->buckets)
        return TW_MEMORY;
    for (int left = count; left > 0;) {
        int length = bucket_length(tensors, left - 1, bucket_B);
        tw_status status = fill(&cut->buckets[cut->count++], tensors, left - 1, length);
        if (status) {
            tw_cut_free(cut);
            return status;
        }
        left -= length;
    }
    return TW_OK;
}
