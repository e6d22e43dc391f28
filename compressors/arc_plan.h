/* What ARC-Top-K's shapes decide: legality, phases, sizes of messages, and work. */
#ifndef TW_ARC_PLAN_H
#define TW_ARC_PLAN_H

#include "view.h"

/* Choices of the option fuse. */
enum { TW_ARC_FUSE_YES, TW_ARC_FUSE_NO };

/* The operations table's suits, and the part of it that is about blocks. */
tw_status tw_arc_suits(const struct tw_problem *model, struct tw_err *err);
tw_status tw_arc_blocks_suit(const struct tw_problem *model, struct tw_err *err);

/* The operations table's check, phases and plan (compressor.h). */
tw_status tw_arc_check(const struct tw_problem *problem, struct tw_err *err);
int tw_arc_phases(const struct tw_problem *problem);
tw_status tw_arc_plan(const struct tw_problem *problem, struct tw_plan *out);

/* The table's delta: only the identity is proven. */
double tw_arc_delta(const struct tw_problem *problem);

/* Bytes of scratch for the selections of one bucket, any alignment of 8. */
size_t tw_arc_scratch_B(const struct tw_problem *problem);

struct tw_view_totals tw_arc_totals(const struct tw_problem *problem);

/* Work of one view: making its sketch (with its draws), choosing its units from the sum, packing
 * them, and adding or putting them back (own, mean). mean() zeroes the bucket before. */
void tw_arc_charge_sketch(const struct tw_arc_params *params, const struct tw_view *view,
                          struct tw_work *work);
void tw_arc_charge_choice(const struct tw_view *view, struct tw_work *work);
void tw_arc_charge_pack(const struct tw_view *view, struct tw_work *work);
void tw_arc_charge_unpack(const struct tw_view *view, struct tw_work *work);

#endif
