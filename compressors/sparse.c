/* Sparse all-gather members: state, requests, plan and answers; nothing here looks at values. */
#include "sparse_real.h"

#include <stdlib.h>

const char *const tw_sparse_index_names[] = {"u32", "u64", NULL};
const char *const tw_sparse_exchange_names[] = {"one", "two", NULL};

static unsigned value_B(const struct tw_problem *problem)
{
    return tw_precision_B(problem->precision);
}

static enum tw_element value_element(const struct tw_problem *problem)
{
    return problem->precision == TW_FP64 ? TW_ELEMENT_F64 : TW_ELEMENT_F32;
}

void tw_sparse_carve(const struct tw_problem *problem, const struct tw_sparse_way *way,
                     struct tw_arena *arena, struct tw_sparse_shared *shared)
{
    uint64_t ranks = (uint64_t)problem->ranks;
    shared->problem = *problem;
    shared->way = *way;
    shared->kept = tw_parts_kept(problem, way->scope, way->ratio);
    shared->messages = tw_arena_take(arena, ranks, sizeof *shared->messages);
    shared->tile = tw_arena_take(arena, TW_SPARSE_TILE, sizeof *shared->tile);
    shared->values = tw_arena_take(arena, way->two ? ranks * shared->kept : 0, value_B(problem));
}

void tw_sparse_carve_rank(const struct tw_problem *problem, const struct tw_sparse_way *way,
                          struct tw_arena *arena, struct tw_sparse_rank *rank)
{
    uint64_t kept = tw_parts_kept(problem, way->scope, way->ratio);
    uint64_t wire_B =
        way->two ? kept * way->index_B : tw_codec_B(kept, value_B(problem), way->index_B);
    rank->values = tw_arena_take(arena, kept, value_B(problem));
    rank->indices = tw_arena_take(arena, kept, sizeof *rank->indices);
    rank->wire = tw_arena_take(arena, wire_B, 1);
}

void tw_sparse_charge_mean(const struct tw_problem *problem, uint64_t kept, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_SCATTER, problem->dimension, (uint64_t)problem->ranks * kept);
}

void tw_sparse_charge_own(uint64_t kept, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_SCATTER, kept, kept);
}

static enum tw_element index_element(unsigned index_B)
{
    return index_B == 8 ? TW_ELEMENT_U64 : TW_ELEMENT_U32;
}

tw_status tw_sparse_plan(const struct tw_problem *problem, const struct tw_sparse_way *way,
                         struct tw_plan *plan)
{
    uint64_t kept = tw_parts_kept(problem, way->scope, way->ratio);
    plan->phase_count = way->two ? 2 : 1;
    plan->phases = calloc(2, sizeof *plan->phases);
    if (!plan->phases) {
        plan->phase_count = 0;
        return TW_MEMORY;
    }
    for (int phase = 0; phase < plan->phase_count; phase++)
        plan->phases[phase].kind = TW_GATHER;
    plan->phases[0].element = way->two ? value_element(problem) : TW_ELEMENT_BYTE;
    plan->phases[0].count = way->two ? kept : tw_codec_B(kept, value_B(problem), way->index_B);
    plan->phases[1].element = index_element(way->index_B);
    plan->phases[1].count = kept;
    tw_sparse_charge_mean(problem, kept, &plan->mean);
    tw_sparse_charge_own(kept, &plan->own);
    return TW_OK;
}

void tw_sparse_request(const struct tw_sparse_shared *shared, struct tw_sparse_rank *rank,
                       int phase, struct tw_request *request)
{
    unsigned bytes = value_B(&shared->problem), index_B = shared->way.index_B;
    memset(request, 0, sizeof *request);
    request->kind = TW_GATHER;
    request->count = shared->kept;
    if (!shared->way.two) {
        tw_codec_write(rank->wire, shared->kept, rank->values, bytes, rank->indices, index_B);
        request->element = TW_ELEMENT_BYTE;
        request->count = tw_codec_B(shared->kept, bytes, index_B);
        request->data = rank->wire;
    } else if (phase == 0) {
        request->element = value_element(&shared->problem);
        request->data = rank->values;
    } else {
        tw_codec_write_indices(rank->wire, shared->kept, rank->indices, index_B);
        request->element = index_element(index_B);
        request->data = rank->wire;
    }
}

/* One message of `count` elements from every rank, and nothing else. */
static int fits(const struct tw_sparse_shared *shared, const struct tw_answer *answer,
                enum tw_element element, uint64_t count)
{
    if (answer->kind != TW_GATHER || answer->element != element ||
        answer->ranks != shared->problem.ranks)
        return 0;
    for (int r = 0; r < answer->ranks; r++)
        if (answer->starts[r + 1] < answer->starts[r] ||
            answer->starts[r + 1] - answer->starts[r] != count)
            return 0;
    return 1;
}

static tw_status take_indices(struct tw_sparse_shared *shared, int rank,
                              const unsigned char *indices)
{
    shared->messages[rank].indices = indices;
    return tw_codec_check(indices, shared->way.index_B, &shared->problem, shared->way.scope,
                          shared->way.ratio);
}

tw_status tw_sparse_digest(void *state, int phase, const struct tw_answer *answer,
                           struct tw_work *work)
{
    struct tw_sparse_shared *shared = state;
    (void)work;
    const unsigned char *data = answer->data;
    unsigned bytes = value_B(&shared->problem), index_B = shared->way.index_B;
    enum tw_element element = TW_ELEMENT_BYTE;
    uint64_t kept = shared->kept, count = tw_codec_B(kept, bytes, index_B);
    if (shared->way.two) {
        element = phase == 0 ? value_element(&shared->problem) : index_element(index_B);
        count = kept;
    }
    if (!fits(shared, answer, element, count))
        return TW_CORRUPT;
    tw_status status = TW_OK;
    for (int r = 0; r < answer->ranks && status == TW_OK && kept > 0; r++) {
        struct tw_sparse_message *message = &shared->messages[r];
        const unsigned char *own = data + answer->starts[r] * tw_element_B(element);
        if (!shared->way.two) {
            message->values = own;
            status = take_indices(shared, r, own + kept * bytes);
        } else if (phase == 0) {
            message->values = shared->values + (uint64_t)r * kept * bytes;
            memcpy(shared->values + (uint64_t)r * kept * bytes, own, kept * bytes);
        } else {
            status = take_indices(shared, r, own);
        }
    }
    return status;
}

void tw_sparse_support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct tw_sparse_shared *shared = state;
    const struct tw_sparse_rank *own = own_state;
    (void)rank;
    *out = (struct tw_support){0, shared->kept, own->indices};
}
