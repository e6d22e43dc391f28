/* NCCL's own estimates of an all-reduce (choose_nccl.c), for the presets. */
#ifndef TW_COLLECTIVE_CHOOSE_NCCL_H
#define TW_COLLECTIVE_CHOOSE_NCCL_H

#include "schedule.h"

/* "ring" or "double_binary_tree" for a SUM, whatever it computes; node_ranks of the layout are the
 * GPUs of a node. */
const char *tw_choose_nccl_sum(const struct tw_layout *layout, const struct tw_preset_wires *wires);

#endif
