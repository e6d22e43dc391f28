/* Coded members, callbacks: what a rank sends, and what is made of the answers. */
#include "coded_tile_real.h"
#include "base/isa.h"
#include "base/vec.h"
#include "hadamard_real.h"

#include <math.h>
#include <string.h>

void TW_T(tw_coded_begin)(void *state, uint32_t step)
{
    struct tw_coded_shared *shared = state;
    shared->step = step;
}

static void request_of(const struct tw_coded_shared *shared, const struct tw_coded_rank *own,
                       struct tw_request *request)
{
    uint64_t bytes = shared->lane ? 4 * shared->words : shared->wire_B;
    *request = (struct tw_request){.kind = shared->element == TW_ELEMENT_BYTE ? TW_GATHER : TW_SUM,
                                   .element = shared->element,
                                   .combine = TW_COMBINE_SUM,
                                   .count = bytes / tw_element_B(shared->element),
                                   .data = own->wire};
}

/* The same row in codes of as many bits as they take. */
static void request_elias(struct tw_coded_shared *shared, const struct tw_coded_rank *own,
                          struct tw_request *request, struct tw_work *work)
{
    uint64_t entries = 0;
    request->count = TW_T(tw_coded_elias_write)(shared, own->wire, own->sent, &entries);
    request->data = own->sent;
    TW_T(tw_coded_elias_charge)(entries, work);
}

/* The scales that this rank codes with, once the combined ones are known. */
static const tw_real *agreed(const struct tw_coded_shared *shared, const struct tw_coded_rank *own)
{
    return shared->coder->combine == TW_COMBINE_MAX ? shared->combined : own->scales;
}

/* A maximum below one's own value is none, and would overflow a lane. */
static int agrees(const struct tw_coded_shared *shared, const struct tw_coded_rank *own)
{
    const tw_real *scales = agreed(shared, own);
    for (uint64_t g = 0; g < shared->group_count * shared->scale_count; g++)
        if (!(scales[g] >= own->scales[g]))
            return 0;
    return 1;
}

tw_status TW_T(tw_coded_local)(void *state, void *own_state, int rank, int phase, const void *x,
                               const struct tw_answer *inbox, struct tw_request *request,
                               struct tw_work *work)
{
    struct tw_coded_shared *shared = state;
    struct tw_coded_rank *own = own_state;
    void *scales = shared->lane ? (void *)own->scales : (void *)own->wire;
    int last = phase + 1 == TW_T(tw_coded_phases)(shared->coder, &shared->problem);
    const tw_real *values = TW_T(tw_coded_turned)(shared, x);
    (void)inbox;
    tw_status status = TW_OK;
    if (phase == 0 && !last)
        status = TW_T(tw_coded_measure)(shared, values, scales);
    if (status != TW_OK)
        return status;
    if (phase == 0)
        TW_T(tw_coded_charge_measure)(shared, work);
    if (!last) {
        *request = (struct tw_request){.kind = TW_SUM,
                                       .element = TW_REAL_ELEMENT,
                                       .combine = shared->coder->combine,
                                       .count = shared->group_count,
                                       .data = own->scales};
        return TW_OK;
    }
    if (shared->lane && phase > 0 && !agrees(shared, own))
        return TW_CORRUPT;
    status = TW_T(tw_coded_encode)(
        shared, values, shared->lane && phase > 0 ? agreed(shared, own) : scales, scales,
        phase == 0, TW_T(tw_coded_rounding_of)(shared, (uint32_t)rank), own->wire);
    if (status != TW_OK)
        return status;
    request_of(shared, own, request);
    TW_T(tw_coded_charge_code)(shared, work);
    if (shared->elias)
        request_elias(shared, own, request, work);
    return TW_OK;
}

tw_status TW_T(tw_coded_digest)(void *state, int phase, const struct tw_answer *answer,
                                struct tw_work *work)
{
    struct tw_coded_shared *shared = state;
    if (shared->element == TW_ELEMENT_BYTE)
        return TW_T(tw_coded_take_messages)(shared, answer, work);
    if (TW_T(tw_coded_adds_floats)(shared))
        return TW_T(tw_coded_take_floats)(shared, answer);
    if (phase + 1 < TW_T(tw_coded_phases)(shared->coder, &shared->problem))
        return TW_T(tw_coded_take_scales)(shared, answer);
    return TW_T(tw_coded_take_sums)(shared, answer);
}

