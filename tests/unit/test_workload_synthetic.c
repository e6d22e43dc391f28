/* links: tw_workload tw_base */
/* Synthetic gradients look like the recorded ones they were fitted to. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_statistics_float.h>
#include "unit/test_workload_data.h"

enum { RANKS = 8, LAYERS = 20, COLUMNS = 40, D = LAYERS * 10 * COLUMNS, DRAWS = 60 };

static const struct tw_workload *synthetic;

static void *open_with(const char *const *texts, uint32_t repetition)
{
    union test_params params;
    const struct tw_workload_setup setup = {
        .ranks = RANKS, .batch = 1, .seed = 2026, .repetition = repetition, .params = &params};
    struct tw_err err = {0};
    void *state;

    test_set_options(synthetic, &params, texts);
    ck_assert_msg(synthetic->open(&setup, &state, &err) == TW_OK, "%s", err.text);
    return state;
}

static void draw(void *state, int rank, uint32_t step, float *out)
{
    struct tw_err err = {0};
    ck_assert_int_eq(synthetic->gradient(state, rank, step, NULL, out, &err), TW_OK);
}

/* Marks the k largest of |g| in kept, and returns the share of ‖g‖² that they hold. */
static double mark_largest(const float *g, int k, uint8_t *kept)
{
    static float size[D];
    double all = 0, top = 0;
    float least;

    for (int i = 0; i < D; i++)
        size[i] = fabsf(g[i]);
    least = (float)gsl_stats_float_select(size, 1, D, D - (size_t)k);
    for (int i = 0; i < D; i++) {
        const double square = (double)g[i] * (double)g[i];
        kept[i] = fabsf(g[i]) >= least;
        all += square;
        top += kept[i] ? square : 0;
    }
    return top / all;
}

struct statistics {
    double energy;  /* share of ‖g‖² in the largest 1 % */
    double overlap; /* |A ∩ B| / k of two ranks' largest 1 % */
    double united;  /* |union over 8 ranks| / k */
};

static struct statistics measure(const char *preset, const char *const *more)
{
    static float g[D];
    static uint8_t kept[RANKS][D];
    char dimension[16], layers[16], columns[16];
    const char *texts[24] = {"dimension", dimension, "layers", layers,
                             "columns",   columns,   "preset", preset};
    const int k = D / 100;
    struct statistics mean = {0};

    for (int i = 0; more && more[i] && i < 15; i++)
        texts[8 + i] = more[i];
    snprintf(dimension, sizeof dimension, "%d", D);
    snprintf(layers, sizeof layers, "%d", LAYERS);
    snprintf(columns, sizeof columns, "%d", COLUMNS);
    for (uint32_t repetition = 0; repetition < DRAWS; repetition++) {
        void *state = open_with(texts, repetition);
        int both = 0, any = 0;

        for (int rank = 0; rank < RANKS; rank++) {
            draw(state, rank, 0, g);
            mean.energy += mark_largest(g, k, kept[rank]) / RANKS / DRAWS;
        }
        synthetic->close(state);
        for (int i = 0; i < D; i++) {
            int ranks = 0;
            for (int rank = 0; rank < RANKS; rank++)
                ranks += kept[rank][i];
            both += ranks * (ranks - 1) / 2; /* pairs that share it */
            any += ranks > 0;
        }
        mean.overlap += (double)both / (RANKS * (RANKS - 1) / 2) / k / DRAWS;
        mean.united += (double)any / k / DRAWS;
    }
    return mean;
}

/* The bands come from gradients of real runs (MLP, CNN and character GPT, 8 workers, mid-training;
 * sim/workload/README.md): of whole models the largest 1 % hold .25–.67 of the energy, pairs of
 * workers share .31–.51 of them, and 8 workers unite to 2.8–3.8 times k, where independent numbers
 * would give .01 and 7.7. Bands for the means over draws of 20 layers at correlation .6. The
 * layers' scales make single draws vary much, hence 60 of them; means over 200 other draws (seed 1,
 * 24,000 values) were, energy/overlap/union: laplace .36/.40/3.83, mlp .56/.49/3.39, cnn
 * .49/.48/3.63, gpt-mlp .35/.39/3.84, gpt-attn .39/.43/3.79, embed .85/.56/2.75. */
