package io.github.funasrjava.engine;

/**
 * Which model gave a result.
 *
 * @param name directory or catalogue name
 * @param sha256 checksum of the published {@code model.pt} that the weights came from, lower-case hex, or
 *     {@code unknown} when the converted file does not say
 * @param weights storage precision of the weights, such as {@code bf16}
 * @param kernels tier that computed, such as {@code x86-amx}
 */
public record ModelInfo(String name, String sha256, String weights, String kernels) {}
