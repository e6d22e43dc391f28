/* Sparse all-gather members: state, requests, plan and answers; nothing here looks at values. */
#include "sparse_real.h"

const char *const tw_sparse_exchange_names[] = {"one", "two", NULL};

static unsigned own_B(const struct tw_problem *problem)
{
    return tw_precision_B(problem->precision);
}

static unsigned wire_value_B(const struct tw_problem *problem, const struct tw_sparse_way *way)
{
    return tw_codec_value_B(way->value, problem->precision);
}

static uint64_t most_kept(const struct tw_problem *problem, const struct tw_sparse_way *way)
{
    if (way->counted)
        return problem->dimension;
    return tw_parts_kept(problem, way->scope, way->ratio);
}

void tw_sparse_carve(const struct tw_problem *problem, const struct tw_sparse_way *way,
                     struct tw_arena *arena, struct tw_sparse_shared *shared)
{
    uint64_t ranks = (uint64_t)problem->ranks;
    shared->problem = *problem;
    shared->way = *way;
    shared->kept = most_kept(problem, way);
    shared->messages = tw_arena_take(arena, ranks, sizeof *shared->messages);
    shared->cursors = tw_arena_take(arena, ranks, sizeof *shared->cursors);
    shared->tile = tw_arena_take(arena, TW_SPARSE_TILE, sizeof *shared->tile);
    shared->values =
        tw_arena_take(arena, way->two ? ranks * shared->kept : 0, wire_value_B(problem, way));
}

void tw_sparse_carve_rank(const struct tw_problem *problem, const struct tw_sparse_way *way,
                          struct tw_arena *arena, struct tw_sparse_rank *rank)
{
    uint64_t kept = most_kept(problem, way), d = problem->dimension;
    uint64_t wire_B = TW_SPARSE_COUNT_B + kept * wire_value_B(problem, way);
    wire_B +=
        way->counted ? tw_codec_index_most_B(way->index, d) : tw_codec_index_B(way->index, kept, d);
    rank->values = tw_arena_take(arena, kept, own_B(problem));
    rank->indices = tw_arena_take(arena, kept, sizeof *rank->indices);
    rank->wire = tw_arena_take(arena, wire_B, 1);
}

static int is_coded(const struct tw_sparse_way *way)
{
    return way->index == TW_INDEX_BITMAP || way->index == TW_INDEX_RICE;
}

void tw_sparse_charge_pack(const struct tw_sparse_way *way, uint64_t kept, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_PACK, kept, kept);
    tw_codec_charge_put(way->index, way->value, kept, work);
}

void tw_sparse_charge_mean(const struct tw_problem *problem, uint64_t entries, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_SCATTER, problem->dimension, entries);
}

void tw_sparse_charge_own(uint64_t kept, struct tw_work *work)
{
    tw_work_add(work, TW_KERNEL_SCATTER, kept, kept);
}

/* Element types of the two all-gathers' messages; what has no type of its own travels as bytes. */
static enum tw_element value_element(const struct tw_problem *problem,
                                     const struct tw_sparse_way *way)
{
    if (way->value != TW_VALUE_OWN)
        return TW_ELEMENT_BYTE;
    return problem->precision == TW_FP64 ? TW_ELEMENT_F64 : TW_ELEMENT_F32;
}

static enum tw_element index_element(const struct tw_sparse_way *way)
{
    if (is_coded(way))
        return TW_ELEMENT_BYTE;
    return way->index == TW_INDEX_U64 ? TW_ELEMENT_U64 : TW_ELEMENT_U32;
}

