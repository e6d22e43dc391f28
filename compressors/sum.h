/* A SUM over the ranks as most members ask for it: values added, `count` elements of every rank. */
#ifndef TW_SUM_H
#define TW_SUM_H

#include "compressor.h"

/* The request; data is borrowed as a request's is. */
struct tw_request tw_sum_request(enum tw_element element, uint64_t count, const void *data);

/* 1: the answer to that request, and to no other. */
int tw_sum_is_answer(const struct tw_answer *answer, enum tw_element element, uint64_t count);

/* What plan() says of it; the phase's work is left as it is. */
void tw_sum_plan(struct tw_plan_phase *phase, enum tw_element element, uint64_t count);

#endif
