/* From thread blocks that run beside one another to steps that all ranks take.
 *
 * Every message gets the least level that keeps the order of the file: a thread block's receives
 * and sends one behind the other, a send at least one level behind the receive of its own step, a
 * step behind what it depends on. A receive may share its level with a send before it, for sends
 * are buffered. Messages of a level are a step: sends read what was there before it. Levels are a
 * longest path (Bellman–Ford over the steps in file order, which mostly settles in few passes). A
 * file whose thread blocks wait for one another has none. O(ops · passes), passes ≤ LEVELS_MAX. */
#include "msccl.h"

#include <stdlib.h>

enum { LEVELS_MAX = 4096, CELLS_MAX = 1 << 22 };

struct message {
    int from, to, channel, number; /* number: of the sending or receiving op */
    int sender, receiver;
};

static int more(int a, int b)
{
    return a > b ? a : b;
}

static tw_status wrong_at(const struct tw_msccl *msccl, int op, struct tw_err *err)
{
    tw_err_at(err, msccl->path, msccl->ops[op].line);
    return err->status;
}

/* ---- sends and receives are paired in their order ---- */

static int by_channel(const void *a, const void *b)
{
    const struct message *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    if (x->channel != y->channel)
        return x->channel < y->channel ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int gather(const struct tw_msccl *msccl, int sends, struct message *messages)
{
    int count = 0;
    for (int i = 0; i < msccl->count; i++) {
        const struct tw_msccl_op *op = &msccl->ops[i];
        if (sends ? !op->sends : !op->receives)
            continue;
        messages[count++] = (struct message){.from = sends ? op->gpu : op->from,
                                             .to = sends ? op->to : op->gpu,
                                             .channel = op->channel,
                                             .number = i};
    }
    qsort(messages, (size_t)count, sizeof *messages, by_channel);
    return count;
}

static tw_status pair(const struct tw_msccl *msccl, struct message *messages,
                      struct message *receives, int *count, struct tw_err *err)
{
    int sent = gather(msccl, 1, messages), received = gather(msccl, 0, receives);
    for (int i = 0; i < sent || i < received; i++) {
        struct message *send = &messages[i];
        const struct message *receive = &receives[i];
        int order = i >= received ? -1 : i >= sent ? 1 : 0;
        if (!order) {
            struct message same = *receive;
            same.number = send->number;
            order = by_channel(send, &same);
        }
        if (order) {
            const struct message *alone = order < 0 ? send : receive;
            if (order < 0)
                tw_err_set(err, TW_DEADLOCK,
                           "step: gpu %d sends to gpu %d on channel %d what it does not receive",
                           send->from, send->to, send->channel);
            else
                tw_err_set(err, TW_DEADLOCK,
                           "step: gpu %d receives from gpu %d on channel %d what it does not send",
                           receive->to, receive->from, receive->channel);
            return wrong_at(msccl, alone->number, err);
        }
        send->sender = send->number;
        send->receiver = receive->number;
        if (msccl->ops[send->sender].count != msccl->ops[send->receiver].count ||
            msccl->ops[send->sender].block != msccl->ops[send->receiver].block) {
            tw_err_set(err, TW_REFUSED,
                       "step: gpu %d sends chunks %u+%u, and gpu %d takes them for %u+%u; chunks "
                       "keep their place here",
                       send->from, msccl->ops[send->sender].block, msccl->ops[send->sender].count,
                       send->to, msccl->ops[send->receiver].block,
                       msccl->ops[send->receiver].count);
            return wrong_at(msccl, send->sender, err);
        }
    }
    *count = sent;
    return TW_OK;
}

/* ---- levels ---- */

static int relax_op(struct tw_msccl *msccl, int i)
{
    struct tw_msccl_op *op = &msccl->ops[i], before = *op;
    int receive = 0, send = 0;
    if (i > op->block_first) {
        receive = op[-1].after_receive;
        send = op[-1].after_send;
    }
    if (op->depends >= 0) {
        receive = more(receive, msccl->ops[op->depends].elsewhere_receive);
        send = more(send, msccl->ops[op->depends].elsewhere_send);
    }
    op->after_receive = op->elsewhere_receive = receive;
    op->after_send = op->elsewhere_send = send;
    if (op->receives) {
        op->receive_level = more(op->receive_level, receive);
        op->after_receive = op->after_send = more(more(receive, send), op->receive_level + 1);
        op->elsewhere_receive = op->elsewhere_send = op->after_send;
    }
    if (op->sends) {
        op->send_level = more(op->send_level, op->after_send);
        op->after_receive = more(op->after_receive, op->send_level);
        op->after_send = op->send_level + 1;
        op->elsewhere_receive = more(op->elsewhere_receive, op->send_level);
        op->elsewhere_send = more(op->elsewhere_send, op->send_level);
    }
    return before.after_receive != op->after_receive || before.after_send != op->after_send ||
           before.receive_level != op->receive_level || before.send_level != op->send_level ||
           before.elsewhere_receive != op->elsewhere_receive ||
           before.elsewhere_send != op->elsewhere_send;
}

static tw_status relax(struct tw_msccl *msccl, const struct message *messages, int count,
                       int *steps, struct tw_err *err)
{
    for (int changed = 1; changed;) {
        changed = 0;
        for (int i = 0; i < msccl->count; i++)
            changed |= relax_op(msccl, i);
        for (int m = 0; m < count; m++) {
            struct tw_msccl_op *send = &msccl->ops[messages[m].sender];
            struct tw_msccl_op *receive = &msccl->ops[messages[m].receiver];
            int level = more(send->send_level, receive->receive_level);
            changed |= level != send->send_level || level != receive->receive_level;
            send->send_level = receive->receive_level = level;
            *steps = more(*steps, level + 1);
            if (level < LEVELS_MAX)
                continue;
            tw_err_set(err, TW_DEADLOCK,
                       "step: thread blocks wait for one another, or take more than %d steps",
                       LEVELS_MAX);
            return wrong_at(msccl, messages[m].sender, err);
        }
    }
    return TW_OK;
}

/* ---- the table ---- */

static size_t cell(const struct tw_step_table *table, int rank, int level)
{
    return (size_t)rank * (size_t)table->steps + (size_t)level;
}

static void put(struct tw_step_piece *pieces, uint32_t *at, int peer, int action,
                const struct tw_msccl_op *op)
{
    struct tw_step_piece *piece = &pieces[(*at)++];
    piece->peer = peer;
    piece->action = action;
    piece->block = op->block;
    piece->count = op->count;
}

/* Pieces of every rank and step in the order of the messages, so that both ends name those of one
 * peer alike. next: ranks·steps cursors. */
static void fill(const struct tw_msccl *msccl, const struct message *messages, int count,
                 struct tw_step_table *table, uint32_t *starts, uint32_t *next,
                 struct tw_step_piece *pieces)
{
    size_t cells = (size_t)table->ranks * (size_t)table->steps;
    for (int m = 0; m < count; m++) {
        int level = msccl->ops[messages[m].sender].send_level;
        starts[cell(table, messages[m].from, level) + 1]++;
        starts[cell(table, messages[m].to, level) + 1]++;
    }
    for (size_t c = 0; c < cells; c++) {
        table->pieces_max = more(table->pieces_max, (int)starts[c + 1]);
        starts[c + 1] += starts[c];
        next[c] = starts[c];
    }
    for (int m = 0; m < count; m++) {
        const struct tw_msccl_op *send = &msccl->ops[messages[m].sender];
        const struct tw_msccl_op *receive = &msccl->ops[messages[m].receiver];
        put(pieces, &next[cell(table, messages[m].from, send->send_level)], messages[m].to,
            TW_TABLE_SEND, send);
        put(pieces, &next[cell(table, messages[m].to, send->send_level)], messages[m].from,
            receive->combines ? TW_TABLE_COMBINE : TW_TABLE_COPY, receive);
    }
    table->one_port = 1;
    for (size_t c = 0; c < cells; c++) {
        int peers[2] = {-1, -1};
        for (uint32_t i = starts[c]; i < starts[c + 1]; i++) {
            int *peer = &peers[pieces[i].action != TW_TABLE_SEND];
            table->one_port &= *peer < 0 || *peer == pieces[i].peer;
            *peer = pieces[i].peer;
        }
    }
}

tw_status tw_msccl_level(struct tw_msccl *msccl, struct tw_pool *pool, struct tw_step_table **out,
                         struct tw_err *err)
{
    size_t room = (size_t)msccl->count + 1;
    struct message *messages = tw_pool_array(pool, room, sizeof *messages);
    struct message *receives = tw_pool_array(pool, room, sizeof *receives);
    int count = 0, steps = 1;
    if (!messages || !receives)
        return tw_err_set(err, TW_MEMORY, "no memory for %s", msccl->path);
    tw_status status = pair(msccl, messages, receives, &count, err);
    if (!status)
        status = relax(msccl, messages, count, &steps, err);
    if (status)
        return status;
    size_t cells = (size_t)msccl->ranks * (size_t)steps;
    if (cells > CELLS_MAX)
        return tw_err_set(err, TW_REFUSED, "%s: %d steps of %d ranks; at most %d steps times ranks",
                          msccl->path, steps, msccl->ranks, CELLS_MAX);
    struct tw_step_table *table = tw_pool_take(pool, sizeof *table);
    uint32_t *starts = tw_pool_array(pool, cells + 1, sizeof *starts);
    uint32_t *next = tw_pool_array(pool, cells + 1, sizeof *next);
    struct tw_step_piece *pieces = tw_pool_array(pool, 2 * room, sizeof *pieces);
    if (!table || !starts || !next || !pieces)
        return tw_err_set(err, TW_MEMORY, "no memory for %s", msccl->path);
    *table = (struct tw_step_table){.kind = msccl->kind,
                                    .ranks = msccl->ranks,
                                    .steps = steps,
                                    .blocks = msccl->blocks,
                                    .starts = starts,
                                    .pieces = pieces};
    fill(msccl, messages, count, table, starts, next, pieces);
    *out = table;
    return TW_OK;
}
