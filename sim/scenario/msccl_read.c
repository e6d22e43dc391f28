/* MSCCL's XML: <algo coll ngpus nchunksperloop> of <gpu id> of <tb send recv chan> of <step s type
 * srcbuf srcoff dstbuf dstoff cnt depid deps>. Attributes that choose kernels of a GPU (proto,
 * nchannels, name, …) are not looked at. Types of steps:
 *   s send · r receive · rcs receive, copy, send · rrc receive, reduce, copy · rrs receive, reduce,
 *   send · rrcs receive, reduce, copy, send · cpy copy in place · nop
 * An rrs keeps its sum too, which MSCCL does not: what is later read must be written again anyway,
 * and the schedule is run on arrays before it is used. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "msccl.h"
#include "read_xml.h"

enum { RANKS_MAX = 1024, BLOCKS_MAX = 1 << 16, OPS_MAX = 1 << 16 };
#define MSCCL_MAX_B ((size_t)16 << 20)

/* A thread block while its steps are read. */
struct reading {
    struct tw_msccl *msccl;
    struct tw_err *err;
    int room;
    int gpu, to, from, channel;
    int *firsts; /* of this GPU's thread blocks by id: index of the first op */
    int *sizes;
    int blocks; /* thread blocks of this GPU */
};

static tw_status wrong(const struct tw_node *element, struct tw_err *err)
{
    tw_err_at(err, element->file, element->line);
    return err->status;
}

/* A whole number from `least` to `most`; absent: `otherwise`, or a mistake when that is INT_MIN. */
static tw_status number(const struct tw_node *element, const char *name, int least, int most,
                        int otherwise, int *value, struct tw_err *err)
{
    const char *text = tw_model_text(element, name);
    char *end = NULL;
    if (!text && otherwise != INT_MIN) {
        *value = otherwise;
        return TW_OK;
    }
    long read = text ? strtol(text, &end, 10) : 0;
    if (text && end != text && *end == '\0' && read >= least && read <= most) {
        *value = (int)read;
        return TW_OK;
    }
    tw_err_set(err, TW_INPUT, "%s: attribute %s is not a whole number from %d to %d", element->name,
               name, least, most);
    return wrong(element, err);
}

/* The blocks that an offset of a buffer names. */
static tw_status locate(const struct reading *reading, const struct tw_node *step,
                        const char *buffer, const char *offset, int count, uint32_t *block)
{
    const struct tw_msccl *msccl = reading->msccl;
    const char *text = tw_model_text(step, buffer);
    int at = 0, own = 0;
    if (text && strcmp(text, "i") == 0)
        own = msccl->kind == TW_GATHER;
    else if (text && strcmp(text, "o") == 0)
        own = msccl->kind == TW_REDUCE_SCATTER;
    else {
        tw_err_set(reading->err, TW_REFUSED, "step: %s is not i or o; scratch is not known here",
                   buffer);
        return wrong(step, reading->err);
    }
    int chunks = own ? 1 : (int)msccl->blocks;
    tw_status status = number(step, offset, 0, chunks - (count < chunks ? count : chunks), INT_MIN,
                              &at, reading->err);
    if (!status && count > chunks) {
        tw_err_set(reading->err, TW_INPUT, "step: %d chunks of %d", count, chunks);
        status = wrong(step, reading->err);
    }
    *block = (uint32_t)(own ? reading->gpu : at);
    return status;
}

static const struct type {
    const char *name;
    int receives, combines, sends;
    enum { SOURCE, TARGET, BOTH, NOTHING } where; /* which place it names, or two that must agree */
} types[] = {{"s", 0, 0, 1, SOURCE}, {"r", 1, 0, 0, TARGET},   {"rcs", 1, 0, 1, TARGET},
             {"rrc", 1, 1, 0, BOTH}, {"rrs", 1, 1, 1, SOURCE}, {"rrcs", 1, 1, 1, BOTH},
             {"cpy", 0, 0, 0, BOTH}, {"nop", 0, 0, 0, NOTHING}};