tw_status tw_sparse_plan(const struct tw_problem *problem, const struct tw_sparse_way *way,
                         struct tw_plan *plan)
{
    uint64_t kept = most_kept(problem, way), entries = (uint64_t)problem->ranks * kept;
    uint64_t values_B = kept * wire_value_B(problem, way);
    uint64_t indices_B = tw_codec_index_B(way->index, kept, problem->dimension);
    enum tw_element elements[2] = {way->two ? value_element(problem, way) : TW_ELEMENT_BYTE,
                                   index_element(way)};
    if (way->counted || way->index == TW_INDEX_RICE)
        return TW_REFUSED;
    int phases = way->two ? 2 : 1;
    if (tw_plan_open(plan, phases) != TW_OK)
        return TW_MEMORY;
    for (int phase = 0; phase < phases; phase++) {
        uint64_t bytes = phase == 1 ? indices_B : way->two ? values_B : values_B + indices_B;
        plan->phases[phase].kind = TW_GATHER;
        plan->phases[phase].element = elements[phase];
        plan->phases[phase].count = bytes / tw_element_B(elements[phase]);
    }
    tw_codec_charge_read(way->index, way->value, entries, &plan->phases[phases - 1].digest);
    tw_sparse_charge_mean(problem, entries, &plan->mean);
    tw_sparse_charge_own(kept, &plan->own);
    return TW_OK;
}

void tw_sparse_request(const struct tw_sparse_shared *shared, struct tw_sparse_rank *rank,
                       int phase, struct tw_request *request)
{
    const struct tw_problem *problem = &shared->problem;
    const struct tw_sparse_way *way = &shared->way;
    uint64_t kept = rank->kept, values_B = kept * wire_value_B(problem, way);
    uint64_t head_B = way->counted ? TW_SPARSE_COUNT_B : 0;
    unsigned char *values = rank->wire + TW_SPARSE_COUNT_B, *indices = values + values_B;
    *request =
        (struct tw_request){.kind = TW_GATHER, .element = TW_ELEMENT_BYTE, .data = values - head_B};
    if (way->value == TW_VALUE_OWN && kept > 0 && phase == 0)
        memcpy(values, rank->values, values_B);
    uint64_t indices_B = way->two && phase == 0 ? 0
                                                : tw_codec_put(way->index, kept, problem->dimension,
                                                               rank->indices, indices);
    if (way->counted) {
        uint32_t count = (uint32_t)kept;
        memcpy(rank->wire, &count, sizeof count);
    }
    request->count = head_B + values_B + indices_B;
    if (way->two) {
        request->element = phase == 0 ? value_element(problem, way) : index_element(way);
        request->data = phase == 0 ? values : indices;
        request->count = (phase == 0 ? values_B : indices_B) / tw_element_B(request->element);
    }
}

/* One message from every rank, inside the answer, and nothing else. */
static int is_whole(const struct tw_sparse_shared *shared, const struct tw_answer *answer,
                    enum tw_element element)
{
    if (answer->kind != TW_GATHER || answer->element != element ||
        answer->ranks != shared->problem.ranks || answer->starts[0] != 0 ||
        answer->starts[answer->ranks] != answer->count)
        return 0;
    for (int r = 0; r < answer->ranks; r++)
        if (answer->starts[r + 1] < answer->starts[r])
            return 0;
    return 1;
}

/* `count` indices of start … start+size−1. */
static int reads_within(struct tw_codec_reader *reader, uint64_t start, uint64_t size,
                        uint64_t count)
{
    for (uint64_t n = 0; n < count; n++) {
        uint64_t index = tw_codec_next(reader);
        if (index == TW_CODEC_BAD || index < start || index >= start + size)
            return 0;
    }
    return 1;
}

/* With fixed counts every part has as many indices as it keeps (of columns, whose values lie
 * between each other's, all together are counted); otherwise there is one part. */
static tw_status check_indices(const struct tw_sparse_shared *shared,
                               struct tw_codec_reader *reader, uint64_t count)
{
    const struct tw_sparse_way *way = &shared->way;
    const struct tw_problem *problem = &shared->problem;
    int groups = way->counted ? 0 : tw_parts_groups(problem, way->scope);
    if (way->counted && !reads_within(reader, 0, problem->dimension, count))
        return TW_CORRUPT;
    for (int g = 0; g < groups; g++) {
        struct tw_parts group = tw_parts_group(problem, way->scope, way->ratio, g);
        int mixed = group.stride > 1;
        uint64_t parts = mixed ? 1 : group.parts,
                 size = mixed ? group.parts * group.size : group.size;
        uint64_t kept = mixed ? group.parts * group.kept : group.kept;
        for (uint64_t p = 0; p < parts; p++)
            if (!reads_within(reader, group.start + p * group.step, size, kept))
                return TW_CORRUPT;
    }
    return tw_codec_at_end(reader) ? TW_OK : TW_CORRUPT;
}

