// The table of kernels, filled once per instruction set from the same bodies.
#ifndef INSTRUCTION_SETS_H
#define INSTRUCTION_SETS_H

#include "SequiturOperations.h"

typedef struct {
#define FIELD(name, parameters, arguments) void (*name) parameters;
    SEQUITUR_OPERATION_LIST(FIELD)
#undef FIELD
} sequitur_kernel_table;

extern const sequitur_kernel_table sequitur_kernels_baseline;
#if defined(__x86_64__)
extern const sequitur_kernel_table sequitur_kernels_avx2, sequitur_kernels_avx512, sequitur_kernels_avx512_bfloat16;
#endif
const sequitur_kernel_table *sequitur_kernels(void);

#endif
