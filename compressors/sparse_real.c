/* Sparse all-gather members: the arithmetic. */
#include "sparse_real.h"

void TW_T(tw_sparse_take)(struct tw_sparse_rank *rank, const tw_real *x, uint64_t kept)
{
    tw_real *values = rank->values;
    for (uint64_t i = 0; i < kept; i++)
        values[i] = x[rank->indices[i]];
}

/* Adds a rank's entries below `end` to the tile that begins at `start`. */
static void add_entries(struct tw_sparse_message *message, uint64_t kept, unsigned index_B,
                        uint64_t start, uint64_t end, double *tile)
{
    for (; message->next < kept; message->next++) {
        uint64_t index = tw_codec_index(message->indices, index_B, message->next);
        if (index >= end)
            break;
        tw_real value;
        memcpy(&value, message->values + message->next * sizeof value, sizeof value);
        tile[index - start] += (double)value;
    }
}

void TW_T(tw_sparse_mean)(void *state, void *mean, struct tw_work *work)
{
    struct tw_sparse_shared *shared = state;
    tw_real *out = mean;
    int ranks = shared->problem.ranks;
    uint64_t dimension = shared->problem.dimension;
    for (int r = 0; r < ranks; r++)
        shared->messages[r].next = 0;
    for (uint64_t start = 0; start < dimension; start += TW_SPARSE_TILE) {
        uint64_t left = dimension - start, n = left < TW_SPARSE_TILE ? left : TW_SPARSE_TILE;
        memset(shared->tile, 0, n * sizeof *shared->tile);
        for (int r = 0; r < ranks; r++)
            add_entries(&shared->messages[r], shared->kept, shared->way.index_B, start, start + n,
                        shared->tile);
        for (uint64_t i = 0; i < n; i++)
            out[start + i] = (tw_real)shared->tile[i] / (tw_real)ranks;
    }
    tw_sparse_charge_mean(&shared->problem, shared->kept, work);
}

void TW_T(tw_sparse_own)(void *state, void *own_state, int rank, double scale, void *y,
                         struct tw_work *work)
{
    const struct tw_sparse_shared *shared = state;
    const struct tw_sparse_rank *own = own_state;
    const tw_real *values = own->values;
    tw_real factor = (tw_real)scale, *into = y;
    (void)rank;
    for (uint64_t i = 0; i < shared->kept; i++)
        into[own->indices[i]] += factor * values[i];
    tw_sparse_charge_own(shared->kept, work);
}
