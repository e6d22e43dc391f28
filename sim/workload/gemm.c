/* Which vector registers this processor has (the kernels are in gemm_real.c). */
#include "gemm_real.h"

unsigned tw_gemm_vector_B(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return 64;
    if (__builtin_cpu_supports("avx2"))
        return 32;
#endif
    return 16;
}
