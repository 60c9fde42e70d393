package io.github.funasrjava.engine;

/**
 * Something that the reader of a transcript must know.
 *
 * @param code stable lower-case name, such as {@code truncated_input} or {@code length_limit}
 * @param message one sentence
 */
public record Warning(String code, String message) {}
