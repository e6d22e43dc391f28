/* DGC's selection: a threshold from a sample, corrected by counting, and an exact selection when
 * far too many pass it. (Its momentum correction and masking are a feedback rule.)
 *
 *     s values x_{a}, x_{a+b}, x_{a+2b} …; a drawn afresh by every rank in every step
 *     t = the ⌈ρs⌉-th largest magnitude of the sample
 *     up to 10 times: n = #{|x| ≥ t};  n > 1.3·k: stop;  n < 0.8·k: t ← 0.8·t;  else stop
 *     C(x) keeps the values |x_i| ≥ t; when they are too many, the k largest of them
 *
 * Source: Lin, Han, Mao, Wang and Dally, "Deep Gradient Compression", ICLR 2018 (arXiv 1712.01887)
 * and its code: s ≥ max(sample·d, 2/ρ), b = 32·⌈d/(32 s)⌉ + 1, reduced by 8 while it gives fewer.
 * Wire: 4 + n·(4 + 4) bytes per rank, n ≤ k (the code sends 64-bit indices: index="u64").
 * Cost: a selection in the sample and one read per count. When n is between k and 1.3·k the code
 * sends the first k in the order of their indices, which favours the front of a tensor: that is
 * excess="truncate"; the default takes the k largest of them. Zeros are never sent and the largest
 * magnitude always (but for truncate): ‖C(x)−x‖² ≤ (1 − 1/d)‖x‖². At k = d all is sent.
 * The k largest of those above t are the k largest of all, which is how they are found here; the
 * work charged is that of a selection among n. */
#include <math.h>
#include <stddef.h>
#include "above_real.h"
#include "base/rng.h"
#include "counted_real.h"
#include "select_real.h"

#define UPPER 1.3
#define LOWER 0.8
#define ROUNDS 10

enum { EXCESS_SELECT, EXCESS_TRUNCATE };

struct params {
    struct tw_counted_params common;
    double sample;
    int excess;
};

static const char *const excess_names[] = {"select", "truncate", NULL};

static const struct tw_option options[] = {
    {"ratio", TW_OPTION_REAL, offsetof(struct params, common.ratio), NULL, 0.0, 1.0, 1, NULL,
     "share of values", "share of values sent at most: k = max(1, floor(ratio * d))"},
    {"sample", TW_OPTION_REAL, offsetof(struct params, sample), "0.01", 0.0, 1.0, 1, NULL,
     "share of values", "share of values that the threshold is taken from"},
    {"excess", TW_OPTION_CHOICE, offsetof(struct params, excess), "select", 0, 0, 0, excess_names,
     "", "of up to 1.3 k values found: the k largest, or the first k (as released)"},
    TW_COUNTED_OPTION_ROWS(struct params),
};

/* Every stride-th value is sampled, `count` of them. */
struct sample {
    uint64_t stride, count, largest;
};

static struct sample sample_of(const struct params *params, uint64_t n)
{
    uint64_t by_share = tw_count_ceil(params->sample, n), wanted = n;
    double by_ratio = 2.0 / params->common.ratio;
    struct sample sample = {1, n, 0};
    if (by_ratio < (double)n) {
        wanted = (uint64_t)by_ratio + ((double)(uint64_t)by_ratio < by_ratio);
        wanted = by_share > wanted ? by_share : wanted;
        sample.stride = (n + 32 * wanted - 1) / (32 * wanted) * 32 + 1;
        while (n / sample.stride < wanted && sample.stride > 8)
            sample.stride -= 8;
        sample.count = n / sample.stride;
    }
    sample.largest = tw_count_ceil(params->common.ratio, sample.count);
    return sample;
}

struct room {
    tw_real *values;
    uint32_t *indices;
    void *select;
};

/* The larger of two selections, of the sample's and of the whole part's. */
static size_t lay_out(const struct params *params, uint64_t size, uint64_t kept, void *block,
                      struct room *room)
{
    struct tw_arena arena = {block, 0};
    struct sample sample = sample_of(params, size);
    size_t of_sample = TW_T(tw_select_scratch_B)(sample.count, sample.largest);
    size_t of_part = TW_T(tw_select_scratch_B)(size, kept);
    room->values = tw_arena_take(&arena, sample.count, sizeof *room->values);
    room->indices = tw_arena_take(&arena, sample.largest, sizeof *room->indices);
    room->select = tw_arena_take(&arena, of_sample > of_part ? of_sample : of_part, 1);
    return arena.used;
}

