/* Values at common indices: the arithmetic. */
#include "common_real.h"

#include "base/vec.h"

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
