// The kernels for avx512 with its own bfloat16.
#if defined(__x86_64__)
#include "instruction_sets.h"
#include "SequiturMemory.h"
#include "SequiturParallel.h"

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TABLE sequitur_kernels_avx512_bfloat16
#define VECTOR_FLOATS 16
#define HAS_BFLOAT16

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c"))), apply_to = function)
#define TILE_NAME multiply_bfloat16
#define TILE_UNIT int32_t
#define TILE_MULTIPLY(sum, unit, columns) \
    sum = (vector)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32(unit), (__m512bh)columns)
#include "kernels/tiles.inc"
#undef TILE_NAME
#undef TILE_UNIT
#undef TILE_MULTIPLY
#include "kernels/all.inc"
#pragma clang attribute pop
#endif
