/* What every source of the kernels includes: how a function is made visible to Python.

   Everything else is hidden (-fvisibility=hidden); the toolchain compares what a library exports with what is marked.
 */
#ifndef RENDERSDG_EXPORT_H
#define RENDERSDG_EXPORT_H

#if defined(__CUDACC__)
#define EXPORT /* a GPU's kernels are found by their names */
#elif defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

#endif