/* ---- means ---- */

/* A sum begins at +0: −0 alone becomes 0. */
TW_DISPATCHED(static, void, begin_wide, (double *wide, const tw_real *values, uint64_t n),
              (wide, values, n))
{
    for (uint64_t i = 0; i < n; i++)
        wide[i] = 0.0 + (double)values[i];
}

TW_DISPATCHED(static, void, add_wide, (double *wide, const tw_real *values, uint64_t n),
              (wide, values, n))
{
    for (uint64_t i = 0; i < n; i++)
        wide[i] += (double)values[i];
}

/* The last addition, the one rounding and the division, which by 1 changes nothing. */
TW_DISPATCHED(static, void, finish,
              (tw_real * out, const double *wide, const tw_real *values, tw_real ranks, uint64_t n),
              (out, wide, values, ranks, n))
{
    for (uint64_t i = 0; i < n; i++)
        out[i] = (tw_real)(wide[i] + (double)values[i]) / ranks;
}

TW_DISPATCHED(static, void, add_zero, (tw_real * out, const tw_real *values, uint64_t n),
              (out, values, n))
{
    for (uint64_t i = 0; i < n; i++)
        out[i] = values[i] + 0;
}

TW_DISPATCHED(static, void, divide, (tw_real * values, tw_real by, uint64_t n), (values, by, n))
{
    for (uint64_t i = 0; i < n; i++)
        values[i] /= by;
}

/* The mean of values first … end−1. */
static void gather_tile(struct tw_coded_shared *shared, const struct tw_groups_walk *begin,
                        uint64_t first, uint64_t end, tw_real *out)
{
    int ranks = shared->problem.ranks;
    uint64_t n = end - first;
    for (int r = 0; r < ranks; r++) {
        struct tw_groups_walk walk = *begin;
        const unsigned char *message = shared->messages[r];
        TW_T(tw_coded_decode)(shared, &walk, message, message, first, end, shared->values);
        if (ranks == 1)
            add_zero(out, shared->values, n);
        else if (r == 0)
            begin_wide(shared->wide, shared->values, n);
        else if (r + 1 < ranks)
            add_wide(shared->wide, shared->values, n);
        else
            finish(out, shared->wide, shared->values, (tw_real)ranks, n);
    }
}

/* Sums of codes: those that came, or counted over the messages. */
static void sums_tile(struct tw_coded_shared *shared, uint64_t first, uint64_t n)
{
    uint32_t *restrict sums = shared->sums;
    const uint16_t *codes = shared->codes;
    if (shared->lane) {
        const uint32_t *words = shared->sum + first / (32 / shared->lane);
        TW_T(tw_coded_unpack_lanes)(words, n, shared->lane, sums);
        return;
    }
    memset(sums, 0, n * sizeof *sums);
    for (int r = 0; r < shared->problem.ranks; r++) {
        TW_T(tw_coded_unpack)(shared, shared->messages[r], first, n);
        for (uint64_t i = 0; i < n; i++)
            sums[i] += codes[i];
    }
}

static void total_tile(struct tw_coded_shared *shared, struct tw_groups_walk *walk, uint64_t first,
                       uint64_t end, tw_real *out)
{
    sums_tile(shared, first, end - first);
    for (uint64_t at = first; at < end;) {
        struct tw_coded_piece piece =
            TW_T(tw_coded_piece_at)(shared, walk, shared->combined, at, end);
        shared->coder->total(&piece, shared->sums + (at - first), out + (at - first));
        at += piece.n;
    }
}