static void check_bands(const char *preset, const double low[3], const double high[3])
{
    const struct statistics s = measure(preset, NULL);

    ck_assert_msg(s.energy >= low[0] && s.energy <= high[0] && s.overlap >= low[1] &&
                      s.overlap <= high[1] && s.united >= low[2] && s.united <= high[2],
                  "%s, seed 2026: energy %.3f, overlap %.3f, union %.3f k", preset, s.energy,
                  s.overlap, s.united);
}

static const char *const layer_presets[] = {"laplace", "mlp", "cnn", "gpt-mlp", "gpt-attn"};

START_TEST(layers_are_within_the_bands)
{
    static const double low[] = {0.30, 0.37, 3.3}, high[] = {0.60, 0.52, 4.0};
    check_bands(layer_presets[_i], low, high);
}
END_TEST

START_TEST(embeddings_are_within_their_bands)
{
    static const double low[] = {0.75, 0.52, 2.4}, high[] = {0.92, 0.62, 3.0};
    check_bands("embed", low, high);
}
END_TEST

/* One vector without layer scales: entries have variance 1, two ranks' cosine is ρ, and the
 * kurtosis is the double-Gamma's E x⁴/(E x²)² = (a+2)(a+3)/(a(a+1)), for laplace (a = 1) 6. n =
 * 400,000: the standard errors are √(5/n) = .0035 for the variance, and about .06 for the kurtosis
 * (from E x⁸ = 8!/4 = 2520); for the cosine √((1 + ρ² …)/n), below .004. */
START_TEST(a_layer_has_its_closed_form)
{
    enum { N = 400000 };
    static float a[N], b[N];
    static const char *const texts[] = {
        "dimension", "400000", "preset", "laplace", "correlation", "0.3", "layer_scale", "0", NULL};
    void *state = open_with(texts, 0);
    double square = 0, fourth = 0, product = 0, other = 0;

    draw(state, 0, 4, a);
    draw(state, 1, 4, b);
    for (int i = 0; i < N; i++) {
        const double x = (double)a[i], y = (double)b[i];
        square += x * x / N;
        other += y * y / N;
        fourth += x * x * x * x / N;
        product += x * y / N;
    }
    ck_assert_double_eq_tol(square, 1, 0.014);
    ck_assert_double_eq_tol(product / sqrt(square * other), 0.3, 0.016);
    /* √ρS + √(1−ρ)Z of two independent Laplace: excess 3·(ρ² + (1−ρ)²) = 3·.58 = 1.74 */
    ck_assert_double_eq_tol(fourth / (square * square) - 3, 1.74, 0.2);
    synthetic->close(state);
}
END_TEST

START_TEST(correlation_has_its_ends)
{
    static float a[1000], b[1000];
    static const char *const same[] = {"dimension", "1000", "correlation", "1", NULL};
    static const char *const apart[] = {"dimension", "1000", "correlation", "0", NULL};
    void *state = open_with(same, 0);
    int equal = 0, nonzero = 0;

    draw(state, 0, 1, a);
    draw(state, 5, 1, b);
    ck_assert_mem_eq(a, b, sizeof a);
    synthetic->close(state);
    state = open_with(apart, 0);
    draw(state, 0, 1, a);
    draw(state, 5, 1, b);
    for (int i = 0; i < 1000; i++) {
        nonzero += a[i] != 0;
        equal += a[i] == b[i] && a[i] != 0;
    }
    ck_assert_int_gt(nonzero, 700); /* preset mlp: 18 % zeros */
    ck_assert_int_eq(equal, 0);
    synthetic->close(state);
}
END_TEST

/* The shared part is kept per step: asking in another order must not show. */
START_TEST(order_of_asking_does_not_matter)
{
    static float first[3][2][1000], again[1000];
    static const char *const texts[] = {"dimension", "1000", "columns", "10", NULL};
    void *state = open_with(texts, 3);
    int changed = 0;

    for (uint32_t step = 0; step < 3; step++) {
        for (int rank = 0; rank < 2; rank++)
            draw(state, rank, step, first[step][rank]);
    }
    for (int rank = 1; rank >= 0; rank--) {
        for (int step = 2; step >= 0; step--) {
            draw(state, rank, (uint32_t)step, again);
            ck_assert_mem_eq(again, first[step][rank], sizeof again);
        }
    }
    for (int i = 0; i < 1000; i++)
        changed += first[0][0][i] != first[1][0][i];
    ck_assert_int_gt(changed, 700); /* another step, other numbers; 18 % · 18 % stay zero */
    synthetic->close(state);
}
END_TEST

