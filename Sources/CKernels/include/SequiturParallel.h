// The parallel loops of the engine, over ranges and over tasks. They share oneDNN's thread pool, so that kernels and products never fight over cores.
#ifndef SEQUITUR_PARALLEL_H
#define SEQUITUR_PARALLEL_H

#include <stdint.h>

typedef void (*sequitur_range_body)(int64_t begin, int64_t end, void *context);

// Calls `body` on disjoint ranges that cover 0..<count, each of at least `grain` items but the last.
void sequitur_parallel(int64_t count, int64_t grain, sequitur_range_body body, void *context);

typedef void (*sequitur_task_body)(int64_t task, void *context);

// Calls `body` for each of 0..<count, whichever thread is free taking the next: for tasks of tens of microseconds and more.
void sequitur_parallel_tasks(int64_t count, sequitur_task_body body, void *context);
// Whether the caller already runs beside others.
int sequitur_is_parallel(void);

int sequitur_thread_count(void);
// 0 asks for the number of cores that this process may use.
void sequitur_set_thread_count(int count);

// Bytes of the outermost cache, or a cautious guess where the system does not say.
int64_t sequitur_outer_cache_bytes(void);

// Instruction sets: the best that the processor has and that SEQUITUR_MAX_ISA allows.
typedef enum { SEQUITUR_BASELINE = 0, SEQUITUR_AVX2 = 1, SEQUITUR_AVX512 = 2 } sequitur_instruction_set;
sequitur_instruction_set sequitur_active_instruction_set(void);
const char *sequitur_instruction_set_name(void);
// True where the processor multiplies bfloat16 itself (AVX-512-BF16 or AMX) and SEQUITUR_MAX_ISA allows it.
int sequitur_has_bfloat16(void);

#endif
