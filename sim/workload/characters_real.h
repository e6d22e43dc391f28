/* Training a transformer on the bytes of a text: parts of the ranks, batches, evaluation. */
#ifndef TW_WORKLOAD_CHARACTERS_REAL_H
#define TW_WORKLOAD_CHARACTERS_REAL_H

#include "gpt.h"
#include "workload.h"

struct tw_characters_setup {
    int data;         /* index into tw_text_names */
    const char *file; /* a text of the user's own, or "": that of `data`; borrowed for the call */
    int contiguous;   /* ranks own consecutive parts of the text; otherwise windows are dealt */
    uint64_t sample;  /* windows that the loss is taken on, and the accuracy; 0: all */
    struct tw_gpt_shape shape; /* its vocabulary is not read: the text has one */
};

#ifdef TW_PRECISION
struct TW_T(tw_characters);

/* Statuses of tw_text_open, tw_gpt_check and tw_split_make; TW_RANGE: a text too short for one
 * window per rank and one held out. */
tw_status TW_T(tw_characters_open)(const struct tw_workload_setup *setup,
                                   const struct tw_characters_setup *what, void **state,
                                   struct tw_err *err) TW_MUST_CHECK;

/* The workload's door. */
void TW_T(tw_characters_close)(void *state);
uint64_t TW_T(tw_characters_dimension)(const void *state);
const struct tw_tensor *TW_T(tw_characters_tensors)(const void *state, int *count);
void TW_T(tw_characters_start)(void *state, void *w);
tw_status TW_T(tw_characters_gradient)(void *state, int rank, uint32_t step, const void *w,
                                       void *out, struct tw_err *err) TW_MUST_CHECK;
tw_status TW_T(tw_characters_loss)(void *state, const void *w, double *loss, double *accuracy,
                                   struct tw_err *err) TW_MUST_CHECK;
uint64_t TW_T(tw_characters_data_hash)(const void *state);
#endif

#endif
