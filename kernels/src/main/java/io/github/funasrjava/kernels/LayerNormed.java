package io.github.funasrjava.kernels;

/**
 * Rows that an operation takes through a layer norm: {@code (x - mean) / sqrt(variance + eps) * weight + bias}, biased variance.
 *
 * @param x {@code [m, k]}
 * @param weight {@code [1, k]}
 * @param bias {@code [1, k]}
 * @param normed {@code [m, k]}, scratch: what it holds afterwards is not specified
 */
public record LayerNormed(Matrix x, Matrix weight, Matrix bias, float eps, Matrix normed) {}
