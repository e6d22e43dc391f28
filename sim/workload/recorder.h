/* Writes the gradients that a workload gives, so that `recorded` gives the same bits again. */
#ifndef TW_WORKLOAD_RECORDER_H
#define TW_WORKLOAD_RECORDER_H

#include "workload.h"

enum tw_record_form {
    TW_RECORD_NPY,        /* gradients.npy, (steps, ranks, d), and layout.csv */
    TW_RECORD_SAFETENSORS /* gradients.safetensors, (steps, ranks, …shape) per tensor */
};

/* A workload around another one: whoever trains with `ops` and params = &self trains with the
 * other, and what gradient() gives of steps before setup->steps is written on its way. Numbers are
 * those of the run's precision. The structure must not be moved after tw_recorder_make. */
struct tw_recorder {
    struct tw_workload ops;
    struct tw_recorder *self;
    /* private: */
    const struct tw_workload *inner;
    const void *inner_params;
    void *inner_state;
    const char *directory;
    enum tw_record_form form;
    int file; /* -1: closed */
    char path[4096], temporary[4200];
    uint64_t header_B, values, gradients, written;
    unsigned value_B;
    int ranks;
    uint32_t steps;
    unsigned char *seen; /* bit per step and rank: it is in the file */
};

/* directory (which is made if it is not there), workload and its params are borrowed until
 * tw_recorder_finish or tw_recorder_abandon. TW_REFUSED: the workload has no numbers. */
tw_status tw_recorder_make(struct tw_recorder *recorder, const char *directory,
                           enum tw_record_form form, const struct tw_workload *workload,
                           const void *params, struct tw_err *err) TW_MUST_CHECK;

/* After the run: gives the file its name. TW_DIVERGED: the run ended before its last step, and
 * nothing is kept; TW_IO. The recorder is abandoned in any case. */
tw_status tw_recorder_finish(struct tw_recorder *recorder, struct tw_err *err) TW_MUST_CHECK;
void tw_recorder_abandon(struct tw_recorder *recorder); /* also after either */

#endif