static tw_status take_indices(struct tw_sparse_shared *shared, struct tw_sparse_message *message,
                              const unsigned char *indices, uint64_t size_B)
{
    enum tw_index index = shared->way.index;
    uint64_t d = shared->problem.dimension;
    struct tw_codec_reader reader;
    if (index != TW_INDEX_RICE && size_B != tw_codec_index_B(index, message->count, d))
        return TW_CORRUPT;
    message->indices = indices;
    message->indices_B = size_B;
    tw_codec_open(&reader, index, message->count, d, indices, size_B);
    return check_indices(shared, &reader, message->count);
}

static tw_status take_values(struct tw_sparse_shared *shared, int rank, const unsigned char *data,
                             uint64_t size_B)
{
    uint64_t whole_B = shared->kept * wire_value_B(&shared->problem, &shared->way);
    unsigned char *values = shared->values + (uint64_t)rank * whole_B;
    if (size_B != whole_B)
        return TW_CORRUPT;
    if (size_B > 0)
        memcpy(values, data, size_B);
    shared->messages[rank].values = values;
    shared->messages[rank].count = shared->kept;
    return TW_OK;
}

static tw_status take_message(struct tw_sparse_shared *shared, int rank, const unsigned char *data,
                              uint64_t size_B)
{
    struct tw_sparse_message *message = &shared->messages[rank];
    uint64_t head_B = shared->way.counted ? TW_SPARSE_COUNT_B : 0;
    message->count = shared->kept;
    if (size_B < head_B)
        return TW_CORRUPT;
    if (shared->way.counted) {
        uint32_t count;
        memcpy(&count, data, sizeof count);
        if (count > shared->kept)
            return TW_CORRUPT;
        message->count = count;
    }
    uint64_t before_B = head_B + message->count * wire_value_B(&shared->problem, &shared->way);
    if (size_B < before_B)
        return TW_CORRUPT;
    message->values = data + head_B;
    return take_indices(shared, message, data + before_B, size_B - before_B);
}

tw_status tw_sparse_digest(void *state, int phase, const struct tw_answer *answer,
                           struct tw_work *work)
{
    struct tw_sparse_shared *shared = state;
    const struct tw_sparse_way *way = &shared->way;
    const unsigned char *data = answer->data;
    enum tw_element element = TW_ELEMENT_BYTE;
    if (way->two)
        element = phase == 0 ? value_element(&shared->problem, way) : index_element(way);
    if (!is_whole(shared, answer, element))
        return TW_CORRUPT;
    tw_status status = TW_OK;
    uint64_t entries = 0;
    for (int r = 0; r < answer->ranks && status == TW_OK; r++) {
        const unsigned char *own = data + answer->starts[r] * tw_element_B(element);
        uint64_t size_B = (answer->starts[r + 1] - answer->starts[r]) * tw_element_B(element);
        if (!way->two)
            status = take_message(shared, r, own, size_B);
        else if (phase == 0)
            status = take_values(shared, r, own, size_B);
        else
            status = take_indices(shared, &shared->messages[r], own, size_B);
        entries += shared->messages[r].count;
    }
    if (phase == way->two)
        tw_codec_charge_read(way->index, way->value, entries, work);
    return status;
}

void tw_sparse_support(void *state, void *own_state, int rank, struct tw_support *out)
{
    const struct tw_sparse_rank *own = own_state;
    (void)state;
    (void)rank;
    *out = (struct tw_support){0, own->kept, own->indices};
}

double tw_sparse_delta(const struct tw_sparse_way *way, double share)
{
    return tw_codec_value_delta(way->value, share);
}
