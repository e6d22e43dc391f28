/* The two arithmetics of the data plane. Files that compute are written once, with tw_real, and
 * built twice: TW_PRECISION=32 and 64. Their exported names are wrapped: TW_T(tw_vec_add) is
 * tw_vec_add_f32 or tw_vec_add_f64. */
#ifndef TW_BASE_PRECISION_H
#define TW_BASE_PRECISION_H

enum tw_precision { TW_FP32 = 0, TW_FP64 = 1 };

/* Bytes of one value: 4 or 8. */
static inline unsigned tw_precision_B(enum tw_precision precision)
{
    return precision == TW_FP64 ? 8U : 4U;
}

#ifdef TW_PRECISION
#if TW_PRECISION == 32
typedef float tw_real;
#define TW_T(name) name##_f32
#define TW_THIS_PRECISION TW_FP32
#define TW_REAL_ELEMENT TW_ELEMENT_F32
#elif TW_PRECISION == 64
typedef double tw_real;
#define TW_T(name) name##_f64
#define TW_THIS_PRECISION TW_FP64
#define TW_REAL_ELEMENT TW_ELEMENT_F64
#else
#error "TW_PRECISION is 32 or 64"
#endif
#endif

#endif
