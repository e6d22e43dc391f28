/* links: tw_workload tw_base */
/* GPT-2's layers: shapes, and the forward pass of transformer against plain loops. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "unit/test_workload_open.h"
#include "workload/gpt.h"
#include "workload/text.h"

static char root[64];

/* GPT-2 small has 124,439,808 weights in 148 tensors (Radford et al. 2019 call it 124M; 50257 · 768
 * + 1024 · 768 + 12 · (12 · 768² + 13 · 768) + 2 · 768). An own head adds V·d and a tensor. */
START_TEST(shapes_are_gpt2s)
{
    struct tw_gpt_shape shape = {
        .vocabulary = 50257, .context = 1024, .width = 768, .heads = 12, .layers = 12, .tied = 1};
    struct tw_gpt *gpt = calloc(1, sizeof *gpt);
    struct tw_err err = {0};

    ck_assert_ptr_nonnull(gpt);
    ck_assert_int_eq(tw_gpt_check(&shape, &err), TW_OK);
    tw_gpt_make(gpt, &shape);
    ck_assert_uint_eq(gpt->dimension, 124439808);
    ck_assert_int_eq(gpt->count, 148);
    ck_assert_str_eq(tw_gpt_part(gpt, 11, TW_GPT_QKV)->name, "h.11.attn.c_attn.weight");
    ck_assert_uint_eq(tw_gpt_part(gpt, 11, TW_GPT_QKV)->rows, 2304);
    ck_assert_uint_eq(tw_gpt_part(gpt, 11, TW_GPT_QKV)->columns, 768);
    ck_assert_str_eq(tw_gpt_part(gpt, 0, TW_GPT_DOWN)->name, "h.0.mlp.c_proj.weight");
    ck_assert_uint_eq(tw_gpt_part(gpt, 0, TW_GPT_DOWN)->columns, 3072);
    ck_assert_str_eq(tw_gpt_last_norm(gpt)->name, "ln_f.weight");
    ck_assert_str_eq(tw_gpt_head(gpt)->name, "wte.weight");
    shape.tied = 0;
    tw_gpt_make(gpt, &shape);
    ck_assert_uint_eq(gpt->dimension, 124439808 + 50257 * 768);
    ck_assert_str_eq(tw_gpt_head(gpt)->name, "lm_head.weight");
    free(gpt);
}
END_TEST

/* ---- the network by the formulas in gpt_real.c, with plain loops over rows of tokens ---- */

enum { D = 6, T = 4, HEADS = 2, SIZE = D / HEADS };

static void plain_norm(const double *x, const double *weight, double *y)
{
    double mean = 0, variance = 0;

    for (int c = 0; c < D; c++)
        mean += x[c] / D;
    for (int c = 0; c < D; c++)
        variance += (x[c] - mean) * (x[c] - mean) / D;
    for (int c = 0; c < D; c++)
        y[c] = weight[c] * (x[c] - mean) / sqrt(variance + 1e-5) + weight[D + c];
}

/* outputs from w (outputs × inputs) and the bias behind it. */
static void plain_dense(const double *x, int inputs, const double *w, int outputs, double *y)
{
    for (int o = 0; o < outputs; o++) {
        y[o] = w[outputs * inputs + o];
        for (int i = 0; i < inputs; i++)
            y[o] += w[o * inputs + i] * x[i];
    }
}

static void plain_attention(double qkv[T][3 * D], double mixed[T][D])
{
    for (int i = 0; i < T; i++) {
        for (int h = 0; h < HEADS; h++) {
            double p[T], sum = 0;
            for (int j = 0; j <= i; j++) {
                double s = 0;
                for (int c = h * SIZE; c < (h + 1) * SIZE; c++)
                    s += qkv[i][c] * qkv[j][D + c];
                p[j] = exp(s / sqrt(SIZE));
                sum += p[j];
            }
            for (int c = h * SIZE; c < (h + 1) * SIZE; c++) {
                mixed[i][c] = 0;
                for (int j = 0; j <= i; j++)
                    mixed[i][c] += p[j] / sum * qkv[j][2 * D + c];
            }
        }
    }
}

