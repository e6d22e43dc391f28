/* The steps that rules share; O(d) each. */
#include "feedback_rows.h"

#include "base/vec.h"

void TW_T(tw_momentum_meet)(const struct tw_momentum *momentum, const struct tw_feedback_step *at,
                            void *h, const void *gradient, struct tw_work *work)
{
    tw_real *value = h;
    const tw_real *fresh = gradient;
    tw_work_add(work, at->step == 0 ? TW_KERNEL_COPY : TW_KERNEL_ADD, at->count, 0);
    if (!h)
        return;
    if (at->step == 0) {
        TW_T(tw_vec_copy)(value, fresh, at->count);
    } else if (momentum->form == TW_MOMENTUM_EMA) {
        TW_T(tw_vec_blend)(value, (tw_real)momentum->eta, fresh, at->count);
    } else {
        tw_real beta = (tw_real)momentum->beta;
        for (uint64_t i = 0; i < at->count; i++)
            value[i] = beta * value[i] + fresh[i];
    }
}

void TW_T(tw_ef21_difference)(const struct tw_feedback_step *at, void *const *memory,
                              const void *target, void *x, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_ADD, at->count, 0);
    if (x)
        TW_T(tw_vec_difference)(x, target, memory[0], at->count);
}

void TW_T(tw_ef21_after)(const struct tw_feedback_step *at, void *const *memory, void *x,
                         const struct tw_own *own, const void *mean, struct tw_work *work)
{
    (void)at;
    (void)mean;
    own->add(own, 1, x ? memory[0] : NULL, work);
}

void TW_T(tw_ef21_direction)(const struct tw_feedback_step *at, void *const *memory, void *mean,
                             struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_ADD, at->count, 0);
    tw_work_add(work, TW_KERNEL_COPY, at->count, 0);
    if (!mean)
        return;
    TW_T(tw_vec_add)(memory[0], mean, at->count);
    TW_T(tw_vec_copy)(mean, memory[0], at->count);
}

void TW_T(tw_direction_mean)(const struct tw_feedback_step *at, void *const *memory, void *mean,
                             struct tw_work *work)
{
    (void)at;
    (void)memory;
    (void)mean;
    (void)work;
}

void TW_T(tw_memory_add)(const struct tw_feedback_step *at, void *const *memory,
                         const void *gradient, void *x, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_ADD, at->count, 0);
    if (!x)
        return;
    if (x != memory[0])
        TW_T(tw_vec_copy)(x, memory[0], at->count);
    if (at->sum)
        at->sum->add(at->sum, gradient, x);
    else
        TW_T(tw_vec_add)(x, gradient, at->count);
}

void TW_T(tw_memory_keep)(const struct tw_feedback_step *at, void *const *memory, void *x,
                          const struct tw_own *own, const void *mean, struct tw_work *work)
{
    (void)mean;
    if (x && x != memory[0])
        TW_T(tw_vec_copy)(memory[0], x, at->count);
    own->add(own, -1, x ? memory[0] : NULL, work);
}
