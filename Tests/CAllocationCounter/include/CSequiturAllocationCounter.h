// Counts the heap allocations of the process that links this, by standing before the C library's own functions.
#ifndef C_SEQUITUR_ALLOCATION_COUNTER_H
#define C_SEQUITUR_ALLOCATION_COUNTER_H

#include <stdint.h>

// Blocks asked for since the process began; -1 where the C library cannot be stood before.
int64_t sequitur_allocation_count(void);

#endif
