/* Ok-Topk: thresholds, and the answers to its exchanges. */
#include "oktopk_real.h"

#include <string.h>
#include "half_real.h"
#include "select_real.h"

static const struct tw_oktopk_params *params_of(const struct tw_oktopk_shared *shared)
{
    return shared->problem.params;
}

int TW_T(tw_oktopk_thresholds_due)(const struct tw_oktopk_shared *shared)
{
    return shared->age % params_of(shared)->thresholds == 0;
}

int TW_T(tw_oktopk_boundaries_due)(const struct tw_oktopk_shared *shared)
{
    return shared->age % params_of(shared)->boundaries == 0;
}

tw_status TW_T(tw_oktopk_kth)(struct tw_oktopk_shared *shared, const tw_real *x, uint64_t n,
                              tw_real *threshold)
{
    uint64_t kept = n < shared->kept ? n : shared->kept;
    tw_status status = TW_T(tw_select)(x, n, kept, shared->scratch, shared->chosen);
    *threshold = 0;
    for (uint64_t i = 0; status == TW_OK && i < kept; i++) {
        tw_real size = x[shared->chosen[i]] < 0 ? -x[shared->chosen[i]] : x[shared->chosen[i]];
        if (i == 0 || size < *threshold)
            *threshold = size;
    }
    return status;
}

static tw_status take_boundaries(struct tw_oktopk_shared *shared, const struct tw_answer *answer)
{
    uint64_t ranks = (uint64_t)shared->problem.ranks;
    const uint64_t *sums = answer->data;
    if (answer->kind != TW_SUM || answer->element != TW_ELEMENT_U64 ||
        answer->count != (TW_T(tw_oktopk_boundaries_due)(shared) ? ranks - 1 : 0))
        return TW_CORRUPT;
    for (uint64_t q = 1; q <= answer->count; q++) {
        shared->boundaries[q] = sums[q - 1] / ranks;
        if (shared->boundaries[q] < shared->boundaries[q - 1] ||
            shared->boundaries[q] > shared->problem.dimension)
            return TW_CORRUPT;
    }
    return TW_OK;
}

/* The owners' sums one behind the other; returns how many, or UINT64_MAX for no such messages. */
static uint64_t read_sums(struct tw_oktopk_shared *shared, const struct tw_answer *answer)
{
    uint64_t n = 0;
    for (int q = 0; q < answer->ranks; q++) {
        const unsigned char *message = (const unsigned char *)answer->data + answer->starts[q];
        uint64_t size_B = answer->starts[q + 1] - answer->starts[q];
        enum tw_value value = shared->way.value;
        uint32_t count;
        if (size_B < sizeof count)
            return UINT64_MAX;
        memcpy(&count, message, sizeof count);
        if (size_B != sizeof count + (uint64_t)count * tw_codec_value_B(value, TW_THIS_PRECISION) ||
            count > shared->boundaries[q + 1] - shared->boundaries[q])
            return UINT64_MAX;
        for (uint64_t i = 0; i < count; i++)
            shared->sums[n++] = TW_T(tw_half_read)(value, message + sizeof count, i);
    }
    return n;
}

static tw_status take_sums(struct tw_oktopk_shared *shared, const struct tw_answer *answer,
                           struct tw_work *work)
{
    if (!tw_split_is_whole(&shared->problem, TW_GATHER, answer))
        return TW_CORRUPT;
    if (!TW_T(tw_oktopk_thresholds_due)(shared))
        return answer->count == 0 ? TW_OK : TW_CORRUPT;
    uint64_t n = read_sums(shared, answer);
    if (n == UINT64_MAX)
        return TW_CORRUPT;
    tw_codec_charge(shared->way.value, n, work);
    uint64_t kept = n < shared->kept ? n : shared->kept;
    tw_work_add(work, TW_KERNEL_SELECT, n, kept);
    tw_work_add(work, TW_KERNEL_PACK, kept, kept);
    return TW_T(tw_oktopk_kth)(shared, shared->sums, n, &shared->threshold);
}

static tw_status take_result(struct tw_oktopk_shared *shared, const struct tw_answer *answer,
                             struct tw_work *work)
{
    const struct tw_problem *problem = &shared->problem;
    uint64_t words = (problem->dimension + 31) / 32, entries = 0;
    if (!tw_split_is_whole(problem, TW_GATHER, answer))
        return TW_CORRUPT;
    if (words > 0)
        memset(shared->global, 0, words * sizeof *shared->global);
    for (int q = 0; q < problem->ranks; q++) {
        struct tw_split_list *list = &shared->result[q];
        struct tw_codec_window window;
        if (!tw_split_read(problem, shared->way, answer, q, shared->boundaries[q],
                           shared->boundaries[q + 1], list))
            return TW_CORRUPT;
        tw_split_open(list, &window);
        for (uint64_t n = 0; n < list->count; n++) {
            uint64_t i = tw_codec_window_next(&window);
            shared->global[i / 32] |= UINT32_C(1) << (i % 32);
        }
        entries += list->count;
    }
    tw_codec_charge_read(shared->way.index, shared->way.value, entries, work);
    tw_work_add(work, TW_KERNEL_SCATTER, words, entries);
    shared->whole = 1;
    return TW_OK;
}

tw_status TW_T(tw_oktopk_digest)(void *state, int phase, const struct tw_answer *answer,
                                 struct tw_work *work)
{
    if (phase == TW_OKTOPK_BOUNDARIES)
        return take_boundaries(state, answer);
    return phase == TW_OKTOPK_SUMS ? take_sums(state, answer, work)
                                   : take_result(state, answer, work);
}