static size_t scratch_B(const struct tw_problem *problem, uint64_t size, uint64_t kept)
{
    struct room room;
    return lay_out(problem->params, size, kept, NULL, &room);
}

static tw_status sampled_threshold(const struct tw_choice *choice, const struct room *room,
                                   double *threshold)
{
    const struct tw_problem *problem = choice->problem;
    struct sample sample = sample_of(problem->params, choice->size);
    struct tw_stream_key key = {problem->seed, problem->repetition, choice->rank,
                                choice->step,  choice->tensor,      TW_PURPOSE_INDICES};
    struct tw_stream stream;
    const tw_real *x = choice->x;
    tw_stream_open(&stream, &key);
    uint64_t at = sample.stride > 1 ? gsl_rng_uniform_int(&stream.gsl, sample.stride) : 0;
    for (uint64_t i = 0; i < sample.count; i++)
        room->values[i] = x[at + i * sample.stride];
    tw_choice_charge(choice, TW_KERNEL_PACK, sample.count, sample.count);
    tw_choice_charge(choice, TW_KERNEL_SELECT, sample.count, sample.largest);
    tw_status status =
        TW_T(tw_select)(room->values, sample.count, sample.largest, room->select, room->indices);
    if (status != TW_OK)
        return status;
    double least = HUGE_VAL;
    for (uint64_t i = 0; i < sample.largest; i++) {
        double value = (double)room->values[room->indices[i]];
        value = value < 0.0 ? -value : value;
        least = value < least ? value : least;
    }
    *threshold = least;
    return TW_OK;
}

static tw_status choose(const struct tw_choice *choice, uint32_t *out, uint64_t *count)
{
    const struct params *params = choice->problem->params;
    double k = (double)choice->kept, threshold, most = HUGE_VAL;
    struct room room;
    if (choice->kept == choice->size) {
        *count = TW_T(tw_choice_above)(choice, 0.0, most, out);
        return TW_OK;
    }
    lay_out(params, choice->size, choice->kept, choice->scratch, &room);
    tw_status status = sampled_threshold(choice, &room, &threshold);
    if (status != TW_OK)
        return status;
    uint64_t found = TW_T(tw_choice_count)(choice, threshold, most);
    for (int round = 1; round < ROUNDS && (double)found < LOWER * k && threshold > 0.0; round++) {
        threshold *= LOWER;
        found = TW_T(tw_choice_count)(choice, threshold, most);
    }
    int far = (double)found > UPPER * k;
    if (found <= choice->kept || (params->excess == EXCESS_TRUNCATE && !far)) {
        found = TW_T(tw_choice_above)(choice, threshold, most, out);
        *count = found < choice->kept ? found : choice->kept;
        return TW_OK;
    }
    *count = choice->kept;
    tw_choice_charge(choice, TW_KERNEL_SELECT, choice->size, choice->kept);
    return TW_T(tw_select)(choice->x, choice->size, choice->kept, room.select, out);
}

static const struct tw_counted_kind kind = {tw_counted_way, scratch_B, choose};

TW_COUNTED_FUNCTIONS(kind)

static double delta(const struct tw_problem *problem)
{
    const struct params *params = problem->params;
    return params->excess == EXCESS_SELECT ? tw_counted_delta(problem) : -1.0;
}

const struct tw_compressor TW_T(tw_compressor_dgc_topk) = {
    .member = {.name = "dgc_topk",
               .summary = "values above a sampled threshold, at most k, all-gathered",
               .source = "Lin et al. 2018, arXiv 1712.01887",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct params),
               .traits = TW_CONTRACTIVE | TW_AVERAGES_OWN | TW_DATA_SIZED,
               .requests = 1U << TW_GATHER},
    TW_COUNTED_CALLBACKS,
    .delta = delta,
};
