// Matrix products through oneDNN (2.x and 3.x): C[b] = op(A[b]) · op(B[b]) (+ C[b]) (+ bias), row-major.
#ifndef SEQUITUR_MATRIX_PRODUCT_H
#define SEQUITUR_MATRIX_PRODUCT_H

#include <stdint.h>

typedef enum { SEQUITUR_FLOAT32 = 0, SEQUITUR_BFLOAT16 = 1, SEQUITUR_INT32 = 2, SEQUITUR_INT8 = 3, SEQUITUR_BOOL = 4 } sequitur_dtype;

// A is [batch, m, k] ([batch, k, m] when transposed), B is [batch, k, n] ([batch, n, k] when transposed), C is [batch, m, n].
// A batch stride of 0 broadcasts. Leading dimensions are in elements. All fields take part in the cache's key.
typedef struct {
    int64_t batch, m, n, k;
    int64_t lda, ldb, ldc;
    int64_t stride_a, stride_b, stride_c;
    int32_t type_a, type_b, type_c;
    int32_t transpose_a, transpose_b;
    int32_t accumulate;   // C += instead of C =
    int32_t bias;         // a float32 row of n values is added to every row
    int32_t packed_b;     // B is in the layout made by sequitur_matrix_product_pack
    int32_t serial;       // to be run by one thread, inside a parallel loop
} sequitur_matrix_product;

// All return 0, or oneDNN's status where it cannot do this product.
int sequitur_matrix_product_run(const sequitur_matrix_product *product, const void *a, const void *b, const void *bias, void *c);
// Bytes of the packed B for this product (its packed_b field is taken as 1).
int sequitur_matrix_product_packed_size(const sequitur_matrix_product *product, int64_t *bytes);
// The width of the blocks of columns in which the product reads a packed B as pairs of rows (see kernels/packing.inc), 0 where it is
// packed otherwise.
int64_t sequitur_matrix_product_pair_block(const sequitur_matrix_product *product);
// Writes B, plain as the product's transpose_b and ldb say, in the packed layout.
int sequitur_matrix_product_pack(const sequitur_matrix_product *product, const void *b, void *packed);
// The same from a float32 B for a bfloat16 product: rounded and packed in one pass where the layout is known.
int sequitur_matrix_product_pack_rounded(const sequitur_matrix_product *product, const float *b, void *packed);
// Whether a B packed for one of the products serves the other.
int sequitur_matrix_product_share_packing(const sequitur_matrix_product *first, const sequitur_matrix_product *second);
// Number of primitives in the cache, and how many were created since the start.
void sequitur_matrix_product_statistics(int64_t *cached, int64_t *created);
// "2.6.3"
const char *sequitur_onednn_version(void);

#endif
