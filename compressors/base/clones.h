/* TW_CLONES before a hot function builds it for AVX-512, AVX2 and plain x86-64; the loader picks.
 * All clones give the same bits as long as the order of additions is written out in the source
 * (vec.h) and -ffp-contract=off is set.
 *
 * Empty outside x86-64; under sanitizers, whose runtime is not up when the loader's resolvers run;
 * and with clang, whose version 14 names the symbol f.ifunc, so that other files cannot link f. */
#ifndef TW_BASE_CLONES_H
#define TW_BASE_CLONES_H

#if defined(__x86_64__) && !defined(__clang__) && !defined(TW_SANITIZED)
#define TW_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TW_CLONES
#endif

#endif
