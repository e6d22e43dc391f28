/* IEEE half precision: 5 bits of exponent, 10 of fraction, rounded to nearest, ties to even.
 * Normal numbers are 2^-14 … 65504 (relative error of rounding at most 2^-11), the least is 2^-24,
 * half of it and less becomes 0, and 65520 and more infinity. */
#ifndef TW_FP16_H
#define TW_FP16_H

#include <stdint.h>
#include <string.h>
#include "base/bf16.h"

/* A half's subnormals are multiples of 2^-24: the float addition to 1/2 rounds to them exactly as
 * the format wants it, because floats between 1/2 and 1 are 2^-24 apart. */
static inline uint16_t tw_fp16_from_f32(float value)
{
    uint32_t bits, fixed;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000U, magnitude = bits & 0x7fffffffU;
    float shifted;
    memcpy(&shifted, &magnitude, sizeof shifted);
    shifted += 0.5F;
    memcpy(&fixed, &shifted, sizeof fixed);
    uint32_t small = fixed - 0x3f000000U;
    uint32_t normal = (magnitude - 0x38000000U + 0xfffU + (magnitude >> 13 & 1U)) >> 13;
    uint32_t huge = magnitude > 0x7f800000U ? 0x7e00U : 0x7c00U;
    uint32_t half = magnitude < 0x38800000U ? small : magnitude >= 0x47800000U ? huge : normal;
    return (uint16_t)(sign | half);
}

/* From double, rounded once (tw_f32_to_odd). */
static inline uint16_t tw_fp16_from_f64(double value)
{
    return tw_fp16_from_f32(tw_f32_to_odd(value));
}

/* Exact. Subnormals: fraction · 2^-24 is a normal float. */
static inline float tw_fp16_to_f32(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000U) << 16, magnitude = half & 0x7fffU, bits;
    float small = (float)magnitude * 0x1p-24F, value;
    memcpy(&bits, &small, sizeof bits);
    if (magnitude >= 0x7c00U)
        bits = 0x7f800000U | magnitude << 13;
    else if (magnitude >= 0x0400U)
        bits = (magnitude << 13) + 0x38000000U;
    bits |= sign;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
