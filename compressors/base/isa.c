/* The instruction set, found out once, when the program is loaded. */
#include "isa.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"plain", "avx2", "avx512"};

/* Written by choose() alone, before main: constant for everyone else. */
static enum tw_isa chosen = TW_ISA_PLAIN;

static enum tw_isa of_processor(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return TW_ISA_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return TW_ISA_AVX2;
#endif
    return TW_ISA_PLAIN;
}

__attribute__((constructor)) static void choose(void)
{
    const char *limit = getenv("THINWIRE_ISA");
    enum tw_isa best = of_processor();
    for (int i = TW_ISA_PLAIN; limit && i < (int)best; i++)
        if (strcmp(limit, names[i]) == 0)
            best = (enum tw_isa)i;
    chosen = best;
}

enum tw_isa tw_isa(void)
{
    return chosen;
}

const char *tw_isa_name(enum tw_isa isa)
{
    return names[isa];
}
