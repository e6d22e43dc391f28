/* The two 8-bit floating-point formats, rounded to nearest, ties to even; too large becomes the
 * largest: E4M3 has no infinities (largest 448, least 2^-9), E5M2 does (largest 57344, least
 * 2^-16). Source: Micikevicius et al., "FP8 Formats for Deep Learning" (arXiv 2209.05433),
 * saturating. */
#ifndef TW_FP8_H
#define TW_FP8_H

#include <stdint.h>
#include <string.h>
#include "base/bf16.h"

struct tw_fp8 {
    unsigned mantissa; /* stored bits */
    unsigned bias;     /* of the exponent */
    uint32_t most;     /* code of the largest, without the sign */
};

static const struct tw_fp8 tw_fp8_e4m3 = {3, 7, 0x7e};
static const struct tw_fp8 tw_fp8_e5m2 = {2, 15, 0x7b};

static inline uint32_t tw_fp8_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float tw_fp8_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* 2^exponent, a normal float */
static inline float tw_fp8_power(int exponent)
{
    return tw_fp8_float((uint32_t)(exponent + 127) << 23);
}

/* value is no NaN. Below the least normal number, the code is the value in units of the format's
 * least: adding 2^23 makes the processor round it to a whole number. */
static inline uint8_t tw_fp8_from_f32(struct tw_fp8 format, float value)
{
    uint32_t bits = tw_fp8_bits(value), magnitude = bits & 0x7fffffffU;
    unsigned shift = 23 - format.mantissa;
    uint32_t tie = (1U << (shift - 1)) - 1U + (magnitude >> shift & 1U);
    uint32_t normal = ((magnitude + tie) >> shift) - ((127U - format.bias) << format.mantissa);
    float units = tw_fp8_float(magnitude) * tw_fp8_power((int)(format.bias - 1 + format.mantissa));
    uint32_t below = tw_fp8_bits(units + 0x1p23F) - tw_fp8_bits(0x1p23F);
    uint32_t code = magnitude < (128U - format.bias) << 23 ? below : normal;
    code = code > format.most ? format.most : code;
    return (uint8_t)(code | (bits >> 31) << 7);
}

/* From double, rounded once (tw_f32_to_odd). */
static inline uint8_t tw_fp8_from_f64(struct tw_fp8 format, double value)
{
    return tw_fp8_from_f32(format, tw_f32_to_odd(value));
}

/* Exact; of codes up to ±most. */
static inline float tw_fp8_to_f32(struct tw_fp8 format, uint8_t code)
{
    uint32_t magnitude = code & 0x7fU;
    uint32_t normal = (magnitude << (23 - format.mantissa)) + ((127U - format.bias) << 23);
    float below =
        (float)(int32_t)magnitude * tw_fp8_power(1 - (int)(format.bias + format.mantissa));
    uint32_t bits = magnitude >> format.mantissa == 0 ? tw_fp8_bits(below) : normal;
    return tw_fp8_float(bits | (uint32_t)(code >> 7) << 31);
}

#endif
