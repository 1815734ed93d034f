/* What the compilers of processors (C11) and of GPUs (NVRTC, which takes C++20) call by other names.
 *
 * Headers that include this are read by both. They keep to what both languages have: structures are made by MADE, with
 * their fields in order; there are no vectors of eight lanes, and no functions of the C library but those of math.h.
 */
#ifndef RENDERSDG_BOTH_H
#define RENDERSDG_BOTH_H

#if defined(__CUDACC__)
#define MADE(type) type
#define RESTRICT __restrict__
#define CALL_FOR(address) ((void)(address))
#define INLINE static inline
#else
#define MADE(type) (type)
#define RESTRICT restrict
#define CALL_FOR(address) __builtin_prefetch(address) /* have it brought from memory */
#define INLINE static inline __attribute__((always_inline))
#endif

#endif
