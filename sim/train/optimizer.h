/* The door of optimizers: replicated, after the exchange. */
#ifndef TW_TRAIN_OPTIMIZER_H
#define TW_TRAIN_OPTIMIZER_H

#include "base/err.h"
#include "base/member.h"
#include "base/precision.h"
#include "base/work.h"

struct tw_optimizer {
    struct tw_member member;
    enum tw_precision precision;
    /* Options that do not fit together: TW_RANGE with the reason. NULL: all do. */
    tw_status (*check)(const void *params, struct tw_err *err);
    int (*vectors)(const void *params); /* kept, of `dimension` values each, zero at the start */
    double (*rate)(const void *params, uint32_t step); /* learning rate of a step */
    /* w −= …; memory[v] are its vectors, all of n values. direction may be overwritten. With w NULL
     * it only reports its work. */
    void (*update)(const void *params, uint32_t step, void *const *memory, void *w, void *direction,
                   uint64_t n, struct tw_work *work);
};

int tw_optimizer_count(void);
const struct tw_optimizer *tw_optimizer_at(int index, enum tw_precision precision);
const struct tw_optimizer *tw_optimizer_find(const char *name, enum tw_precision precision);

#endif
