// A caching allocator. Blocks are grouped in size classes, eight per power of two, so that at most an eighth is wasted
// and a training loop, whose sizes repeat, finds every block in the cache after its first steps. Where sizes do not repeat, as with
// batches of other lengths, a large block of up to twice the size does as well: new pages cost more than what is wasted.
#include "SequiturMemory.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, CLASS_COUNT = 512, HUGE_PAGE = 2 << 20, LARGE = 256 << 10, CLASSES_OF_A_DOUBLING = 8 };

typedef struct free_block {
    struct free_block *next;
} free_block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static free_block *free_lists[CLASS_COUNT];
static int64_t class_sizes[CLASS_COUNT];
static sequitur_memory_statistics statistics = {.cache_limit = (int64_t)4 << 30};

// Sizes up to 1 KiB go by 64 bytes; above, the three bits after the leading one choose the class.
static int size_class(int64_t bytes, int64_t *rounded) {
    if (bytes <= 1024) {
        int64_t units = bytes <= 0 ? 1 : (bytes + ALIGNMENT - 1) / ALIGNMENT;
        *rounded = units * ALIGNMENT;
        return (int)units;
    }
    int exponent = 63 - __builtin_clzll((unsigned long long)(bytes - 1));
    int64_t step = (int64_t)1 << (exponent - 3);
    *rounded = (bytes + step - 1) / step * step;
    int64_t eighth = (*rounded - ((int64_t)1 << exponent)) / step;   // 1...8
    return 16 + (exponent - 10) * 8 + (int)eighth;
}

static void *ask_system(int64_t size) {
    void *pointer = NULL;
    size_t alignment = size >= 2 * HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;
    if (posix_memalign(&pointer, alignment, (size_t)size) != 0) return NULL;
#ifdef MADV_HUGEPAGE
    if (alignment == HUGE_PAGE) madvise(pointer, (size_t)size, MADV_HUGEPAGE);
#endif
    return pointer;
}

void *sequitur_allocate(int64_t bytes, int64_t *capacity) {
    if (bytes < 0 || bytes > (int64_t)1 << 46) return NULL;
    int64_t size;
    int index = size_class(bytes, &size);
    *capacity = size;
    pthread_mutex_lock(&lock);
    statistics.requests += 1;
    free_block *block = free_lists[index];
    if (!block && size >= LARGE) {
        for (int other = index + 1; other <= index + CLASSES_OF_A_DOUBLING && other < CLASS_COUNT && !block; other++) {
            if (!free_lists[other]) continue;
            block = free_lists[other];
            index = other;
            *capacity = size = class_sizes[other];
        }
    }
    if (block) {
        free_lists[index] = block->next;
        statistics.cached -= size;
    } else {
        statistics.misses += 1;
    }
    statistics.in_use += size;
    if (statistics.in_use > statistics.peak) statistics.peak = statistics.in_use;
    pthread_mutex_unlock(&lock);
    if (block) return block;
    void *pointer = ask_system(size);
    if (!pointer) {   // what the cache holds may be what is missing
        sequitur_memory_trim();
        pointer = ask_system(size);
    }
    if (!pointer) {
        pthread_mutex_lock(&lock);
        statistics.in_use -= size;
        pthread_mutex_unlock(&lock);
    }
    return pointer;
}

void sequitur_release(void *pointer, int64_t capacity) {
    if (!pointer) return;
    int64_t size;
    int index = size_class(capacity, &size);
    pthread_mutex_lock(&lock);
    statistics.in_use -= size;
    int keep = statistics.cached + size <= statistics.cache_limit;
    if (keep) {
        free_block *block = pointer;
        block->next = free_lists[index];
        free_lists[index] = block;
        class_sizes[index] = size;
        statistics.cached += size;
    }
    pthread_mutex_unlock(&lock);
    if (!keep) free(pointer);
}

sequitur_memory_statistics sequitur_memory_read(void) {
    pthread_mutex_lock(&lock);
    sequitur_memory_statistics copy = statistics;
    pthread_mutex_unlock(&lock);
    return copy;
}

void sequitur_memory_reset_peak(void) {
    pthread_mutex_lock(&lock);
    statistics.peak = statistics.in_use;
    pthread_mutex_unlock(&lock);
}

void sequitur_memory_trim(void) {
    pthread_mutex_lock(&lock);
    for (int index = 0; index < CLASS_COUNT; index++) {
        while (free_lists[index]) {
            free_block *block = free_lists[index];
            free_lists[index] = block->next;
            statistics.cached -= class_sizes[index];
            free(block);
        }
    }
    pthread_mutex_unlock(&lock);
}

void sequitur_memory_set_cache_limit(int64_t bytes) {
    pthread_mutex_lock(&lock);
    statistics.cache_limit = bytes;
    int over = statistics.cached > bytes;
    pthread_mutex_unlock(&lock);
    if (over) sequitur_memory_trim();
}
