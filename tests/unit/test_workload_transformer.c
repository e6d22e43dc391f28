/* links: tw_workload tw_base */
/* transformer: shapes, the network by plain loops, gradients against finite differences, texts. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <zlib.h>
#include "unit/test_workload_data.h"
#include "workload/gpt.h"
#include "workload/text.h"

#define SEED 42

static char root[64];

struct opened {
    const struct tw_workload *workload;
    void *state;
    uint64_t d;
};

static tw_status try_open(struct opened *o, enum tw_precision precision, int ranks, uint32_t batch,
                          const char *const *texts, struct tw_err *err)
{
    union test_params params;
    struct tw_workload_setup setup = {.precision = precision,
                                      .ranks = ranks,
                                      .batch = batch,
                                      .steps = 10,
                                      .seed = SEED,
                                      .params = &params};

    *o = (struct opened){.workload = tw_workload_find("transformer", precision)};
    ck_assert_ptr_nonnull(o->workload);
    test_set_options(o->workload, &params, texts);
    const tw_status status = o->workload->open(&setup, &o->state, err);
    o->d = o->state ? o->workload->dimension(o->state) : 0;
    return status;
}

static struct opened open_gpt(enum tw_precision precision, int ranks, uint32_t batch,
                              const char *const *texts)
{
    struct opened o;
    struct tw_err err = {0};

    ck_assert_msg(try_open(&o, precision, ranks, batch, texts, &err) == TW_OK, "%s", err.text);
    return o;
}

static double *numbers(uint64_t n)
{
    double *x = calloc(n, sizeof *x);
    ck_assert_ptr_nonnull(x);
    return x;
}

static double loss_at(const struct opened *o, const void *w, double *accuracy)
{
    struct tw_err err = {0};
    double loss, unused;

    ck_assert_int_eq(o->workload->loss(o->state, w, &loss, accuracy ? accuracy : &unused, &err),
                     TW_OK);
    return loss;
}

static void gradient_at(const struct opened *o, int rank, uint32_t step, const void *w, void *out)
{
    struct tw_err err = {0};
    ck_assert_int_eq(o->workload->gradient(o->state, rank, step, w, out, &err), TW_OK);
}

/* Off the start, where biases are zero and norms one. */
static double *some_weights(const struct opened *o)
{
    const struct tw_stream_key key = {.seed = SEED, .purpose = TW_PURPOSE_TEST};
    double *w = numbers(o->d), *noise = numbers(o->d);
    struct tw_stream stream;

    tw_stream_open(&stream, &key);
    o->workload->start(o->state, w);
    tw_stream_normals(&stream, noise, o->d);
    for (uint64_t i = 0; i < o->d; i++)
        w[i] += 0.1 * noise[i];
    free(noise);
    return w;
}

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
        struct opened o = open_gpt(TW_FP64, 1, 1, texts[i]);
        struct tw_text text;
        struct tw_err err = {0};
        double *w = some_weights(&o), expected = 0;

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

/* One window per rank (⌊1349/context⌋ of them), so that the mean of the ranks' gradients is that of
 * the loss. A direction within each tensor, so that none hides behind another; central differences
 * with h = 1e-5: h²·f''' and rounding are both near 1e-10. */
