/* The vectors of compressor_cases.h, kept between the members that are tried on them. */
#ifndef TW_TEST_FILLED_VECTORS_H
#define TW_TEST_FILLED_VECTORS_H

#include "compressor_cases.h"

/* Vectors are made once for all members: several laws cost less than a t-distributed number. */
struct filled {
    uint64_t d;
    void *x[2][GENERATORS][RANKS_MAX];
};
static struct filled filled[12];

static inline void *vector_filled(enum tw_precision precision, enum generator generator, uint64_t d,
                                  int rank)
{
    struct filled *of = filled;
    while (of->d != d && of->d != 0)
        of++;
    if (of == filled + sizeof filled / sizeof *filled)
        ck_abort_msg("vectors of too many sizes");
    of->d = d;
    void **x = &of->x[precision == TW_FP64][generator][rank];
    if (!*x) {
        *x = vector_of(precision, d);
        fill(*x, generator, precision, d, rank);
    }
    return *x;
}

static inline void forget_vectors(void)
{
    for (size_t s = 0; s < sizeof filled / sizeof *filled; s++)
        for (int p = 0; p < 2; p++)
            for (int g = 0; g < GENERATORS; g++)
                for (int r = 0; r < RANKS_MAX; r++)
                    free(filled[s].x[p][g][r]);
    memset(filled, 0, sizeof filled);
}

#endif