/* Rows differ in scale, by e^(2·row_scale) between two deviations; vectors have none. */
START_TEST(rows_have_scales)
{
    static float g[100 * 100];
    static const char *const texts[] = {"dimension", "10000",     "columns", "100", "preset",
                                        "laplace",   "row_scale", "1",       NULL};
    void *state = open_with(texts, 0);
    double sum = 0, square = 0;

    draw(state, 0, 0, g);
    for (int k = 0; k < 100; k++) {
        double row = 0, value;
        for (int j = 0; j < 100; j++)
            row += (double)g[k * 100 + j] * (double)g[k * 100 + j];
        value =
            log(row) / 2; /* log of the row's norm: deviation 1 from the scale, .1 from the sum */
        sum += value / 100;
        square += value * value / 100;
    }
    ck_assert_double_eq_tol(sqrt(square - sum * sum), 1, 0.3); /* standard error .07 */
    synthetic->close(state);
}
END_TEST

static double cosine(const float *a, const float *b, int count)
{
    double product = 0, left = 0, right = 0;
    for (int i = 0; i < count; i++) {
        product += (double)a[i] * (double)b[i];
        left += (double)a[i] * (double)a[i];
        right += (double)b[i] * (double)b[i];
    }
    return product / sqrt(left * right);
}

/* Ranks r and r + 3 are of one group of three: cosine ρ = .7, others b = −.3 (least: −.35). The
 * product of two values of variance 1 and kurtosis κ has a deviation of at most √κ, κ < 6 (one
 * Laplace) without layer scales: n = 40,000, so a cosine is within 4·√6/200 = .05; and with the
 * double-Gamma's 8 and 18 % zeros of mlp .06. */
START_TEST(groups_are_apart)
{
    enum { N = 40000 };
    static float g[6][N];
    static const char *const texts[] = {
        "dimension", "40000",       "groups", "3",      "between", "-0.3", "correlation",
        "0.7",       "layer_scale", "0",      "preset", "laplace", NULL};
    void *state = open_with(texts, 0);
    for (int r = 0; r < 6; r++)
        draw(state, r, 2, g[r]);
    for (int r = 0; r < 6; r++)
        for (int q = 0; q < r; q++)
            ck_assert_double_eq_tol(cosine(g[r], g[q], N), r - q == 3 ? 0.7 : -0.3, 0.05);
    double square = 0;
    for (int i = 0; i < N; i++)
        square += (double)g[4][i] * (double)g[4][i] / N;
    ck_assert_double_eq_tol(square, 1, 0.05);
    synthetic->close(state);
}
END_TEST

/* Every preset's lag: one rank's gradients have the cosine ρφ^lag, also where zeros persist with
 * their values or by rows; without scales, ρ = .8, φ = .7. Rows of 40 persist together in embed, so
 * its n is 1000 rows of which 550 count: tolerance 4·√(κ/n), κ ≤ 12, of values .1, of rows .2. The
 * distribution stays: variance 1 − zeros at step 6 too. Steps asked out of order are the same. */
START_TEST(shared_parts_persist)
{
    static const char *const presets[] = {"laplace", "mlp", "cnn", "gpt-mlp", "gpt-attn", "embed"};
    enum { N = 40000 };
    static float g[7][N], again[N];
    const char *const texts[] = {"dimension",   "40000",       "columns",     "40",        "preset",
                                 presets[_i],   "layer_scale", "0",           "row_scale", "0",
                                 "persistence", "0.7",         "correlation", "0.8",       NULL};
    const double tolerance = _i == 5 ? 0.2 : 0.1;
    void *state = open_with(texts, 0);
    for (uint32_t t = 0; t < 7; t++)
        draw(state, 1, t, g[t]);
    for (int t = 1; t < 7; t++) {
        ck_assert_double_eq_tol(cosine(g[t - 1], g[t], N), 0.8 * 0.7, tolerance);
        ck_assert_double_eq_tol(cosine(g[0], g[t], N), 0.8 * pow(0.7, t), tolerance);
    }
    const double kept[] = {1, 0.82, 0.75, 1, 1, 0.55};
    double first = 0, last = 0;
    for (int i = 0; i < N; i++) {
        first += (double)g[0][i] * (double)g[0][i] / N;
        last += (double)g[6][i] * (double)g[6][i] / N;
    }
    ck_assert_double_eq_tol(first, kept[_i], tolerance);
    ck_assert_double_eq_tol(last, kept[_i], tolerance);
    draw(state, 1, 3, again);
    ck_assert_mem_eq(again, g[3], sizeof again);
    synthetic->close(state);
}
END_TEST

