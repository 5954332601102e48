// The kernels for avx512.
#if defined(__x86_64__)
#include "instruction_sets.h"
#include "SequiturMemory.h"
#include "SequiturParallel.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TABLE sequitur_kernels_avx512
#define VECTOR_FLOATS 16

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)
#include "kernels/all.inc"
#pragma clang attribute pop
#endif
