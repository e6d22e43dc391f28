/* Shared parts of synthetic gradients, of the tensors at hand:
 *
 *   U_g(t) = new draw where the value is fresh, else U_g(t−1);  fresh with probability 1 − φ
 *   C_g = α·U_g + γ·W,   W = ΣU/√G,   α = √(1−c),   γ = √(α²/G + c) − α/√G,   c = b/ρ
 *
 * A value that persists with probability φ is a discrete autoregression (Jacobs and Lewis 1978,
 * J. Roy. Statist. Soc. B 40:94): its autocorrelation is φ^lag, that of an AR(1), and its
 * distribution is that of the draws at every step, which a sum of old value and new draw would
 * bend towards the Gaussian. Zeros persist with their value; where whole rows are zero it is rows
 * that persist. Cov(C_g, C_h) = γ² + 2αγ/√G = c for g ≠ h, and the variance is 1; c ≥ −1/(G−1) is
 * what G equally correlated parts can have. O(G) draws per fresh value. */
#include "synthetic_shared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_randist.h>

double TW_T(tw_double_gamma_norm)(double shape)
{
    return 1 / sqrt(shape * (shape + 1));
}

double TW_T(tw_double_gamma)(struct tw_stream *stream, double shape, double norm)
{
    const int negative = gsl_rng_uniform_int(&stream->gsl, 2) == 1;
    const double value = norm * gsl_ran_gamma(&stream->gsl, shape, 1.0);
    return negative ? -value : value;
}

void TW_T(tw_synthetic_stream)(const struct tw_synthetic_shared *shared, enum tw_purpose purpose,
                               uint32_t rank, uint32_t step, uint32_t tensor,
                               struct tw_stream *stream)
{
    const struct tw_stream_key key = {.seed = shared->seed,
                                      .repetition = shared->repetition,
                                      .rank = rank,
                                      .step = step,
                                      .tensor = tensor,
                                      .purpose = purpose};
    tw_stream_open(stream, &key);
}

static int is_fresh(const struct tw_synthetic_shared *shared, struct tw_stream *stream)
{
    return gsl_rng_uniform(&stream->gsl) >= shared->persistence;
}

/* Which values of a tensor are drawn anew, and which of those are zero. */
static void draw_marks(const struct tw_synthetic_shared *shared, const struct tw_tensor *tensor,
                       uint32_t step, uint8_t *mark, struct tw_stream *stream)
{
    const struct tw_synthetic_kind *kind = &shared->kind;
    const int by_row = !tensor->vector && kind->zero_rows > 0;
    const int all = step == 0 || shared->persistence <= 0;

    for (uint64_t k = 0; k < tensor->rows; k++) {
        const int row = all || (by_row && is_fresh(shared, stream));
        const int zero = by_row && row && gsl_rng_uniform(&stream->gsl) < kind->zero_rows;
        for (uint64_t j = 0; j < tensor->columns; j++, mark++) {
            *mark &= TW_SYNTHETIC_ZERO;
            if (!(by_row || all ? row : is_fresh(shared, stream)))
                continue;
            *mark = TW_SYNTHETIC_FRESH;
            if (zero || (kind->zeros > 0 && gsl_rng_uniform(&stream->gsl) < kind->zeros))
                *mark |= TW_SYNTHETIC_ZERO;
        }
    }
}

static void draw_part(const struct tw_synthetic_shared *shared, uint64_t count, const uint8_t *mark,
                      tw_real *part, struct tw_stream *stream)
{
    const double shape = shared->kind.shape, norm = TW_T(tw_double_gamma_norm)(shape);

    for (uint64_t i = 0; i < count; i++) {
        if (mark && !(mark[i] & TW_SYNTHETIC_FRESH))
            continue;
        part[i] = 0;
        if (!mark || !(mark[i] & TW_SYNTHETIC_ZERO))
            part[i] = (tw_real)(shared->weight * TW_T(tw_double_gamma)(stream, shape, norm));
    }
}

static void add_groups(const struct tw_synthetic_shared *shared)
{
    const double root = sqrt(shared->groups);

    for (uint64_t i = 0; i < shared->values; i++) {
        double sum = 0;
        for (int g = 0; g < shared->groups; g++)
            sum += (double)shared->parts[(uint64_t)g * shared->values + i];
        shared->all[i] = (tw_real)(sum / root);
    }
}

/* The first group's stream has the marks too. */
static void draw_step(const struct tw_synthetic_shared *shared, uint32_t step)
{
    uint64_t done = 0;

    for (int l = shared->first; done < shared->values; l++) {
        const struct tw_tensor *tensor = &shared->tensors[l];
        const uint64_t count = tw_tensor_size(tensor);
        uint8_t *mark = shared->marks ? shared->marks + done : NULL;

        for (int g = 0; g < shared->groups; g++) {
            struct tw_stream stream;
            TW_T(tw_synthetic_stream)
            (shared, TW_PURPOSE_SHARED, g == 0 ? TW_RANK_ALL : (uint32_t)g, step, tensor->id,
             &stream);
            if (g == 0 && mark)
                draw_marks(shared, tensor, step, mark, &stream);
            draw_part(shared, count, mark, shared->parts + (uint64_t)g * shared->values + done,
                      &stream);
        }
        done += count;
    }
}

static tw_status make_room(struct tw_synthetic_shared *shared, uint64_t values, struct tw_err *err)
{
    const struct tw_synthetic_kind *kind = &shared->kind;
    const int marked = kind->zeros > 0 || kind->zero_rows > 0 || shared->persistence > 0;

    if (values <= shared->room)
        return TW_OK;
    TW_T(tw_synthetic_shared_close)(shared);
    shared->parts = calloc(values * (uint64_t)shared->groups, sizeof *shared->parts);
    shared->all = shared->groups > 1 ? calloc(values, sizeof *shared->all) : NULL;
    shared->marks = marked ? calloc(values, 1) : NULL;
    if (!shared->parts || (shared->groups > 1 && !shared->all) || (marked && !shared->marks)) {
        TW_T(tw_synthetic_shared_close)(shared);
        return tw_err_set(err, TW_MEMORY, "no memory for synthetic gradients");
    }
    shared->room = values;
    return TW_OK;
}

static void mix(struct tw_synthetic_shared *shared)
{
    const double groups = shared->groups;

    shared->own = sqrt(1 - shared->apart);
    shared->common = sqrt(fmax(0, shared->own * shared->own / groups + shared->apart)) -
                     shared->own / sqrt(groups);
}

tw_status TW_T(tw_synthetic_shared_at)(struct tw_synthetic_shared *shared, int first,
                                       uint64_t values, uint32_t step, struct tw_err *err)
{
    const int same = shared->step != TW_STEP_NONE && shared->first == first &&
                     shared->values == values && shared->room >= values;
    tw_status status;
    uint32_t from = step;

    if (same && shared->step == step)
        return TW_OK;
    status = make_room(shared, values, err);
    if (status != TW_OK)
        return status;
    if (shared->persistence > 0)
        from = same && shared->step < step ? shared->step + 1 : 0;
    shared->first = first;
    shared->values = values;
    for (uint32_t t = from; t <= step; t++)
        draw_step(shared, t);
    shared->step = step;
    if (shared->groups > 1) {
        mix(shared);
        add_groups(shared);
    }
    return TW_OK;
}

void TW_T(tw_synthetic_shared_close)(struct tw_synthetic_shared *shared)
{
    free(shared->parts);
    free(shared->all);
    free(shared->marks);
    shared->parts = shared->all = NULL;
    shared->marks = NULL;
    shared->room = 0;
    shared->step = TW_STEP_NONE;
}
