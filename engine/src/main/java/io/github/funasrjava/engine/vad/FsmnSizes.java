package io.github.funasrjava.engine.vad;

/**
 * {@code encoder_conf} of the FSMN-VAD's config.yaml.
 *
 * @param input {@code input_dim}: features per row
 * @param inputAffine {@code input_affine_dim}
 * @param layers {@code fsmn_layers}
 * @param linear {@code linear_dim}
 * @param projection {@code proj_dim}: width of the memory
 * @param leftOrder {@code lorder}: rows that a memory block sees, the present one included
 * @param outputAffine {@code output_affine_dim}
 * @param output {@code output_dim}: classes, of which class 0 is silence
 */
public record FsmnSizes(int input, int inputAffine, int layers, int linear, int projection, int leftOrder,
        int outputAffine, int output) {
    /** The sizes of the published model. */
    public static final FsmnSizes PUBLISHED = new FsmnSizes(400, 140, 4, 250, 128, 20, 140, 248);

    /**
     * @throws IllegalArgumentException if a size is outside what such a model can have
     */
    public FsmnSizes {
        requireBetween("input_dim", input, 4096);
        requireBetween("input_affine_dim", inputAffine, 4096);
        requireBetween("fsmn_layers", layers, 64);
        requireBetween("linear_dim", linear, 4096);
        requireBetween("proj_dim", projection, 4096);
        requireBetween("lorder", leftOrder, 256);
        requireBetween("output_affine_dim", outputAffine, 4096);
        requireBetween("output_dim", output, 65_536);
    }

    private static void requireBetween(String key, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException("encoder_conf." + key + " is " + value + ", expected 1 to " + most);
        }
    }
}