static void check_differences(int ranks, const char *const *texts)
{
    struct opened o = open_gpt(TW_FP64, ranks, 2, texts);
    const struct tw_stream_key key = {.seed = 17, .purpose = TW_PURPOSE_TEST};
    double *w = some_weights(&o), *moved = numbers(o.d), *mean = numbers(o.d), *one = numbers(o.d);
    struct tw_stream stream;
    int count;
    const struct tw_tensor *tensors = o.workload->tensors(o.state, &count);

    tw_stream_open(&stream, &key);
    for (int rank = 0; rank < ranks; rank++) {
        gradient_at(&o, rank, 3, w, one);
        for (uint64_t i = 0; i < o.d; i++)
            mean[i] += one[i] / ranks;
    }
    for (int t = 0; t < count; t++) {
        const uint64_t size = tw_tensor_size(&tensors[t]), at = tensors[t].offset;
        const double h = 1e-5;
        double slope = 0, square = 0, ends[2];

        tw_stream_normals(&stream, one, size);
        for (uint64_t i = 0; i < size; i++) {
            one[i] /= sqrt((double)size);
            slope += mean[at + i] * one[i];
            square += mean[at + i] * mean[at + i];
        }
        for (int side = 0; side < 2; side++) {
            memcpy(moved, w, o.d * sizeof *w);
            for (uint64_t i = 0; i < size; i++)
                moved[at + i] += (side ? h : -h) * one[i];
            ends[side] = loss_at(&o, moved, NULL);
        }
        ck_assert_double_gt(square, 0);
        ck_assert_msg(fabs((ends[1] - ends[0]) / (2 * h) - slope) < 2e-10 + 1e-6 * sqrt(square),
                      "seed 17 %s: %.12g instead of %.12g", tensors[t].name,
                      (ends[1] - ends[0]) / (2 * h), slope);
    }
    o.workload->close(o.state);
    free(w);
    free(moved);
    free(mean);
    free(one);
}

START_TEST(gradients_are_derivatives)
{
    static const char *const untied[] = {"width", "12",     "heads", "3", "context",
                                         "96",    "sample", "0",     NULL};
    static const char *const tied[] = {"width", "10",   "heads",  "2", "context", "120",
                                       "head",  "tied", "layers", "3", NULL};

    test_make_data(root, 10, 10);
    check_differences(14, untied);
    check_differences(11, tied);
    test_remove_data(root);
}
END_TEST

/* A batch of 40 windows of 64 bytes is three passes of at most 16. Every rank owns one window
 * (21 ranks, ⌊1349/64⌋ = 21), so that it is the same window 40 times. */
START_TEST(large_batches_are_means)
{
    static const char *const texts[] = {"width", "8", "heads", "2", NULL};

    test_make_data(root, 10, 10);
    struct opened one = open_gpt(TW_FP64, 21, 1, texts), many = open_gpt(TW_FP64, 21, 40, texts);
    double *w = some_weights(&one), *a = numbers(one.d), *b = numbers(one.d), gap = 0;
    for (int rank = 0; rank < 2; rank++) {
        gradient_at(&one, rank, 0, w, a);
        gradient_at(&many, rank, 0, w, b);
        for (uint64_t i = 0; i < one.d; i++)
            gap = fmax(gap, fabs(a[i] - b[i]));
    }
    ck_assert_double_lt(gap, 1e-12);
    one.workload->close(one.state);
    many.workload->close(many.state);
    free(w);
    free(a);
    free(b);
    test_remove_data(root);
}
END_TEST

/* The gradient of wte (tied = no) is zero in the rows of symbols that no window of the batch holds:
 * a contiguous rank's window is known. Rank r of 21 owns window r, bytes 64r … 64r + 63. */
START_TEST(contiguous_ranks_own_consecutive_text)
{
    static const char *const texts[] = {"width", "8", "heads", "2", "split", "contiguous", NULL};
    struct tw_text text;
    struct tw_err err = {0};
    int wrong = 0;

    test_make_data(root, 10, 10);
    ck_assert_int_eq(tw_text_open(0, "", &text, &err), TW_OK);
    struct opened o = open_gpt(TW_FP64, 21, 1, texts);
    double *w = some_weights(&o), *g = numbers(o.d);
    for (int rank = 0; rank < 21; rank++) {
        uint8_t seen[256] = {0};
        for (int t = 0; t < 64; t++)
            seen[text.symbols[64 * rank + t]] = 1;
        gradient_at(&o, rank, 5, w, g);
        for (uint32_t v = 0; v < text.vocabulary; v++) {
            double size = 0;
            for (uint32_t c = 0; c < 8; c++)
                size += fabs(g[8 * v + c]);
            wrong += (size > 0) != seen[v];
        }
    }
    ck_assert_int_eq(wrong, 0);
    o.workload->close(o.state);
    tw_text_close(&text);
    free(w);
    free(g);
    test_remove_data(root);
}
END_TEST

