/* links: tw_workload tw_base */
/* The problems that are formulas: NumPy's numbers, gradients against finite differences of the
 * loss, optima, constants that others published. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "unit/test_workload_data.h"
#include "workload/numpy_rng.h"
#include "workload/quadratics.h"

enum { RANKS = 10 };

struct opened {
    const struct tw_workload *workload;
    void *state;
    uint64_t d;
};

static struct opened open_as(const char *name, int ranks, const char *const *texts)
{
    struct opened o = {.workload = tw_workload_find(name, TW_FP64)};
    union test_params params;
    struct tw_workload_setup setup = {
        .precision = TW_FP64, .ranks = ranks, .batch = 1, .steps = 10, .seed = 42};
    struct tw_err err = {0};

    ck_assert_ptr_nonnull(o.workload);
    test_set_options(o.workload, &params, texts);
    setup.params = &params;
    ck_assert_msg(o.workload->open(&setup, &o.state, &err) == TW_OK, "%s", err.text);
    o.d = o.workload->dimension(o.state);
    return o;
}

static double *numbers(uint64_t n)
{
    double *x = calloc(n, sizeof *x);
    ck_assert_ptr_nonnull(x);
    return x;
}

static double loss_at(const struct opened *o, const double *w)
{
    struct tw_err err = {0};
    double loss, accuracy;

    ck_assert_int_eq(o->workload->loss(o->state, w, &loss, &accuracy, &err), TW_OK);
    return loss;
}

static void gradient_at(const struct opened *o, int rank, uint32_t step, const double *w,
                        double *out)
{
    struct tw_err err = {0};
    ck_assert_int_eq(o->workload->gradient(o->state, rank, step, w, out, &err), TW_OK);
}

static void mean_gradient(const struct opened *o, int ranks, const double *w, double *mean)
{
    double *one = numbers(o->d);

    memset(mean, 0, o->d * sizeof *mean);
    for (int rank = 0; rank < ranks; rank++) {
        gradient_at(o, rank, 0, w, one);
        for (uint64_t i = 0; i < o->d; i++)
            mean[i] += one[i] / ranks;
    }
    free(one);
}

static double norm(const double *x, uint64_t n)
{
    double sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* numpy.random.seed(42); numpy.random.standard_normal(4), and random_sample() after seed(42):
 * 0.3745401188473625, 0.9507143064099162 (NumPy's own documentation and any NumPy since 1.0). */
START_TEST(numbers_are_numpys)
{
    static const double normals[] = {.49671415301123267, -.13826430117118466, .64768853810069249,
                                     1.5230298564080254};
    struct tw_numpy_rng rng;
    struct tw_err err = {0};

    ck_assert_int_eq(tw_numpy_open(&rng, 42, &err), TW_OK);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(tw_numpy_normal(&rng), normals[i], 1e-15);
    tw_numpy_seed(&rng, 42);
    ck_assert_double_eq(tw_numpy_uniform(&rng), 0.3745401188473625);
    ck_assert_double_eq(tw_numpy_uniform(&rng), 0.9507143064099162);
    tw_numpy_close(&rng);
}
END_TEST

/* Quadratics: the central difference is exact but for rounding, 1e-16 of f over h. */
static const struct {
    const char *name;
    int ranks;
    const char *texts[8];
} smooth[] = {
    {"quadratic", RANKS, {"dimension", "40", NULL}},
    {"quadratic", 3, {"dimension", "40", "s", "0.05", "numpy_seed", "12345", NULL}},
    {"quadratic", 4, {"dimension", "30", "kind", "diagonal", "spectrum", "log", NULL}},
    {"quadratic", 2, {"dimension", "1", NULL}},
    {"shifted_objective", RANKS, {"noise", "0", NULL}},
    {"shifted_objective", 3, {"noise", "0", "loss", "gap", NULL}},
    {"three_quadratics", 3, {NULL}},
    {"three_quadratics", 5, {NULL}},
    {"noisy_plane", 2, {"noise", "0", NULL}},
    {"estimation", 2, {"support", "50", NULL}},
};
enum { SMOOTH = sizeof smooth / sizeof smooth[0] };

