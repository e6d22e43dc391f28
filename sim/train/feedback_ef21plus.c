/* EF21+: each rank sends the better of two: the compressed change of its gradient, as EF21 does, or
 * the compressed gradient itself, which then replaces its estimate.
 *
 *     a = C(∇F_i − g_i),  b = C(∇F_i)
 *     ‖b − ∇F_i‖ < ‖g_i + a − ∇F_i‖:  send b, g_i = b ;   else: send a, g_i += a
 *     G = mean g_i ;  direction = G
 *
 * A rank may drop its g_i, so the server (every rank, in an all-gather) holds a copy of each g_i,
 * and a bit of every rank says which was sent, with the first exchange (choice.h: an element more
 * in a message, ⌈N/24⌉ more in a sum of fp32). Departure: the paper's workers choose once for the
 * whole gradient, these for every part of a bucket by itself, which is a compressor of its own.
 * Start as EF21. Richtárik, Sokolov, Fatkhullin 2021, arXiv 2106.05203 (algorithm 3). Never farther
 * from ∇F_i than EF21 would be, or than C(∇F_i) is. The trial compresses the rank's vector alone:
 * with a support that ranks choose together (ARC) the better choice is guessed, though what follows
 * from it is exact. O(d) per rank and O(p·d) for the server; two compressions. */
#include "feedback_rows.h"
#include "base/vec.h"

enum { ESTIMATE, DROPPED, VECTORS }; /* g_i; −(what was dropped of it in this step), or zeros */

struct ef21plus_params {
    int start;
    uint64_t warmup;
};

static const struct tw_option ef21plus_options[] = {
    TW_ROW_START(offsetof(struct ef21plus_params, start)),
    TW_ROW_WARMUP(offsetof(struct ef21plus_params, warmup)),
};

static uint32_t ef21plus_dense_steps(const void *params)
{
    const struct ef21plus_params *p = params;
    return tw_dense_steps(p->start, p->warmup);
}

static void ef21plus_before(const struct tw_feedback_step *at, void *const *memory,
                            const void *gradient, void *x, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_NORM, 2 * at->count, 0);
    TW_T(tw_ef21_difference)(at, memory, gradient, x, work);
    if (!x)
        return;
    const double change = at->trial->dropped_norm2(at->trial, x);
    const double whole = at->trial->dropped_norm2(at->trial, gradient);
    if (whole < change) {
        TW_T(tw_vec_scale)(memory[DROPPED], -1, memory[ESTIMATE], at->count);
        TW_T(tw_vec_zero)(memory[ESTIMATE], at->count);
        TW_T(tw_vec_copy)(x, gradient, at->count);
    } else {
        TW_T(tw_vec_zero)(memory[DROPPED], at->count);
    }
}

static void ef21plus_report(const struct tw_feedback_step *at, void *const *memory, double *sum)
{
    const tw_real *dropped = memory[DROPPED];
    for (uint64_t i = 0; i < at->count; i++)
        sum[i] += (double)dropped[i];
}

const struct tw_feedback TW_T(tw_feedback_ef21plus) = {
    .member = {.name = "ef21plus",
               .summary = "EF21, or the compressed gradient itself where that is nearer",
               .source = "Richtárik, Sokolov, Fatkhullin 2021, arXiv 2106.05203",
               .options = ef21plus_options,
               .option_count = sizeof ef21plus_options / sizeof ef21plus_options[0],
               .params_size = sizeof(struct ef21plus_params),
               .needs = TW_AVERAGES_OWN},
    .precision = TW_THIS_PRECISION,
    .rank_vectors = VECTORS,
    .shared_vectors = 1,
    .tries = 1,
    .tells = 1,
    .copies = 1,
    .dense_steps = ef21plus_dense_steps,
    .before = ef21plus_before,
    .after = TW_T(tw_ef21_after),
    .report = ef21plus_report,
    .direction = TW_T(tw_ef21_direction),
};
