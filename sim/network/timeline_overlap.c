/* A step whose exchanges run beside the backward, as data parallel training does it (Li et al.,
 * arXiv 2006.15704): the gradient is made bucket by bucket, and each is compressed, exchanged and
 * decoded while the backward goes on.
 *
 * The work of bucket b falls into pieces, an exchange behind each but the last:
 *     C_b X_b0 M_b1 X_b1 … D_b     (compress, exchange, between exchanges, …, decode and feedback)
 * Every rank has the same static order on each of its streams, whatever is ready first, for ranks
 * of different orders wait for each other for ever: compute        F B_0 B_1 … B_n U (micro-batches
 * before the last one are part of F) kernels        C_0 M_0… C_1 D_0 M_1… C_2 D_1 M_2… … D_n
 *     communication  X_00 X_01 … X_10 X_11 …  with k streams, bucket b on stream b mod k
 * so that a bucket is decoded behind the compression of the next one, and exchanges never wait for
 * a decoding. Inline, kernels are on the compute stream: F B_0 C_0 B_1 C_1 … B_n C_n M_0… D_0 M_1…
 * D_1 … U: what comes behind an exchange waits there for the end of the backward.
 *
 * B_b takes its share of the backward (timeline_backward.c), from the second bucket on times
 * `slowdown`: no exchange can be under way before the first bucket is made. Whether one really is
 * under way is not asked, which keeps both executors exact; where communication is short, the
 * slowdown is overstated. Combining (γ) takes nothing from compute. U (the rule's direction and the
 * optimizer) is behind everything.
 *
 * Sharded weights (sim/train/shard.c) are gathered on a stream of their own. Where the forward and
 * the backward need them, both go bucket by bucket, F_n … F_0 B_0 … B_n, each behind its gather,
 * and a gather is behind the piece of compute before the last one: while one bucket computes, the
 * next one travels, and no third one takes memory, as FSDP prefetches (Zhao et al., arXiv
 * 2304.11277). Where only
 * the forward needs gathers the weights stay, and nothing holds the next one back. These, and
 * gathers behind U, are never under way together with gradients: they go on the first stream of
 * those. */
#include <stdlib.h>
#include "timeline_plan.h"

/* Work items first … end−1 of the record, then the exchange, an index too, or −1. */
struct piece {
    int first, end, exchange;
};

struct bucket {
    struct piece *pieces;
    int count;
    int end; /* the item behind which the bucket's next piece comes, −1 */
};

struct builder {
    struct tw_step_plan *plan;
    const struct tw_pricing *pricing;
    const struct tw_record *record;
    struct tw_err *err;
    struct piece *pieces;   /* of all buckets, in the record's order */
    struct bucket *buckets; /* the last is that of bucket −1 */
    int bucket_count, kernels, streams;
    int last[TW_RANK_STREAMS_MAX]; /* the last item of each stream, −1 */
    struct tw_moments moments;     /* of the record */
    int weights;                   /* the stream of gathers before forward and backward */
    int again;                     /* 1: the backward gathers too, so the forward keeps none */
    int need;                      /* a gather that compute has yet to wait for, −1 */
    int ends[2], computes;         /* the last items of the last two pieces of compute; pieces */
    uint32_t incast[TW_RANK_STREAMS_MAX];
};

static tw_status no_memory(const struct builder *build)
{
    return tw_err_set(build->err, TW_MEMORY, "no memory for a step of %d ranks",
                      build->plan->ranks);
}

/* The record's items as pieces. Work of a bucket must stand together, bucket −1 last. */
static tw_status cut(struct builder *build)
{
    const struct tw_record *record = build->record;
    int at = -1, pieces = 0;
    for (int i = build->moments.gradient; i < build->moments.update; i++) {
        const struct tw_item *item = &record->items[i];
        int bucket = item->bucket < 0 ? build->bucket_count : item->bucket;
        if (bucket < at || bucket > build->bucket_count)
            return tw_err_set(build->err, TW_REFUSED,
                              "a step that comes back to bucket %d cannot be overlapped", bucket);
        struct bucket *own = &build->buckets[bucket];
        if (bucket != at) {
            own->pieces = &build->pieces[pieces++];
            *own->pieces = (struct piece){i, i, -1};
            own->count = 1;
            at = bucket;
        }
        if (item->type == TW_ITEM_WORK) {
            own->pieces[own->count - 1].end = i + 1;
        } else {
            own->pieces[own->count - 1].exchange = i;
            own->pieces[own->count++] = (struct piece){i + 1, i + 1, -1};
            pieces++;
        }
    }
    return TW_OK;
}