START_TEST(gradients_are_derivatives)
{
    struct opened o = open_as(smooth[_i].name, smooth[_i].ranks, smooth[_i].texts);
    const struct tw_stream_key key = {.seed = 17, .purpose = TW_PURPOSE_TEST};
    double *w = numbers(o.d), *v = numbers(o.d), *moved = numbers(o.d), *mean = numbers(o.d);
    struct tw_stream stream;

    tw_stream_open(&stream, &key);
    tw_stream_normals(&stream, w, o.d);
    mean_gradient(&o, smooth[_i].ranks, w, mean);
    for (int trial = 0; trial < 5; trial++) {
        const double h = 1e-3;
        double slope = 0, ahead, behind;

        tw_stream_normals(&stream, v, o.d);
        for (uint64_t i = 0; i < o.d; i++) {
            slope += mean[i] * v[i];
            moved[i] = w[i] + h * v[i];
        }
        ahead = loss_at(&o, moved);
        for (uint64_t i = 0; i < o.d; i++)
            moved[i] = w[i] - h * v[i];
        behind = loss_at(&o, moved);
        ck_assert_msg(fabs((ahead - behind) / (2 * h) - slope) <
                          1e-12 * (fabs(ahead) / h + norm(mean, o.d) * norm(v, o.d)),
                      "%s seed 17 trial %d: %.15g instead of %.15g", smooth[_i].name, trial,
                      (ahead - behind) / (2 * h), slope);
    }
    o.workload->close(o.state);
    free(w);
    free(v);
    free(moved);
    free(mean);
}
END_TEST

/* Moves w to w*, from what `distance` tells: ‖w ± he_i − w*‖² differ by 4h(w_i − w*_i). */
static void go_to_optimum(const struct opened *o, double *w)
{
    const double h = 1e-3;

    for (uint64_t i = 0; i < o->d; i++) {
        const double here = w[i];
        w[i] = here + h;
        const double ahead = o->workload->distance(o->state, w);
        w[i] = here - h;
        const double behind = o->workload->distance(o->state, w);
        w[i] = here - (ahead - behind) * (ahead + behind) / (4 * h);
    }
}

/* There the gradient vanishes and no f is smaller. */
START_TEST(optimum_is_one)
{
    struct opened o = open_as(smooth[_i].name, smooth[_i].ranks, smooth[_i].texts);
    double *w = numbers(o.d), *mean = numbers(o.d);

    o.workload->start(o.state, w);
    mean_gradient(&o, smooth[_i].ranks, w, mean);
    const double at_start = norm(mean, o.d), far = o.workload->distance(o.state, w);
    go_to_optimum(&o, w);
    mean_gradient(&o, smooth[_i].ranks, w, mean);
    ck_assert_double_lt(o.workload->distance(o.state, w), 1e-6 * (1 + far));
    ck_assert_double_le(norm(mean, o.d), 1e-6 * at_start);
    const double least = loss_at(&o, w);
    w[0] += 1;
    ck_assert_double_gt(loss_at(&o, w), least);
    o.workload->close(o.state);
    free(w);
    free(mean);
}
END_TEST

/* loss="gap" is loss="value" less f*, at every point: f* = 5(s−1)² + 5(100+5s)² with s = −499/26,
 * 2120.1923077, of the shifted objective for ten ranks; of quadratics −½⟨b, x*⟩ = f(x*). */
