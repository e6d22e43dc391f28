/* Stochastic gradient descent with heavy-ball momentum (Polyak 1964; Sutskever et al. 2013).
 *
 *     v = m v + direction ;  w −= γ v          (m = 0: w −= γ direction, and no v is kept)
 *
 * The same form as PyTorch's SGD without dampening. O(d).
 */
#include "optimizer.h"
#include <float.h>
#include <stddef.h>
#include "base/vec.h"

struct sgd_params {
    double rate, momentum;
};

static const struct tw_option sgd_options[] = {
    {.name = "rate",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct sgd_params, rate),
     .min = 0,
     .max = DBL_MAX,
     .open_min = 1,
     .unit = "",
     .help = "learning rate"},
    {.name = "momentum",
     .type = TW_OPTION_REAL,
     .offset = offsetof(struct sgd_params, momentum),
     .fallback = "0",
     .min = 0,
     .max = 0x1.fffffffffffffp-1, /* below 1 */
     .unit = "",
     .help = "share of the old velocity kept"},
};

static int sgd_vectors(const void *params)
{
    const struct sgd_params *p = params;
    return p->momentum > 0;
}

static double sgd_rate(const void *params, uint32_t step)
{
    const struct sgd_params *p = params;
    (void)step;
    return p->rate;
}

static void sgd_update(const void *params, uint32_t step, void *const *memory, void *w,
                       void *direction, uint64_t n, struct tw_work *work)
{
    const struct sgd_params *p = params;
    const tw_real *v = direction;
    if (sgd_vectors(params)) {
        tw_work_add(work, TW_KERNEL_ADD, n, 0);
        tw_real *velocity = w ? memory[0] : NULL, momentum = (tw_real)p->momentum;
        for (uint64_t i = 0; w && i < n; i++)
            velocity[i] = momentum * velocity[i] + v[i];
        v = velocity;
    }
    tw_work_add(work, TW_KERNEL_UPDATE, n, 0);
    if (w)
        TW_T(tw_vec_axpy)(w, -(tw_real)sgd_rate(params, step), v, n);
}

const struct tw_optimizer TW_T(tw_optimizer_sgd) = {
    .member = {.name = "sgd",
               .summary = "stochastic gradient descent, with momentum if asked",
               .source = "Polyak 1964",
               .options = sgd_options,
               .option_count = sizeof sgd_options / sizeof sgd_options[0],
               .params_size = sizeof(struct sgd_params)},
    .precision = TW_THIS_PRECISION,
    .vectors = sgd_vectors,
    .rate = sgd_rate,
    .update = sgd_update,
};
