/* One rank of a group, behind plain calls: for a program that brings its own transport (MPI,
 * sockets, another language) and wants no more than bytes out and bytes in.
 *
 *     r = tw_one_rank_open(ops, "ratio=0.01", …)
 *     every step:  tw_one_rank_begin(r, step)
 *         for phase in 0 … tw_one_rank_phases(r)−1:
 *             tw_one_rank_local(r, phase, x, inbox, &request)   what this rank sends
 *             … the transport answers all ranks' requests (base/exchange.h) …
 *             tw_one_rank_digest(r, phase, &answer)             not for ALL_TO_ALL, REDUCE_SCATTER:
 *                                                               those are the next local's inbox
 *         tw_one_rank_mean(r, out)
 *         tw_one_rank_own(r, 1.0, y)                            y += C(x), for error feedback
 *
 * x, out and y hold rows·columns values, float or double as ops->precision says. Members that MERGE
 * are refused: their transport calls back, which needs struct tw_instance. */
#ifndef TW_ONE_RANK_H
#define TW_ONE_RANK_H

#include "compressor.h"

struct tw_one_rank; /* opaque; one thread at a time */

/* One matrix (rows = 1: a vector) under the options given as "name=value name=value"; what is not
 * named has its default. NULL with the reason in err: unknown or wrong options (their hint says
 * what is valid), options that do not fit the shape, memory. err may be NULL. */
struct tw_one_rank *tw_one_rank_open(const struct tw_compressor *ops, const char *options,
                                     uint64_t rows, uint64_t columns, int ranks, int rank,
                                     uint64_t seed, struct tw_err *err);
void tw_one_rank_close(struct tw_one_rank *one); /* NULL: nothing */

int tw_one_rank_phases(const struct tw_one_rank *one);
void tw_one_rank_begin(struct tw_one_rank *one, uint32_t step);
/* Ownership of x, inbox, request and answer as in compressor.h: borrowed. */
tw_status tw_one_rank_local(struct tw_one_rank *one, int phase, const void *x,
                            const struct tw_answer *inbox,
                            struct tw_request *request) TW_MUST_CHECK;
tw_status tw_one_rank_digest(struct tw_one_rank *one, int phase,
                             const struct tw_answer *answer) TW_MUST_CHECK;
void tw_one_rank_mean(struct tw_one_rank *one, void *out);
void tw_one_rank_own(struct tw_one_rank *one, double scale, void *y);

#endif
