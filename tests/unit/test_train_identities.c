/* links: tw_train */
/* With everything sent (ratio 1) compressed training is dense training: error feedback bit for bit,
 * the EF21 rules up to rounding. And the optimizer's formula by hand. */
#include "train_toys.h"

static const char *const whole[][2] = {
    {"topk", "ratio=1"},
    {"topk", "ratio=1 scope=bucket index=u64 exchange=two"},
    {"randk", "ratio=1"},
    {"randk", "ratio=1 scope=bucket scale=unbiased"},
    {"rtopk", "ratio=1"},
    {"arctopk", "ratio=1"},
    {"arctopk", "ratio=1 rows=input fuse=no vectors=whole"},
    {"arctopk", "ratio=1 rows=blocks columns=4 sketch=1 rounding=floor vectors=blocks"},
    {"none", ""},
    {"hard", "threshold=0"},
    {"gaussiank", "ratio=1"},
    {"redsync", "ratio=1"},
    {"sidco", "ratio=1"},
    {"dgc_topk", "ratio=1"},
    {"adaptive", "energy=1"},
    {"random_block", "ratio=1"},
    {"chunk_norm", "ratio=1"},
    {"arc_exact", "ratio=1"},
    {"block_topk", "ratio=1"},
    {"leader_topk", "ratio=1"},
    {"alltoall_topk", "ratio=1"},
    {"oktopk", "ratio=1 thresholds=1"},
};
enum { WHOLE = sizeof whole / sizeof whole[0] };

static const struct {
    int ranks;
    uint64_t bucket_B;
    const char *optimizer;
} cases[] = {{1, 0, "rate=0.1"}, {3, 0, "rate=0.1 momentum=0.9"}, {4, 156, "rate=0.05"}};
enum { CASES = sizeof cases / sizeof cases[0] };

static double *path_of(enum tw_precision precision, int at, const char *compressor,
                       const char *options, const char *feedback, const char *feedback_options,
                       const char *optimizer, struct toy *toy)
{
    struct toy_run r;
    toy_setup(&r, precision, toy);
    r.setup.ranks = cases[at].ranks;
    r.setup.bucket_B = cases[at].bucket_B;
    toy_compressor(&r, compressor, options);
    toy_feedback(&r, feedback, feedback_options);
    toy_optimizer(&r, optimizer);
    return toy_path(&r, toy);
}

/* Largest |a − b| over the largest |b|. */
static double difference(const double *a, const double *b, const struct toy *toy, uint32_t steps)
{
    double most = 0, scale = 0;
    for (uint64_t i = 0; i < (steps + 1) * toy->dimension; i++) {
        most = fmax(most, fabs(a[i] - b[i]));
        scale = fmax(scale, fabs(b[i]));
    }
    return most / scale;
}

/* The list has a line here for every compressor: a new member that is a sparsifier needs one.
 * Members that merge round in every hop; laws_compressors holds their means against the dense one.
 */
START_TEST(every_compressor_is_tried)
{
    for (int i = 0; i < tw_compressor_count(); i++) {
        const struct tw_member *member = &tw_compressor_at(i, TW_FP32)->member;
        int found = !toy_has_option(member, "ratio") || (member->requests >> TW_MERGE & 1);
        for (int k = 0; k < WHOLE; k++)
            found |= strcmp(whole[k][0], member->name) == 0;
        ck_assert_msg(found, "%s has a ratio and no line in `whole`", member->name);
    }
}
END_TEST

START_TEST(ef14_is_dense_sgd_bit_for_bit)
{
    struct toy toy = toy_mixed();
    for (int precision = TW_FP32; precision <= TW_FP64; precision++) {
        for (int at = 0; at < CASES; at++) {
            double *dense =
                path_of(precision, at, "none", "", "none", "", cases[at].optimizer, &toy);
            for (int k = 0; k < WHOLE; k++) {
                double *own = path_of(precision, at, whole[k][0], whole[k][1], "ef14", "",
                                      cases[at].optimizer, &toy);
                size_t bytes = 21 * toy.dimension * sizeof *own;
                ck_assert_msg(memcmp(own, dense, bytes) == 0, "%s %s, fp%d, %d ranks", whole[k][0],
                              whole[k][1], precision ? 64 : 32, cases[at].ranks);
                free(own);
            }
            free(dense);
        }
    }
}
END_TEST

START_TEST(ef14_inside_is_dense_sgd)
{
    struct toy toy = toy_mixed();
    double *dense = path_of(TW_FP64, 1, "none", "", "none", "", cases[1].optimizer, &toy);
    double *own =
        path_of(TW_FP64, 1, "topk", "ratio=1", "ef14", "rate=inside", cases[1].optimizer, &toy);
    ck_assert_double_le(difference(own, dense, &toy, 20), 1e-12);
    free(own);
    free(dense);
}
END_TEST