/* Start: N(0, 1/inputs) — over 64 · 192 values the standard error of the variance is
 * √(2/12288) = 1.3 % —, c_proj's divided by √(2·2), norms 1, biases 0; with small embeddings and
 * head the loss is near log of the vocabulary. */
START_TEST(starts_as_documented)
{
    int count;

    test_make_data(root, 10, 10);
    struct opened o = open_gpt(TW_FP64, 2, 1, NULL);
    const struct tw_tensor *tensors = o.workload->tensors(o.state, &count);
    double *w = numbers(o.d), square = 0, mix = 0;
    o.workload->start(o.state, w);
    const uint64_t vocabulary = tensors[0].rows;
    for (uint64_t i = 0; i < 192 * 64; i++)
        square += w[tensors[4].offset + i] * w[tensors[4].offset + i];
    for (uint64_t i = 0; i < 64 * 64; i++)
        mix += w[tensors[6].offset + i] * w[tensors[6].offset + i];
    ck_assert_str_eq(tensors[4].name, "h.0.attn.c_attn.weight");
    ck_assert_str_eq(tensors[6].name, "h.0.attn.c_proj.weight");
    ck_assert_double_eq_tol(square / (192 * 64) * 64, 1, 0.065);
    ck_assert_double_eq_tol(mix / (64 * 64) * 64 * 4, 1, 0.11);
    for (uint64_t i = 0; i < 64; i++)
        ck_assert(w[tensors[2].offset + i] == 1 && w[tensors[3].offset + i] == 0);
    ck_assert_double_eq_tol(loss_at(&o, w, NULL), log((double)vocabulary), 0.1);
    o.workload->close(o.state);
    free(w);
    test_remove_data(root);
}
END_TEST

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* Symbols are the bytes in their order: "banana\n" has '\n' a b n. The same text in gzip is the
 * same text; cut off, or of one byte only, it is refused. */
