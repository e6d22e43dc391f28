/* Values in two bytes: the loops, one per type so that each is vectorised. O(n). */
#include "half_real.h"
#include "base/isa.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

TW_DISPATCHED(static, void, down_bf16, (const tw_real *x, uint64_t n, uint16_t *halves),
              (x, n, halves))
{
    for (uint64_t i = 0; i < n; i++)
        halves[i] = TW_T(tw_half_from)(TW_VALUE_BF16, x[i]);
}

TW_DISPATCHED(static, void, down_fp16_each, (const tw_real *x, uint64_t n, uint16_t *halves),
              (x, n, halves))
{
    for (uint64_t i = 0; i < n; i++)
        halves[i] = TW_T(tw_half_from)(TW_VALUE_FP16, x[i]);
}

#if TW_PRECISION == 32 && defined(__x86_64__)
/* The processor's own conversion rounds alike, but keeps bits of a NaN: a NaN is made the one of
 * tw_fp16_from_f32 first. Returns how many were converted. */
TW_AVX512 static uint64_t down_fp16_sixteens(const tw_real *x, uint64_t n, uint16_t *halves)
{
    const __m512i sign = _mm512_set1_epi32(INT32_MIN), quiet = _mm512_set1_epi32(0x7fc00000);
    uint64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m512 values = _mm512_loadu_ps(x + i);
        __m512i nan = _mm512_or_si512(_mm512_and_si512(_mm512_castps_si512(values), sign), quiet);
        values = _mm512_mask_blend_ps(_mm512_cmp_ps_mask(values, values, _CMP_UNORD_Q), values,
                                      _mm512_castsi512_ps(nan));
        _mm256_storeu_si256((__m256i *)(void *)(halves + i),
                            _mm512_cvtps_ph(values, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
    }
    return i;
}
#else
static uint64_t down_fp16_sixteens(const tw_real *x, uint64_t n, uint16_t *halves)
{
    (void)x;
    (void)n;
    (void)halves;
    return 0;
}
#endif

void TW_T(tw_half_down)(enum tw_value type, const tw_real *x, uint64_t n, uint16_t *halves)
{
    if (type == TW_VALUE_BF16) {
        down_bf16(x, n, halves);
        return;
    }
    uint64_t done = tw_isa() == TW_ISA_AVX512 ? down_fp16_sixteens(x, n, halves) : 0;
    down_fp16_each(x + done, n - done, halves + done);
}

TW_DISPATCHED(static, void, average_bf16,
              (const uint16_t *sum, uint64_t n, tw_real ranks, tw_real *out), (sum, n, ranks, out))
{
    for (uint64_t i = 0; i < n; i++)
        out[i] = TW_T(tw_half_to)(TW_VALUE_BF16, sum[i]) / ranks;
}

TW_DISPATCHED(static, void, average_fp16,
              (const uint16_t *sum, uint64_t n, tw_real ranks, tw_real *out), (sum, n, ranks, out))
{
    for (uint64_t i = 0; i < n; i++)
        out[i] = TW_T(tw_half_to)(TW_VALUE_FP16, sum[i]) / ranks;
}

void TW_T(tw_half_average)(enum tw_value type, const uint16_t *sum, uint64_t n, tw_real ranks,
                           tw_real *out)
{
    if (type == TW_VALUE_BF16)
        average_bf16(sum, n, ranks, out);
    else
        average_fp16(sum, n, ranks, out);
}

TW_DISPATCHED(static, void, up_bf16, (const uint16_t *halves, uint64_t n, tw_real *values),
              (halves, n, values))
{
    for (uint64_t i = 0; i < n; i++)
        values[i] = TW_T(tw_half_to)(TW_VALUE_BF16, halves[i]);
}

TW_DISPATCHED(static, void, up_fp16, (const uint16_t *halves, uint64_t n, tw_real *values),
              (halves, n, values))
{
    for (uint64_t i = 0; i < n; i++)
        values[i] = TW_T(tw_half_to)(TW_VALUE_FP16, halves[i]);
}

void TW_T(tw_half_up)(enum tw_value type, const uint16_t *halves, uint64_t n, tw_real *values)
{
    if (type == TW_VALUE_BF16)
        up_bf16(halves, n, values);
    else
        up_fp16(halves, n, values);
}

void TW_T(tw_half_send)(enum tw_value type, tw_real *values, uint64_t n, uint16_t *halves)
{
    for (uint64_t i = 0; i < n; i++) {
        halves[i] = TW_T(tw_half_within)(type, values[i]);
        values[i] = TW_T(tw_half_to)(type, halves[i]);
    }
}

const void *TW_T(tw_half_message)(enum tw_value type, tw_real *values, uint64_t n, uint16_t *halves)
{
    if (type == TW_VALUE_OWN)
        return values;
    TW_T(tw_half_send)(type, values, n, halves);
    return halves;
}

const tw_real *TW_T(tw_half_answer)(enum tw_value type, const void *sums, uint64_t n, tw_real *wide)
{
    if (type == TW_VALUE_OWN)
        return sums;
    TW_T(tw_half_up)(type, sums, n, wide);
    return wide;
}
