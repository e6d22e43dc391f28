/* Memory of one scenario, in blocks. */
#include "pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_B ((size_t)64 * 1024)

struct tw_pool_block {
    struct tw_pool_block *next;
    size_t size, used;
    _Alignas(16) unsigned char bytes[];
};

static struct tw_pool_block *add_block(struct tw_pool *pool, size_t size)
{
    struct tw_pool_block *block = calloc(1, sizeof *block + size);
    if (!block)
        return NULL;
    block->size = size;
    block->next = pool->blocks;
    pool->blocks = block;
    return block;
}

void *tw_pool_take(struct tw_pool *pool, size_t size)
{
    size_t rounded = (size + 15U) & ~(size_t)15U;
    if (rounded < size || rounded > TW_POOL_MAX_B - pool->taken_B) {
        pool->full = 1;
        return NULL;
    }
    struct tw_pool_block *block = pool->blocks;
    if (!block || block->size - block->used < rounded)
        block = add_block(pool, rounded > BLOCK_B ? rounded : BLOCK_B);
    if (!block)
        return NULL;
    void *piece = block->bytes + block->used;
    block->used += rounded;
    pool->taken_B += rounded;
    return piece;
}

void *tw_pool_array(struct tw_pool *pool, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return tw_pool_take(pool, count * size);
}

char *tw_pool_text(struct tw_pool *pool, const char *text, size_t length)
{
    char *copy = tw_pool_take(pool, length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

void tw_pool_free(struct tw_pool *pool)
{
    while (pool->blocks) {
        struct tw_pool_block *block = pool->blocks;
        pool->blocks = block->next;
        free(block);
    }
    pool->taken_B = 0;
    pool->full = 0;
}
