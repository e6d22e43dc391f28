/* Every feedback rule with every compressor that it goes with, and gradients that show what a rule
 * does to them. Random gradients come from fixed seeds, named on failure. */
#ifndef TW_TEST_FEEDBACK_COMBINATIONS_H
#define TW_TEST_FEEDBACK_COMBINATIONS_H

#include "train_toys.h"

enum { SEED = 20260101, STEPS = 12 };

/* ∇F_i is noise, whatever the weights: what a rule does to gradients then shows in the weights. */
static inline void noise(const struct toy *toy, int rank, uint32_t step, const double *w,
                         double *out)
{
    (void)w;
    toy_noise(SEED, rank, step, out, toy->dimension);
}

static inline void constant(const struct toy *toy, int rank, uint32_t step, const double *w,
                            double *out)
{
    (void)w;
    (void)step;
    toy_noise(SEED, rank, 7, out, toy->dimension);
}

static inline void scaled_noise(const struct toy *toy, int rank, uint32_t step, const double *w,
                                double *out)
{
    noise(toy, rank, step, w, out);
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = 1024 * (toy->precision == TW_FP32 ? (double)(float)out[i] : out[i]);
}

static inline void nothing(const struct toy *toy, int rank, uint32_t step, const double *w,
                           double *out)
{
    (void)rank;
    (void)step;
    (void)w;
    memset(out, 0, toy->dimension * sizeof *out);
}

static inline void alike(const struct toy *toy, int rank, uint32_t step, const double *w,
                         double *out)
{
    (void)rank;
    noise(toy, 0, step, w, out);
}

/* One combination of the lists at a time; 0 when the rule cannot go with the compressor. */
struct combination {
    int compressor, feedback;
    enum tw_precision precision;
};

static inline int combinations(void)
{
    return 2 * tw_compressor_count() * tw_feedback_count();
}

static inline int combine(struct combination *c, int i)
{
    c->precision = i % 2 ? TW_FP64 : TW_FP32;
    c->feedback = i / 2 % tw_feedback_count();
    c->compressor = i / 2 / tw_feedback_count();
    return toy_goes_together(tw_feedback_at(c->feedback, c->precision),
                             tw_compressor_at(c->compressor, c->precision));
}

/* The compressor is one of a list that ends with NULL. */
static inline int is_of(const struct combination *c, const char *const *names)
{
    const char *name = tw_compressor_at(c->compressor, c->precision)->member.name;
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return 1;
    return 0;
}

static inline int is_rule(const struct combination *c, const char *name)
{
    return strcmp(tw_feedback_at(c->feedback, c->precision)->member.name, name) == 0;
}

static inline void setup(struct toy_run *r, struct toy *toy, const struct combination *c)
{
    const struct tw_member *member = &tw_compressor_at(c->compressor, c->precision)->member;
    toy_setup(r, c->precision, toy);
    r->setup.steps = STEPS;
    toy_compressor(r, member->name,
                   toy_has_option(member, "ratio")  ? "ratio=0.3"
                   : toy_has_option(member, "kept") ? "kept=0.3"
                                                    : "");
    toy_feedback(r, tw_feedback_at(c->feedback, c->precision)->member.name, "");
    toy_optimizer(r, "rate=0.5");
}

static inline const char *name_of(const struct combination *c)
{
    static char text[128];
    snprintf(text, sizeof text, "%s + %s, fp%d, seed %d",
             tw_compressor_at(c->compressor, c->precision)->member.name,
             tw_feedback_at(c->feedback, c->precision)->member.name,
             c->precision == TW_FP64 ? 64 : 32, SEED);
    return text;
}

static inline struct toy toy_of(void (*gradient)(const struct toy *, int, uint32_t, const double *,
                                                 double *))
{
    struct toy toy = toy_mixed();
    toy.gradient = gradient;
    return toy;
}

#endif
