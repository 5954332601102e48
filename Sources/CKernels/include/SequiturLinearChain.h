// Sequences of tags whose score is a sum over neighbours: conditional random fields and hidden Markov models.
#ifndef SEQUITUR_LINEAR_CHAIN_H
#define SEQUITUR_LINEAR_CHAIN_H

#include <stdint.h>

// Over the first n = lengths[row] steps of a row
//   score(y) = start[y_0] + Σ_t emissions[t, y_t] + Σ_t transitions[y_{t−1}, y_t] + end[y_{n−1}]
typedef struct {
    const float *emissions;      // [steps, rows, tags]
    const float *transitions;    // [tags, tags], from row to column
    const float *start, *end;    // [tags]
    const int32_t *lengths;      // [rows], each 0...steps
    int64_t steps, rows, tags;
    void *scratch;               // of the size that the functions below give, 64-byte aligned
} sequitur_linear_chain;

// The rows are dealt out to this many groups, each with scratch memory and sums of its own: what is added up, and in which order,
// does not depend on the thread count.
enum { SEQUITUR_CHAIN_GROUPS = 16, SEQUITUR_CHAIN_LANES = 16 };

static inline int64_t sequitur_chain_groups(int64_t rows) { return rows < SEQUITUR_CHAIN_GROUPS ? rows : SEQUITUR_CHAIN_GROUPS; }
// Tags, rounded up to whole vectors.
static inline int64_t sequitur_chain_padded(int64_t tags) {
    return (tags + SEQUITUR_CHAIN_LANES - 1) / SEQUITUR_CHAIN_LANES * SEQUITUR_CHAIN_LANES;
}
static inline int64_t sequitur_chain_group_bytes(int64_t steps, int64_t tags) {
    return sequitur_chain_padded(tags) * ((steps + 2) * (int64_t)sizeof(double) + (tags + 6) * (int64_t)sizeof(float));
}
// Bytes of scratch memory for chain_values and chain_gradients.
static inline int64_t sequitur_chain_scratch(int64_t steps, int64_t rows, int64_t tags) {
    return (2 * tags + 1) * sequitur_chain_padded(tags) * (int64_t)sizeof(float)
           + sequitur_chain_groups(rows) * sequitur_chain_group_bytes(steps, tags);
}
static inline int64_t sequitur_chain_path_group_bytes(int64_t steps, int64_t tags, int64_t count) {
    return 2 * tags * count * (int64_t)sizeof(double) + tags * (int64_t)sizeof(int64_t)
           + (steps * tags * count + 1) / 2 * 2 * (int64_t)sizeof(int32_t);
}
// Bytes of scratch memory for chain_paths.
static inline int64_t sequitur_chain_path_scratch(int64_t steps, int64_t rows, int64_t tags, int64_t count) {
    return sequitur_chain_groups(rows) * sequitur_chain_path_group_bytes(steps, tags, count);
}

#endif
