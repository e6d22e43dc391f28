/* Runs of the registry's own problems, set up from texts; and a look at every weight on the way. */
#ifndef TW_TEST_TRAIN_PROBLEMS_H
#define TW_TEST_TRAIN_PROBLEMS_H

#include "train_toys.h"

struct problem_run {
    struct toy_run r;
    struct toy unused; /* toy_setup's */
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
};

/* fp64, one bucket, evaluated at every step; change setup fields before running. */
static __attribute__((noinline, unused)) void problem_setup(struct problem_run *p,
                                                            const char *workload,
                                                            const char *options, int ranks,
                                                            uint32_t steps)
{
    *p = (struct problem_run){0};
    toy_setup(&p->r, TW_FP64, &p->unused);
    p->r.setup.workload = tw_workload_find(workload, TW_FP64);
    ck_assert_ptr_nonnull(p->r.setup.workload);
    toy_options(&p->r.setup.workload->member, options, p->params);
    p->r.setup.workload_params = p->params;
    p->r.setup.ranks = ranks;
    p->r.setup.steps = steps;
}

static __attribute__((noinline, unused)) void
problem_method(struct problem_run *p, const char *compressor, const char *compressor_options,
               const char *feedback, const char *feedback_options, const char *optimizer)
{
    toy_compressor(&p->r, compressor, compressor_options);
    toy_feedback(&p->r, feedback, feedback_options);
    toy_optimizer(&p->r, optimizer);
}

/* First evaluated step with ‖∇f‖² ≤ bound, or −1. */
static inline int problem_reaches(const struct problem_run *p, double bound)
{
    for (int i = 0; i < p->r.run.curve_count; i++)
        if (p->r.run.curve[i].gradient_norm2 <= bound)
            return (int)p->r.run.curve[i].step;
    return -1;
}

/* ---- the published heterogeneous quadratics: d = 1000, 10 ranks, s = .05, λ = 1e-6, seed 12345
 * ---- L is the smoothness of the mean, L̃² the mean of the ranks' squared (test_workload_problems).
 * Top-K with k = 10: α = k/d, θ = 1 − √(1−α), β = (1−α)/(1−√(1−α)); theory's step size of EF21
 * (Richtárik et al., arXiv 2106.05203, theorem 1) is 1/(L + L̃√(β/θ)) = .00489722. */
#define PROBLEM_L 1.022026
#define PROBLEM_L_MEAN 1.023560

static inline double problem_ef21_rate(void)
{
    const double root = sqrt(1 - 0.01), theta = 1 - root, beta = 0.99 / (1 - root);
    return 1 / (PROBLEM_L + PROBLEM_L_MEAN * sqrt(beta / theta));
}

static __attribute__((noinline, unused)) void
problem_quadratics(struct problem_run *p, const char *compressor, const char *options,
                   const char *feedback, double rate, uint32_t steps)
{
    char text[64];
    snprintf(text, sizeof text, "rate=%.17g", rate);
    problem_setup(p, "quadratic", "numpy_seed=12345 s=0.05 lambda=1e-6", 10, steps);
    problem_method(p, compressor, options, feedback, "", text);
    toy_train(&p->r);
}

/* ---- the free spectrum under noise: D = linspace(.1, 1, 100), x^0 = 1, unit noise ---- */

/* Sum of ‖Dx‖² (b is centred, so Dx is ∇f) over the steps from `from` on, taken where rank 0 asks
 * for its gradient. The wrapped workload finds it here. */
struct problem_watch {
    const struct tw_workload *inner;
    uint32_t from;
    double sum;
    uint64_t count;
};
static struct problem_watch problem_watched;

static inline tw_status problem_watch_gradient(void *state, int rank, uint32_t step, const void *w,
                                               void *out, struct tw_err *err)
{
    const double *x = w;
    for (int j = 0; rank == 0 && step >= problem_watched.from && j < 100; j++) {
        const double g = (0.1 + 0.9 * j / 99) * x[j];
        problem_watched.sum += g * g;
        problem_watched.count += j == 0;
    }
    return problem_watched.inner->gradient(state, rank, step, w, out, err);
}

/* Mean ‖∇f‖² over the last half of `steps` steps with γ = .05. */
static __attribute__((noinline, unused)) double
problem_floor(int ranks, uint32_t steps, uint64_t seed, const char *const method[4])
{
    static struct problem_run p;
    problem_setup(&p, "quadratic", "kind=diagonal dimension=100 columns=5 noise=1", ranks, steps);
    problem_method(&p, method[0], method[1], method[2], method[3], "rate=0.05");
    struct tw_workload watched = *p.r.setup.workload;
    problem_watched = (struct problem_watch){p.r.setup.workload, steps / 2, 0, 0};
    watched.gradient = problem_watch_gradient;
    p.r.setup.workload = &watched;
    p.r.setup.seed = seed;
    p.r.setup.evaluate = 0;
    toy_train(&p.r);
    tw_run_free(&p.r.run);
    ck_assert_uint_eq(problem_watched.count, steps - steps / 2);
    return problem_watched.sum / (double)problem_watched.count;
}

#endif