/* Puts the plan's items from `from` on a stream, the first of them behind item `after`. */
static void place(struct builder *build, int from, int stream, int after,
                  enum tw_action_account account, int bucket)
{
    struct tw_step_plan *plan = build->plan;
    for (int i = from; i < plan->count; i++) {
        struct tw_action_item *item = &plan->items[i];
        item->stream = stream;
        item->account = account;
        item->bucket = bucket;
        if (i == from && after >= 0 && plan->items[after].stream != stream)
            item->after[item->after_count++] = after;
        if (i == from && stream == TW_RANK_COMPUTE && build->need >= 0) {
            item->after[item->after_count++] = build->need;
            build->need = -1;
        }
        build->last[stream] = i;
    }
}

static tw_status put_compute(struct builder *build, double seconds, int bucket)
{
    int from = build->plan->count;
    build->plan->fresh = 1;
    if (build->need >= 0 && tw_plan_pause(build->plan))
        return no_memory(build);
    if (tw_plan_seconds(build->plan, build->pricing, seconds, -1, build->plan->compute_s))
        return no_memory(build);
    place(build, from, TW_RANK_COMPUTE, -1, TW_ACCOUNT_COMPUTE, bucket);
    build->ends[build->computes++ % 2] = build->last[TW_RANK_COMPUTE];
    return TW_OK;
}

/* An exchange on a stream, behind item `after`. */
static tw_status put_transfer(struct builder *build, int bucket, const struct tw_item *item,
                              int stream, int after)
{
    struct tw_traffic *traffic = &build->plan->traffic;
    int from = build->plan->count;
    tw_status status = tw_plan_launch(build->plan, build->pricing, item, build->err);
    if (status)
        return status;
    place(build, from, stream, after, TW_ACCOUNT_COMPRESS, bucket);
    from = build->plan->count;
    traffic->incast = 0;
    status = tw_plan_exchange(build->plan, build->pricing, item, build->err);
    if (status)
        return status;
    if (traffic->incast > build->incast[stream])
        build->incast[stream] = traffic->incast;
    place(build, from, stream, after, TW_ACCOUNT_MIXED, bucket);
    return TW_OK;
}

static tw_status put_exchange(struct builder *build, int bucket, const struct tw_item *item)
{
    struct bucket *own = &build->buckets[bucket];
    int from = build->plan->count;
    if (item->stream != TW_STREAM_GRADIENT)
        return tw_err_set(build->err, TW_REFUSED,
                          "only exchanges of gradients are overlapped with the backward");
    tw_status status =
        put_transfer(build, bucket, item, TW_RANK_EXCHANGE + bucket % build->streams, own->end);
    own->end = build->plan->count > from ? build->plan->count - 1 : own->end;
    return status;
}

/* The weights of a bucket, the record's items from *at on: the gather behind item `after`, and the
 * cast in front of the compute that needs them. */
static tw_status put_weights(struct builder *build, int *at, int end, int bucket, int stream,
                             int after)
{
    struct tw_step_plan *plan = build->plan;
    tw_status status = TW_OK;
    for (; *at < end && build->record->items[*at].bucket == bucket && !status; ++*at) {
        const struct tw_item *item = &build->record->items[*at];
        int from = plan->count;
        if (item->type == TW_ITEM_EXCHANGE) {
            status = put_transfer(build, bucket, item, stream, after);
            build->need = plan->count > from ? plan->count - 1 : build->need;
        } else {
            plan->fresh = 1;
            status = tw_plan_work(plan, build->pricing, item, build->err);
            place(build, from, TW_RANK_COMPUTE, -1, TW_ACCOUNT_COMPRESS, bucket);
        }
    }
    return status;
}

