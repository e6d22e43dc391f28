/* One source, three instruction sets: a kernel written once is built for AVX-512, AVX2 and plain
 * x86-64, and the best that this processor has is chosen at every call (one predictable branch).
 * All three give the same bits as long as the order of additions is written out in the source
 * (vec.h) and -ffp-contract=off is set; with gcc and with clang, and under sanitizers.
 *
 *     TW_DISPATCHED(static, void, name, (tw_real *y, uint64_t n), (y, n))
 *     {
 *         … body …
 *     }
 *
 * defines name; the first argument is its storage class, or empty. The body may call inline
 * functions, which are then built for the same instruction set.
 * The environment variable THINWIRE_ISA (plain, avx2, avx512), read once when the program is
 * loaded, sets a lower limit on what is used: for tests of that promise, and for measurements. */
#ifndef TW_BASE_ISA_H
#define TW_BASE_ISA_H

enum tw_isa { TW_ISA_PLAIN, TW_ISA_AVX2, TW_ISA_AVX512 };

/* The instruction set in use. */
enum tw_isa tw_isa(void);

/* "plain", "avx2", "avx512" */
const char *tw_isa_name(enum tw_isa isa);

#if defined(__x86_64__)
#define TW_AVX2 __attribute__((target("avx2")))
#define TW_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define TW_AVX2
#define TW_AVX512
#endif

#define TW_DISPATCHED(storage, type, name, parameters, arguments) \
    TW_DISPATCHED_AS(storage, type, name, parameters, arguments)
#define TW_DISPATCHED_AS(storage, type, name, parameters, arguments)          \
    static inline __attribute__((always_inline)) type name##_body parameters; \
    TW_AVX512 static type name##_avx512 parameters                            \
    {                                                                         \
        return name##_body arguments;                                         \
    }                                                                         \
    TW_AVX2 static type name##_avx2 parameters                                \
    {                                                                         \
        return name##_body arguments;                                         \
    }                                                                         \
    static type name##_plain parameters                                       \
    {                                                                         \
        return name##_body arguments;                                         \
    }                                                                         \
    storage type name parameters                                              \
    {                                                                         \
        enum tw_isa isa = tw_isa();                                           \
        if (isa == TW_ISA_AVX512)                                             \
            return name##_avx512 arguments;                                   \
        if (isa == TW_ISA_AVX2)                                               \
            return name##_avx2 arguments;                                     \
        return name##_plain arguments;                                        \
    }                                                                         \
    static inline __attribute__((always_inline)) type name##_body parameters

#endif
