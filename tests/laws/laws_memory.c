/* links: tw_train */
/* What the memory of a feedback rule is for, with every compressor it goes with: nothing of a
 * steady gradient is lost for good. Where that does not hold the reason stands here, and is tested.
 */
#include "laws/feedback_combinations.h"

/* C(x) − x may be larger than x, so a memory e ← x − C(x) may grow: Σ directions = Σ gradients − e
 * (EF14) holds to the bit and says nothing of the average. majority: of x = .1 it leaves .9, and
 * what the vote drops no memory knows; terngrad without its clip: of n values m beside one of √n·m
 * it leaves n(√n − 1)·m² on average, more than the 2n·m² that are there from n = 10 on. */
static const char *const expanding[] = {"majority", "terngrad", NULL};
/* Indices for all ranks by what single ranks hold, not by their sum: memories of 9 and −9 at one
 * index and of 1 and 1 at another choose the first for ever (chunk_norm: 162 against 2), whose mean
 * is 0, and the rule `residual` takes nothing off either. With equal ranks there is no difference
 * to choose, and the law holds. */
static const char *const choosing_alone[] = {"chunk_norm", "leader_topk", NULL};
/* A memory that is cleared where something was sent (dgc) forgets what these rounded, projected
 * away or kept of others' there: of v it sends C(v) and keeps 0 instead of v − C(v), so that
 * directions add up to T·C(∇) or so. Those that send every value keep nothing at all: dgc without
 * momentum is then the rule `none`, bit for bit. */
static const char *const clearing[] = {"sign", "onebit", "powersgd", "acpsgd", "scaled", NULL};
static const char *const clearing_parts[] = {"global_qsgd", "gtopk", "quant_reduce", NULL};

static int forgets(const struct combination *c)
{
    return is_rule(c, "dgc") && (is_of(c, clearing) || is_of(c, clearing_parts));
}

/* How far directions are from the mean gradient on average over T steps, relative to it. */
static double strays(const struct combination *c, struct toy toy, uint32_t T)
{
    static struct toy_run r;
    double gradient[128], mean[128] = {0}, off = 0, scale = 0;
    setup(&r, &toy, c);
    if (is_rule(c, "dgc")) /* a momentum adds up to more than the gradient */
        toy_feedback(&r, "dgc", "momentum=0");
    r.setup.steps = T;
    double *path = toy_path(&r, &toy);
    for (int rank = 0; rank < 3; rank++) {
        toy.gradient(&toy, rank, 0, NULL, gradient);
        for (uint64_t k = 0; k < toy.dimension; k++)
            mean[k] += gradient[k] / 3;
    }
    for (uint64_t k = 0; k < toy.dimension; k++) {
        double average = -path[T * toy.dimension + k] / (0.5 * T);
        off += (average - mean[k]) * (average - mean[k]);
        scale += mean[k] * mean[k];
    }
    free(path);
    return sqrt(off / scale);
}

static void alike_constant(const struct toy *toy, int rank, uint32_t step, const double *w,
                           double *out)
{
    (void)rank;
    constant(toy, 0, step, w, out);
}

/* A rule with memory follows a constant gradient: over T steps its directions add to T times the
 * mean gradient, but for what is still held back, which does not grow with T. Every exemption is
 * needed: each of its members is seen to stray, with one rule or other. */
START_TEST(memory_follows_a_constant_gradient)
{
    const uint32_t T = 400;
    static int exempt[64], strayed[64]; /* of every compressor */
    ck_assert_int_le(tw_compressor_count(), 64);
    for (int i = 0; i < combinations(); i++) {
        struct combination c;
        if (!combine(&c, i) || tw_feedback_at(c.feedback, c.precision)->rank_vectors == 0)
            continue;
        const int alone = is_rule(&c, "residual") && is_of(&c, choosing_alone);
        const double off = strays(&c, toy_of(constant), T);
        if (is_of(&c, expanding) || forgets(&c) || alone) {
            exempt[c.compressor] = 1;
            strayed[c.compressor] |= !(off <= 0.03);
        } else {
            ck_assert_msg(off <= 0.03, "%s: off by %g", name_of(&c), off);
        }
        if (alone)
            ck_assert_msg(strays(&c, toy_of(alike_constant), T) <= 0.03, "%s, equal ranks",
                          name_of(&c));
    }
    for (int m = 0; m < tw_compressor_count(); m++)
        ck_assert_msg(exempt[m] == strayed[m], "%s needs no exemption",
                      tw_compressor_at(m, TW_FP64)->member.name);
}
END_TEST

/* dgc clears what is sent: where every value is, nothing is ever held, and without momentum it is
 * the rule `none`. */
START_TEST(masking_everything_is_no_memory)
{
    int tried = 0;
    for (int i = 0; i < combinations(); i++) {
        struct combination c;
        struct toy toy = toy_of(noise);
        static struct toy_run r;
        if (!combine(&c, i) || !is_rule(&c, "dgc") || !is_of(&c, clearing))
            continue;
        setup(&r, &toy, &c);
        toy_feedback(&r, "dgc", "momentum=0");
        double *masked = toy_path(&r, &toy);
        toy_feedback(&r, "none", "");
        double *none = toy_path(&r, &toy);
        for (uint64_t k = 0; k < (STEPS + 1) * toy.dimension; k++)
            ck_assert_msg(masked[k] == none[k], "%s: %g, not %g", name_of(&c), masked[k], none[k]);
        free(masked);
        free(none);
        tried++;
    }
    ck_assert_int_eq(tried, 2 * 5);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("memory");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, memory_follows_a_constant_gradient);
    tcase_add_test(tcase, masking_everything_is_no_memory);
    return toy_main(tcase, "laws of memory");
}
