/* AN_WIDE before a function: it is compiled twice, and the wider one is taken at start where the machine has AVX2.
 * Layer: base. No fused multiply-add comes with AVX2 and contraction is off, so both give the same bits; for loops
 * over a vector's rows. Sanitizers can't run the choice before they are set up. */
#ifndef ANNING_BASE_WIDE_H
#define ANNING_BASE_WIDE_H

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define AN_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define AN_WIDE
#endif

#endif