/* Pieces first … end−1 of a bucket, each with its exchange. */
static tw_status put_pieces(struct builder *build, int bucket, int first, int end)
{
    struct bucket *own = &build->buckets[bucket];
    tw_status status = TW_OK;
    for (int p = first; p < end && !status; p++) {
        const struct piece *piece = &own->pieces[p];
        int from = build->plan->count;
        build->plan->fresh = 1;
        for (int i = piece->first; i < piece->end && !status; i++)
            status =
                tw_plan_work(build->plan, build->pricing, &build->record->items[i], build->err);
        place(build, from, build->kernels, own->end, TW_ACCOUNT_COMPRESS, bucket);
        own->end = build->plan->count > from ? build->plan->count - 1 : own->end;
        if (!status && piece->exchange >= 0)
            status = put_exchange(build, bucket, &build->record->items[piece->exchange]);
    }
    return status;
}

/* C and X_0; M_1 X_1 …; D. A bucket that is not exchanged has only a C. */
static tw_status put_head(struct builder *build, int bucket)
{
    return put_pieces(build, bucket, 0, build->buckets[bucket].count > 0);
}

static tw_status put_middle(struct builder *build, int bucket)
{
    return put_pieces(build, bucket, 1, build->buckets[bucket].count - 1);
}

static tw_status put_tail(struct builder *build, int bucket)
{
    int count = build->buckets[bucket].count;
    return count > 1 ? put_pieces(build, bucket, count - 1, count) : TW_OK;
}

/* Whether all gathers up to `end` stood where their bucket's turn was. */
static tw_status all_placed(const struct builder *build, int at, int end)
{
    return at == end
               ? TW_OK
               : tw_err_set(build->err, TW_CORRUPT, "item %d of a step is out of its turn", at);
}

static tw_status put_buckets(struct builder *build, const double *backward_s, double left_s)
{
    int beside = build->kernels != TW_RANK_COMPUTE, count = build->bucket_count;
    double slowdown = build->pricing->overlap.slowdown > 0 ? build->pricing->overlap.slowdown : 1;
    int at = build->moments.backward;
    tw_status status = TW_OK;
    for (int b = 0; b < count && !status; b++) {
        status = put_weights(build, &at, build->moments.gradient, b, build->weights,
                             build->ends[build->computes % 2]);
        if (!status)
            status = put_compute(build, backward_s[b] * (b > 0 ? slowdown : 1), b);
        build->buckets[b].end = build->last[TW_RANK_COMPUTE];
        if (!status)
            status = put_head(build, b);
        if (!status && beside && b > 0)
            status = put_tail(build, b - 1);
        if (!status && beside)
            status = put_middle(build, b);
    }
    if (!status)
        status = all_placed(build, at, build->moments.gradient);
    if (!status)
        status = put_compute(build, left_s * (count > 0 ? slowdown : 1), -1);
    for (int b = beside ? count - 1 : 0; b >= 0 && b < count && !status; b++) {
        status = beside ? TW_OK : put_middle(build, b);
        if (!status)
            status = put_tail(build, b);
    }
    return status;
}

/* Direction and update, behind the last item of every other stream. */
static tw_status put_update(struct builder *build)
{
    const struct bucket *own = &build->buckets[build->bucket_count];
    struct tw_step_plan *plan = build->plan;
    int from = plan->count;
    if (own->count > 1)
        return tw_err_set(build->err, TW_REFUSED,
                          "an exchange of no bucket cannot be overlapped with the backward");
    for (int i = own->count ? own->pieces->first : 0; i < (own->count ? own->pieces->end : 0);
         i++) {
        const struct tw_item *item = &build->record->items[i];
        int before = plan->count;
        enum tw_action_account account =
            item->stage == TW_STAGE_METHOD ? TW_ACCOUNT_COMPRESS : TW_ACCOUNT_COMPUTE;
        plan->fresh = before == from || plan->items[before - 1].account != account;
        tw_status status = tw_plan_work(plan, build->pricing, item, build->err);
        if (status)
            return status;
        place(build, before, TW_RANK_COMPUTE, -1, account, -1);
    }
    if (plan->count == from && build->moments.update < build->record->count) {
        if (tw_plan_pause(plan))
            return no_memory(build);
        place(build, from, TW_RANK_COMPUTE, -1, TW_ACCOUNT_COMPUTE, -1);
    }
    for (int s = 1; s < TW_RANK_STREAMS_MAX && plan->count > from; s++)
        if (build->last[s] >= 0)
            plan->items[from].after[plan->items[from].after_count++] = build->last[s];
    return TW_OK;
}