void TW_T(tw_coded_mean)(void *state, void *out, struct tw_work *work)
{
    struct tw_coded_shared *shared = state;
    struct tw_groups_walk walk = TW_T(tw_coded_walk_of)(shared);
    uint64_t d = shared->problem.dimension, tile = TW_T(tw_coded_tile_of)(shared);
    tw_real *into = out, ranks = (tw_real)shared->problem.ranks;
    for (uint64_t first = 0; first < d; first += tile) {
        uint64_t end = d - first < tile ? d : first + tile;
        while (walk.end <= first && tw_groups_next(&walk))
            ;
        if (!TW_T(tw_coded_adds_floats)(shared) && !shared->totals) {
            gather_tile(shared, &walk, first, end, into + first);
            continue;
        }
        if (shared->totals)
            total_tile(shared, &walk, first, end, into + first);
        else
            TW_T(tw_coded_decode)
        (shared, &walk, shared->float_sum, shared->float_sum, first, end, into + first);
        if (shared->problem.ranks > 1)
            divide(into + first, ranks, end - first);
    }
    if (shared->rotates)
        TW_T(tw_hadamard_back)(into, d, TW_T(tw_coded_rounding_of)(shared, TW_RANK_ALL));
    TW_T(tw_coded_charge_mean)(shared, work);
}

/* ---- one rank alone ---- */

void TW_T(tw_coded_own)(void *state, void *own_state, int rank, double scale, void *y,
                        struct tw_work *work)
{
    struct tw_coded_shared *shared = state;
    const struct tw_coded_rank *own = own_state;
    struct tw_groups_walk walk = TW_T(tw_coded_walk_of)(shared);
    uint64_t d = shared->problem.dimension, tile = TW_T(tw_coded_tile_of)(shared);
    const void *scales = shared->lane ? (const void *)agreed(shared, own) : own->wire;
    tw_real *into = y, factor = (tw_real)scale;
    (void)rank;
    for (uint64_t first = 0; first < d; first += tile) {
        uint64_t end = d - first < tile ? d : first + tile;
        tw_real *values = shared->rotates ? shared->turned + first : shared->values;
        TW_T(tw_coded_decode)(shared, &walk, own->wire, scales, first, end, values);
        if (!shared->rotates)
            TW_T(tw_vec_axpy)(into + first, factor, values, end - first);
    }
    if (shared->rotates) {
        TW_T(tw_hadamard_back)(shared->turned, d, TW_T(tw_coded_rounding_of)(shared, TW_RANK_ALL));
        TW_T(tw_vec_axpy)(into, factor, shared->turned, d);
    }
    TW_T(tw_coded_charge_own)(shared, work);
}

void TW_T(tw_coded_support)(void *state, void *own_state, int rank, struct tw_support *support)
{
    const struct tw_coded_shared *shared = state;
    (void)own_state;
    (void)rank;
    *support = (struct tw_support){1, shared->problem.dimension, NULL};
}

/* A message is made and decoded again, tile by tile; rotated, all of it at once. */
double TW_T(tw_coded_try_alone)(void *state, void *own_state, const void *x)
{
    struct tw_coded_shared *shared = state;
    const struct tw_coded_rank *own = own_state;
    const tw_real *values = x, *turned = TW_T(tw_coded_turned)(shared, x);
    uint64_t d = shared->problem.dimension, tile = TW_T(tw_coded_tile_of)(shared);
    void *scales = shared->lane ? (void *)shared->trial_scales : (void *)shared->trial;
    struct tw_groups_walk walk = TW_T(tw_coded_walk_of)(shared);
    double sum = 0.0;
    if (TW_T(tw_coded_encode)(shared, turned, scales, scales, 1,
                              TW_T(tw_coded_rounding_of)(shared, (uint32_t)own->rank),
                              shared->trial) != TW_OK)
        return NAN;
    for (uint64_t first = 0; first < d; first += tile) {
        uint64_t end = d - first < tile ? d : first + tile;
        tw_real *out = shared->rotates ? shared->turned + first : shared->values;
        TW_T(tw_coded_decode)(shared, &walk, shared->trial, scales, first, end, out);
        if (!shared->rotates)
            sum += TW_T(tw_vec_distance2)(values + first, out, end - first);
    }
    if (!shared->rotates)
        return sum;
    TW_T(tw_hadamard_back)(shared->turned, d, TW_T(tw_coded_rounding_of)(shared, TW_RANK_ALL));
    return TW_T(tw_vec_distance2)(values, shared->turned, d);
}
