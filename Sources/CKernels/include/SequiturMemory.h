// The caching allocator: 64-byte aligned blocks, reused by size class, bounded, counted.
#ifndef SEQUITUR_MEMORY_H
#define SEQUITUR_MEMORY_H

#include <stdint.h>

typedef struct {
    int64_t in_use;        // bytes handed out now
    int64_t peak;          // most bytes ever handed out at once, since the last reset
    int64_t cached;        // bytes kept for reuse
    int64_t cache_limit;   // cached never exceeds this
    int64_t requests;      // allocations asked for
    int64_t misses;        // of them, those that had to ask the operating system
} sequitur_memory_statistics;

// Returns NULL where the operating system refuses. `capacity` receives the size of the class that serves `bytes`.
void *sequitur_allocate(int64_t bytes, int64_t *capacity);
void sequitur_release(void *pointer, int64_t capacity);

sequitur_memory_statistics sequitur_memory_read(void);
void sequitur_memory_reset_peak(void);
void sequitur_memory_set_cache_limit(int64_t bytes);
// Gives every cached block back to the operating system.
void sequitur_memory_trim(void);

#endif
