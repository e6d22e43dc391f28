/* A user's schedule, step by step from a table. All of its functions look into layout->table.
 *
 * Cost, a bound where steps are not in lock-step: Σ over steps of α + the largest of what a rank
 * sends or receives in it ·β + the most that one combines ·γ. */
#include "table.h"

#include <inttypes.h>
#include <stdlib.h>

static int fits(const struct tw_layout *layout)
{
    const struct tw_step_table *table = layout->table;
    return table && table->kind == layout->kind && table->ranks == layout->ranks;
}

static uint32_t blocks(const struct tw_layout *layout)
{
    return layout->table->blocks;
}

static int lanes(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

static int steps(const struct tw_layout *layout)
{
    return layout->table->steps;
}

static int pieces_max(const struct tw_layout *layout)
{
    return layout->table->pieces_max;
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    static const enum tw_action actions[] = {[TW_TABLE_SEND] = TW_SEND,
                                             [TW_TABLE_COPY] = TW_RECEIVE_COPY,
                                             [TW_TABLE_COMBINE] = TW_RECEIVE_COMBINE};
    (void)lane;
    const struct tw_step_table *table = layout->table;
    size_t at = (size_t)rank * (size_t)table->steps + (size_t)s;
    int count = 0;
    for (uint32_t i = table->starts[at]; i < table->starts[at + 1]; i++) {
        const struct tw_step_piece *piece = &table->pieces[i];
        out[count++] =
            (struct tw_piece){piece->peer, actions[piece->action], piece->block, piece->count, 1};
    }
    return count;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    const struct tw_step_table *table = layout->table;
    double seconds = 0;
    for (int s = 0; s < table->steps; s++) {
        double moved_B = 0, combined_B = 0;
        for (int r = 0; r < table->ranks; r++) {
            double by_B[3] = {0, 0, 0};
            size_t at = (size_t)r * (size_t)table->steps + (size_t)s;
            for (uint32_t i = table->starts[at]; i < table->starts[at + 1]; i++)
                by_B[table->pieces[i].action] +=
                    tw_layout_B(layout, (int)table->pieces[i].block,
                                (int)(table->pieces[i].block + table->pieces[i].count));
            double received_B = by_B[TW_TABLE_COPY] + by_B[TW_TABLE_COMBINE];
            double most_B = by_B[TW_TABLE_SEND] > received_B ? by_B[TW_TABLE_SEND] : received_B;
            moved_B = most_B > moved_B ? most_B : moved_B;
            combined_B = by_B[TW_TABLE_COMBINE] > combined_B ? by_B[TW_TABLE_COMBINE] : combined_B;
        }
        seconds += alpha_s + moved_B * beta_sB + combined_B * gamma_sB;
    }
    return seconds;
}

#define TABLE(request, ports)                                                               \
    {                                                                                       \
        .member = {.name = "msccl", .summary = "from a file", .requests = 1U << (request)}, \
        .kind = request, .one_port = ports, .fits = fits, .blocks = blocks, .lanes = lanes, \
        .steps = steps, .pieces_max = pieces_max, .step = step, .cost = cost,               \
        .cost_kind = TW_COST_BOUND                                                          \
    }

static const struct tw_algorithm algorithms[] = {TABLE(TW_SUM, 0),
                                                 TABLE(TW_SUM, 1),
                                                 TABLE(TW_GATHER, 0),
                                                 TABLE(TW_GATHER, 1),
                                                 TABLE(TW_REDUCE_SCATTER, 0),
                                                 TABLE(TW_REDUCE_SCATTER, 1)};

const struct tw_algorithm *tw_table_algorithm(const struct tw_step_table *table)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (algorithms[i].kind == table->kind && algorithms[i].one_port == (table->one_port != 0))
            return &algorithms[i];
    return NULL;
}

/* ---- does it compute what it says ---- */

/* What rank r contributes to element e. Sums of all ranks stay below 2^53 and differ by more than a
 * lost, doubled or misplaced contribution could hide: a counter hash (splitmix64's finaliser). */
static uint64_t value_of(int rank, uint64_t element)
{
    uint64_t z = ((uint64_t)rank << 32) + element + UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) >> 24;
}

static uint64_t expected(const struct tw_layout *layout, uint64_t element)
{
    uint64_t sum = 0;
    if (layout->kind == TW_GATHER)
        return value_of((int)element, element); /* one element a block, of the rank of its number */
    for (int r = 0; r < layout->ranks; r++)
        sum += value_of(r, element);
    return sum;
}

static tw_status judge(const struct tw_layout *layout, void *const *buffers, struct tw_err *err)
{
    for (int r = 0; r < layout->ranks; r++)
        for (uint64_t e = 0; e < layout->count; e++) {
            if (layout->kind == TW_REDUCE_SCATTER && e != (uint64_t)r)
                continue;
            if (((uint64_t *)buffers[r])[e] != expected(layout, e))
                return tw_err_set(err, TW_REFUSED,
                                  "it is no %s: rank %d ends with something else in block %" PRIu64,
                                  tw_request_name(layout->kind), r, e);
        }
    return TW_OK;
}

tw_status tw_table_verify(const struct tw_step_table *table, struct tw_err *err)
{
    size_t ranks = (size_t)table->ranks, count = table->blocks;
    void **buffers = calloc(ranks, sizeof *buffers);
    uint64_t *values = calloc(ranks * count, sizeof *values);
    uint64_t *starts = calloc(count + 1, sizeof *starts);
    tw_status status = TW_MEMORY;
    if (!buffers || !values || !starts || !tw_table_algorithm(table)) {
        tw_err_set(err, status, "no memory for %zu ranks of %zu blocks", ranks, count);
        goto done;
    }
    struct tw_layout layout = {.kind = table->kind,
                               .element = TW_ELEMENT_U64,
                               .element_B = 8,
                               .ranks = table->ranks,
                               .count = count,
                               .starts = table->kind == TW_SUM ? NULL : starts,
                               .table = table};
    for (size_t b = 0; b <= count; b++)
        starts[b] = b;
    for (size_t r = 0; r < ranks; r++) {
        buffers[r] = values + r * count;
        for (size_t e = 0; e < count; e++)
            values[r * count + e] = value_of((int)r, e);
    }
    status = tw_layout_for(tw_table_algorithm(table), &layout, err);
    if (!status)
        status =
            tw_execute_memory(tw_table_algorithm(table), &layout, TW_COMBINE_SUM, buffers, err);
    if (!status)
        status = judge(&layout, buffers, err);
done:
    free(buffers);
    free(values);
    free(starts);
    return status;
}
