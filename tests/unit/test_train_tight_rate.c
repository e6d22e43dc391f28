/* links: tw_train */
/* The tight worst case of EF14 and EF21 in one dimension (Thomsen, Taylor, Dieuleveut, arXiv
 * 2506.05271; code DanielBergThomsen/error-feedback-tight). f = ½Hx², H = L or μ,
 * C(u) = (1 ∓ √ε)u, one rank. A step of the rule is a linear map M of (x, memory); the Lyapunov
 * function is a quadratic form V. The worst V(Mz)/V(z) is the larger root ρ of det(MᵀVM − ρV) = 0,
 * and equals √ε + ¼(1+√ε)(L−μ)λ at the best γ. */
#include "train_toys.h"

struct scaled {
    double factor;
    const double *x;
};

static void add_scaled(const struct tw_own *own, double scale, void *y, struct tw_work *work)
{
    const struct scaled *c = own->context;
    (void)work;
    *(double *)y += scale * c->factor * *c->x;
}

/* EF14 with the rate inside: (x, e) → (x − C, e + γ∇ − C), C = C(e + γ∇). */
static void step_ef14(double H, double rate, double factor, const double in[2], double out[2])
{
    const struct tw_feedback *rule = tw_feedback_find("ef14", TW_FP64);
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    toy_options(&rule->member, "rate=inside", params);
    double e = in[1], gradient = H * in[0], x = 0;
    void *const memory[] = {&e};
    struct tw_work work = {0};
    struct tw_feedback_step at = {.step = 1, .rate = rate, .count = 1, .params = params};
    rule->before(&at, memory, &gradient, &x, &work);
    double mean = factor * x, kept = x;
    struct scaled context = {factor, &kept};
    struct tw_own own = {add_scaled, &context};
    rule->after(&at, memory, &x, &own, &mean, &work);
    rule->direction(&at, NULL, &mean, &work);
    out[0] = in[0] - rate * mean;
    out[1] = e;
    tw_work_free(&work);
}

/* EF21: (x, d) → (x⁺, d + C(∇f(x⁺) − d)) with x⁺ = x − γd. */
static void step_ef21(double H, double rate, double factor, const double in[2], double out[2])
{
    const struct tw_feedback *rule = tw_feedback_find("ef21", TW_FP64);
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    toy_options(&rule->member, "start=zero", params);
    double g = in[1], server = in[1], x = 0;
    out[0] = in[0] - rate * in[1];
    double gradient = H * out[0];
    void *const memory[] = {&g}, *const shared[] = {&server};
    struct tw_work work = {0};
    struct tw_feedback_step at = {.step = 1, .rate = rate, .count = 1, .params = params};
    rule->before(&at, memory, &gradient, &x, &work);
    double mean = factor * x, kept = x;
    struct scaled context = {factor, &kept};
    struct tw_own own = {add_scaled, &context};
    rule->after(&at, memory, &x, &own, &mean, &work);
    rule->direction(&at, shared, &mean, &work);
    ck_assert_double_eq_tol(mean, g, 1e-15 * fabs(g));
    out[1] = mean;
    tw_work_free(&work);
}

typedef void (*step_function)(double, double, double, const double[2], double[2]);

/* Larger root of det(MᵀVM − ρV) = 0 for symmetric 2 × 2 forms. */
static double worst_factor(step_function step, double H, double rate, double factor,
                           const double V[3])
{
    double a[2], b[2];
    step(H, rate, factor, (const double[]){1, 0}, a);
    step(H, rate, factor, (const double[]){0, 1}, b);
    double W[3] = {V[0] * a[0] * a[0] + 2 * V[1] * a[0] * a[1] + V[2] * a[1] * a[1],
                   V[0] * a[0] * b[0] + V[1] * (a[0] * b[1] + a[1] * b[0]) + V[2] * a[1] * b[1],
                   V[0] * b[0] * b[0] + 2 * V[1] * b[0] * b[1] + V[2] * b[1] * b[1]};
    double A = V[0] * V[2] - V[1] * V[1];
    double B = W[0] * V[2] + V[0] * W[2] - 2 * W[1] * V[1];
    double C = W[0] * W[2] - W[1] * W[1];
    return (B + sqrt(B * B - 4 * A * C)) / (2 * A);
}

START_TEST(tight_rate)
{
    static const struct {
        double epsilon, kappa, rho;
    } rows[] = {{.25, 2, .632556}, {.25, 10, .884808}, {.5, 2, .794109},
                {.5, 10, .939368}, {.9, 2, .965491},   {.9, 10, .990469}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double root = sqrt(rows[i].epsilon), L = rows[i].kappa, mu = 1;
        double rate = 2 / (L + mu) * (1 - root) / (1 + root), ef14 = 0, ef21 = 0;
        for (int k = 0; k < 4; k++) {
            double H = k & 1 ? L : mu, factor = k & 2 ? 1 + root : 1 - root;
            /* V = x² − 2xe + (1 + 1/√ε)e²;  V = (1 + √ε)(Hx)² − 2(Hx)d + d² */
            const double V14[] = {1, -1, 1 + 1 / root}, V21[] = {(1 + root) * H * H, -H, 1};
            ef14 = fmax(ef14, worst_factor(step_ef14, H, rate, factor, V14));
            ef21 = fmax(ef21, worst_factor(step_ef21, H, rate, factor, V21));
        }
        ck_assert_double_eq_tol(ef14, rows[i].rho, 6e-7);
        ck_assert_double_eq_tol(ef21, rows[i].rho, 6e-7);
        double spread = sqrt((L - mu) * (L - mu) + 16 * L * mu * root / ((1 + root) * (1 + root)));
        double lambda = rate / (L + mu) * ((1 - root) * (L - mu) + (1 + root) * spread);
        ck_assert_double_eq_tol(ef14, root + (1 + root) * (L - mu) * lambda / 4, 1e-12);
        ck_assert_double_eq_tol(ef21, ef14, 1e-12);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("tight rate");
    tcase_add_test(tcase, tight_rate);
    return toy_main(tcase, "train tight rate");
}