START_TEST(texts_are_read_or_refused)
{
    static const char plain[] = "banana\n";
    static const uint8_t expected[] = {2, 1, 3, 1, 3, 1, 0};
    char path[] = "/tmp/thinwire-text-XXXXXX";
    uint8_t packed[256];
    struct tw_text text, same;
    struct tw_err err = {0};
    z_stream z = {0};

    close(mkstemp(path));
    write_file(path, plain, 7);
    ck_assert_int_eq(tw_text_open(0, path, &text, &err), TW_OK);
    ck_assert_uint_eq(text.length, 7);
    ck_assert_uint_eq(text.vocabulary, 4);
    ck_assert_mem_eq(text.symbols, expected, 7);
    ck_assert_mem_eq(text.bytes, "\nabn", 4);
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (uint8_t *)(uintptr_t)plain;
    z.avail_in = 7;
    z.next_out = packed;
    z.avail_out = sizeof packed;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    write_file(path, packed, z.total_out);
    ck_assert_int_eq(tw_text_open(0, path, &same, &err), TW_OK);
    ck_assert(same.hash == text.hash && same.length == 7);
    tw_text_close(&same);
    write_file(path, packed, z.total_out - 6);
    ck_assert_int_eq(tw_text_open(0, path, &same, &err), TW_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, path));
    packed[z.total_out - 5] ^= 1; /* the check sum */
    write_file(path, packed, z.total_out);
    ck_assert_int_eq(tw_text_open(0, path, &same, &err), TW_CORRUPT);
    write_file(path, "aaaa", 4);
    ck_assert_int_eq(tw_text_open(0, path, &same, &err), TW_CORRUPT);
    write_file(path, "", 0);
    ck_assert_int_eq(tw_text_open(0, path, &same, &err), TW_CORRUPT);
    ck_assert_int_eq(tw_text_open(0, "/tmp", &same, &err), TW_IO);
    ck_assert_ptr_null(same.symbols);
    deflateEnd(&z);
    tw_text_close(&text);
    unlink(path);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
    static const char *const odd[] = {"heads", "3", NULL};
    static const char *const wide[] = {"context", "1400", NULL};
    static const char *const gone[] = {"file", "/nonexistent.txt", NULL};
    const struct tw_workload *workload = tw_workload_find("transformer", TW_FP32);
    union test_params params;
    struct tw_err err = {0};
    struct opened o;

    test_make_data(root, 10, 10);
    test_set_options(workload, &params, odd);
    ck_assert_int_eq(tw_workload_check(workload, &params, &err), TW_RANGE);
    ck_assert_ptr_nonnull(strstr(err.text, "heads"));
    ck_assert_int_eq(try_open(&o, TW_FP32, 2, 1, odd, &err), TW_RANGE);
    ck_assert_int_eq(try_open(&o, TW_FP32, 2, 1, wide, &err), TW_RANGE);
    ck_assert_ptr_nonnull(strstr(err.text, "1500 bytes"));
    ck_assert_int_eq(try_open(&o, TW_FP32, 22, 1, NULL, &err), TW_RANGE); /* of 21 windows */
    test_set_options(workload, &params, gone);
    ck_assert_int_eq(tw_workload_check(workload, &params, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent.txt"));
    ck_assert_int_eq(try_open(&o, TW_FP32, 2, 1, gone, &err), TW_IO);
    test_remove_data(root);
}
END_TEST

START_TEST(diverged_weights_are_values_not_crashes)
{
    static const char *const texts[] = {"width", "8", "heads", "2", "sample", "20", NULL};
    static const double bad[] = {(double)NAN, (double)INFINITY, 1e38};

    test_make_data(root, 10, 10);
    struct opened o = open_gpt(TW_FP32, 2, 4, texts);
    float *w = calloc(o.d, sizeof *w), *g = calloc(o.d, sizeof *g);
    ck_assert(w && g);
    for (int i = 0; i < 3; i++) {
        for (uint64_t k = 0; k < o.d; k++)
            w[k] = (float)(k % 3 == 1 ? -bad[i] : bad[i]);
        const double loss = loss_at(&o, w, NULL);
        ck_assert(!isfinite(loss) || loss > 1e20);
        gradient_at(&o, 0, 0, w, g);
    }
    o.workload->close(o.state);
    free(w);
    free(g);
    test_remove_data(root);
}
END_TEST

/* On the test's text of six words in random order: bytes within a word follow from those before, so
 * that they are learnt. After 150 steps the loss is far below log of the vocabulary (14 bytes:
 * 2.64), and more than half of what was held out is guessed. */
START_TEST(learns_words)
{
    static const char *const texts[] = {"width", "32", "context", "16", "layers", "1", NULL};
    double accuracy;

    test_make_data(root, 10, 10);
    struct opened o = open_gpt(TW_FP32, 2, 16, texts);
    float *w = calloc(o.d, sizeof *w), *g = calloc(o.d, sizeof *g);
    ck_assert(w && g);
    o.workload->start(o.state, w);
    for (uint32_t step = 0; step < 150; step++) {
        for (int rank = 0; rank < 2; rank++) {
            gradient_at(&o, rank, step, w, g);
            for (uint64_t i = 0; i < o.d; i++)
                w[i] -= 0.5F / 2 * g[i];
        }
    }
    const double loss = loss_at(&o, w, &accuracy);
    ck_assert_msg(loss < 1.2 && accuracy > 0.5, "seed 42: loss %g, accuracy %g", loss, accuracy);
    o.workload->close(o.state);
    free(w);
    free(g);
    test_remove_data(root);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workload transformer");
    TCase *tests = tcase_create("transformer");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, shapes_are_gpt2s);
    tcase_add_test(tests, loss_is_that_of_plain_loops);
    tcase_add_test(tests, gradients_are_derivatives);
    tcase_add_test(tests, large_batches_are_means);
    tcase_add_test(tests, contiguous_ranks_own_consecutive_text);
    tcase_add_test(tests, starts_as_documented);
    tcase_add_test(tests, texts_are_read_or_refused);
    tcase_add_test(tests, what_cannot_be_is_refused);
    tcase_add_test(tests, diverged_weights_are_values_not_crashes);
    tcase_add_test(tests, learns_words);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
