/* What rules share: option rows of start, warm-up and momentum, and the steps of the EF21 family.
 * A rule's params struct holds the small structs below. */
#ifndef TW_TRAIN_FEEDBACK_ROWS_H
#define TW_TRAIN_FEEDBACK_ROWS_H

#include <stddef.h>
#include "feedback.h"

enum tw_start { TW_START_DENSE, TW_START_ZERO };
extern const char *const tw_start_names[];

enum tw_momentum_form { TW_MOMENTUM_EMA, TW_MOMENTUM_HEAVY };
extern const char *const tw_momentum_names[];

struct tw_momentum {
    int form;
    double eta, beta;
};

#define TW_ROW_WARMUP(field_offset)                                                           \
    {                                                                                         \
        .name = "warmup", .type = TW_OPTION_COUNT, .offset = (field_offset), .fallback = "0", \
        .max = 1e9, .unit = "steps", .help = "first steps in which everything is sent whole"  \
    }
#define TW_ROW_START(field_offset)                                                                \
    {                                                                                             \
        .name = "start", .type = TW_OPTION_CHOICE, .offset = (field_offset), .fallback = "dense", \
        .choices = tw_start_names, .unit = "",                                                    \
        .help = "whether the first step is sent whole (dense) or compressed against zero"         \
    }
#define TW_ROWS_MOMENTUM(params_type, field)                                                \
    {.name = "momentum",                                                                    \
     .type = TW_OPTION_CHOICE,                                                              \
     .offset = offsetof(params_type, field) + offsetof(struct tw_momentum, form),           \
     .fallback = "ema",                                                                     \
     .choices = tw_momentum_names,                                                          \
     .unit = "",                                                                            \
     .help = "ema: h = (1-eta)h + eta*gradient; heavy: h = beta*h + gradient"},             \
        {.name = "eta",                                                                     \
         .type = TW_OPTION_REAL,                                                            \
         .offset = offsetof(params_type, field) + offsetof(struct tw_momentum, eta),        \
         .fallback = "0.1",                                                                 \
         .min = 0,                                                                          \
         .max = 1,                                                                          \
         .open_min = 1,                                                                     \
         .unit = "",                                                                        \
         .help = "momentum=ema: weight of the new gradient"},                               \
    {                                                                                       \
        .name = "beta", .type = TW_OPTION_REAL,                                             \
        .offset = offsetof(params_type, field) + offsetof(struct tw_momentum, beta),        \
        .fallback = "0.9", .min = 0, .max = 0x1.fffffffffffffp-1 /* below 1 */, .unit = "", \
        .help = "momentum=heavy: share of the old momentum that is kept"                    \
    }

/* First steps that go dense: the warm-up, and the first one for start = dense. */
static inline uint32_t tw_dense_steps(int start, uint64_t warmup)
{
    return warmup == 0 && start == TW_START_DENSE ? 1 : (uint32_t)warmup;
}

#ifdef TW_PRECISION
/* The momentum's vector h (or NULL: only its work) after meeting `gradient`. The first step takes
 * it as it is: a copy, also where β·0 is added to it. */
void TW_T(tw_momentum_meet)(const struct tw_momentum *momentum, const struct tw_feedback_step *at,
                            void *h, const void *gradient, struct tw_work *work);

/* x = target − memory[0], where memory[0] is g_i. target may be NULL with x. */
void TW_T(tw_ef21_difference)(const struct tw_feedback_step *at, void *const *memory,
                              const void *target, void *x, struct tw_work *work);

/* tw_feedback.after and .direction of the family: g_i += c_i (g_i is memory[0]);
 * G += mean c_i, direction = G (the server's memory[0]). */
void TW_T(tw_ef21_after)(const struct tw_feedback_step *at, void *const *memory, void *x,
                         const struct tw_own *own, const void *mean, struct tw_work *work);
void TW_T(tw_ef21_direction)(const struct tw_feedback_step *at, void *const *memory, void *mean,
                             struct tw_work *work);

/* tw_feedback.before and .after of rules with a memory e = memory[0]: x = e + gradient; e = x − c.
 */
void TW_T(tw_memory_add)(const struct tw_feedback_step *at, void *const *memory,
                         const void *gradient, void *x, struct tw_work *work);
void TW_T(tw_memory_keep)(const struct tw_feedback_step *at, void *const *memory, void *x,
                          const struct tw_own *own, const void *mean, struct tw_work *work);

/* tw_feedback.direction of rules whose direction is the mean as it is. */
void TW_T(tw_direction_mean)(const struct tw_feedback_step *at, void *const *memory, void *mean,
                             struct tw_work *work);
#endif

#endif
