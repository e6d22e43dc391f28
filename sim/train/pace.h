/* What optimizers share: the learning rate of a step, and clipping. */
#ifndef TW_TRAIN_PACE_H
#define TW_TRAIN_PACE_H

#include <float.h>
#include <stddef.h>
#include "optimizer.h"

/* First field of the params struct of every optimizer. The rate of step t (from 0) is γ·s(t)·w(t):
 *     w(t) = (t + 1)/warmup for t < warmup, else 1                          (linear warm-up)
 *     constant: s = 1
 *     step:     s = factor^⌊t/every⌋
 *     cosine:   s = floor + (1 − floor)·(1 + cos(π·t/horizon))/2, at t ≥ horizon s = floor, or
 *               without one as at horizon − 1, so that no rate is 0 (Loshchilov and Hutter, arXiv
 *               1608.03983, one period) */
enum tw_schedule_form { TW_RATE_CONSTANT, TW_RATE_STEP, TW_RATE_COSINE };
struct tw_pace {
    double rate, factor, floor, clip;
    int schedule;
    uint64_t warmup, every, horizon;
};
extern const char *const tw_rate_schedule_names[];

double tw_pace_rate(const void *pace, uint32_t step);
/* TW_RANGE: step without `every`, cosine without `horizon`. */
tw_status tw_pace_check(const void *pace, struct tw_err *err) TW_MUST_CHECK;

#define TW_PACE_FIELD(name) offsetof(struct tw_pace, name)
#define TW_ROWS_PACE                                                                            \
    {.name = "rate",                                                                            \
     .type = TW_OPTION_REAL,                                                                    \
     .offset = TW_PACE_FIELD(rate),                                                             \
     .min = 0,                                                                                  \
     .max = DBL_MAX,                                                                            \
     .open_min = 1,                                                                             \
     .unit = "",                                                                                \
     .help = "learning rate"},                                                                  \
        {.name = "schedule",                                                                    \
         .type = TW_OPTION_CHOICE,                                                              \
         .offset = TW_PACE_FIELD(schedule),                                                     \
         .fallback = "constant",                                                                \
         .choices = tw_rate_schedule_names,                                                     \
         .unit = "",                                                                            \
         .help = "how the rate goes down: constant, step (every, factor) or cosine (horizon)"}, \
        {.name = "warmup",                                                                      \
         .type = TW_OPTION_COUNT,                                                               \
         .offset = TW_PACE_FIELD(warmup),                                                       \
         .fallback = "0",                                                                       \
         .max = 1e9,                                                                            \
         .unit = "steps",                                                                       \
         .help = "steps over which the rate rises to what it is"},                              \
        {.name = "every",                                                                       \
         .type = TW_OPTION_COUNT,                                                               \
         .offset = TW_PACE_FIELD(every),                                                        \
         .fallback = "0",                                                                       \
         .max = 1e9,                                                                            \
         .unit = "steps",                                                                       \
         .help = "schedule=step: after how many steps the rate is multiplied by factor"},       \
        {.name = "factor",                                                                      \
         .type = TW_OPTION_REAL,                                                                \
         .offset = TW_PACE_FIELD(factor),                                                       \
         .fallback = "0.1",                                                                     \
         .max = 1,                                                                              \
         .open_min = 1,                                                                         \
         .unit = "",                                                                            \
         .help = "schedule=step: what the rate is multiplied by"},                              \
        {.name = "horizon",                                                                     \
         .type = TW_OPTION_COUNT,                                                               \
         .offset = TW_PACE_FIELD(horizon),                                                      \
         .fallback = "0",                                                                       \
         .max = 1e9,                                                                            \
         .unit = "steps",                                                                       \
         .help = "schedule=cosine: steps over which it falls; the last one's stays"},           \
        {.name = "floor",                                                                       \
         .type = TW_OPTION_REAL,                                                                \
         .offset = TW_PACE_FIELD(floor),                                                        \
         .fallback = "0",                                                                       \
         .max = 1,                                                                              \
         .unit = "share of rate",                                                               \
         .help = "schedule=cosine: where it ends"},                                             \
    {                                                                                           \
        .name = "clip", .type = TW_OPTION_REAL, .offset = TW_PACE_FIELD(clip), .fallback = "0", \
        .max = DBL_MAX, .unit = "norm",                                                         \
        .help = "a longer direction is scaled to this norm; 0: none is"                         \
    }

#ifdef TW_PRECISION
/* direction·min(1, clip/‖direction‖), in place. Nothing, and no work, for clip = 0. */
void TW_T(tw_pace_clip)(const struct tw_pace *pace, void *direction, uint64_t n,
                        struct tw_work *work);
#endif

#endif
