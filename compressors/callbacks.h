/* Callbacks of compressor.h that many members answer alike, for their tables. */
#ifndef TW_CALLBACKS_H
#define TW_CALLBACKS_H

#include "compressor.h"

/* phases: one, whatever the problem. */
int tw_callback_one_phase(const struct tw_problem *problem);

/* ---- for members whose replicated state begins with its struct tw_problem ---- */

/* open, of a state that needs nothing but the problem. */
void tw_callback_open_problem(const struct tw_problem *problem, void *shared);
/* support: every index. */
void tw_callback_support_all(void *shared, void *own_state, int rank, struct tw_support *support);

/* ---- for members that lay out their states by
 *     static void carve(const struct tw_problem *, struct tw_arena *, struct SHARED *);
 *     static void carve_rank(const struct tw_problem *, struct tw_arena *, struct RANK *);
 * where base NULL counts and a block gives out (base/arena.h) ---- */

/* sizes: what both count. */
#define TW_CARVED_SIZES(shared_type, rank_type)                                           \
    static void sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B) \
    {                                                                                     \
        struct tw_arena whole = {NULL, 0}, each = {NULL, 0};                              \
        shared_type shared;                                                               \
        rank_type own;                                                                    \
        carve(problem, &whole, &shared);                                                  \
        carve_rank(problem, &each, &own);                                                 \
        *shared_B = whole.used;                                                           \
        *rank_B = each.used;                                                              \
    }

/* open_rank, of a state that needs nothing but its layout. */
#define TW_CARVED_OPEN_RANK                                                                \
    static void open_rank(const struct tw_problem *problem, void *shared, void *own_state, \
                          int rank)                                                        \
    {                                                                                      \
        struct tw_arena arena = {own_state, 0};                                            \
        (void)shared;                                                                      \
        (void)rank;                                                                        \
        carve_rank(problem, &arena, own_state);                                            \
    }

#endif
