/* Sparse all-gather members: the arithmetic. */
#include "sparse_real.h"
#include "half_real.h"

void TW_T(tw_sparse_take)(struct tw_sparse_rank *rank, const tw_real *x, uint64_t kept)
{
    tw_real *values = rank->values;
    for (uint64_t i = 0; i < kept; i++)
        values[i] = x[rank->indices[i]];
}

void TW_T(tw_sparse_narrow)(const struct tw_sparse_shared *shared, struct tw_sparse_rank *rank,
                            uint64_t kept)
{
    enum tw_value type = shared->way.value;
    tw_real *values = rank->values;
    unsigned char *wire = rank->wire + TW_SPARSE_COUNT_B;
    rank->kept = kept;
    if (type == TW_VALUE_OWN)
        return;
    for (uint64_t i = 0; i < kept; i++) {
        uint16_t half = TW_T(tw_half_within)(type, values[i]);
        memcpy(wire + 2 * i, &half, sizeof half);
        values[i] = TW_T(tw_half_read)(type, wire, i);
    }
}

void TW_T(tw_sparse_fill)(const struct tw_sparse_shared *shared, struct tw_sparse_rank *rank,
                          const tw_real *x, uint64_t kept)
{
    TW_T(tw_sparse_take)(rank, x, kept);
    TW_T(tw_sparse_narrow)(shared, rank, kept);
}

double TW_T(tw_sparse_left)(const struct tw_sparse_shared *shared, const tw_real *x,
                            const uint32_t *indices, uint64_t kept)
{
    double sum = TW_T(tw_dropped_norm2)(x, shared->problem.dimension, indices, kept);
    for (uint64_t i = 0; i < kept && shared->way.value != TW_VALUE_OWN; i++)
        sum += TW_T(tw_half_lost2)(shared->way.value, x[indices[i]]);
    return sum;
}

/* Adds a rank's entries below `end` to the tile that begins at `start`. */
static void add_entries(const struct tw_sparse_message *message, enum tw_value type,
                        struct tw_sparse_cursor *cursor, uint64_t start, uint64_t end, double *tile)
{
    struct tw_codec_reader reader = cursor->reader;
    uint64_t index = cursor->index;
    while (index < end) {
        tile[index - start] += (double)TW_T(tw_half_read)(type, message->values, reader.read - 1);
        index = reader.read < message->count ? tw_codec_next(&reader) : UINT64_MAX;
    }
    cursor->reader = reader;
    cursor->index = index;
}

static void open_cursor(const struct tw_sparse_shared *shared, int rank)
{
    const struct tw_sparse_message *message = &shared->messages[rank];
    struct tw_sparse_cursor *cursor = &shared->cursors[rank];
    tw_codec_open(&cursor->reader, shared->way.index, message->count, shared->problem.dimension,
                  message->indices, message->indices_B);
    cursor->index = message->count > 0 ? tw_codec_next(&cursor->reader) : UINT64_MAX;
}

void TW_T(tw_sparse_mean)(void *state, void *mean, struct tw_work *work)
{
    struct tw_sparse_shared *shared = state;
    tw_real *out = mean;
    int ranks = shared->problem.ranks;
    uint64_t dimension = shared->problem.dimension, entries = 0;
    for (int r = 0; r < ranks; r++) {
        open_cursor(shared, r);
        entries += shared->messages[r].count;
    }
    for (uint64_t start = 0; start < dimension; start += TW_SPARSE_TILE) {
        uint64_t left = dimension - start, n = left < TW_SPARSE_TILE ? left : TW_SPARSE_TILE;
        memset(shared->tile, 0, n * sizeof *shared->tile);
        for (int r = 0; r < ranks; r++)
            add_entries(&shared->messages[r], shared->way.value, &shared->cursors[r], start,
                        start + n, shared->tile);
        for (uint64_t i = 0; i < n; i++)
            out[start + i] = (tw_real)shared->tile[i] / (tw_real)ranks;
    }
    tw_sparse_charge_mean(&shared->problem, entries, work);
}

void TW_T(tw_sparse_own)(void *state, void *own_state, int rank, double scale, void *y,
                         struct tw_work *work)
{
    const struct tw_sparse_rank *own = own_state;
    const tw_real *values = own->values;
    tw_real factor = (tw_real)scale, *into = y;
    (void)state;
    (void)rank;
    for (uint64_t i = 0; i < own->kept; i++)
        into[own->indices[i]] += factor * values[i];
    tw_sparse_charge_own(own->kept, work);
}
