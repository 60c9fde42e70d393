package io.github.funasrjava.kernels;

/** What {@link Kernels#linear} applies to {@code x W^T + b}. */
public enum Activation {
    NONE,
    /** {@code max(0, v)}. */
    RELU
}
