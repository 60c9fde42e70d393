package io.github.funasrjava.weights;

/**
 * What a safetensors header may ask for. The format itself allows headers of 100,000,000 bytes; the defaults are far
 * below that and far above the published models (1,347 tensors, under 1 MB of header).
 *
 * @param maxHeaderBytes longest header
 * @param maxTensors most tensors
 * @param maxDimensions most dimensions of one tensor
 * @param maxNameChars longest tensor name
 */
public record SafetensorsLimits(int maxHeaderBytes, int maxTensors, int maxDimensions, int maxNameChars) {
    /** The limits used unless others are given. */
    public static final SafetensorsLimits DEFAULT = new SafetensorsLimits(16 << 20, 16_384, 16, 1024);

    /** The longest header that the format allows. */
    static final int FORMAT_MAX_HEADER_BYTES = 100_000_000;

    public SafetensorsLimits {
        if (maxHeaderBytes < 2 || maxHeaderBytes > FORMAT_MAX_HEADER_BYTES || maxTensors < 1 || maxDimensions < 1
                || maxNameChars < 1) {
            throw new IllegalArgumentException("limits must be positive and the header at most "
                    + FORMAT_MAX_HEADER_BYTES + " bytes");
        }
    }
}