/* Gathers behind the update, each with its cast. */
static tw_status put_behind(struct builder *build)
{
    int at = build->moments.update, after = build->last[TW_RANK_COMPUTE];
    tw_status status = TW_OK;
    while (at < build->record->count && !status)
        status = put_weights(build, &at, build->record->count, build->record->items[at].bucket,
                             TW_RANK_EXCHANGE, after);
    return status;
}

/* The forward, in one or behind the gathers of its buckets. */
static tw_status put_forward(struct builder *build, const struct tw_trace *trace)
{
    const struct tw_pricing *pricing = build->pricing;
    double whole_s = pricing->forward_s + pricing->backward_s;
    int at = 0;
    if (build->moments.gradient == 0)
        return put_compute(build, (tw_plan_batches(pricing) - 1) * whole_s + pricing->forward_s,
                           -1);
    build->again = build->moments.gradient > build->moments.backward;
    build->weights = TW_RANK_EXCHANGE + (build->again ? build->streams : 0);
    if (build->weights >= TW_RANK_STREAMS_MAX)
        return tw_err_hint(
            build->err,
            tw_err_set(build->err, TW_REFUSED,
                       "%d streams for gradients leave none for the gathers of weights",
                       build->streams),
            "streams=\"%d\" or less", TW_RANK_STREAMS_MAX - TW_RANK_EXCHANGE - 1);
    double *forward_s = calloc((size_t)trace->buckets + 1, sizeof *forward_s);
    if (!forward_s)
        return no_memory(build);
    tw_status status = tw_plan_forward(pricing, trace, forward_s, build->err);
    for (int b = trace->buckets - 1; b >= 0 && !status; b--) {
        status = put_weights(build, &at, build->moments.backward, b, build->weights,
                             build->again ? build->ends[build->computes % 2] : -1);
        if (!status)
            status = put_compute(build, forward_s[b], -1);
    }
    free(forward_s);
    return status ? status : all_placed(build, at, build->moments.backward);
}

static tw_status put_step(struct builder *build, const struct tw_trace *trace, double *backward_s)
{
    const struct tw_pricing *pricing = build->pricing;
    double left_s = 0;
    tw_status status = tw_plan_backward(pricing, trace, backward_s, &left_s, build->err);
    if (!status)
        status = tw_plan_moments(pricing, build->record, &build->moments, build->err);
    if (!status)
        status = cut(build);
    if (!status)
        status = put_forward(build, trace);
    if (!status)
        status = put_buckets(build, backward_s, left_s);
    if (!status)
        status = put_update(build);
    return status ? status : put_behind(build);
}

tw_status tw_plan_overlapped(struct tw_step_plan *plan, const struct tw_pricing *pricing,
                             const struct tw_trace *trace, const struct tw_record *record,
                             struct tw_err *err)
{
    struct builder build = {.plan = plan,
                            .pricing = pricing,
                            .record = record,
                            .err = err,
                            .bucket_count = trace->buckets,
                            .kernels = pricing->overlap.inline_ ? TW_RANK_COMPUTE : TW_RANK_METHOD,
                            .streams = pricing->overlap.streams ? pricing->overlap.streams : 1,
                            .need = -1,
                            .ends = {-1, -1}};
    for (int s = 0; s < TW_RANK_STREAMS_MAX; s++)
        build.last[s] = -1;
    plan->overlaps = 1;
    double *backward_s = calloc((size_t)trace->buckets + 1, sizeof *backward_s);
    build.pieces = calloc(2 * (size_t)record->count + 1, sizeof *build.pieces);
    build.buckets = calloc((size_t)trace->buckets + 1, sizeof *build.buckets);
    tw_status status = backward_s && build.pieces && build.buckets
                           ? put_step(&build, trace, backward_s)
                           : no_memory(&build);
    plan->traffic.incast = 0;
    for (int s = 0; s < TW_RANK_STREAMS_MAX; s++)
        plan->traffic.incast += build.incast[s];
    free(backward_s);
    free(build.pieces);
    free(build.buckets);
    return status;
}
