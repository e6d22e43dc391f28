/* Memory of one scenario: taken in pieces, given back all at once. */
#ifndef TW_SCENARIO_POOL_H
#define TW_SCENARIO_POOL_H

#include <stddef.h>

/* A scenario that wants more is refused. A million points that differ in everything fit. */
#define TW_POOL_MAX_GIB 4
#define TW_POOL_MAX_B ((size_t)TW_POOL_MAX_GIB << 30)

struct tw_pool_block;
/* Zeroed is empty. */
struct tw_pool {
    struct tw_pool_block *blocks;
    size_t taken_B;
    int full; /* 1: something was refused because of TW_POOL_MAX_B */
};

/* size zeroed bytes aligned to 16, owned by the pool; NULL when memory runs out. */
void *tw_pool_take(struct tw_pool *pool, size_t size);
/* count · size bytes, NULL also when the product overflows. */
void *tw_pool_array(struct tw_pool *pool, size_t count, size_t size);
/* A copy of length bytes of text, with a final zero. */
char *tw_pool_text(struct tw_pool *pool, const char *text, size_t length);
void tw_pool_free(struct tw_pool *pool);

#endif
