// The parallel loop and the choice of the instruction set.
#define _GNU_SOURCE   // sched_getaffinity
#include "SequiturParallel.h"
#include "instruction_sets.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <dispatch/dispatch.h>
#else
#include <sched.h>
// libgomp's own entry points: oneDNN runs on the same pool.
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_in_parallel(void);
extern void omp_set_num_threads(int);
#endif

static int thread_count = 0;

static int available_cores(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

void sequitur_set_thread_count(int count) {
    int cores = available_cores();
    thread_count = count > 0 ? count : cores;
#if !defined(__APPLE__)
    omp_set_num_threads(thread_count);   // per calling thread: what oneDNN reads
#endif
}

int sequitur_thread_count(void) {
    if (thread_count == 0) sequitur_set_thread_count(0);
    return thread_count;
}

int64_t sequitur_outer_cache_bytes(void) {
    long bytes = 0;
#if defined(_SC_LEVEL3_CACHE_SIZE)
    bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
    return bytes > 0 ? bytes : 8 << 20;
}

typedef struct {
    int64_t count, chunk;
    sequitur_range_body body;
    void *context;
} loop;

static void run_share(loop *work, int64_t share) {
    int64_t begin = share * work->chunk;
    int64_t end = begin + work->chunk;
    if (end > work->count) end = work->count;
    if (begin < end) work->body(begin, end, work->context);
}

#if !defined(__APPLE__)
static void run_shares(void *data) {
    loop *work = data;
    int threads = omp_get_num_threads();
    for (int64_t share = omp_get_thread_num(); share * work->chunk < work->count; share += threads) run_share(work, share);
}
#endif

void sequitur_parallel(int64_t count, int64_t grain, sequitur_range_body body, void *context) {
    if (count <= 0) return;
    if (grain < 1) grain = 1;
    int64_t shares = (count + grain - 1) / grain;
    int threads = sequitur_thread_count();
    if (shares > threads) shares = threads;
#if defined(__APPLE__)
    if (shares <= 1) { body(0, count, context); return; }
    loop work = {count, (count + shares - 1) / shares, body, context};
    loop *shared = &work;
    dispatch_apply((size_t)shares, DISPATCH_APPLY_AUTO, ^(size_t share) { run_share(shared, (int64_t)share); });
#else
    if (shares <= 1 || omp_in_parallel()) { body(0, count, context); return; }
    loop work = {count, (count + shares - 1) / shares, body, context};
    // Always the whole team: libgomp ends the threads that a smaller team leaves over, and a larger one must start them again.
    GOMP_parallel(run_shares, &work, (unsigned)threads, 0);
#endif
}

// Every thread has a run of neighbouring tasks, always the same one, so that it finds in its caches what it left there; a thread
// that is done takes from the others' runs.
typedef struct { _Alignas(64) atomic_llong next; int64_t end; } run_of_tasks;
typedef struct {
    run_of_tasks *runs;
    int threads;
    sequitur_task_body body;
    void *context;
} queue;

static void take_tasks(const queue *work, int thread) {
    for (int i = 0; i < work->threads; i++) {
        run_of_tasks *run = &work->runs[(thread + i) % work->threads];
        for (int64_t task; (task = atomic_fetch_add_explicit(&run->next, 1, memory_order_relaxed)) < run->end;) work->body(task, work->context);
    }
}

#if !defined(__APPLE__)
static void take_own_tasks(void *data) { take_tasks(data, omp_get_thread_num()); }
#endif

void sequitur_parallel_tasks(int64_t count, sequitur_task_body body, void *context) {
    int threads = sequitur_thread_count();
    if (count <= 1 || threads == 1 || sequitur_is_parallel()) {
        for (int64_t task = 0; task < count; task++) body(task, context);
        return;
    }
    run_of_tasks runs[threads];
    for (int i = 0; i < threads; i++) {
        atomic_init(&runs[i].next, count * i / threads);
        runs[i].end = count * (i + 1) / threads;
    }
    queue work = {runs, threads, body, context};
#if defined(__APPLE__)
    queue *shared = &work;
    dispatch_apply((size_t)threads, DISPATCH_APPLY_AUTO, ^(size_t thread) { take_tasks(shared, (int)thread); });
#else
    GOMP_parallel(take_own_tasks, &work, (unsigned)threads, 0);
#endif
}

int sequitur_is_parallel(void) {
#if defined(__APPLE__)
    return 0;
#else
    return omp_in_parallel();
#endif
}

static sequitur_instruction_set chosen_set;
static int chosen_bfloat16, converts_bfloat16, is_chosen;

static void limit_onednn(sequitur_instruction_set set, int bfloat16) {
    if (set == SEQUITUR_BASELINE) dnnl_set_max_cpu_isa(dnnl_cpu_isa_sse41);
    else if (set == SEQUITUR_AVX2) dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2);
    else if (!bfloat16) dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core_vnni);
}

// SEQUITUR_MAX_ISA: baseline | avx2 | avx512 | best (default). `avx512` also forgoes the processor's own bfloat16.
__attribute__((constructor)) static void choose_instruction_set(void) {
    sequitur_instruction_set best = SEQUITUR_BASELINE;
    int bfloat16 = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) best = SEQUITUR_AVX2;
    if (best == SEQUITUR_AVX2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
        best = SEQUITUR_AVX512;
        bfloat16 = __builtin_cpu_supports("avx512bf16") != 0;
    }
#endif
    static const char *const names[] = {"baseline", "avx2", "avx512"};   // in the order of the enumeration
    const char *limit = getenv("SEQUITUR_MAX_ISA");
    if (limit && *limit && strcmp(limit, "best") != 0) {
        int most = 0;
        while (most < 3 && strcmp(limit, names[most]) != 0) most++;
        if (most == 3) {
            fprintf(stderr, "SEQUITUR_MAX_ISA is '%s'; baseline, avx2, avx512 or best expected: ignored\n", limit);
        } else {
            if ((sequitur_instruction_set)most < best) best = (sequitur_instruction_set)most;
            bfloat16 = 0;
            limit_onednn(best, bfloat16);
        }
    }
    converts_bfloat16 = bfloat16;
    // For tests: oneDNN's products of bfloat16 tensors on processors that have none, where it imitates them slowly.
    const char *products = getenv("SEQUITUR_BFLOAT16");
    if (products && strcmp(products, "library") == 0 && best == SEQUITUR_AVX512) bfloat16 = 1;
    chosen_set = best;
    chosen_bfloat16 = bfloat16;
    is_chosen = 1;
}

sequitur_instruction_set sequitur_active_instruction_set(void) {
    if (!is_chosen) choose_instruction_set();
    return chosen_set;
}

int sequitur_has_bfloat16(void) {
    if (!is_chosen) choose_instruction_set();
    return chosen_bfloat16;
}

const char *sequitur_instruction_set_name(void) {
    switch (sequitur_active_instruction_set()) {
        case SEQUITUR_AVX512: return chosen_bfloat16 ? "AVX-512 with bfloat16" : "AVX-512";
        case SEQUITUR_AVX2: return "AVX2";
        default: return "baseline";
    }
}

const sequitur_kernel_table *sequitur_kernels(void) {
#if defined(__x86_64__)
    switch (sequitur_active_instruction_set()) {
        case SEQUITUR_AVX512: return converts_bfloat16 ? &sequitur_kernels_avx512_bfloat16 : &sequitur_kernels_avx512;
        case SEQUITUR_AVX2: return &sequitur_kernels_avx2;
        default: break;
    }
#endif
    return &sequitur_kernels_baseline;
}
