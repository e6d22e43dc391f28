/* A schedule written down step by step, for one number of ranks (a user's file, not the list). */
#ifndef TW_BASE_TABLE_H
#define TW_BASE_TABLE_H

#include <stdint.h>
#include "exchange.h"

struct tw_step_piece {
    int32_t peer;
    enum { TW_TABLE_SEND, TW_TABLE_COPY, TW_TABLE_COMBINE } action;
    uint32_t block, count; /* consecutive blocks */
};

/* Everything is borrowed. */
struct tw_step_table {
    enum tw_request_kind kind; /* SUM, GATHER or REDUCE_SCATTER */
    int ranks, steps;
    uint32_t blocks;        /* SUM: of the vector; else one per rank */
    int pieces_max;         /* of one rank and step */
    int one_port;           /* 1: at most one send and one receive per rank and step */
    const uint32_t *starts; /* [rank·steps + step]: its first piece; ranks·steps + 1 entries */
    const struct tw_step_piece *pieces;
};

#endif
