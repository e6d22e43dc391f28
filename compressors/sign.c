/* Scaled sign: one bit per value and one scale per tensor.
 *
 *     C(x) = ‖x‖₁/n·sign(x),  ‖C(x)−x‖² = ‖x‖² − ‖x‖₁²/n: nothing closer is made of signs alone
 *
 * Source: Karimireddy, Rebjock, Stich and Jaggi, "Error Feedback Fixes SignSGD and other Gradient
 * Compression Schemes", ICML 2019 (arXiv 1901.09847). Meant for error feedback (ef14).
 * δ = ‖x‖₁²/(n‖x‖²) ≥ 1/n, for a tensor (or bucket) of n values.
 * Wire: 4 bytes per tensor and d/8 bytes, by all-gather: scales differ between ranks. Cost: O(d).
 * The sign sent is the sign bit, so 0 decodes to +‖x‖₁/n and −0 to −‖x‖₁/n; published codes differ
 * there (0 as +, or a third value that one bit does not hold), and some send a byte per sign. The
 * identity above holds either way. Scales of ‖x‖₂/√n, also seen, are no contraction on sparse
 * vectors. Not finite: TW_INPUT. */
#include "sign_real.h"

#include <stddef.h>

static const struct tw_option options[] = {
    {"scope", TW_OPTION_CHOICE, offsetof(struct tw_sign_params, scope), "tensor", 0, 0, 0,
     tw_scope_names, "", "whether every tensor has a scale, or the bucket as a whole"},
};

static tw_status measure(const struct tw_problem *problem, const tw_real *x, uint64_t n,
                         tw_real *scale)
{
    (void)problem;
    return TW_T(tw_sign_mean)(x, n, scale);
}

static void value(const struct tw_coded_piece *piece, const uint16_t *codes, tw_real *values)
{
    TW_T(tw_sign_value)(codes, piece->n, piece->scales[0], -piece->scales[0], values);
}

static const struct tw_coder coder = {
    .groups = tw_sign_groups,
    .bits = tw_sign_bits,
    .most = tw_sign_most,
    .measure = measure,
    .code = TW_T(tw_sign_code),
    .value = value,
};

TW_CODED_FUNCTIONS(&coder)

const struct tw_compressor TW_T(tw_compressor_sign) = {
    .member = {.name = "sign",
               .summary = "signs times the mean magnitude of their tensor, all-gathered",
               .source = "Karimireddy et al. 2019, arXiv 1901.09847",
               .options = options,
               .option_count = sizeof options / sizeof *options,
               .params_size = sizeof(struct tw_sign_params),
               .traits = TW_CONTRACTIVE | TW_SHARED_SUPPORT | TW_AVERAGES_OWN,
               .requests = 1U << TW_GATHER},
    TW_CODED_CALLBACKS,
    .delta = tw_sign_delta,
};
