/* Names of the shared options. */
#include "feedback_rows.h"

const char *const tw_start_names[] = {"dense", "zero", NULL};
const char *const tw_momentum_names[] = {"ema", "heavy", NULL};