static tw_status read_places(const struct reading *reading, const struct tw_node *step,
                             const struct type *type, struct tw_msccl_op *op)
{
    uint32_t source = 0, target = 0;
    int count = 1;
    if (type->where == NOTHING)
        return TW_OK;
    tw_status status =
        number(step, "cnt", 1, (int)reading->msccl->blocks, INT_MIN, &count, reading->err);
    if (!status && type->where != TARGET)
        status = locate(reading, step, "srcbuf", "srcoff", count, &source);
    if (!status && type->where != SOURCE)
        status = locate(reading, step, "dstbuf", "dstoff", count, &target);
    if (!status && type->where == BOTH && source != target) {
        tw_err_set(reading->err, TW_REFUSED,
                   "step: %s from chunk %u to chunk %u; chunks keep their place here", type->name,
                   source, target);
        status = wrong(step, reading->err);
    }
    op->block = type->where == TARGET ? target : source;
    op->count = (uint32_t)count;
    return status;
}

static tw_status read_step(struct reading *reading, const struct tw_node *step, int s)
{
    struct tw_msccl *msccl = reading->msccl;
    const char *name = tw_model_text(step, "type");
    const struct type *type = NULL;
    int told = 0, depid = -1, deps = -1;
    for (size_t i = 0; name && i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0)
            type = &types[i];
    if (!type) {
        tw_err_set(reading->err, TW_REFUSED, "step: type '%.16s' is not known here",
                   name ? name : "");
        tw_err_hint(reading->err, TW_REFUSED, "known: s r rcs rrc rrs rrcs cpy nop");
        return wrong(step, reading->err);
    }
    if (msccl->count == reading->room) {
        tw_err_set(reading->err, TW_REFUSED, "step: more than %d steps", OPS_MAX);
        return wrong(step, reading->err);
    }
    struct tw_msccl_op *op = &msccl->ops[msccl->count];
    *op = (struct tw_msccl_op){.line = step->line,
                               .gpu = reading->gpu,
                               .from = reading->from,
                               .to = reading->to,
                               .channel = reading->channel,
                               .receives = type->receives,
                               .combines = type->combines,
                               .sends = type->sends,
                               .depends = -1,
                               .block_first = msccl->count - s};
    tw_status status = number(step, "s", s, s, INT_MIN, &told, reading->err);
    if (!status)
        status = read_places(reading, step, type, op);
    if (!status)
        status = number(step, "depid", -1, OPS_MAX, -1, &depid, reading->err);
    if (!status)
        status = number(step, "deps", -1, OPS_MAX, -1, &deps, reading->err);
    if (status)
        return status;
    if ((type->receives && reading->from < 0) || (type->sends && reading->to < 0)) {
        tw_err_set(reading->err, TW_INPUT, "step: its tb %s nobody",
                   type->sends && reading->to < 0 ? "sends to" : "receives from");
        return wrong(step, reading->err);
    }
    /* thread block and step now, the op's index when the whole GPU is read */
    op->depends = depid >= 0 && deps >= 0 ? -2 : -1;
    op->receive_level = depid;
    op->send_level = deps;
    msccl->count++;
    return TW_OK;
}

static tw_status read_block(struct reading *reading, const struct tw_node *tb)
{
    int most = reading->msccl->ranks - 1, s = 0, id = 0;
    tw_status status =
        number(tb, "id", reading->blocks, reading->blocks, INT_MIN, &id, reading->err);
    if (!status)
        status = number(tb, "send", -1, most, INT_MIN, &reading->to, reading->err);
    if (!status)
        status = number(tb, "recv", -1, most, INT_MIN, &reading->from, reading->err);
    if (!status)
        status = number(tb, "chan", 0, 1 << 20, INT_MIN, &reading->channel, reading->err);
    if (!status && (reading->to == reading->gpu || reading->from == reading->gpu)) {
        tw_err_set(reading->err, TW_INPUT, "tb: gpu %d is its own peer", reading->gpu);
        status = wrong(tb, reading->err);
    }
    reading->firsts[reading->blocks] = reading->msccl->count;
    for (const struct tw_node *step = tb->first; step && !status; step = step->next)
        status = read_step(reading, step, s++);
    reading->sizes[reading->blocks++] = s;
    return status;
}

