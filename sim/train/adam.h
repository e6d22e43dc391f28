/* What adam and adamw share. */
#ifndef TW_TRAIN_ADAM_H
#define TW_TRAIN_ADAM_H

#include "pace.h"

struct tw_adam {
    struct tw_pace pace;
    double beta1, beta2, epsilon, decay;
    uint64_t freeze;
};

#define TW_ROW_SHARE(field, label, value, text)                                                \
    {                                                                                          \
        .name = (label), .type = TW_OPTION_REAL, .offset = offsetof(struct tw_adam, field),    \
        .fallback = (value), .min = 0, .max = 0x1.fffffffffffffp-1, .unit = "", .help = (text) \
    }
#define TW_ROWS_ADAM(decay_default)                                                            \
    TW_ROWS_PACE, TW_ROW_SHARE(beta1, "beta1", "0.9", "share of the old first moment kept"),   \
        TW_ROW_SHARE(beta2, "beta2", "0.999", "share of the old second moment kept"),          \
        {.name = "epsilon",                                                                    \
         .type = TW_OPTION_REAL,                                                               \
         .offset = offsetof(struct tw_adam, epsilon),                                          \
         .fallback = "1e-8",                                                                   \
         .max = 1,                                                                             \
         .open_min = 1,                                                                        \
         .unit = "",                                                                           \
         .help = "added to the root of the second moment"},                                    \
        {.name = "weight_decay",                                                               \
         .type = TW_OPTION_REAL,                                                               \
         .offset = offsetof(struct tw_adam, decay),                                            \
         .fallback = (decay_default),                                                          \
         .max = 1e6,                                                                           \
         .unit = "",                                                                           \
         .help = "pull of the weights to zero"},                                               \
    {                                                                                          \
        .name = "freeze", .type = TW_OPTION_COUNT, .offset = offsetof(struct tw_adam, freeze), \
        .fallback = "0", .max = 1e9, .unit = "steps",                                          \
        .help = "the second moment stays as it is after so many steps; 0: never"               \
    }

#ifdef TW_PRECISION

/* decoupled: the weights' decay is AdamW's, else it is added to the direction. */
void TW_T(tw_adam_update)(const struct tw_adam *params, int decoupled, uint32_t step,
                          void *const *memory, void *w, void *direction, uint64_t n,
                          struct tw_work *work);
#endif

#endif
