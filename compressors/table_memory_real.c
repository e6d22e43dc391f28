/* Count-Sketch memory: what a step adds, and what the next one takes over. */
#include "table_memory_real.h"

#include "base/vec.h"

void TW_T(tw_table_memory_carve)(struct tw_arena *arena, uint64_t cells,
                                 struct tw_table_memory *memory)
{
    memory->cells = cells;
    memory->momentum = tw_arena_take(arena, cells, sizeof(tw_real));
    memory->error = tw_arena_take(arena, cells, sizeof(tw_real));
    memory->next_momentum = tw_arena_take(arena, cells, sizeof(tw_real));
    memory->next_error = tw_arena_take(arena, cells, sizeof(tw_real));
    memory->held = tw_arena_take(arena, cells, sizeof(tw_real));
}

static void swap(tw_real **a, tw_real **b)
{
    tw_real *held = *a;
    *a = *b;
    *b = held;
}

void TW_T(tw_table_memory_begin)(struct tw_table_memory *memory, uint32_t step)
{
    if (memory->whole && step > memory->step) {
        swap(&memory->momentum, &memory->next_momentum);
        swap(&memory->error, &memory->next_error);
    } else if (step < memory->step) {
        TW_T(tw_vec_zero)(memory->momentum, memory->cells);
        TW_T(tw_vec_zero)(memory->error, memory->cells);
    }
    memory->step = step;
    memory->whole = 0;
    for (uint64_t c = 0; c < memory->cells; c++)
        memory->held[c] = (tw_real)memory->decay * memory->momentum[c] + memory->error[c];
}

void TW_T(tw_table_memory_add)(struct tw_table_memory *memory, const tw_real *sum, int ranks)
{
    for (uint64_t c = 0; c < memory->cells; c++) {
        tw_real average = sum[c] / (tw_real)ranks;
        memory->next_momentum[c] = (tw_real)memory->decay * memory->momentum[c] + average;
        memory->next_error[c] = memory->held[c] + average;
    }
}

void TW_T(tw_table_memory_clear)(struct tw_table_memory *memory, const struct tw_table *table,
                                 const uint32_t *indices, const tw_real *taken, uint64_t k)
{
    for (uint64_t n = 0; n < k; n++) {
        if (taken[n] == 0)
            continue;
        TW_T(tw_table_clear)(table, memory->next_momentum, indices[n]);
        TW_T(tw_table_clear)(table, memory->next_error, indices[n]);
    }
    memory->whole = 1;
}