/* Dependencies of a GPU's steps, from thread block and step to the op. */
static tw_status resolve(const struct reading *reading, int first)
{
    for (int i = first; i < reading->msccl->count; i++) {
        struct tw_msccl_op *op = &reading->msccl->ops[i];
        int block = op->receive_level, s = op->send_level;
        op->receive_level = op->send_level = 0;
        if (op->depends == -1)
            continue;
        if (block >= reading->blocks || s >= reading->sizes[block]) {
            tw_err_set(reading->err, TW_INPUT,
                       "step: it depends on step %d of tb %d, which is none", s, block);
            tw_err_at(reading->err, reading->msccl->path, op->line);
            return TW_INPUT;
        }
        op->depends = reading->firsts[block] + s;
    }
    return TW_OK;
}

static tw_status read_gpu(struct reading *reading, const struct tw_node *gpu, int expected)
{
    int first = reading->msccl->count;
    tw_status status = number(gpu, "id", expected, expected, INT_MIN, &reading->gpu, reading->err);
    reading->blocks = 0;
    for (const struct tw_node *tb = gpu->first; tb && !status; tb = tb->next) {
        if (reading->blocks == OPS_MAX) {
            tw_err_set(reading->err, TW_REFUSED, "gpu: more than %d thread blocks", OPS_MAX);
            return wrong(tb, reading->err);
        }
        status = read_block(reading, tb);
    }
    return status ? status : resolve(reading, first);
}

static tw_status read_algo(struct reading *reading, const struct tw_node *algo)
{
    static const struct {
        const char *name;
        enum tw_request_kind kind;
    } kinds[] = {
        {"allreduce", TW_SUM}, {"allgather", TW_GATHER}, {"reduce_scatter", TW_REDUCE_SCATTER}};
    struct tw_msccl *msccl = reading->msccl;
    const char *coll = tw_model_text(algo, "coll");
    int known = 0, chunks = 0, gpus = 0;
    for (int i = 0; coll && i < 3; i++)
        if (strcmp(kinds[i].name, coll) == 0) {
            msccl->kind = kinds[i].kind;
            known = 1;
        }
    if (strcmp(algo->name, "algo") != 0 || !known) {
        tw_err_set(reading->err, TW_REFUSED, "%s: coll '%.32s' is not known here", algo->name,
                   coll ? coll : "");
        tw_err_hint(reading->err, TW_REFUSED,
                    "<algo coll=\"allreduce|allgather|reduce_scatter\" …>");
        return wrong(algo, reading->err);
    }
    tw_status status = number(algo, "ngpus", 2, RANKS_MAX, INT_MIN, &msccl->ranks, reading->err);
    if (!status && msccl->kind == TW_SUM)
        status = number(algo, "nchunksperloop", 1, BLOCKS_MAX, INT_MIN, &chunks, reading->err);
    else if (!status) /* one chunk per GPU */
        status = number(algo, "nchunksperloop", msccl->ranks, msccl->ranks, INT_MIN, &chunks,
                        reading->err);
    msccl->blocks = (uint32_t)chunks;
    for (const struct tw_node *gpu = algo->first; gpu && !status; gpu = gpu->next)
        status = gpus < msccl->ranks ? read_gpu(reading, gpu, gpus) : TW_OK, gpus++;
    if (status || gpus == msccl->ranks)
        return status;
    tw_err_set(reading->err, TW_INPUT, "algo: %d gpus, and ngpus is %d", gpus, msccl->ranks);
    return wrong(algo, reading->err);
}

tw_status tw_msccl_read(const char *path, struct tw_pool *pool, struct tw_step_table **table,
                        struct tw_err *err)
{
    struct tw_msccl msccl = {.path = path};
    struct tw_err local = {0};
    struct tw_node *root = NULL;
    struct reading reading = {.msccl = &msccl, .err = &local, .room = OPS_MAX};
    msccl.ops = calloc(OPS_MAX, sizeof *msccl.ops);
    reading.firsts = calloc(OPS_MAX, sizeof *reading.firsts);
    reading.sizes = calloc(OPS_MAX, sizeof *reading.sizes);
    tw_status status = msccl.ops && reading.firsts && reading.sizes
                           ? tw_xml_read_plain(path, MSCCL_MAX_B, pool, &root, &local)
                           : tw_err_set(&local, TW_MEMORY, "no memory for %s", path);
    if (!status)
        status = read_algo(&reading, root);
    if (!status)
        status = tw_msccl_level(&msccl, pool, table, &local);
    if (status && err)
        *err = local;
    free(msccl.ops);
    free(reading.firsts);
    free(reading.sizes);
    return status;
}
