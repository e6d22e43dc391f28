/* Carving arrays out of one block that the caller allocated: first pass counts, second pass gives.
 */
#ifndef TW_BASE_ARENA_H
#define TW_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* base NULL: only counts (used grows, every take returns NULL). Pieces are aligned to 64 bytes;
 * base must be too. */
struct tw_arena {
    unsigned char *base;
    size_t used;
};

static inline void *tw_arena_take(struct tw_arena *arena, uint64_t count, size_t size)
{
    void *piece = arena->base ? arena->base + arena->used : NULL;
    arena->used += ((size_t)count * size + 63U) & ~(size_t)63U;
    return piece;
}

#endif
