// Vector kernels. One row a kernel: name, parameters, arguments; the row declares `sequitur_NAME` here, a field of the table
// that the instruction set chooses, and the call between them. The bodies stand in kernels/*.inc.
#ifndef SEQUITUR_OPERATIONS_H
#define SEQUITUR_OPERATIONS_H

#include <stdint.h>

#include "SequiturElementwise.h"
#include "SequiturLinearChain.h"
#include "SequiturTransformer.h"
#include "SequiturMatrixProduct.h"

enum { SEQUITUR_MAX_RANK = 8 };

// How a kernel writes a value that a matrix product will read.
typedef enum {
    SEQUITUR_OPERAND_FLOAT32 = 0,    // as it is
    SEQUITUR_OPERAND_BFLOAT16 = 1,   // a bfloat16 copy
    SEQUITUR_OPERAND_ROUNDED = 2,    // float32 holding a value rounded to bfloat16, where the processor has no bfloat16 products
} sequitur_operand;

typedef struct {
    float *parameter;
    const float *gradient;
    float *first, *second;   // moments; `first` is the momentum of SGD
    int64_t count;
    float weight_decay;
    float rate_scale;        // of the learning rate
} sequitur_segment;

#define SEQUITUR_OPERATION_LIST(X)                                                                                                \
    /* --- elementwise (SequiturElementwise.h lists the operations) --- */                                                        \
    X(unary, (int32_t operation, const float *x, float *y, int64_t count), (operation, x, y, count))                              \
    /* dx = upstream * dy/dx */                                                                                                   \
    X(unary_backward, (int32_t operation, const float *x, const float *y, const float *upstream, float *dx, int64_t count),       \
      (operation, x, y, upstream, dx, count))                                                                                     \
    /* out[shape] = a OP b; a stride of 0 broadcasts */                                                                           \
    X(binary, (int32_t operation, const float *a, const float *b, float *out, int32_t rank, const int64_t *shape,                 \
      const int64_t *strides_a, const int64_t *strides_b), (operation, a, b, out, rank, shape, strides_a, strides_b))             \
    X(compare, (int32_t operation, const float *a, const float *b, uint8_t *out, int32_t rank, const int64_t *shape,              \
      const int64_t *strides_a, const int64_t *strides_b), (operation, a, b, out, rank, shape, strides_a, strides_b))             \
    X(compare_integers, (int32_t operation, const int32_t *a, const int32_t *b, uint8_t *out, int32_t rank, const int64_t *shape, \
      const int64_t *strides_a, const int64_t *strides_b), (operation, a, b, out, rank, shape, strides_a, strides_b))             \
    /* out = mask ? a : b */                                                                                                      \
    X(choose, (const uint8_t *mask, const float *a, const float *b, float *out, int32_t rank, const int64_t *shape,               \
      const int64_t *strides_mask, const int64_t *strides_a, const int64_t *strides_b),                                           \
      (mask, a, b, out, rank, shape, strides_mask, strides_a, strides_b))                                                         \
    X(fill, (float *y, float value, int64_t count), (y, value, count))                                                            \
    /* y = alpha x + beta y */                                                                                                    \
    X(scale_add, (const float *x, float alpha, float *y, float beta, int64_t count), (x, alpha, y, beta, count))                  \
    /* --- layout --- */                                                                                                          \
    /* dst is dense [shape]; src is read with strides, in elements of `size` bytes (1, 2 or 4) */                                 \
    X(copy_strided, (const void *source, void *destination, int32_t size, int32_t rank, const int64_t *shape,                     \
      const int64_t *strides), (source, destination, size, rank, shape, strides))                                                 \
    /* the reverse: dst is written with strides from dense src, float32, added to what is there */                                \
    X(add_strided, (const float *source, float *destination, int32_t rank, const int64_t *shape, const int64_t *strides),         \
      (source, destination, rank, shape, strides))                                                                                \
    /* out[j, i] = source[i, j] for elements of `size` bytes (2 or 4); strides count the elements from row to row */              \
    X(transpose, (const void *source, int64_t source_stride, void *out, int64_t out_stride, int32_t size, int64_t rows,           \
      int64_t columns), (source, source_stride, out, out_stride, size, rows, columns))                                            \
    /* out[i] = table[ids[i]] for rows of `bytes`; ids must be in range */                                                        \
    X(gather_rows, (const void *table, const int32_t *ids, void *out, int64_t count, int64_t bytes),                              \
      (table, ids, out, count, bytes))                                                                                            \
    /* table[ids[i]] += scale * rows[i]; the order of additions is that of i, whatever the thread count */                        \
    X(scatter_add_rows, (const float *rows, const int32_t *ids, float *table, int64_t count, int64_t width, float scale),         \
      (rows, ids, table, count, width, scale))                                                                                    \
    /* out[o, i, n] = x[o, ids[o, i, n], n], x of extent `axis` in the middle */                                                  \
    X(gather_axis, (const float *x, const int32_t *ids, float *out, int64_t outer, int64_t axis, int64_t picked, int64_t inner),  \
      (x, ids, out, outer, axis, picked, inner))                                                                                  \
    X(scatter_add_axis, (const float *rows, const int32_t *ids, float *x, int64_t outer, int64_t axis, int64_t picked,            \
      int64_t inner), (rows, ids, x, outer, axis, picked, inner))                                                                 \
    /* a [rows, columns] matrix (transposed: [columns, rows]), bfloat16 where `half`, else rounded to it, in oneDNN's layout      \
       BA16a<block>b2a */                                                                                                         \
    X(pack_pairs, (const void *source, int32_t half, int64_t stride, int32_t transposed, int64_t rows, int64_t columns,           \
      int64_t block, void *out), (source, half, stride, transposed, rows, columns, block, out))                                   \
    /* --- conversion --- */                                                                                                      \
    X(float_to_bfloat16, (const float *x, uint16_t *y, int64_t count), (x, y, count))                                             \
    X(bfloat16_to_float, (const uint16_t *x, float *y, int64_t count), (x, y, count))                                             \
    X(round_to_bfloat16, (const float *x, float *y, int64_t count), (x, y, count))                                                \
    X(int32_to_float, (const int32_t *x, float *y, int64_t count), (x, y, count))                                                 \
    X(float_to_int32, (const float *x, int32_t *y, int64_t count), (x, y, count))                                                 \
    X(bool_to_float, (const uint8_t *x, float *y, int64_t count), (x, y, count))                                                  \
    X(float_to_bool, (const float *x, uint8_t *y, int64_t count), (x, y, count))                                                  \
    /* --- reductions: x is [outer, extent, inner], y is [outer, inner] --- */                                                    \
    X(reduce, (int32_t operation, const float *x, float *y, int64_t outer, int64_t extent, int64_t inner, int32_t accumulate),    \
      (operation, x, y, outer, extent, inner, accumulate))                                                                        \
    X(argument_maximum, (const float *x, int32_t *y, int64_t outer, int64_t extent, int64_t inner),                               \
      (x, y, outer, extent, inner))                                                                                               \
    /* *result = sum of squares, in double; the order is fixed by the thread count */                                             \
    X(sum_of_squares, (const float *x, int64_t count, double *result), (x, count, result))                                        \
    X(dot, (const float *x, const float *y, int64_t count, double *result), (x, y, count, result))                                \
    /* --- rows of `width` --- */                                                                                                 \
    X(softmax, (const float *x, float *y, int64_t rows, int64_t width, int32_t logarithm), (x, y, rows, width, logarithm))        \
    X(softmax_backward, (const float *y, const float *upstream, float *dx, int64_t rows, int64_t width, int32_t logarithm),       \
      (y, upstream, dx, rows, width, logarithm))                                                                                  \
    X(log_sum_exp, (const float *x, float *y, int64_t rows, int64_t width), (x, y, rows, width))                                  \
    /* losses[r] = -log softmax(x[r])[targets[r]], 0 where the target is negative; where `gradient` is not NULL it receives       \
       softmax(x) - one-hot, in the operand's form, and may be x itself unless that form is bfloat16 */                           \
    X(cross_entropy, (const float *x, const int32_t *targets, float *losses, void *gradient, int32_t operand, int64_t rows,       \
      int64_t width), (x, targets, losses, gradient, operand, rows, width))                                                       \
    /* --- randomness: element (r, j) of row r is kept by a hash of (keys[r], j), so the mask replays from the keys alone --- */  \
    X(dropout, (const float *x, float *y, const uint64_t *keys, int64_t rows, int64_t width, float rate),                         \
      (x, y, keys, rows, width, rate))                                                                                            \
    X(dropout_bfloat16, (const uint16_t *x, uint16_t *y, const uint64_t *keys, int64_t rows, int64_t width, float rate),          \
      (x, y, keys, rows, width, rate))                                                                                            \
    X(random_uniform, (float *y, uint64_t key, int64_t count, float low, float high), (y, key, count, low, high))                 \
    X(random_normal, (float *y, uint64_t key, int64_t count, float mean, float deviation), (y, key, count, mean, deviation))      \
    /* --- LSTM cell, one time step of `rows` sequences; gates are [rows, 4 width] in the order i, f, g, o; `lengths` may be NULL --- */\
    /* gates: pre-activations in, activations out; hidden in the operand's form */                                                \
    X(lstm_forward, (float *gates, const float *previous_cell, float *cell, const void *previous_hidden, void *hidden,            \
      int32_t operand, const int32_t *lengths, int64_t step, int64_t rows, int64_t width),                                        \
      (gates, previous_cell, cell, previous_hidden, hidden, operand, lengths, step, rows, width))                                 \
    /* gates: activations in, gradients of the pre-activations out (unless `keeps` is 0 and the operand's form a copy); bias receives \
       their sums over rows added. dcell: that of this step's cell in, of the previous out. The gradient of h is upstream + recurrent, \
       either may be NULL; with lengths, the part of it that belongs to ended sequences goes to `passed` */                       \
    X(lstm_backward, (float *gates, const float *previous_cell, const float *cell, const float *upstream, const float *recurrent, \
      float *dcell, float *passed, float *bias, void *gates_operand, int32_t operand, const int32_t *lengths, int64_t step,       \
      int64_t rows, int64_t width, int32_t keeps),                                                                                \
      (gates, previous_cell, cell, upstream, recurrent, dcell, passed, bias, gates_operand, operand, lengths, step, rows, width, keeps)) \
    /* --- the LSTM's gates by themselves, one time step: input and product [rows, 4 width], in the order i, f, g, o, are added;  \
       value is o tanh(c) if `multiplies`, else o --- */                                                                          \
    X(lstm_gates_forward, (const float *input, const float *product, const float *previous, float *gates, float *cell,            \
      float *value, int32_t multiplies, int64_t rows, int64_t width),                                                             \
      (input, product, previous, gates, cell, value, multiplies, rows, width))                                                    \
    /* activations: what forward left in gates; dcell and dvalue may be NULL; gradient: that of input and of product alike */     \
    X(lstm_gates_backward, (const float *activations, const float *previous, const float *cell, const float *dcell,               \
      const float *dvalue, float *gradient, float *dprevious, int32_t multiplies, int64_t rows, int64_t width),                   \
      (activations, previous, cell, dcell, dvalue, gradient, dprevious, multiplies, rows, width))                                 \
    /* --- plain recurrent cell, one time step; gates [rows, width]: pre-activations in, activations out, and backward their gradients --- */ \
    X(rnn_forward, (float *gates, const void *previous_hidden, void *hidden, int32_t operand, int32_t rectified,                  \
      const int32_t *lengths, int64_t step, int64_t rows, int64_t width),                                                         \
      (gates, previous_hidden, hidden, operand, rectified, lengths, step, rows, width))                                           \
    X(rnn_backward, (float *gates, const float *upstream, const float *recurrent, float *passed, float *bias,                     \
      void *gates_operand, int32_t operand, int32_t rectified, const int32_t *lengths, int64_t step, int64_t rows, int64_t width), \
      (gates, upstream, recurrent, passed, bias, gates_operand, operand, rectified, lengths, step, rows, width))                  \
    /* --- GRU cell, one time step; gates are [rows, 3 width] in the order r, z, n; states in float32 and in operand form --- */  \
    /* reset after the product: product = W_h h' + b_h [rows, 3 width], kept = its part for n; `passed` receives what reaches h'  \
       directly; bias: sums of δr, δz, δn and δq, 4 width */                                                                      \
    X(gru_forward, (float *gates, const float *product, float *kept, const float *previous, float *next, void *hidden,            \
      int32_t operand, const int32_t *lengths, int64_t step, int64_t rows, int64_t width),                                        \
      (gates, product, kept, previous, next, hidden, operand, lengths, step, rows, width))                                        \
    X(gru_backward, (float *gates, const float *kept, const float *previous, const float *upstream, const float *recurrent,       \
      float *passed, float *bias, void *gates_operand, void *product_operand, int32_t operand, const int32_t *lengths, int64_t step, \
      int64_t rows, int64_t width), (gates, kept, previous, upstream, recurrent, passed, bias, gates_operand, product_operand, operand, \
      lengths, step, rows, width))                                                                                                \
    /* reset before the product: two halves in each direction, with the product of r * h' or its gradient between them */         \
    X(gru_reset_forward, (float *gates, const float *previous, void *product, int32_t operand, int64_t rows, int64_t width),      \
      (gates, previous, product, operand, rows, width))                                                                           \
    X(gru_update_forward, (float *gates, const float *previous, float *next, void *hidden, int32_t operand,                       \
      const int32_t *lengths, int64_t step, int64_t rows, int64_t width),                                                         \
      (gates, previous, next, hidden, operand, lengths, step, rows, width))                                                       \
    X(gru_update_backward, (float *gates, const float *previous, const float *upstream, const float *recurrent, float *passed,    \
      void *gates_operand, int32_t operand, const int32_t *lengths, int64_t step, int64_t rows, int64_t width),                   \
      (gates, previous, upstream, recurrent, passed, gates_operand, operand, lengths, step, rows, width))                         \
    X(gru_reset_backward, (float *gates, const float *previous, const float *product, float *passed, float *bias,                 \
      void *gates_operand, int32_t operand, int64_t rows, int64_t width),                                                         \
      (gates, previous, product, passed, bias, gates_operand, operand, rows, width))                                              \
    /* --- additive attention: queries [count, rows, width], keys [rows, length, width], weights [width] -> scores                \
       [rows, count, length]; the gradient of the weights is one for each row, [rows, width] --- */                               \
    X(additive_scores, (const float *queries, const float *keys, const float *weights, float *scores, int64_t rows,               \
      int64_t count, int64_t length, int64_t width), (queries, keys, weights, scores, rows, count, length, width))                \
    X(additive_scores_backward, (const float *queries, const float *keys, const float *weights, const float *upstream,            \
      float *dqueries, float *dkeys, float *dweights, int64_t rows, int64_t count, int64_t length, int64_t width),                \
      (queries, keys, weights, upstream, dqueries, dkeys, dweights, rows, count, length, width))                                  \
    /* --- linear chains of tags (SequiturLinearChain.h) --- */                                                                    \
    /* values[row] = log Z, or log Z - score(tags) where `tags` [steps, rows] is not NULL; 0 for a row of length 0 */              \
    X(chain_values, (const sequitur_linear_chain *chain, const int32_t *tags, float *values), (chain, tags, values))              \
    /* gradients of sum of upstream[row] * values[row]; the last three may be NULL together */                                    \
    X(chain_gradients, (const sequitur_linear_chain *chain, const int32_t *tags, const float *upstream, float *emissions,         \
      float *transitions, float *start, float *end), (chain, tags, upstream, emissions, transitions, start, end))                 \
    /* the `count` best sequences of each row, best first: paths [rows, count, steps] with -1 where there is none, scores         \
       [rows, count] with -infinity; its scratch memory is sequitur_chain_path_scratch */                                         \
    X(chain_paths, (const sequitur_linear_chain *chain, int64_t count, int32_t *paths, double *scores),                           \
      (chain, count, paths, scores))                                                                                              \
    /* --- losses --- */                                                                                                           \
    /* cross-entropy with class weights (NULL: all 1) and label smoothing: losses [rows] and the gradient of the sum of        \
       upstream[row] * losses[row] (NULL: of all losses), each unless NULL; 0 where the target is negative. The gradient is in the \
       operand's form, and may be x itself unless that form is bfloat16 */                                                     \
    X(weighted_cross_entropy, (const float *x, const int32_t *targets, const float *weights, float smoothing,                  \
      const float *upstream, float *losses, void *gradient, int32_t operand, int64_t rows, int64_t width),                     \
      (x, targets, weights, smoothing, upstream, losses, gradient, operand, rows, width))                                      \
    SEQUITUR_TRANSFORMER_LIST(X)                                                                                                   \
    /* --- optimisers, over all parameters in one call; gradients are read times `scale` --- */                                   \
    X(sgd, (const sequitur_segment *segments, int64_t count, float scale, float rate, float momentum),                            \
      (segments, count, scale, rate, momentum))                                                                                   \
    /* decoupled: decay is taken from the parameter (AdamW), else added to the gradient (Adam) */                                 \
    X(adam, (const sequitur_segment *segments, int64_t count, float scale, float rate, float beta1, float beta2, float epsilon,   \
      float correction1, float correction2, int32_t decoupled),                                                                   \
      (segments, count, scale, rate, beta1, beta2, epsilon, correction1, correction2, decoupled))

#define SEQUITUR_DECLARE(name, parameters, arguments) void sequitur_##name parameters;
SEQUITUR_OPERATION_LIST(SEQUITUR_DECLARE)
#undef SEQUITUR_DECLARE

#endif
