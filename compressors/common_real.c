/* Values at common indices: the arithmetic. */
#include "common_real.h"

#include "base/vec.h"
#include "half_real.h"
#include "sum.h"

void TW_T(tw_common_request)(const struct tw_common_shared *shared, struct tw_common_rank *rank,
                             struct tw_request *request, struct tw_work *work)
{
    *request = tw_sum_request(
        tw_codec_value_element(shared->value, shared->problem.precision), shared->kept,
        TW_T(tw_half_message)(shared->value, rank->values, shared->kept, rank->halves));
    tw_codec_charge(shared->value, shared->kept, work);
}

tw_status TW_T(tw_common_take)(struct tw_common_shared *shared, const struct tw_answer *answer,
                               struct tw_work *work)
{
    if (!tw_sum_is_answer(answer, tw_codec_value_element(shared->value, shared->problem.precision),
                          shared->kept))
        return TW_CORRUPT;
    shared->sum = TW_T(tw_half_answer)(shared->value, answer->data, shared->kept, shared->wide);
    tw_codec_charge(shared->value, shared->kept, work);
    return TW_OK;
}

void TW_T(tw_common_mean)(void *state, void *out, struct tw_work *work)
{
    const struct tw_common_shared *shared = state;
    const tw_real *sum = shared->sum;
    tw_real *into = out, ranks = (tw_real)shared->problem.ranks;
    TW_T(tw_vec_zero)(into, shared->problem.dimension);
    for (uint64_t i = 0; i < shared->kept; i++)
        into[shared->indices[i]] = sum[i] / ranks;
    tw_common_charge_mean(&shared->problem, shared->kept, work);
}

void TW_T(tw_common_own)(void *state, void *own_state, int rank, double scale, void *y,
                         struct tw_work *work)
{
    const struct tw_common_shared *shared = state;
    const struct tw_common_rank *mine = own_state;
    const tw_real *values = mine->values;
    tw_real factor = (tw_real)scale, *into = y;
    (void)rank;
    for (uint64_t i = 0; i < shared->kept; i++)
        into[shared->indices[i]] += factor * values[i];
    tw_common_charge_own(shared->kept, work);
}
