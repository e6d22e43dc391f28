/* EF21: ranks send the compressed change of their gradient, the server keeps the sum.
 *
 *     x_i = ∇F_i − g_i ;  send c_i = C(x_i) ;  g_i += c_i ;  G += mean c_i ;  direction = G
 *
 * Start `dense`: the first step is sent whole, so that g_i = ∇F_i(w^0) and G is their mean;
 * `zero`: g_i = G = 0 and the first step is compressed like any other, g_i^0 = C(∇F_i(w^0)).
 * Richtárik, Sokolov, Fatkhullin 2021, arXiv 2106.05203. O(d) per rank and for the server.
 * G is the mean of the g_i only if the compressor's mean is the average of what own() gives, hence
 * `needs`. The theory asks for a contraction: ‖g_i − ∇F_i‖² ≤ (1−δ)^T‖…‖² for a constant gradient.
 * With an unbiased, non-contractive compressor the rule runs, and may diverge.
 */
#include "feedback.h"
#include <stddef.h>
#include "base/vec.h"

enum { START_DENSE, START_ZERO };
enum { GRADIENT_ESTIMATE, VECTORS }; /* g_i of a rank; G of the server is its vector 0 */

struct ef21_params {
    int start;
};

static const char *const start_choices[] = {"dense", "zero", NULL};
static const struct tw_option ef21_options[] = {
    {.name = "start",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct ef21_params, start),
     .fallback = "dense",
     .choices = start_choices,
     .unit = "",
     .help = "whether the first gradient is sent whole (dense) or compressed against zero"},
};

static uint32_t ef21_dense_steps(const void *params)
{
    const struct ef21_params *p = params;
    return p->start == START_DENSE;
}

static void ef21_before(const struct tw_feedback_step *at, void *const *memory,
                        const void *gradient, void *x, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_ADD, at->count, 0);
    if (x)
        TW_T(tw_vec_difference)(x, gradient, memory[GRADIENT_ESTIMATE], at->count);
}

static void ef21_after(const struct tw_feedback_step *at, void *const *memory, void *x,
                       const struct tw_own *own, const void *mean, struct tw_work *work)
{
    (void)at;
    (void)mean;
    own->add(own, 1, x ? memory[GRADIENT_ESTIMATE] : NULL, work);
}

static void ef21_direction(const struct tw_feedback_step *at, void *const *memory, void *mean,
                           struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_ADD, at->count, 0);
    tw_work_add(work, TW_KERNEL_COPY, at->count, 0);
    if (!mean)
        return;
    TW_T(tw_vec_add)(memory[0], mean, at->count);
    TW_T(tw_vec_copy)(mean, memory[0], at->count);
}

const struct tw_feedback TW_T(tw_feedback_ef21) = {
    .member = {.name = "ef21",
               .summary = "sends the compressed change of the gradient; the server keeps the sum",
               .source = "Richtárik, Sokolov, Fatkhullin 2021, arXiv 2106.05203",
               .options = ef21_options,
               .option_count = sizeof ef21_options / sizeof ef21_options[0],
               .params_size = sizeof(struct ef21_params),
               .needs = TW_AVERAGES_OWN},
    .precision = TW_THIS_PRECISION,
    .rank_vectors = VECTORS,
    .shared_vectors = 1,
    .dense_steps = ef21_dense_steps,
    .before = ef21_before,
    .after = ef21_after,
    .direction = ef21_direction,
};
