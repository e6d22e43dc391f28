/* Adam on the mean that the exchange gave, the same on every rank:
 *
 *     g = direction (+ λw, when the decay is not decoupled)
 *     m = β1 m + (1−β1) g ;  v = β2 v + (1−β2) g²      (v only in the first `freeze` steps, if set)
 *     w −= γ m/(1 − β1^t) / (√(v/(1 − β2^s)) + ε)      (− γλw, when it is)
 *
 * t counts steps from 1, s those in which v changed. Frozen: 1-bit Adam's second stage (Tang et al.
 * 2021, arXiv 2102.02888), which keeps a v of dense gradients where compressed ones would spoil it:
 * with the rule's warmup = freeze. Their v is not corrected for its start; here it is. O(d). */
#include "adam.h"

#include <math.h>

void TW_T(tw_adam_update)(const struct tw_adam *params, int decoupled, uint32_t step,
                          void *const *memory, void *w, void *direction, uint64_t n,
                          struct tw_work *work)
{
    const int moves = params->freeze == 0 || step < params->freeze;
    TW_T(tw_pace_clip)(&params->pace, direction, n, work);
    tw_work_add(work, TW_KERNEL_ADD, (params->decay > 0 ? 3 : 2) * n, 0); /* moments, decay */
    tw_work_add(work, TW_KERNEL_UPDATE, n, 0);
    if (!w)
        return;
    const double first = (double)step + 1, second = moves ? first : (double)params->freeze;
    const double rate = tw_pace_rate(&params->pace, step);
    const tw_real beta1 = (tw_real)params->beta1, beta2 = (tw_real)params->beta2;
    const tw_real scale = (tw_real)(rate / (1 - pow(params->beta1, first)));
    const tw_real correct = (tw_real)(1 / (1 - pow(params->beta2, second)));
    const tw_real epsilon = (tw_real)params->epsilon;
    const tw_real inside = decoupled ? 0 : (tw_real)params->decay;
    const tw_real outside = decoupled ? (tw_real)(rate * params->decay) : 0;
    tw_real *weights = w, *m = memory[0], *v = memory[1];
    const tw_real *g = direction;
    for (uint64_t i = 0; i < n; i++) {
        const tw_real pull = g[i] + inside * weights[i];
        m[i] = beta1 * m[i] + (1 - beta1) * pull;
        if (moves)
            v[i] = beta2 * v[i] + (1 - beta2) * pull * pull;
        const tw_real size = (tw_real)sqrt((double)(correct * v[i])) + epsilon;
        weights[i] -= outside * weights[i] + scale * m[i] / size;
    }
}