START_TEST(gap_is_value_less_the_least)
{
    static const char *const names[] = {"shifted_objective", "quadratic"};
    static const char *const value[] = {"noise", "0", "loss", "value", NULL};
    static const char *const gap[] = {"noise", "0", "loss", "gap", NULL};
    const double s = -499.0 / 26, least = 5 * (s - 1) * (s - 1) + 5 * (100 + 5 * s) * (100 + 5 * s);

    ck_assert_double_eq_tol(least, 2120.1923077, 1e-7);
    for (int i = 0; i < 2; i++) {
        struct opened a = open_as(names[i], RANKS, value), b = open_as(names[i], RANKS, gap);
        double *w = numbers(a.d);

        a.workload->start(a.state, w);
        const double first = loss_at(&a, w) - loss_at(&b, w);
        go_to_optimum(&a, w);
        ck_assert_double_eq_tol(loss_at(&b, w), 0, 1e-9 * (1 + fabs(first)));
        ck_assert_double_eq_tol(loss_at(&a, w), first, 1e-9 * (1 + fabs(first)));
        if (i == 0)
            ck_assert_double_eq_tol(first, least, 1e-9);
        a.workload->close(a.state);
        b.workload->close(b.state);
        free(w);
    }
}
END_TEST

/* The generator's published instance: seed 12345, 10 ranks, s = .05, λ = 1e-6, d = 1000. With e_1
 * alone ≠ 0, ∇f_i(x^0) = √d (diagonal_i, off_i, 0, …) − first_i e_1; the squared norm of the mean
 * is 334.658117 as an independent program (NumPy) computes it. L is the largest eigenvalue of the
 * mean matrix, λ + ν̄/4·(λ_d − λ_1)(T) with λ_k(T) = 2 − 2cos(kπ/1001), L̃² the mean of those of the
 * ranks: 1.022026 and 1.023560. */
START_TEST(published_quadratics)
{
    static const char *const texts[] = {"numpy_seed", "12345", "s", "0.05", NULL};
    struct opened o = open_as("quadratic", RANKS, texts);
    const struct tw_quadratics *made = o.state;
    const double largest = 2 - 2 * cos(1000 * acos(-1) / 1001);
    double *w = numbers(o.d), *mean = numbers(o.d), smooth2 = 0;

    o.workload->start(o.state, w);
    mean_gradient(&o, RANKS, w, mean);
    ck_assert_double_eq_tol(norm(mean, o.d) * norm(mean, o.d), 334.658117, 5e-7);
    for (int r = 0; r < RANKS; r++) {
        const double own = made->diagonal[r] - 2 * -made->off[r] + -made->off[r] * largest;
        smooth2 += own * own / RANKS;
    }
    ck_assert_double_eq_tol(made->mean_diagonal + 2 * made->mean_off - made->mean_off * largest,
                            1.022026, 5e-7);
    ck_assert_double_eq_tol(sqrt(smooth2), 1.023560, 5e-7);
    o.workload->close(o.state);
    free(w);
    free(mean);
}
END_TEST

/* Noise of the deviation asked for, anew at each rank and step: over 2·2·2000 values of the shifted
 * objective (variance of a mean of n squares: 2/n) within five deviations, 11 %; keyed and NumPy's.
 * NumPy's does not depend on the order in which it is asked for. */
START_TEST(noise_is_as_said)
{
    static const char *const texts[2][5] = {{"noise", "0.5", NULL},
                                            {"noise", "0.5", "numpy_seed", "42", NULL}};
    for (int k = 0; k < 2; k++) {
        struct opened o = open_as("shifted_objective", 2, texts[k]);
        double *w = numbers(o.d), *a = numbers(o.d), *b = numbers(o.d), sum = 0;

        for (int rank = 0; rank < 2; rank++) {
            gradient_at(&o, rank, 7, w, a);
            gradient_at(&o, rank, 3, w, b);
            for (uint64_t i = 0; i < o.d; i++)
                sum += (a[i] - b[i]) * (a[i] - b[i]) / 4000; /* 2·0.5² */
            memcpy(b, a, o.d * sizeof *a);
            gradient_at(&o, rank, 7, w, a);
            ck_assert_mem_eq(a, b, o.d * sizeof *a);
        }
        ck_assert_msg(fabs(sum / 0.5 - 1) < 0.11, "seed 42: variance %g", sum);
        o.workload->close(o.state);
        free(w);
        free(a);
        free(b);
    }
}
END_TEST

