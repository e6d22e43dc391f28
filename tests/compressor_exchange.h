/* The exchange of compressor tests, written here once more without the product's own transport.
 * Part of compressor_rig.h, which includes it behind struct group. */
#ifndef TW_TEST_COMPRESSOR_EXCHANGE_H
#define TW_TEST_COMPRESSOR_EXCHANGE_H

/* Elements that a test may say an answer has more than it has: there is room for them. */
enum { TOO_MANY = 2 };

static inline double element_get(enum tw_element element, const void *data, uint64_t i)
{
    if (element == TW_ELEMENT_U32)
        return (double)((const uint32_t *)data)[i];
    if (element == TW_ELEMENT_U64)
        return (double)((const uint64_t *)data)[i];
    if (element == TW_ELEMENT_BF16)
        return (double)tw_bf16_to_f32(((const uint16_t *)data)[i]);
    if (element == TW_ELEMENT_F16)
        return (double)tw_fp16_to_f32(((const uint16_t *)data)[i]);
    return element == TW_ELEMENT_F64 ? ((const double *)data)[i] : (double)((const float *)data)[i];
}

static inline void element_set(enum tw_element element, void *data, uint64_t i, double value)
{
    if (element == TW_ELEMENT_U32)
        ((uint32_t *)data)[i] = (uint32_t)(uint64_t)value;
    else if (element == TW_ELEMENT_U64)
        ((uint64_t *)data)[i] = (uint64_t)value;
    else if (element == TW_ELEMENT_BF16)
        ((uint16_t *)data)[i] = tw_bf16_from_f64(value);
    else if (element == TW_ELEMENT_F16)
        ((uint16_t *)data)[i] = tw_fp16_from_f64(value);
    else if (element == TW_ELEMENT_F64)
        ((double *)data)[i] = value;
    else
        ((float *)data)[i] = (float)value;
}

/* A sum in rank order from +0, or the largest; whole numbers stay below 2^53 and wrap at 2^32. */
static inline double combined(const struct tw_request *requests, int ranks, uint64_t i)
{
    enum tw_element element = requests[0].element;
    int max = requests[0].combine == TW_COMBINE_MAX;
    double result = max ? element_get(element, requests[0].data, i) : 0.0;
    for (int r = 0; r < ranks; r++) {
        double own = element_get(element, requests[r].data, i);
        result = max ? fmax(result, own) : result + own;
    }
    return result;
}

static inline int is_personal(enum tw_request_kind kind)
{
    return kind == TW_ALL_TO_ALL || kind == TW_REDUCE_SCATTER;
}

/* Elements that rank r contributes. */
static inline uint64_t contributed(const struct tw_request *request, int r, int ranks)
{
    uint64_t sum = 0;
    if (request->kind == TW_BROADCAST && request->root != r)
        return 0;
    if (!is_personal(request->kind))
        return request->count;
    for (int q = 0; q < ranks; q++)
        sum += request->counts[q];
    return sum;
}

static inline void check_requests(const struct tw_request *requests, int ranks)
{
    for (int r = 0; r < ranks; r++)
        if (requests[r].kind != requests[0].kind || requests[r].element != requests[0].element ||
            requests[r].combine != requests[0].combine || requests[r].root != requests[0].root ||
            requests[r].room != requests[0].room ||
            (requests[0].kind != TW_GATHER && requests[0].kind != TW_MERGE &&
             !is_personal(requests[0].kind) && requests[r].count != requests[0].count))
            ck_abort_msg("ranks ask for different things");
}

