// Scaled dot-product attention as the kernels see it: heads wherever they lie, and what decides who attends to whom.
#ifndef SEQUITUR_ATTENTION_H
#define SEQUITUR_ATTENTION_H

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
    const int32_t *offsets;               // [B]: keys that stand before the first query; NULL is 0
    const int32_t *lengths;               // [B]: keys that there are; NULL is S
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

#endif
