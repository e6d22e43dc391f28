/* Schedules of users as MSCCL's XML (Cowan et al., MSCCLang, ASPLOS 2023; the format of
 * github.com/microsoft/msccl): read into steps and levelled into a table (base/table.h). */
#ifndef TW_SCENARIO_MSCCL_H
#define TW_SCENARIO_MSCCL_H

#include "base/err.h"
#include "base/table.h"
#include "pool.h"

/* The table of a file, in the pool. What the file says of buffers becomes globally named blocks:
 * chunk c of input and output is block c (an all-gather's input and a reduce-scatter's output is
 * that of the GPU's own number). TW_INPUT, TW_UNKNOWN, TW_REFUSED or TW_DEADLOCK with file and
 * line; scratch buffers, local reductions, several chunks per GPU and other operations are refused.
 */
tw_status tw_msccl_read(const char *path, struct tw_pool *pool, struct tw_step_table **table,
                        struct tw_err *err) TW_MUST_CHECK;

/* ---- between the two files of it ---- */

/* One step of a thread block. */
struct tw_msccl_op {
    long line;
    int gpu, block_first; /* block_first: index of its thread block's first op */
    int receives, combines, sends;
    int from, to, channel;
    uint32_t block, count;
    int depends; /* index of the op that it waits for, −1: none */
    int receive_level, send_level;
    /* Levels before which nothing behind it may receive or send: in its thread block; in others. */
    int after_receive, after_send, elsewhere_receive, elsewhere_send;
};

struct tw_msccl {
    const char *path;
    enum tw_request_kind kind;
    int ranks;
    uint32_t blocks;
    struct tw_msccl_op *ops; /* by GPU, thread block and step */
    int count;
};

tw_status tw_msccl_level(struct tw_msccl *msccl, struct tw_pool *pool, struct tw_step_table **table,
                         struct tw_err *err) TW_MUST_CHECK;

#endif
