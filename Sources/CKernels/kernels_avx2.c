// The kernels for avx2.
#if defined(__x86_64__)
#include "instruction_sets.h"
#include "SequiturMemory.h"
#include "SequiturParallel.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define TABLE sequitur_kernels_avx2
#define VECTOR_FLOATS 8
#include "kernels/all.inc"
#pragma clang attribute pop
#endif
