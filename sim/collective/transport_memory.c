/* The transport whose ranks all live in this process: answers are computed, nothing is sent. */
#include "rank_sum.h"
#include "transport_merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Answers live in one block that only grows; starts likewise. */
struct memory {
    unsigned char *data;
    uint64_t data_room; /* bytes */
    uint64_t *starts;
    uint64_t starts_room; /* entries */
    struct tw_merge_memory merges;
    unsigned char *pieces; /* of a source: PIECE elements of every rank */
    struct tw_request *pieced;
};

enum { ALIGNMENT = 64, PIECE = 1024 };

static tw_status grow_data(struct memory *memory, uint64_t elements, enum tw_element element,
                           uint64_t paddings, struct tw_err *err)
{
    uint64_t bytes;
    if (__builtin_mul_overflow(elements, tw_element_B(element), &bytes) ||
        __builtin_add_overflow(bytes, (paddings + 1) * ALIGNMENT, &bytes))
        return tw_err_set(err, TW_MEMORY, "an answer of %" PRIu64 " elements", elements);
    bytes -= bytes % ALIGNMENT;
    if (bytes <= memory->data_room)
        return TW_OK;
    free(memory->data);
    memory->data = aligned_alloc(ALIGNMENT, bytes);
    memory->data_room = memory->data ? bytes : 0;
    return memory->data ? TW_OK
                        : tw_err_set(err, TW_MEMORY, "no %" PRIu64 " B for an answer", bytes);
}

static tw_status grow_starts(struct memory *memory, uint64_t entries, struct tw_err *err)
{
    if (entries <= memory->starts_room)
        return TW_OK;
    free(memory->starts);
    memory->starts = calloc(entries, sizeof *memory->starts);
    memory->starts_room = memory->starts ? entries : 0;
    return memory->starts ? TW_OK : tw_err_set(err, TW_MEMORY, "no memory for starts of ranks");
}

/* ---- agreement ---- */

static tw_status check_data(const struct tw_request *request, int rank, int ranks,
                            struct tw_err *err)
{
    int personal = request->kind == TW_ALL_TO_ALL || request->kind == TW_REDUCE_SCATTER;
    if (personal && !request->counts)
        return tw_err_set(err, TW_INTERNAL, "%s of rank %d without counts",
                          tw_request_name(request->kind), rank);
    uint64_t elements = personal ? 0 : request->count;
    for (int q = 0; personal && q < ranks; q++)
        if (__builtin_add_overflow(elements, request->counts[q], &elements))
            return tw_err_set(err, TW_INTERNAL, "counts of rank %d overflow", rank);
    if (request->kind == TW_BROADCAST && rank != request->root)
        elements = 0;
    if (request->kind == TW_MERGE && elements > request->room)
        return tw_err_set(err, TW_INTERNAL,
                          "rank %d merges %" PRIu64 " elements in a room of %" PRIu64, rank,
                          elements, request->room);
    if (elements > 0 && !request->data)
        return tw_err_set(err, TW_INTERNAL, "%s of rank %d has %" PRIu64 " elements and no data",
                          tw_request_name(request->kind), rank, elements);
    return TW_OK;
}

/* What a rank asks for differently than rank 0, as a word; NULL when they agree. */
static const char *difference(const struct tw_request *first, const struct tw_request *own)
{
    enum tw_request_kind kind = first->kind;
    if (own->kind != kind)
        return "kind";
    if (own->element != first->element)
        return "element";
    if ((kind == TW_SUM || kind == TW_REDUCE_SCATTER) && own->combine != first->combine)
        return "combine";
    if (kind == TW_BROADCAST && own->root != first->root)
        return "root";
    if ((kind == TW_SUM || kind == TW_BROADCAST) && own->count != first->count)
        return "count";
    if (kind == TW_MERGE && own->room != first->room)
        return "room";
    return NULL;
}

