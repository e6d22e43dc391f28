/* A bucket as the parts that a sparsifier treats one by one: every tensor, or all of it at once. */
#ifndef TW_PARTS_H
#define TW_PARTS_H

#include "compressor.h"

/* GLOBAL is BUCKET where a run makes one bucket of the model (tw_compressor.whole). */
enum tw_scope { TW_SCOPE_TENSOR, TW_SCOPE_BUCKET, TW_SCOPE_GLOBAL, TW_SCOPE_ROW, TW_SCOPE_COLUMN };

/* The names of the first two scopes, of the first three, and of all, as an option's NULL-terminated
 * choices, in the order of the enum. */
extern const char *const tw_scope_names[];
extern const char *const tw_scope_wide_names[];
extern const char *const tw_scope_fine_names[];

/* Parts that are alike: those of a tensor, or the bucket as the only one. Part p has the values
 * start + p·step + i·stride, 0 ≤ i < size, of which `kept` are kept (tw_count_floor). A vector has
 * one part in every scope. */
struct tw_parts {
    uint64_t start, parts, size, kept, step, stride;
};

int tw_parts_groups(const struct tw_problem *problem, enum tw_scope scope);

/* Group g of 0 … tw_parts_groups−1; groups follow each other without holes. Pure and cheap. */
struct tw_parts tw_parts_group(const struct tw_problem *problem, enum tw_scope scope, double ratio,
                               int g);

/* Values start … start+size−1 of the bucket, of which `kept` are kept: ⌊ratio·size + 1e-9⌋, at
 * least one, 0 only in an empty part. tensor is the id that keys random draws: the tensor's own, or
 * that of the bucket's first tensor. */
struct tw_part {
    uint64_t start, size, kept;
    uint32_t tensor;
};

/* The coarse scopes, TENSOR to GLOBAL, part by part. */
int tw_parts_count(const struct tw_problem *problem, enum tw_scope scope);

/* Part i of 0 … tw_parts_count−1; parts follow each other without holes. Pure and cheap. */
struct tw_part tw_part_at(const struct tw_problem *problem, enum tw_scope scope, double ratio,
                          int i);

/* Kept values of all parts. */
uint64_t tw_parts_kept(const struct tw_problem *problem, enum tw_scope scope, double ratio);

/* The least kept/size over parts that are not empty, 1 when all are: δ of every member that
 * satisfies E‖C(x)−x‖² ≤ (1 − kept/size)‖x‖² in each part. */
double tw_parts_least_share(const struct tw_problem *problem, enum tw_scope scope, double ratio);

/* TW_RANGE when the bucket has too many values for the 32-bit indices of a support. */
tw_status tw_parts_check(const struct tw_problem *problem, struct tw_err *err) TW_MUST_CHECK;

/* ‖x − C(x)‖² when C keeps the values at `kept` ascending indices and drops the rest. */
double tw_dropped_norm2_f32(const float *x, uint64_t n, const uint32_t *indices, uint64_t kept);
double tw_dropped_norm2_f64(const double *x, uint64_t n, const uint32_t *indices, uint64_t kept);

#endif
