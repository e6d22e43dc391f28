/* Both lists of this room, expanded from list.def for both precisions. */
#include <string.h>

#include "feedback.h"
#include "optimizer.h"

#define TW_FEEDBACK(name) \
    extern const struct tw_feedback tw_feedback_##name##_f32, tw_feedback_##name##_f64;
#define TW_OPTIMIZER(name) \
    extern const struct tw_optimizer tw_optimizer_##name##_f32, tw_optimizer_##name##_f64;
#include "list.def"
#undef TW_FEEDBACK
#undef TW_OPTIMIZER

#define TW_FEEDBACK(name) {&tw_feedback_##name##_f32, &tw_feedback_##name##_f64},
static const struct tw_feedback *const feedbacks[][2] = {
#include "list.def"
};
#undef TW_FEEDBACK

#define TW_OPTIMIZER(name) {&tw_optimizer_##name##_f32, &tw_optimizer_##name##_f64},
static const struct tw_optimizer *const optimizers[][2] = {
#include "list.def"
};
#undef TW_OPTIMIZER

int tw_feedback_count(void)
{
    return (int)(sizeof feedbacks / sizeof feedbacks[0]);
}

const struct tw_feedback *tw_feedback_at(int index, enum tw_precision precision)
{
    return feedbacks[index][precision];
}

const struct tw_feedback *tw_feedback_find(const char *name, enum tw_precision precision)
{
    for (int i = 0; i < tw_feedback_count(); i++)
        if (strcmp(feedbacks[i][precision]->member.name, name) == 0)
            return feedbacks[i][precision];
    return NULL;
}

int tw_optimizer_count(void)
{
    return (int)(sizeof optimizers / sizeof optimizers[0]);
}

const struct tw_optimizer *tw_optimizer_at(int index, enum tw_precision precision)
{
    return optimizers[index][precision];
}

const struct tw_optimizer *tw_optimizer_find(const char *name, enum tw_precision precision)
{
    for (int i = 0; i < tw_optimizer_count(); i++)
        if (strcmp(optimizers[i][precision]->member.name, name) == 0)
            return optimizers[i][precision];
    return NULL;
}
