/* Which of the libraries this processor can run, and what a library was built from. */
#include "export.h"

/* The marker lets a reader find the digest in the file, without loading it. */
#define MARKER "rendersdg-source-digest:"

EXPORT int rendersdg_cpu_level(void);
EXPORT const char *rendersdg_source_digest(void);

/* Returns the digest of the sources and flags, in hexadecimal (toolchain/recipe.py). */
const char *rendersdg_source_digest(void)
{
    static const char marked[] = MARKER SOURCE_DIGEST;
    return marked + sizeof(MARKER) - 1;
}

#if defined(__x86_64__)

#include <cpuid.h>

/* The levels of the System V ABI for x86-64, section 3.1.1 "Processor Architecture", table 3.1. SSE, SSE2 and what else
   level 1 names are there on every x86-64 processor. */

/* Leaf 1, ecx. */
#define SSE3 (1u << 0)
#define SSSE3 (1u << 9)
#define FMA (1u << 12)
#define CMPXCHG16B (1u << 13)
#define SSE4_1 (1u << 19)
#define SSE4_2 (1u << 20)
#define MOVBE (1u << 22)
#define POPCNT (1u << 23)
#define OSXSAVE (1u << 27)
#define AVX (1u << 28)
#define F16C (1u << 29)
/* Leaf 0x80000001, ecx. */
#define LAHF_SAHF (1u << 0)
#define LZCNT (1u << 5)
/* Leaf 7, ebx. */
#define BMI1 (1u << 3)
#define AVX2 (1u << 5)
#define BMI2 (1u << 8)
#define AVX512F (1u << 16)
#define AVX512DQ (1u << 17)
#define AVX512CD (1u << 28)
#define AVX512BW (1u << 30)
#define AVX512VL (1u << 31)
/* Parts of the state that the operating system keeps from one process to the next, in the register XCR0. */
#define XCR0_YMM 0x06u /* the registers of SSE and the upper halves of AVX */
#define XCR0_ZMM 0xe6u /* and AVX-512's masks, upper halves and upper sixteen */

static int has(unsigned bits, unsigned wanted) { return (bits & wanted) == wanted; }

/* Returns the low half of XCR0; to be called only where OSXSAVE is set. */
static unsigned saved_state(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    return low;
}

/* Returns the highest level, 1 to 4, whose instructions the processor has and whose registers the system keeps. */
int rendersdg_cpu_level(void)
{
    unsigned unused, leaf1 = 0, leaf7 = 0, extended = 0;
    __get_cpuid(1, &unused, &unused, &leaf1, &unused);
    __get_cpuid_count(7, 0, &unused, &leaf7, &unused, &unused);
    __get_cpuid(0x80000001u, &unused, &unused, &extended, &unused);

    if (!has(leaf1, SSE3 | SSSE3 | CMPXCHG16B | SSE4_1 | SSE4_2 | POPCNT) || !has(extended, LAHF_SAHF))
        return 1;
    if (!has(leaf1, FMA | MOVBE | OSXSAVE | AVX | F16C) || !has(leaf7, BMI1 | AVX2 | BMI2) || !has(extended, LZCNT))
        return 2;
    const unsigned state = saved_state();
    if (!has(state, XCR0_YMM))
        return 2;
    if (!has(leaf7, AVX512F | AVX512DQ | AVX512CD | AVX512BW | AVX512VL) || !has(state, XCR0_ZMM))
        return 3;
    return 4;
}

#else

/* Returns 0: other architectures have one library. */
int rendersdg_cpu_level(void) { return 0; }

#endif