/* Tensors one at a time are those of the whole, in any order. */
START_TEST(tensors_alone_are_those_of_the_whole)
{
    static float whole[1200], part[300];
    static const char *const texts[] = {"dimension",   "1200",   "layers", "4",      "columns",
                                        "30",          "preset", "embed",  "groups", "2",
                                        "persistence", "0.5",    NULL};
    struct tw_err err = {0};
    void *state = open_with(texts, 0);
    for (int l = 3; l >= 0; l--)
        for (uint32_t t = 0; t < 3; t++) {
            draw(state, 1, t, whole);
            ck_assert_int_eq(synthetic->tensors_gradient(state, 1, t, l, 300, part, &err), TW_OK);
            ck_assert_mem_eq(part, whole + 300 * (size_t)l, sizeof part);
        }
    synthetic->close(state);
}
END_TEST

/* The cosine of two of 8 workers with images sorted by label was −.10 in the mean, their largest
 * 1 % shared .10–.25 and united to 4.1–6.1 k (MLP and CNN; README.md): with every rank its own
 * group of 8, b = −.1, by the presets of those models. */
START_TEST(unlike_data_are_within_their_bands)
{
    static const char *const presets[] = {"mlp", "cnn"};
    const char *const more[] = {"groups", "8", "between", "-0.1", "correlation", "1", NULL};
    const struct statistics s = measure(presets[_i], more);
    ck_assert_msg(s.overlap >= 0.10 && s.overlap <= 0.25 && s.united >= 4.1 && s.united <= 6.1,
                  "%s, seed 2026: overlap %.3f, union %.3f k", presets[_i], s.overlap, s.united);
}
END_TEST

static char hint[sizeof((struct tw_err *)0)->hint];

static void refuse(const char *const *texts, const char *word)
{
    union test_params params;
    struct tw_err err = {0};
    const struct tw_workload_setup setup = {.ranks = 1, .batch = 1, .params = &params};
    void *state;

    test_set_options(synthetic, &params, texts);
    ck_assert_int_ne(tw_workload_check(synthetic, &params, &err), TW_OK);
    ck_assert_msg(strstr(err.text, word) != NULL, "%s", err.text);
    ck_assert_int_ne(synthetic->open(&setup, &state, &err), TW_OK);
    ck_assert_ptr_null(state);
    memcpy(hint, err.hint, sizeof hint);
}

START_TEST(refuses_what_has_no_shape)
{
    static const char *const both[] = {"model", "resnet50", "dimension", "10", NULL};
    static const char *const uneven[] = {"dimension", "10", "columns", "3", NULL};
    static const char *const lonely[] = {"dimension", "10", "between", "-0.1", NULL};
    static const char *const far[] = {"dimension", "10", "groups", "3", "between", "-0.31", NULL};
    static const char *const flat[] = {"dimension", "10", "preset", "embed", NULL};

    refuse(NULL, "neither");
    refuse(both, "both");
    refuse(uneven, "columns");
    refuse(flat, "matrices");
    refuse(lonely, "no effect in one group");
    refuse(far, "cannot have the cosine -0.31");
    ck_assert_str_eq(hint, "valid: between=\"-0.3\" to \"0.6\"");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload synthetic");
    TCase *tests = tcase_create("synthetic");
    SRunner *runner;
    int failed;

    synthetic = tw_workload_find("synthetic", TW_FP32);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, layers_are_within_the_bands, 0, 5);
    tcase_add_test(tests, embeddings_are_within_their_bands);
    tcase_add_test(tests, a_layer_has_its_closed_form);
    tcase_add_test(tests, correlation_has_its_ends);
    tcase_add_test(tests, order_of_asking_does_not_matter);
    tcase_add_test(tests, rows_have_scales);
    tcase_add_test(tests, groups_are_apart);
    tcase_add_loop_test(tests, shared_parts_persist, 0, 6);
    tcase_add_test(tests, tensors_alone_are_those_of_the_whole);
    tcase_add_loop_test(tests, unlike_data_are_within_their_bands, 0, 2);
    tcase_add_test(tests, refuses_what_has_no_shape);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