static void check_rule(const char *feedback, const char *options, const char *optimizer,
                       const char *dense_optimizer)
{
    struct toy toy = toy_mixed();
    for (int precision = TW_FP32; precision <= TW_FP64; precision++) {
        for (int at = 0; at < CASES; at++) {
            double *dense = path_of(precision, at, "none", "", "none", "", dense_optimizer, &toy);
            for (int k = 0; k < WHOLE; k++) {
                double *own = path_of(precision, at, whole[k][0], whole[k][1], feedback, options,
                                      optimizer, &toy);
                double off = difference(own, dense, &toy, 20);
                ck_assert_msg(off <= (precision ? 1e-12 : 1e-5), "%s %s, %s %s, fp%d: off by %g",
                              whole[k][0], whole[k][1], feedback, options, precision ? 64 : 32,
                              off);
                free(own);
            }
            free(dense);
        }
    }
}

START_TEST(ef21_is_dense_sgd)
{
    check_rule("ef21", "start=dense", "rate=0.1", "rate=0.1");
    check_rule("ef21", "start=zero", "rate=0.1 momentum=0.5", "rate=0.1 momentum=0.5");
}
END_TEST

/* h = βh + ∇ is the optimizer's own momentum, so the mean of the h_i is its velocity. */
START_TEST(ef21m_heavy_is_momentum_sgd)
{
    check_rule("ef21m", "momentum=heavy beta=0.5 start=dense", "rate=0.1", "rate=0.1 momentum=0.5");
    check_rule("ef21m", "momentum=heavy beta=0.9 start=zero", "rate=0.05",
               "rate=0.05 momentum=0.9");
}
END_TEST

/* eta = 1 forgets at once. */
START_TEST(ef21m_without_memory_is_dense_sgd)
{
    check_rule("ef21m", "eta=1", "rate=0.1", "rate=0.1");
}
END_TEST

/* SGD on the exponential mean of the mean gradient, in double: h^0 = ∇(w^0). */
static double *ema_path(struct toy *toy, int ranks, double rate, double eta, uint32_t steps)
{
    double *path = calloc((steps + 1) * toy->dimension, sizeof *path), h[512] = {0}, g[512];
    ck_assert_ptr_nonnull(path);
    for (uint32_t t = 0; t < steps; t++) {
        double sum[512] = {0};
        const double *w = path + t * toy->dimension;
        for (int r = 0; r < ranks; r++) {
            toy->gradient(toy, r, t, w, g);
            for (uint64_t i = 0; i < toy->dimension; i++)
                sum[i] += g[i] / ranks;
        }
        for (uint64_t i = 0; i < toy->dimension; i++) {
            h[i] = t == 0 ? sum[i] : (1 - eta) * h[i] + eta * sum[i];
            path[(t + 1) * toy->dimension + i] = w[i] - rate * h[i];
        }
    }
    return path;
}

START_TEST(ef21m_is_ema_momentum_sgd)
{
    struct toy toy = toy_mixed();
    for (int precision = TW_FP32; precision <= TW_FP64; precision++) {
        for (int k = 0; k < WHOLE; k++) {
            double *own = path_of(precision, 1, whole[k][0], whole[k][1], "ef21m",
                                  k % 2 ? "eta=0.3 start=zero" : "eta=0.3", "rate=0.1", &toy);
            double *reference = ema_path(&toy, 3, 0.1, 0.3, 20);
            double off = difference(own, reference, &toy, 20);
            ck_assert_msg(off <= (precision ? 1e-12 : 1e-5), "%s %s, fp%d: off by %g", whole[k][0],
                          whole[k][1], precision ? 64 : 32, off);
            free(reference);
            free(own);
        }
    }
}
END_TEST

static void ones(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    (void)rank;
    (void)step;
    (void)w;
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = 1;
}

/* Gradient 1, m = 1/2, γ = 1/4: v = 1, 3/2, 7/4, 15/8; w = −1/4, −5/8, −17/16, −49/32. */
START_TEST(momentum_by_hand)
{
    const double expected[] = {0, -0.25, -0.625, -1.0625, -1.53125};
    struct toy toy = {.gradient = ones, .loss = toy_half_norm2};
    struct toy_run r;
    toy_add(&toy, 1, 2);
    toy_setup(&r, TW_FP32, &toy);
    r.setup.ranks = 1;
    r.setup.steps = 4;
    toy_compressor(&r, "none", "");
    toy_feedback(&r, "none", "");
    toy_optimizer(&r, "rate=0.25 momentum=0.5");
    double *path = toy_path(&r, &toy);
    for (int t = 0; t <= 4; t++)
        ck_assert_double_eq(path[2 * t + 1], expected[t]);
    free(path);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("identities");
    tcase_add_test(tcase, every_compressor_is_tried);
    tcase_add_test(tcase, ef14_is_dense_sgd_bit_for_bit);
    tcase_add_test(tcase, ef14_inside_is_dense_sgd);
    tcase_add_test(tcase, ef21_is_dense_sgd);
    tcase_add_test(tcase, ef21m_heavy_is_momentum_sgd);
    tcase_add_test(tcase, ef21m_without_memory_is_dense_sgd);
    tcase_add_test(tcase, ef21m_is_ema_momentum_sgd);
    tcase_add_test(tcase, momentum_by_hand);
    return toy_main(tcase, "train identities");
}
