// The kernels of Transformers, and attention as they see it: heads wherever they lie, and what decides who attends to whom.
#ifndef SEQUITUR_TRANSFORMER_H
#define SEQUITUR_TRANSFORMER_H

#include <stdint.h>

// A view [time, batch, head, width]; strides in elements, the width dense.
typedef struct {
    void *data;
    int64_t time, batch, head;
    int32_t is_bfloat16;
} sequitur_heads;

// T queries and S keys of B sequences; H heads of queries share G heads of keys and values, H / G in a row.
typedef struct {
    int64_t batch, heads, key_heads, queries, keys, width, value_width;
    sequitur_heads query, key, value;     // [T, B, H, width], [S, B, G, width], [S, B, G, value_width]
    float scale;                          // of q · k; positive
    int32_t operand;                      // a sequitur_operand: how factors are rounded
    int32_t is_causal;                    // query i attends to keys up to i + offset
    int64_t window;                       // and, where above 0, to the last `window` of them alone
    const int32_t *offsets;               // [B]: keys that stand before the first query; NULL is 0
    const int32_t *lengths;               // [B]: keys that there are; NULL is S
    // [B]: where sequences lie behind one another, the first row of each, of which `lengths` says how many queries and keys it has; the
    // strides of a batch are then those of time. NULL where they lie side by side
    const int32_t *starts;
    const uint8_t *mask;                  // not 0 where a query may attend; NULL is everywhere
    int64_t mask_batch, mask_head, mask_query;
    const float *bias;                    // added to the scaled scores; NULL is 0
    int64_t bias_batch, bias_head, bias_query;
    const float *slopes;                  // [H]: slope · |i + offset − j| is taken from the scaled scores; NULL is 0
    float dropout;                        // of the weights
    const uint64_t *random;               // [B, H]: keys of the dropped weights
} sequitur_attention;

// Gradients; the views are those of the values. `bias` is added to, at the strides of the bias, and may be NULL.
typedef struct {
    sequitur_heads query, key, value;
    float *bias;
} sequitur_attention_gradients;

// Rows of SEQUITUR_OPERATION_LIST. A type is a sequitur_dtype, float32 or bfloat16.
#define SEQUITUR_TRANSFORMER_LIST(X)                                                                                               \
    /* sum = x + addend (both NULL where there is none); y = gain (sum - mean) / deviation + bias, gain and bias or NULL; the      \
       mean is 0 unless it `centers`. statistics [rows, 2]: mean, 1 / deviation */                                                 \
    X(norm_forward, (const float *x, const void *addend, int32_t addend_type, float *sum, const float *gain, const float *bias,    \
      void *y, int32_t y_type, float *statistics, int64_t rows, int64_t width, float epsilon, int32_t centers),                    \
      (x, addend, addend_type, sum, gain, bias, y, y_type, statistics, rows, width, epsilon, centers))                             \
    /* dx = the gradient of the sum, upstream_sum (or NULL) included; partial [chunks, 2, width]: gradients of gain and bias */    \
    X(norm_backward, (const float *x, const float *statistics, const float *gain, const void *upstream, int32_t upstream_type,     \
      const float *upstream_sum, float *dx, float *partial, int64_t chunks, int64_t rows, int64_t width, int32_t centers),         \
      (x, statistics, gain, upstream, upstream_type, upstream_sum, dx, partial, chunks, rows, width, centers))                     \
    /* y = the sum of the rows, added to what is there where it accumulates */                                                     \
    X(column_sums, (const void *x, int32_t type, float *y, int64_t rows, int64_t width, int32_t accumulate),                       \
      (x, type, y, rows, width, accumulate))                                                                                       \
    /* y = f(x), or f(a) b where gated and x = [a | b]; `operation` is one of the elementwise ones */                              \
    X(activation_forward, (int32_t operation, int32_t is_gated, const void *x, void *y, int32_t type, int64_t rows,                \
      int64_t width), (operation, is_gated, x, y, type, rows, width))                                                              \
    X(activation_backward, (int32_t operation, int32_t is_gated, const void *x, int32_t type, const void *upstream,                \
      int32_t upstream_type, void *dx, int64_t rows, int64_t width),                                                               \
      (operation, is_gated, x, type, upstream, upstream_type, dx, rows, width))                                                    \
    /* between the products of a feed-forward layer: bfloat16 rows `first`... of groups of 32, of which packed has `deep`; slopes   \
       and packed may be NULL; x has 2 width columns where gated */                                                                \
    X(feed_forward_activate, (int32_t operation, int32_t is_gated, const uint16_t *x, uint16_t *y, uint16_t *slopes,               \
      void *packed, int64_t rows, int64_t width, int64_t first, int64_t deep, int64_t block),                                      \
      (operation, is_gated, x, y, slopes, packed, rows, width, first, deep, block))                                                \
    /* dx = slopes dy; sums [deep, columns of x]: of each group's rows */                                                          \
    X(feed_forward_differentiate, (int32_t is_gated, const uint16_t *upstream, const uint16_t *slopes, uint16_t *dx,               \
      void *packed, float *sums, int64_t rows, int64_t width, int64_t first, int64_t deep, int64_t block),                         \
      (is_gated, upstream, slopes, dx, packed, sums, rows, width, first, deep, block))                                             \
    /* rows [T, B] of `width`, the first `heads` heads of which are turned by position; offsets [B] or NULL */                     \
    X(rotary, (const void *x, void *y, int32_t type, const float *cosines, const float *sines, const int32_t *offsets,             \
      int64_t time, int64_t batch, int64_t width, int64_t heads, int64_t head_width, int64_t pairs, int32_t is_interleaved,        \
      int32_t is_inverse), (x, y, type, cosines, sines, offsets, time, batch, width, heads, head_width, pairs, is_interleaved,     \
      is_inverse))                                                                                                                 \
    /* scaled dot-product attention (SequiturTransformer.h); output is [T, B, H, value_width], log_sums [B, H, T] or NULL */         \
    X(attention_forward, (const sequitur_attention *attention, sequitur_heads output, float *log_sums),                            \
      (attention, output, log_sums))                                                                                               \
    X(attention_backward, (const sequitur_attention *attention, sequitur_heads output, const float *log_sums,                      \
      sequitur_heads upstream, const sequitur_attention_gradients *gradients),                                                     \
      (attention, output, log_sums, upstream, gradients))

#endif