static double sum_of_theta(const char *const *texts, uint64_t *ones)
{
    struct opened o = open_as("estimation", 1, texts);
    double *w = numbers(o.d), sum = 0;

    go_to_optimum(&o, w);
    *ones = 0;
    for (uint64_t i = 0; i < o.d; i++) {
        sum += w[i];
        *ones += fabs(w[i] - 1) < 1e-6;
        ck_assert(w[i] > -1e-6 && w[i] < 1 + 1e-6 && (i == 0 || w[i] < w[i - 1] + 1e-6));
    }
    o.workload->close(o.state);
    free(w);
    return sum;
}

/* Σθ = s whatever the profile; a support of s ones is all ones. */
START_TEST(theta_adds_to_s)
{
    static const char *const flat[] = {"s", "50", NULL};
    static const char *const ones[] = {"s", "50", "support", "50", NULL};
    static const char *const skew[] = {"s", "50", "decay", "1", NULL};
    uint64_t count;

    ck_assert_double_eq_tol(sum_of_theta(flat, &count), 50, 1e-4);
    ck_assert_uint_eq(count, 0);
    ck_assert_double_eq_tol(sum_of_theta(ones, &count), 50, 1e-4);
    ck_assert_uint_eq(count, 50);
    ck_assert_double_eq_tol(sum_of_theta(skew, &count), 50, 1e-4);
    ck_assert_uint_gt(count, 1);
}
END_TEST

/* A support of ones has no noise: the gradient at 0 is −1 on it. */
START_TEST(certain_ones_are_ones)
{
    static const char *const texts[] = {"dimension", "20", "s", "5", "support", "5", NULL};
    struct opened o = open_as("estimation", 3, texts);
    double w[20] = {0}, g[20];

    for (int rank = 0; rank < 3; rank++) {
        gradient_at(&o, rank, (uint32_t)rank, w, g);
        for (int i = 0; i < 20; i++)
            ck_assert_double_eq(g[i], i < 5 ? -1 : 0);
    }
    o.workload->close(o.state);
}
END_TEST

START_TEST(mistakes_are_named)
{
    static const struct {
        const char *name, *word, *texts[8];
    } rows[] = {
        {"quadratic", "columns", {"dimension", "10", "columns", "3", NULL}},
        {"quadratic", "negative", {"dimension", "10", "s", "1000", "numpy_seed", "2", NULL}},
        {"estimation", "support", {"dimension", "10", "support", "11", NULL}},
        {"estimation", "ones", {"dimension", "10", "s", "11", NULL}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct tw_workload *workload = tw_workload_find(rows[i].name, TW_FP32);
        union test_params params;
        struct tw_workload_setup setup = {.ranks = 1, .batch = 1, .steps = 1, .params = &params};
        struct tw_err err = {0};
        void *state = &err;

        test_set_options(workload, &params, rows[i].texts);
        ck_assert_int_eq(workload->open(&setup, &state, &err), TW_RANGE);
        ck_assert_msg(strstr(err.text, rows[i].word), "%s", err.text);
        ck_assert_ptr_null(state);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload problems");
    TCase *tests = tcase_create("problems");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, numbers_are_numpys);
    tcase_add_loop_test(tests, gradients_are_derivatives, 0, SMOOTH);
    tcase_add_loop_test(tests, optimum_is_one, 0, SMOOTH);
    tcase_add_test(tests, gap_is_value_less_the_least);
    tcase_add_test(tests, published_quadratics);
    tcase_add_test(tests, noise_is_as_said);
    tcase_add_test(tests, theta_adds_to_s);
    tcase_add_test(tests, certain_ones_are_ones);
    tcase_add_test(tests, mistakes_are_named);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
