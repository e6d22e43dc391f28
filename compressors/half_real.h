/* Values that travel in two bytes (enum tw_value), as vectors: rounded to nearest even on the way
 * down, exact on the way up. Two policies for what is too large for the type: it becomes infinity
 * and shows (dense members, whose memory has no place for it), or the largest number of the type
 * (sparse members: error feedback keeps the rest, so a residual is finite whenever the value is).
 * NaN stays NaN under both. Any type but TW_VALUE_OWN. */
#ifndef TW_HALF_REAL_H
#define TW_HALF_REAL_H

#include "base/bf16.h"
#include "base/fp16.h"
#include "codec.h"

#ifdef TW_PRECISION
static inline uint16_t TW_T(tw_half_from)(enum tw_value type, tw_real value)
{
#if TW_PRECISION == 32
    return type == TW_VALUE_FP16 ? tw_fp16_from_f32(value) : tw_bf16_from_f32(value);
#else
    return type == TW_VALUE_FP16 ? tw_fp16_from_f64(value) : tw_bf16_from_f64(value);
#endif
}

/* Finite for every finite value: the pattern below infinity's is the largest number's. */
static inline uint16_t TW_T(tw_half_within)(enum tw_value type, tw_real value)
{
    uint16_t half = TW_T(tw_half_from)(type, value);
    uint16_t infinite = type == TW_VALUE_FP16 ? 0x7c00 : 0x7f80;
    int finite = value - value == 0;
    return (uint16_t)(half - (finite && (half & 0x7fff) == infinite));
}

static inline tw_real TW_T(tw_half_to)(enum tw_value type, uint16_t half)
{
    return (tw_real)(type == TW_VALUE_FP16 ? tw_fp16_to_f32(half) : tw_bf16_to_f32(half));
}

/* Value i of a packed list of such values, or of own ones; it may be unaligned. */
static inline tw_real TW_T(tw_half_read)(enum tw_value type, const unsigned char *values,
                                         uint64_t i)
{
    if (type == TW_VALUE_OWN) {
        tw_real value;
        memcpy(&value, values + i * sizeof value, sizeof value);
        return value;
    }
    uint16_t half;
    memcpy(&half, values + 2 * i, sizeof half);
    return TW_T(tw_half_to)(type, half);
}

/* Writes value i of such a list under the second policy. */
static inline void TW_T(tw_half_write)(enum tw_value type, unsigned char *values, uint64_t i,
                                       tw_real value)
{
    if (type == TW_VALUE_OWN) {
        memcpy(values + i * sizeof value, &value, sizeof value);
        return;
    }
    uint16_t half = TW_T(tw_half_within)(type, value);
    memcpy(values + 2 * i, &half, sizeof half);
}

/* n values down, too large ones to infinity; up; and up, each divided by `ranks`. */
void TW_T(tw_half_down)(enum tw_value type, const tw_real *x, uint64_t n, uint16_t *halves);
void TW_T(tw_half_up)(enum tw_value type, const uint16_t *halves, uint64_t n, tw_real *values);
void TW_T(tw_half_average)(enum tw_value type, const uint16_t *sum, uint64_t n, tw_real ranks,
                           tw_real *out);

/* n values as they are sent by members that keep the rest: halves ← within(values), and values ←
 * what the halves say. */
void TW_T(tw_half_send)(enum tw_value type, tw_real *values, uint64_t n, uint16_t *halves);

/* What travels of a member's n own values, in one of two ways: themselves (TW_VALUE_OWN), or halves
 * by tw_half_send. And the answer's sums as values: themselves, or up into `wide`. */
const void *TW_T(tw_half_message)(enum tw_value type, tw_real *values, uint64_t n,
                                  uint16_t *halves);
const tw_real *TW_T(tw_half_answer)(enum tw_value type, const void *sums, uint64_t n,
                                    tw_real *wide);

/* What is sent for a value under the second policy; itself for TW_VALUE_OWN. */
static inline tw_real TW_T(tw_half_sent)(enum tw_value type, tw_real value)
{
    if (type == TW_VALUE_OWN)
        return value;
    return TW_T(tw_half_to)(type, TW_T(tw_half_within)(type, value));
}

/* ‖value − what is sent for it‖². */
static inline double TW_T(tw_half_lost2)(enum tw_value type, tw_real value)
{
    double sent = (double)TW_T(tw_half_sent)(type, value);
    return ((double)value - sent) * ((double)value - sent);
}

/* The same of n values x at indices, added; 0 for TW_VALUE_OWN. */
static inline double TW_T(tw_half_lost2_at)(enum tw_value type, const tw_real *x,
                                            const uint32_t *indices, uint64_t n)
{
    double sum = 0.0;
    for (uint64_t i = 0; i < n && type != TW_VALUE_OWN; i++)
        sum += TW_T(tw_half_lost2)(type, x[indices[i]]);
    return sum;
}
#endif
#endif
