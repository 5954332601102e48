// Matrix products by oneDNN. Creating a primitive costs tens of microseconds, so they are cached by everything that shapes them.
// Every primitive takes its scratch memory from the caller: with the library's own scratchpad one primitive run from two threads
// silently gives wrong values.
#include "SequiturMatrixProduct.h"
#include "SequiturMemory.h"
#include "SequiturOperations.h"
#include "SequiturParallel.h"

#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if !defined(__APPLE__)
extern void omp_set_num_threads(int);
#endif

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t description;
typedef const_dnnl_memory_desc_t description_view;
#else
typedef dnnl_memory_desc_t description;
typedef const dnnl_memory_desc_t *description_view;
#endif

// The memory objects of one call, which only point: kept with the primitive, since making them takes longer than a small product.
enum { OPERANDS = 5, CALLS = 8 };
typedef struct {
    atomic_flag busy;
    dnnl_memory_t objects[OPERANDS];
} call;

typedef struct entry {
    sequitur_matrix_product key;
    dnnl_primitive_desc_t descriptor;
    dnnl_primitive_t primitive;
    description_view a, b, c, scratchpad;   // owned by the descriptor
    description bias;
    int64_t scratchpad_bytes, packed_bytes;
    int64_t pair_block;   // columns of a block where B is read as BA16a<N>b2a (see kernels/packing.inc), else 0
    call calls[CALLS];   // as many threads at once; further ones make objects of their own
    struct entry *next;
} entry;

