// The elementwise operations: one row each, forward and derivative side by side.
//   forward:    y from x
//   derivative: dy/dx from x and y
// Adding one = one row here, one method in Tensors/Operations/Tensor+Elementwise.swift, one row in the table of tests.
#ifndef SEQUITUR_ELEMENTWISE_H
#define SEQUITUR_ELEMENTWISE_H

#define SEQUITUR_UNARY_LIST(X)                                                                                \
    X(NEGATE, -x, -1.0f)                                                                                      \
    X(ABSOLUTE, __builtin_fabsf(x), x > 0 ? 1.0f : (x < 0 ? -1.0f : 0.0f))                                        \
    X(SQUARE, x * x, 2 * x)                                                                                   \
    X(SQUARE_ROOT, vector_sqrt(x), 0.5f / y)                                                              \
    X(RECIPROCAL_SQUARE_ROOT, 1.0f / vector_sqrt(x), -0.5f * y / x)                                       \
    X(RECIPROCAL, 1.0f / x, -y * y)                                                                           \
    X(EXPONENTIAL, vector_exp(x), y)                                                                          \
    X(LOGARITHM, vector_log(x), 1.0f / x)                                                                     \
    X(SINE, vector_sin(x), vector_cos(x))                                                                     \
    X(COSINE, vector_cos(x), -vector_sin(x))                                                                  \
    X(HYPERBOLIC_TANGENT, vector_tanh(x), 1 - y * y)                                                          \
    X(SIGMOID, vector_sigmoid(x), y * (1 - y))                                                                \
    X(RELU, x < 0 ? 0.0f : x, x > 0 ? 1.0f : 0.0f)                                                            \
    X(SILU, x * vector_sigmoid(x), vector_silu_derivative(x))                                                 \
    X(GELU, vector_gelu(x), vector_gelu_derivative(x))                                                        \
    X(GELU_TANH, vector_gelu_tanh(x), vector_gelu_tanh_derivative(x))                                         \
    X(SOFTPLUS, vector_softplus(x), vector_sigmoid(x))                                                        \
    X(ERROR_FUNCTION, vector_erf(x), 1.12837916709551f * vector_exp(-x * x))

#define SEQUITUR_BINARY_LIST(X)                                                                               \
    X(ADD, a + b)                                                                                             \
    X(SUBTRACT, a - b)                                                                                        \
    X(MULTIPLY, a * b)                                                                                        \
    X(DIVIDE, a / b)                                                                                          \
    X(POWER, vector_pow(a, b))                                                                                \
    X(MAXIMUM, (a > b || a != a) ? a : b)                                                                     \
    X(MINIMUM, (a < b || a != a) ? a : b)

#define SEQUITUR_COMPARE_LIST(X)                                                                              \
    X(EQUAL, a == b)                                                                                          \
    X(NOT_EQUAL, a != b)                                                                                      \
    X(LESS, a < b)                                                                                            \
    X(LESS_OR_EQUAL, a <= b)                                                                                  \
    X(GREATER, a > b)                                                                                         \
    X(GREATER_OR_EQUAL, a >= b)

#define SEQUITUR_NAME_UNARY(name, forward, derivative) SEQUITUR_##name,
#define SEQUITUR_NAME_BINARY(name, expression) SEQUITUR_##name,
enum { SEQUITUR_UNARY_LIST(SEQUITUR_NAME_UNARY) SEQUITUR_UNARY_COUNT };
enum { SEQUITUR_BINARY_LIST(SEQUITUR_NAME_BINARY) SEQUITUR_BINARY_COUNT };
enum { SEQUITUR_COMPARE_LIST(SEQUITUR_NAME_BINARY) SEQUITUR_COMPARE_COUNT };
enum { SEQUITUR_SUM, SEQUITUR_REDUCE_MAXIMUM, SEQUITUR_REDUCE_MINIMUM };
#undef SEQUITUR_NAME_UNARY
#undef SEQUITUR_NAME_BINARY

#endif
