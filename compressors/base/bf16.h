/* bfloat16: the upper half of a float, rounded to nearest, ties to even. */
#ifndef TW_BF16_H
#define TW_BF16_H

#include <stdint.h>
#include <string.h>

static inline uint16_t tw_bf16_from_f32(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t quiet = (bits >> 16) | 0x40U;
    uint32_t rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
    return (uint16_t)((bits & 0x7fffffffU) > 0x7f800000U ? quiet : rounded);
}

static inline float tw_bf16_to_f32(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A double as the float below it in magnitude or itself, made odd when inexact (its last bit says
 * "and a little more"): rounding that once more to a narrower type cannot mistake it for a tie, so
 * two roundings are as good as one. */
static inline float tw_f32_to_odd(double value)
{
    float narrow = (float)value;
    if (narrow == narrow && (double)narrow != value) {
        uint32_t bits;
        memcpy(&bits, &narrow, sizeof bits);
        double magnitude = value < 0 ? -value : value, near = narrow < 0 ? -narrow : narrow;
        bits = (near > magnitude ? bits - 1U : bits) | 1U;
        memcpy(&narrow, &bits, sizeof narrow);
    }
    return narrow;
}

/* From double, rounded once. */
static inline uint16_t tw_bf16_from_f64(double value)
{
    return tw_bf16_from_f32(tw_f32_to_odd(value));
}

#endif