static tw_status check_agreement(const struct tw_request *requests, int ranks, struct tw_err *err)
{
    const struct tw_request *first = &requests[0];
    enum tw_request_kind kind = first->kind;
    if ((unsigned)kind >= TW_REQUEST_COUNT || (unsigned)first->element >= TW_ELEMENT_COUNT)
        return tw_err_set(err, TW_INTERNAL, "rank 0 asks for kind %d of element %d", (int)kind,
                          (int)first->element);
    if (kind == TW_BROADCAST && (first->root < 0 || first->root >= ranks))
        return tw_err_set(err, TW_INTERNAL, "broadcast from rank %d of %d", first->root, ranks);
    for (int r = 0; r < ranks; r++) {
        const char *differs = difference(first, &requests[r]);
        if (differs)
            return tw_err_set(err, TW_INTERNAL, "ranks 0 and %d ask for %s with another %s", r,
                              tw_request_name(kind), differs);
        tw_status status = check_data(&requests[r], r, ranks, err);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

/* ---- one function per kind ---- */

static tw_status no_sum(enum tw_element element, struct tw_err *err)
{
    return tw_err_set(err, TW_INTERNAL, "elements of type %s have no sum",
                      tw_element_name(element));
}

/* PIECE values of every rank at a time: the same sums, for each element is one of its own. */
static tw_status sum_of_source(struct memory *memory, const struct tw_source *source,
                               const struct tw_request *requests, int ranks, struct tw_err *err)
{
    const size_t element_B = tw_element_B(requests[0].element), row_B = PIECE * sizeof(double);
    if (!memory->pieces)
        memory->pieces = malloc((size_t)ranks * row_B);
    if (!memory->pieced)
        memory->pieced = calloc((size_t)ranks, sizeof *memory->pieced);
    if (!memory->pieces || !memory->pieced)
        return tw_err_set(err, TW_MEMORY, "no memory for pieces of %d ranks", ranks);
    for (uint64_t done = 0; done < requests[0].count; done += PIECE) {
        uint64_t left = requests[0].count - done, count = left < PIECE ? left : PIECE;
        for (int r = 0; r < ranks; r++) {
            memory->pieced[r] = requests[r];
            memory->pieced[r].data = memory->pieces + (size_t)r * row_B;
            source->make(source, r, done, count, memory->pieces + (size_t)r * row_B);
        }
        if (!tw_rank_sum(memory->pieced, ranks, requests[0].element, requests[0].combine, 0, count,
                         memory->data + done * element_B))
            return no_sum(requests[0].element, err);
    }
    return TW_OK;
}

static tw_status answer_sum(struct memory *memory, const struct tw_source *source,
                            const struct tw_request *requests, int ranks, struct tw_answer *answer,
                            struct tw_err *err)
{
    const struct tw_request *first = &requests[0];
    tw_status status = grow_data(memory, first->count, first->element, 0, err);
    if (!status && source)
        status = sum_of_source(memory, source, requests, ranks, err);
    if (status != TW_OK)
        return status;
    if (!source && !tw_rank_sum(requests, ranks, first->element, first->combine, 0, first->count,
                                memory->data))
        return no_sum(first->element, err);
    answer->count = first->count;
    answer->data = memory->data;
    return TW_OK;
}

static tw_status answer_broadcast(struct memory *memory, const struct tw_request *requests,
                                  struct tw_answer *answer, struct tw_err *err)
{
    const struct tw_request *root = &requests[requests[0].root];
    tw_status status = grow_data(memory, root->count, root->element, 0, err);
    if (status != TW_OK)
        return status;
    if (root->count)
        memcpy(memory->data, root->data, root->count * tw_element_B(root->element));
    answer->count = root->count;
    answer->data = memory->data;
    return TW_OK;
}

static tw_status answer_gather(struct memory *memory, const struct tw_request *requests, int ranks,
                               struct tw_answer *answer, struct tw_err *err)
{
    enum tw_element element = requests[0].element;
    size_t element_B = tw_element_B(element);
    tw_status status = grow_starts(memory, (uint64_t)ranks + 1, err);
    if (status != TW_OK)
        return status;
    uint64_t *starts = memory->starts;
    starts[0] = 0;
    for (int r = 0; r < ranks; r++)
        if (__builtin_add_overflow(starts[r], requests[r].count, &starts[r + 1]))
            return tw_err_set(err, TW_MEMORY, "a gather of more than 2^64 elements");
    status = grow_data(memory, starts[ranks], element, 0, err);
    if (status != TW_OK)
        return status;
    for (int r = 0; r < ranks; r++)
        if (requests[r].count)
            memcpy(memory->data + starts[r] * element_B, requests[r].data,
                   requests[r].count * element_B);
    answer->count = starts[ranks];
    answer->data = memory->data;
    answer->starts = starts;
    return TW_OK;
}

/* Inboxes lie one behind the other, each aligned; their bytes are given out in rank order. */
static void lay_inboxes(struct memory *memory, struct tw_answer *inboxes, int ranks,
                        size_t element_B)
{
    uint64_t at = 0;
    for (int q = 0; q < ranks; q++) {
        inboxes[q].data = memory->data + at;
        at += (inboxes[q].count * element_B + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}

static tw_status answer_all_to_all(struct memory *memory, const struct tw_request *requests,
                                   int ranks, struct tw_answer *inboxes, struct tw_err *err)
{
    size_t element_B = tw_element_B(requests[0].element), entries = (size_t)ranks + 1;
    tw_status status = grow_starts(memory, (uint64_t)ranks * entries, err);
    if (status != TW_OK)
        return status;
    uint64_t total = 0;
    for (int q = 0; q < ranks; q++) {
        uint64_t *starts = memory->starts + (size_t)q * entries;
        starts[0] = 0;
        for (int r = 0; r < ranks; r++)
            starts[r + 1] = starts[r] + requests[r].counts[q];
        inboxes[q].count = starts[ranks];
        inboxes[q].starts = starts;
        total += starts[ranks];
    }
    status = grow_data(memory, total, requests[0].element, (uint64_t)ranks, err);
    if (status != TW_OK)
        return status;
    lay_inboxes(memory, inboxes, ranks, element_B);
    for (int r = 0; r < ranks; r++) {
        const unsigned char *from = requests[r].data;
        for (int q = 0; q < ranks; q++) {
            size_t bytes = requests[r].counts[q] * element_B;
            if (bytes == 0)
                continue;
            size_t at = (size_t)((unsigned char *)inboxes[q].data - memory->data);
            memcpy(memory->data + at + inboxes[q].starts[r] * element_B, from, bytes);
            from += bytes;
        }
    }
    return TW_OK;
}

static tw_status answer_reduce_scatter(struct memory *memory, const struct tw_request *requests,
                                       int ranks, struct tw_answer *inboxes, struct tw_err *err)
{
    const struct tw_request *first = &requests[0];
    uint64_t total = 0;
    for (int q = 0; q < ranks; q++) {
        for (int r = 1; r < ranks; r++)
            if (requests[r].counts[q] != first->counts[q])
                return tw_err_set(err, TW_INTERNAL,
                                  "ranks 0 and %d differ in what they reduce for rank %d", r, q);
        inboxes[q].count = first->counts[q];
        total += first->counts[q];
    }
    tw_status status = grow_data(memory, total, first->element, (uint64_t)ranks, err);
    if (status != TW_OK)
        return status;
    lay_inboxes(memory, inboxes, ranks, tw_element_B(first->element));
    uint64_t done = 0;
    for (int q = 0; q < ranks; q++) {
        size_t at = (size_t)((unsigned char *)inboxes[q].data - memory->data);
        if (!tw_rank_sum(requests, ranks, first->element, first->combine, done, first->counts[q],
                         memory->data + at))
            return no_sum(first->element, err);
        done += first->counts[q];
    }
    return TW_OK;
}

/* ---- the door ---- */

static tw_status exchange(struct tw_transport *transport, const struct tw_request *requests,
                          struct tw_answer *answer, struct tw_answer *inboxes, struct tw_err *err)
{
    int ranks = transport->ranks;
    tw_status status = check_agreement(requests, ranks, err);
    if (status != TW_OK)
        return status;
    enum tw_request_kind kind = requests[0].kind;
    struct tw_answer empty = {.kind = kind, .element = requests[0].element, .ranks = ranks};
    int personal = kind == TW_ALL_TO_ALL || kind == TW_REDUCE_SCATTER;
    if (personal ? !inboxes : !answer)
        return tw_err_set(err, TW_INTERNAL, "%s without a place for its answer",
                          tw_request_name(kind));
    if (!personal)
        *answer = empty;
    for (int q = 0; personal && q < ranks; q++)
        inboxes[q] = empty;
    switch (kind) {
    case TW_SUM:
        return answer_sum(transport->state, transport->source, requests, ranks, answer, err);
    case TW_GATHER:
        return answer_gather(transport->state, requests, ranks, answer, err);
    case TW_BROADCAST:
        return answer_broadcast(transport->state, requests, answer, err);
    case TW_ALL_TO_ALL:
        return answer_all_to_all(transport->state, requests, ranks, inboxes, err);
    case TW_REDUCE_SCATTER:
        return answer_reduce_scatter(transport->state, requests, ranks, inboxes, err);
    case TW_MERGE:
        if (transport->merging)
            return tw_merge_in_memory(&((struct memory *)transport->state)->merges,
                                      transport->merging, requests, ranks, answer, err);
        return tw_err_set(err, TW_REFUSED, "a merge, and nobody has said how to merge");
    default:
        return tw_err_set(err, TW_INTERNAL, "requests of kind %d", (int)kind);
    }
}

static void close_memory(struct tw_transport *transport)
{
    struct memory *memory = transport->state;
    if (memory) {
        free(memory->data);
        free(memory->starts);
        free(memory->pieces);
        free(memory->pieced);
        tw_merge_memory_free(&memory->merges);
        free(memory);
    }
    *transport = (struct tw_transport){0};
}

tw_status tw_transport_memory(struct tw_transport *transport, int ranks, struct tw_err *err)
{
    *transport = (struct tw_transport){0};
    if (ranks < 1)
        return tw_err_set(err, TW_INTERNAL, "a transport of %d ranks", ranks);
    struct memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return tw_err_set(err, TW_MEMORY, "no memory for a transport");
    *transport = (struct tw_transport){.ranks = ranks,
                                       .mine = ranks,
                                       .exchange = exchange,
                                       .close = close_memory,
                                       .state = memory};
    return TW_OK;
}
