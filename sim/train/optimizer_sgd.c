/* Stochastic gradient descent with heavy-ball or Nesterov momentum.
 *
 *     v = m v + direction ;  w −= γ v                       (m = 0: w −= γ direction, and no v is
 * kept) nesterov:              w −= γ (direction + m v)
 *
 * Polyak 1964; Nesterov 1983, in the form of Sutskever et al. 2013 that PyTorch's SGD has (no
 * dampening). O(d). */
#include "pace.h"
#include "base/vec.h"

struct sgd_params {
    struct tw_pace pace;
    double momentum;
    int nesterov;
};

static const char *const yes_names[] = {"no", "yes", NULL};
static const struct tw_option sgd_options[] = {
    TW_ROWS_PACE,
    {.name = "momentum",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct sgd_params, momentum),
     .fallback = "0",
     .min = 0,
     .max = 0x1.fffffffffffffp-1, /* below 1 */
     .unit = "",
     .help = "share of the old velocity kept"},
    {.name = "nesterov",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct sgd_params, nesterov),
     .fallback = "no",
     .choices = yes_names,
     .unit = "",
     .help = "whether the velocity looks ahead; needs a momentum"},
};

static tw_status sgd_check(const void *params, struct tw_err *err)
{
    const struct sgd_params *p = params;
    if (p->nesterov && !(p->momentum > 0))
        return tw_err_set(err, TW_RANGE, "optimizer sgd: nesterov=\"yes\" needs a momentum");
    return tw_pace_check(params, err);
}

static int sgd_vectors(const void *params)
{
    const struct sgd_params *p = params;
    return p->momentum > 0;
}

static void sgd_update(const void *params, uint32_t step, void *const *memory, void *w,
                       void *direction, uint64_t n, struct tw_work *work)
{
    const struct sgd_params *p = params;
    tw_real *v = direction;
    TW_T(tw_pace_clip)(&p->pace, direction, n, work);
    if (sgd_vectors(params)) {
        tw_work_add(work, TW_KERNEL_ADD, n, 0);
        tw_real *velocity = w ? memory[0] : NULL, momentum = (tw_real)p->momentum;
        for (uint64_t i = 0; w && i < n; i++)
            velocity[i] = momentum * velocity[i] + v[i];
        if (p->nesterov) {
            tw_work_add(work, TW_KERNEL_ADD, n, 0);
            for (uint64_t i = 0; w && i < n; i++)
                v[i] += momentum * velocity[i];
        } else {
            v = velocity;
        }
    }
    tw_work_add(work, TW_KERNEL_UPDATE, n, 0);
    if (w)
        TW_T(tw_vec_axpy)(w, -(tw_real)tw_pace_rate(params, step), v, n);
}

const struct tw_optimizer TW_T(tw_optimizer_sgd) = {
    .member = {.name = "sgd",
               .summary = "stochastic gradient descent, with momentum if asked",
               .source = "Polyak 1964; Nesterov 1983",
               .options = sgd_options,
               .option_count = sizeof sgd_options / sizeof sgd_options[0],
               .params_size = sizeof(struct sgd_params)},
    .precision = TW_THIS_PRECISION,
    .check = sgd_check,
    .vectors = sgd_vectors,
    .rate = tw_pace_rate,
    .update = sgd_update,
};
