/* Momentum and error kept as Count-Sketch tables, the same on all ranks.
 *
 *     S_v ← ρ·S_v + S      S_e ← S_e + S_v      S: the average of the ranks' tables
 *     Δ = the k largest estimates from S_e;  S_v, S_e ← 0 in every cell that holds a value of Δ
 *
 * Source: Rothchild et al., "FetchSGD", ICML 2020 (arXiv 2007.07682), algorithm 1; cells are set to
 * 0, as in its published code, where the paper takes S(Δ) off S_e. The learning rate is not in S_e:
 * it multiplies Δ, which is the same while it is constant.
 *
 * A step is undone when it is begun again or fails: what it leaves is taken over when a later one
 * begins. An earlier step is another run and begins with empty tables. */
#ifndef TW_TABLE_MEMORY_REAL_H
#define TW_TABLE_MEMORY_REAL_H

#include "base/arena.h"
#include "table_real.h"

#ifdef TW_PRECISION

struct tw_table_memory {
    tw_real *momentum, *error;           /* before this step */
    tw_real *next_momentum, *next_error; /* of this step */
    tw_real *held;                       /* ρ·S_v + S_e before this step: S_e after is held + S */
    uint64_t cells;
    double decay; /* ρ */
    uint32_t step;
    int whole; /* 1: this step was done to its end */
};

/* Counting pass and giving pass (arena->base NULL or not). */
void TW_T(tw_table_memory_carve)(struct tw_arena *arena, uint64_t cells,
                                 struct tw_table_memory *memory);

void TW_T(tw_table_memory_begin)(struct tw_table_memory *memory, uint32_t step);

/* sum: of `ranks` tables. next_error is then what to choose Δ from. */
void TW_T(tw_table_memory_add)(struct tw_table_memory *memory, const tw_real *sum, int ranks);

/* The step is done: cells of the k values of Δ that are not 0 are set to 0. */
void TW_T(tw_table_memory_clear)(struct tw_table_memory *memory, const struct tw_table *table,
                                 const uint32_t *indices, const tw_real *taken, uint64_t k);

#endif
#endif