enum { BUCKETS = 1024, MOST_ENTRIES = 16384 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static entry *buckets[BUCKETS];
static int64_t entry_count, created_count;
static dnnl_engine_t engine;
static __thread dnnl_stream_t thread_stream;

#define TRY(call) do { dnnl_status_t status_ = (call); if (status_ != dnnl_success) { status = status_; goto done; } } while (0)

static dnnl_data_type_t data_type(int32_t type) {
    switch (type) {
        case SEQUITUR_BFLOAT16: return dnnl_bf16;
        case SEQUITUR_INT8: return dnnl_s8;
        case SEQUITUR_INT32: return dnnl_s32;
        default: return dnnl_f32;
    }
}

#if DNNL_VERSION_MAJOR >= 3
static dnnl_status_t describe(description *made, int rank, const dnnl_dims_t dims, int32_t type, const dnnl_dims_t strides) {
    return strides ? dnnl_memory_desc_create_with_strides(made, rank, dims, data_type(type), strides)
                   : dnnl_memory_desc_create_with_tag(made, rank, dims, data_type(type), dnnl_format_tag_any);
}
static void discard(description *made) { if (*made) dnnl_memory_desc_destroy(*made); }
static description_view view(description *made) { return *made; }
#define EMPTY_DESCRIPTION NULL
#else
static dnnl_status_t describe(description *made, int rank, const dnnl_dims_t dims, int32_t type, const dnnl_dims_t strides) {
    return strides ? dnnl_memory_desc_init_by_strides(made, rank, dims, data_type(type), strides)
                   : dnnl_memory_desc_init_by_tag(made, rank, dims, data_type(type), dnnl_format_tag_any);
}
static void discard(description *made) { (void)made; }
static description_view view(description *made) { return made; }
#define EMPTY_DESCRIPTION {0}
#endif

// Descriptions of the operands as the caller lays them out; B in the library's own layout where `packed`.
static dnnl_status_t describe_operands(const sequitur_matrix_product *p, int packed, description *a, description *b, description *bias, description *c) {
    int rank = p->batch > 1 ? 3 : 2, skip = 3 - rank;
    dnnl_dims_t dims_a = {p->stride_a ? p->batch : 1, p->m, p->k}, dims_b = {p->stride_b ? p->batch : 1, p->k, p->n};
    dnnl_dims_t dims_c = {p->batch, p->m, p->n}, dims_bias = {1, 1, p->n}, strides_bias = {p->n, p->n, 1};
    dnnl_dims_t strides_a = {p->stride_a, p->transpose_a ? 1 : p->lda, p->transpose_a ? p->lda : 1};
    dnnl_dims_t strides_b = {p->stride_b, p->transpose_b ? 1 : p->ldb, p->transpose_b ? p->ldb : 1};
    dnnl_dims_t strides_c = {p->stride_c, p->ldc, 1};
    if (!p->stride_a) strides_a[0] = p->m * p->k;   // one matrix: its batch stride is never used, but must not be 0
    if (!p->stride_b) strides_b[0] = p->k * p->n;
    dnnl_status_t status = describe(a, rank, dims_a + skip, p->type_a, strides_a + skip);
    if (status == dnnl_success) status = describe(b, rank, dims_b + skip, p->type_b, packed ? NULL : strides_b + skip);
    if (status == dnnl_success) status = describe(bias, rank, dims_bias + skip, SEQUITUR_FLOAT32, strides_bias + skip);
    if (status == dnnl_success) status = describe(c, rank, dims_c + skip, p->type_c, strides_c + skip);
    return status;
}

static dnnl_status_t describe_product(dnnl_primitive_desc_t *made, description *a, description *b, description *bias, description *c, int has_bias, dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_matmul_primitive_desc_create(made, engine, *a, *b, has_bias ? *bias : NULL, *c, attributes);
#else
    dnnl_matmul_desc_t operation;
    dnnl_status_t status = dnnl_matmul_desc_init(&operation, a, b, has_bias ? bias : NULL, c);
    return status == dnnl_success ? dnnl_primitive_desc_create(made, &operation, attributes, engine, NULL) : status;
#endif
}

// A primitive cuts its work for the threads that the caller has while it is made.
static void set_threads(int count) {
#if defined(__APPLE__)
    (void)count;
#else
    omp_set_num_threads(count);
#endif
}

static int64_t find_pair_block(const entry *used) {
    const sequitur_matrix_product *key = &used->key;
    static const struct { dnnl_format_tag_t tag; int64_t block; } known[] = {
        {dnnl_BA16a64b2a, 64}, {dnnl_BA16a48b2a, 48}, {dnnl_BA16a32b2a, 32}, {dnnl_BA16a16b2a, 16}};
    if (key->type_b != SEQUITUR_BFLOAT16 || key->batch > 1) return 0;
    dnnl_dims_t dims = {key->k, key->n};
    for (int i = 0; i < 4; i++) {
        description tagged = EMPTY_DESCRIPTION;
#if DNNL_VERSION_MAJOR >= 3
        dnnl_status_t status = dnnl_memory_desc_create_with_tag(&tagged, 2, dims, dnnl_bf16, known[i].tag);
#else
        dnnl_status_t status = dnnl_memory_desc_init_by_tag(&tagged, 2, dims, dnnl_bf16, known[i].tag);
#endif
        int equal = status == dnnl_success && dnnl_memory_desc_equal(view(&tagged), used->b);
        discard(&tagged);
        if (equal) return known[i].block;
    }
    return 0;
}

static dnnl_status_t make_entry(const sequitur_matrix_product *key, entry **result) {
    dnnl_status_t status = dnnl_success;
    entry *made = calloc(1, sizeof(entry));
    if (!made) return dnnl_out_of_memory;
    description a = EMPTY_DESCRIPTION, b = EMPTY_DESCRIPTION, c = EMPTY_DESCRIPTION;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_post_ops_t after = NULL;
    made->key = *key;
    if (!engine) TRY(dnnl_engine_create(&engine, dnnl_cpu, 0));
    TRY(describe_operands(key, key->packed_b, &a, &b, &made->bias, &c));
    TRY(dnnl_primitive_attr_create(&attributes));
    TRY(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
    if (key->accumulate) {
        TRY(dnnl_post_ops_create(&after));
#if DNNL_VERSION_MAJOR >= 3
        TRY(dnnl_post_ops_append_sum(after, 1.0f, 0, dnnl_data_type_undef));
#else
        TRY(dnnl_post_ops_append_sum(after, 1.0f));
#endif
        TRY(dnnl_primitive_attr_set_post_ops(attributes, after));
    }
    set_threads(key->serial ? 1 : sequitur_thread_count());
    TRY(describe_product(&made->descriptor, &a, &b, &made->bias, &c, key->bias, attributes));
    TRY(dnnl_primitive_create(&made->primitive, made->descriptor));
    made->a = dnnl_primitive_desc_query_md(made->descriptor, dnnl_query_src_md, 0);
    made->b = dnnl_primitive_desc_query_md(made->descriptor, dnnl_query_weights_md, 0);
    made->c = dnnl_primitive_desc_query_md(made->descriptor, dnnl_query_dst_md, 0);
    made->scratchpad = dnnl_primitive_desc_query_md(made->descriptor, dnnl_query_scratchpad_md, 0);
    made->scratchpad_bytes = (int64_t)dnnl_memory_desc_get_size(made->scratchpad);
    made->packed_bytes = (int64_t)dnnl_memory_desc_get_size(made->b);
    made->pair_block = key->packed_b ? find_pair_block(made) : 0;
done:
    set_threads(sequitur_thread_count());
    if (after) dnnl_post_ops_destroy(after);
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    discard(&a); discard(&b); discard(&c);
    if (status != dnnl_success) {
        if (made->primitive) dnnl_primitive_destroy(made->primitive);
        if (made->descriptor) dnnl_primitive_desc_destroy(made->descriptor);
        discard(&made->bias);
        free(made);
        made = NULL;
    }
    *result = made;
    return status;
}

static unsigned bucket_of(const sequitur_matrix_product *key) {
    const unsigned char *bytes = (const unsigned char *)key;
    uint64_t hash = 14695981039346656037ull;   // FNV-1a
    for (size_t i = 0; i < sizeof *key; i++) hash = (hash ^ bytes[i]) * 1099511628211ull;
    return (unsigned)(hash >> 32) % BUCKETS;
}

// Entries stay for the life of the process: a caller may be running one. The cap only guards against unbounded shapes;
// beyond it a primitive is made for the call and dropped after it.
static dnnl_status_t find(const sequitur_matrix_product *key, entry **found, int *owned) {
    unsigned bucket = bucket_of(key);
    dnnl_status_t status = dnnl_success;
    *owned = 0;
    pthread_mutex_lock(&lock);
    entry *candidate = buckets[bucket];
    while (candidate && memcmp(&candidate->key, key, sizeof *key) != 0) candidate = candidate->next;
    if (!candidate) {
        status = make_entry(key, &candidate);
        if (status == dnnl_success) {
            created_count += 1;
            if (entry_count < MOST_ENTRIES) {
                candidate->next = buckets[bucket];
                buckets[bucket] = candidate;
                entry_count += 1;
            } else {
                *owned = 1;
            }
        }
    }
    pthread_mutex_unlock(&lock);
    *found = candidate;
    return status;
}

static void release(entry *used, int owned) {
    if (!owned || !used) return;
    for (int i = 0; i < CALLS; i++)
        for (int j = 0; j < OPERANDS; j++) if (used->calls[i].objects[j]) dnnl_memory_destroy(used->calls[i].objects[j]);
    dnnl_primitive_destroy(used->primitive);
    dnnl_primitive_desc_destroy(used->descriptor);
    discard(&used->bias);
    free(used);
}

static dnnl_status_t stream(dnnl_stream_t *result) {
    if (!thread_stream) {
        sequitur_thread_count();
        dnnl_status_t status = dnnl_stream_create(&thread_stream, engine, dnnl_stream_default_flags);
        if (status != dnnl_success) return status;
    }
    *result = thread_stream;
    return dnnl_success;
}

static dnnl_status_t execute(dnnl_primitive_t primitive, int count, const int *names, const description_view *views, void *const *data) {
    dnnl_status_t status = dnnl_success;
    dnnl_stream_t current;
    dnnl_exec_arg_t arguments[OPERANDS];
    int made = 0;
    TRY(stream(&current));
    for (; made < count; made++) {
        arguments[made].arg = names[made];
        TRY(dnnl_memory_create(&arguments[made].memory, views[made], engine, data[made]));
    }
    TRY(dnnl_primitive_execute(primitive, current, count, arguments));
    TRY(dnnl_stream_wait(current));
done:
    for (int i = 0; i < made; i++) dnnl_memory_destroy(arguments[i].memory);
    return status;
}

static dnnl_status_t execute_with(call *used, dnnl_primitive_t primitive, int count, const int *names, const description_view *views, void *const *data) {
    dnnl_status_t status = dnnl_success;
    dnnl_stream_t current;
    dnnl_exec_arg_t arguments[OPERANDS];
    TRY(stream(&current));
    for (int i = 0; i < count; i++) {
        if (used->objects[i]) TRY(dnnl_memory_set_data_handle(used->objects[i], data[i]));
        else TRY(dnnl_memory_create(&used->objects[i], views[i], engine, data[i]));
        arguments[i] = (dnnl_exec_arg_t){names[i], used->objects[i]};
    }
    TRY(dnnl_primitive_execute(primitive, current, count, arguments));
    TRY(dnnl_stream_wait(current));
done:
    return status;
}

static int run_alone(const sequitur_matrix_product *product, const void *a, const void *b, const void *bias, void *c) {
    entry *used;
    int owned;
    dnnl_status_t status = find(product, &used, &owned);
    if (status != dnnl_success) return (int)status;
    int64_t capacity = 0;
    void *scratchpad = NULL;
    if (used->scratchpad_bytes > 0 && !(scratchpad = sequitur_allocate(used->scratchpad_bytes, &capacity))) {
        release(used, owned);
        return (int)dnnl_out_of_memory;
    }
    int names[OPERANDS] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD, DNNL_ARG_BIAS};
    description_view views[OPERANDS] = {used->a, used->b, used->c, used->scratchpad, view(&used->bias)};
    void *data[OPERANDS] = {(void *)a, (void *)b, c, scratchpad, (void *)bias};
    int count = product->bias ? 5 : 4, slot = 0;
    while (slot < CALLS && atomic_flag_test_and_set_explicit(&used->calls[slot].busy, memory_order_acquire)) slot += 1;
    if (slot < CALLS) {
        status = execute_with(&used->calls[slot], used->primitive, count, names, views, data);
        atomic_flag_clear_explicit(&used->calls[slot].busy, memory_order_release);
    } else {
        status = execute(used->primitive, count, names, views, data);
    }
    sequitur_release(scratchpad, capacity);
    release(used, owned);
    return (int)status;
}

// A large product with a packed B goes by pieces, each a product of one thread's own, and whichever thread is free takes the next: it
// is a twentieth faster than oneDNN's sharing in equal parts, and nobody waits for a thread that was interrupted.
typedef struct {
    const sequitur_matrix_product *whole;
    int64_t size;          // rows or columns of a piece, but the last
    int by_columns;
    const char *a, *b, *bias;
    char *c;
    atomic_int status;
} pieces;

enum { PIECE_WORK = 80 << 20, LEAST_ROWS = 32, MOST_COLUMNS = 256 };   // multiplications and additions

static sequitur_matrix_product piece_of(const pieces *p, int64_t index) {
    sequitur_matrix_product piece = *p->whole;
    int64_t left = (p->by_columns ? piece.n : piece.m) - index * p->size, size = left < p->size ? left : p->size;
    if (p->by_columns) piece.n = size; else piece.m = size;
    piece.serial = 1;
    piece.stride_a = piece.m * piece.k;
    piece.stride_b = piece.k * piece.n;
    piece.stride_c = piece.m * piece.n;
    return piece;
}

static int64_t size_of(int32_t type) { return type == SEQUITUR_BFLOAT16 ? 2 : type == SEQUITUR_INT8 ? 1 : 4; }

static void run_piece(int64_t index, void *context) {
    pieces *p = context;
    const sequitur_matrix_product *whole = p->whole;
    sequitur_matrix_product piece = piece_of(p, index);
    int64_t at = index * p->size, deep = (whole->k + 31) / 32 * 32;
    const char *a = p->a, *b = p->b, *bias = p->bias;
    char *c = p->c;
    if (p->by_columns) {
        b += at * deep * 2;   // blocks of columns lie one after another
        if (bias) bias += at * 4;
        c += at * size_of(whole->type_c);
    } else {
        a += at * whole->lda * size_of(whole->type_a);
        c += at * whole->ldc * size_of(whole->type_c);
    }
    int status = run_alone(&piece, a, b, bias, c);
    if (status) atomic_store(&p->status, status);
}

// How a product is cut; 0 where it had better not be.
static int64_t cut(pieces *p) {
    const sequitur_matrix_product *whole = p->whole;
    int threads = sequitur_thread_count();
    int64_t work = 2 * whole->m * whole->n * whole->k, extent = whole->m, unit = LEAST_ROWS;
    if (threads == 1 || !whole->packed_b || whole->serial || whole->batch > 1 || whole->transpose_a || work < PIECE_WORK / 2 ||
        sequitur_is_parallel()) return 0;
    entry *used;
    int owned;
    if (find(whole, &used, &owned) != dnnl_success) return 0;
    int64_t block = used->pair_block;
    p->by_columns = block > 0 && whole->m < whole->n && whole->n >= 2 * threads * block;
    if (p->by_columns) { extent = whole->n; unit = block; }
    int64_t most = extent / unit, count = (work / PIECE_WORK + threads) / threads * threads;
    if (count > most) count = most / threads * threads;
    if (count > 0) {
        p->size = (extent + count - 1) / count;
        if (p->by_columns) {
            p->size = (p->size + block - 1) / block * block;
            if (p->size > MOST_COLUMNS && MOST_COLUMNS % block == 0) p->size = MOST_COLUMNS;
        }
        count = (extent + p->size - 1) / p->size;
    }
    int64_t kinds[] = {0, count - 1};   // the last piece may be smaller
    for (int i = 0; i < 2 && count > 1; i++) {
        sequitur_matrix_product piece = piece_of(p, kinds[i]);
        entry *made;
        int owns;
        if (find(&piece, &made, &owns) != dnnl_success) { count = 0; break; }
        if (p->by_columns ? made->pair_block != block : !dnnl_memory_desc_equal(made->b, used->b)) count = 0;
        release(made, owns);
    }
    release(used, owned);
    return count > 1 ? count : 0;
}

int sequitur_matrix_product_run(const sequitur_matrix_product *product, const void *a, const void *b, const void *bias, void *c) {
    pieces p = {.whole = product, .a = a, .b = b, .bias = bias, .c = c};
    int64_t count = cut(&p);
    if (!count) return run_alone(product, a, b, bias, c);
    sequitur_parallel_tasks(count, run_piece, &p);
    return atomic_load(&p.status);
}

int sequitur_matrix_product_packed_size(const sequitur_matrix_product *product, int64_t *bytes) {
    sequitur_matrix_product key = *product;
    key.packed_b = 1;
    entry *used;
    int owned;
    dnnl_status_t status = find(&key, &used, &owned);
    if (status == dnnl_success) *bytes = used->packed_bytes;
    release(used, owned);
    return (int)status;
}

int64_t sequitur_matrix_product_pair_block(const sequitur_matrix_product *product) {
    sequitur_matrix_product key = *product;
    key.packed_b = 1;
    entry *used;
    int owned;
    int64_t block = find(&key, &used, &owned) == dnnl_success ? used->pair_block : 0;
    release(used, owned);
    return block;
}

int sequitur_matrix_product_pack(const sequitur_matrix_product *product, const void *b, void *packed) {
    sequitur_matrix_product key = *product;
    key.packed_b = 1;
    entry *used;
    int owned;
    dnnl_status_t status = find(&key, &used, &owned);
    if (status != dnnl_success) return (int)status;
    int64_t block = used->pair_block;
    if (block) {   // oneDNN's own reordering takes three times as long
        sequitur_pack_pairs(b, 1, key.ldb, key.transpose_b, key.k, key.n, block, packed);
        release(used, owned);
        return 0;
    }
    description plain_a = EMPTY_DESCRIPTION, plain_b = EMPTY_DESCRIPTION, plain_bias = EMPTY_DESCRIPTION, plain_c = EMPTY_DESCRIPTION;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_primitive_t primitive = NULL;
    void *scratchpad = NULL;
    int64_t capacity = 0;
    TRY(describe_operands(&key, 0, &plain_a, &plain_b, &plain_bias, &plain_c));
    TRY(dnnl_primitive_attr_create(&attributes));
    TRY(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
    TRY(dnnl_reorder_primitive_desc_create(&descriptor, view(&plain_b), engine, used->b, engine, attributes));
    TRY(dnnl_primitive_create(&primitive, descriptor));
    description_view scratchpad_view = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0);
    int64_t scratchpad_bytes = (int64_t)dnnl_memory_desc_get_size(scratchpad_view);
    if (scratchpad_bytes > 0 && !(scratchpad = sequitur_allocate(scratchpad_bytes, &capacity))) TRY(dnnl_out_of_memory);
    int names[3] = {DNNL_ARG_FROM, DNNL_ARG_TO, DNNL_ARG_SCRATCHPAD};
    description_view views[3] = {view(&plain_b), used->b, scratchpad_view};
    void *data[3] = {(void *)b, packed, scratchpad};
    TRY(execute(primitive, 3, names, views, data));
done:
    sequitur_release(scratchpad, capacity);
    if (primitive) dnnl_primitive_destroy(primitive);
    if (descriptor) dnnl_primitive_desc_destroy(descriptor);
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    discard(&plain_a); discard(&plain_b); discard(&plain_bias); discard(&plain_c);
    release(used, owned);
    return (int)status;
}

int sequitur_matrix_product_pack_rounded(const sequitur_matrix_product *product, const float *b, void *packed) {
    sequitur_matrix_product key = *product;
    key.packed_b = 1;
    entry *used;
    int owned;
    dnnl_status_t status = find(&key, &used, &owned);
    if (status != dnnl_success) return (int)status;
    int64_t block = used->pair_block;
    release(used, owned);
    if (block) {
        sequitur_pack_pairs(b, 0, key.ldb, key.transpose_b, key.k, key.n, block, packed);
        return 0;
    }
    int64_t count = key.batch * key.k * key.n, capacity = 0;
    uint16_t *rounded = sequitur_allocate(count * 2, &capacity);
    if (!rounded) return (int)dnnl_out_of_memory;
    sequitur_float_to_bfloat16(b, rounded, count);
    status = sequitur_matrix_product_pack(product, rounded, packed);
    sequitur_release(rounded, capacity);
    return (int)status;
}

int sequitur_matrix_product_share_packing(const sequitur_matrix_product *first, const sequitur_matrix_product *second) {
    entry *one = NULL, *other = NULL;
    int owns_one = 0, owns_other = 0;
    int shared = find(first, &one, &owns_one) == dnnl_success && find(second, &other, &owns_other) == dnnl_success &&
                 dnnl_memory_desc_equal(one->b, other->b);
    release(one, owns_one);
    release(other, owns_other);
    return shared;
}

void sequitur_matrix_product_statistics(int64_t *cached, int64_t *created) {
    pthread_mutex_lock(&lock);
    *cached = entry_count;
    *created = created_count;
    pthread_mutex_unlock(&lock);
}

const char *sequitur_onednn_version(void) {
    static char text[32];
    const dnnl_version_t *version = dnnl_version();
    snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
    return text;
}