static inline void hash_sent(struct group *group, const unsigned char *data, uint64_t bytes)
{
    uint64_t hash = group->sent_hash, whole = bytes / 8 * 8, word;
    for (uint64_t b = 0; b < whole; b += 8) {
        memcpy(&word, data + b, 8);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    for (uint64_t b = whole; b < bytes; b++)
        hash = (hash ^ data[b]) * UINT64_C(1099511628211);
    group->sent_hash = hash;
}

/* As combined() of every element, for sums of floats, which are most of what large vectors send. */
static inline void sum_floats(const struct tw_request *requests, int ranks, uint64_t count,
                              float *sums)
{
    for (uint64_t i = 0; i < count; i++) {
        double sum = 0.0;
        for (int r = 0; r < ranks; r++)
            sum += (double)((const float *)requests[r].data)[i];
        sums[i] = (float)sum;
    }
}

/* Answers one after the other in `data`, every one with starts of its own. */
static inline void answer_pairs(const struct tw_request *requests, int ranks, unsigned char *data,
                                uint64_t *starts, struct tw_answer *answers)
{
    unsigned bytes = tw_element_B(requests[0].element);
    for (int q = 0; q < ranks; q++, starts += ranks + 1) {
        for (int r = 0; r < ranks; r++) {
            const unsigned char *from = requests[r].data;
            for (int p = 0; p < q; p++)
                from += requests[r].counts[p] * bytes;
            starts[r + 1] = starts[r] + requests[r].counts[q];
            if (requests[r].counts[q] > 0)
                memcpy(data + starts[r] * bytes, from, requests[r].counts[q] * bytes);
        }
        answers[q] = (struct tw_answer){
            TW_ALL_TO_ALL, requests[0].element, ranks, starts[ranks], data, starts};
        data += starts[ranks] * bytes;
    }
}

/* Pairwise towards rank 0: at distance 1, 2, 4, … the lower rank of two merges and keeps what is
 * dropped. The last merge's result is the answer. */
static inline tw_status answer_merge(struct group *group, int phase,
                                     const struct tw_request *requests)
{
    int ranks = group->problem.ranks;
    unsigned bytes = tw_element_B(requests[0].element);
    struct tw_partial held[RANKS_MAX];
    void *made[RANKS_MAX] = {NULL}, *own_state;
    tw_status status = TW_OK;
    for (int r = 0; r < ranks; r++)
        held[r] = (struct tw_partial){requests[r].count, requests[r].data};
    for (int d = 1; d < ranks && status == TW_OK; d *= 2)
        for (int r = 0; r + d < ranks && status == TW_OK; r += 2 * d) {
            struct tw_instance *instance = instance_of(group, r, &own_state);
            void *c = calloc(requests[0].room + 1, bytes);
            uint64_t count = 0;
            tw_work_clear(&group->merge);
            status = group->ops->merge(instance->shared, own_state, 1, &held[r], &held[r + d], c,
                                       &count, &group->merge);
            if (status == TW_OK && count > requests[0].room)
                ck_abort_msg("%s merges beyond its room", group->ops->member.name);
            free(made[r]);
            made[r] = c;
            held[r] = (struct tw_partial){count, c};
        }
    struct tw_answer *answer = &group->answers[phase][0];
    free(group->answer_data[phase]);
    group->answer_data[phase] = calloc(held[0].count + TOO_MANY, bytes);
    if (held[0].count)
        memcpy(group->answer_data[phase], held[0].data, held[0].count * bytes);
    answer->count = held[0].count;
    answer->data = group->answer_data[phase];
    for (int r = 0; r < ranks; r++)
        free(made[r]);
    return status;
}

static inline tw_status exchange(struct group *group, int phase, const struct tw_request *requests)
{
    int ranks = group->problem.ranks;
    enum tw_request_kind kind = requests[0].kind;
    unsigned bytes = tw_element_B(requests[0].element);
    uint64_t *starts = calloc((size_t)ranks * ((size_t)ranks + 1), sizeof *starts);
    check_requests(requests, ranks);
    for (int r = 0; r < ranks; r++) {
        starts[r + 1] = starts[r] + contributed(&requests[r], r, ranks);
        hash_sent(group, requests[r].data, (starts[r + 1] - starts[r]) * bytes);
    }
    int joined = kind == TW_GATHER || kind == TW_ALL_TO_ALL;
    uint64_t count = joined ? starts[ranks] : requests[0].count;
    unsigned char *data = calloc(count + TOO_MANY, bytes);
    group->answer_data[phase] = data;
    group->answer_starts[phase] = starts;
    group->answers[phase] = calloc((size_t)ranks, sizeof(struct tw_answer));
    group->answers[phase][0] =
        (struct tw_answer){kind, requests[0].element, ranks, count, data, starts};
    for (int r = 0; kind == TW_GATHER && r < ranks; r++)
        if (requests[r].count > 0)
            memcpy(data + starts[r] * bytes, requests[r].data, requests[r].count * bytes);
    if (kind == TW_BROADCAST && count > 0)
        memcpy(data, requests[requests[0].root].data, count * bytes);
    int floats = kind == TW_SUM && requests[0].element == TW_ELEMENT_F32 &&
                 requests[0].combine == TW_COMBINE_SUM;
    if (floats)
        sum_floats(requests, ranks, count, (float *)(void *)data);
    for (uint64_t i = 0; kind == TW_SUM && !floats && i < count; i++)
        element_set(requests[0].element, data, i, combined(requests, ranks, i));
    if (kind == TW_ALL_TO_ALL) {
        memset(starts, 0, (size_t)ranks * ((size_t)ranks + 1) * sizeof *starts);
        answer_pairs(requests, ranks, data, starts, group->answers[phase]);
    }
    if (kind == TW_REDUCE_SCATTER)
        ck_abort_msg("this exchange of tests answers no %s", tw_request_name(kind));
    return kind == TW_MERGE ? answer_merge(group, phase, requests) : TW_OK;
}

#endif