/* One layer in place; returns where the next one's weights begin. */
static const double *plain_layer(const double *w, double x[T][D])
{
    double y[D], qkv[T][3 * D], mixed[T][D], up[4 * D], add[D];
    const double *attn = w + 2 * D, *mix = attn + 3 * D * D + 3 * D, *ln_2 = mix + D * D + D;
    const double *fc = ln_2 + 2 * D, *down = fc + 4 * D * D + 4 * D;

    for (int t = 0; t < T; t++) {
        plain_norm(x[t], w, y);
        plain_dense(y, D, attn, 3 * D, qkv[t]);
    }
    plain_attention(qkv, mixed);
    for (int t = 0; t < T; t++) {
        plain_dense(mixed[t], D, mix, D, add);
        for (int c = 0; c < D; c++)
            x[t][c] += add[c];
        plain_norm(x[t], ln_2, y);
        plain_dense(y, D, fc, 4 * D, up);
        for (int c = 0; c < 4 * D; c++)
            up[c] *= (1 + tanh(sqrt(2 / M_PI) * (up[c] + 0.044715 * pow(up[c], 3)))) / 2;
        plain_dense(up, 4 * D, down, D, add);
        for (int c = 0; c < D; c++)
            x[t][c] += add[c];
    }
    return down + 4 * D * D + D;
}

/* Mean cross-entropy of the T bytes behind symbols[0 … T−1]. */
static double plain_loss(const struct tw_text *text, uint64_t at, int layers, int tied,
                         const double *w)
{
    const uint32_t vocabulary = text->vocabulary;
    const double *wte = w, *wpe = w + vocabulary * D, *now = wpe + T * D;
    double x[T][D], y[D], loss = 0;

    for (int t = 0; t < T; t++) {
        for (int c = 0; c < D; c++)
            x[t][c] = wte[text->symbols[at + (uint64_t)t] * D + c] + wpe[t * D + c];
    }
    for (int l = 0; l < layers; l++)
        now = plain_layer(now, x);
    const double *head = tied ? wte : now + 2 * D;
    for (int t = 0; t < T; t++) {
        double sum = 0, own = 0;
        plain_norm(x[t], now, y);
        for (uint32_t v = 0; v < vocabulary; v++) {
            double z = 0;
            for (int c = 0; c < D; c++)
                z += head[v * D + (uint32_t)c] * y[c];
            sum += exp(z);
            own = v == text->symbols[at + (uint64_t)t + 1] ? z : own;
        }
        loss += (log(sum) - own) / T;
    }
    return loss;
}

/* 1350 of the text's 1500 bytes train: ⌊1349/4⌋ = 337 windows, all of them looked at; one rank, so
 * that the loss is their mean. */
START_TEST(loss_is_that_of_plain_loops)
{
    static const char *const texts[][13] = {
        {"width", "6", "heads", "2", "context", "4", "layers", "2", "sample", "0", NULL},
        {"width", "6", "heads", "2", "context", "4", "layers", "1", "sample", "0", "head", "tied"},
    };

    test_make_data(root, 10, 10);
    for (int i = 0; i < 2; i++) {
        struct opened o = open_as("transformer", TW_FP64, 1, 1, texts[i]);
        struct tw_text text;
        struct tw_err err = {0};
        double *w = some_weights(&o, 0.1), expected = 0;

        ck_assert_int_eq(tw_text_open(0, "", &text, &err), TW_OK);
        ck_assert_uint_eq(text.length, 1500);
        for (uint64_t at = 0; at < 337; at++)
            expected += plain_loss(&text, at * T, 2 - i, i, w) / 337;
        ck_assert_double_eq_tol(loss_at(&o, w, NULL) / expected, 1, 1e-12);
        o.workload->close(o.state);
        tw_text_close(&text);
        free(w);
    }
    test_remove_data(root);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload gpt");
    TCase *tests = tcase_create("gpt");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, shapes_are_gpt2s);
    tcase_add_test(tests, loss_is_that_of_plain_loops);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
