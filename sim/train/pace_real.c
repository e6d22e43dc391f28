/* Clipping by the norm of the whole vector (Pascanu, Mikolov, Bengio 2013, arXiv 1211.5063). O(n).
 */
#include "pace.h"

#include <math.h>
#include "base/vec.h"

void TW_T(tw_pace_clip)(const struct tw_pace *pace, void *direction, uint64_t n,
                        struct tw_work *work)
{
    if (!(pace->clip > 0))
        return;
    tw_work_add(work, TW_KERNEL_NORM, n, 0);
    tw_work_add(work, TW_KERNEL_COPY, n, 0);
    if (!direction)
        return;
    const double norm = sqrt(TW_T(tw_vec_norm2)(direction, n));
    if (norm > pace->clip)
        TW_T(tw_vec_scale)(direction, (tw_real)(pace->clip / norm), direction, n);
}
