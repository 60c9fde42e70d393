package io.github.funasrjava.weights;

/**
 * {@code audio_encoder_conf} of config.yaml: a SAN-M encoder.
 *
 * @param inputWidth columns of the features
 * @param width {@code output_size}: columns of every layer's output
 * @param attentionHeads heads of every layer
 * @param linearUnits inner width of the feed-forward part
 * @param blocks {@code num_blocks}: layers before {@code after_norm}, the first of which takes {@code inputWidth} columns
 * @param tpBlocks layers between {@code after_norm} and {@code tp_norm}
 * @param kernelSize taps of the FSMN memory
 * @param sanmShift {@code sanm_shfit}: how many taps the memory is shifted to the past
 */
public record EncoderConfig(
        int inputWidth, int width, int attentionHeads, int linearUnits, int blocks, int tpBlocks, int kernelSize,
        int sanmShift) {
    /** Columns of one head. */
    public int headDim() {
        return width / attentionHeads;
    }

    /** Zero rows before the first row of the FSMN memory. */
    public int leftPadding() {
        return (kernelSize - 1) / 2 + Math.max(0, sanmShift);
    }

    /** Zero rows after the last row of the FSMN memory. */
    public int rightPadding() {
        return kernelSize - 1 - leftPadding();
    }

    static EncoderConfig read(Settings conf, int inputWidth) {
        conf.requireText("input_layer", "pe"::equals, "pe");
        conf.requireText("pos_enc_class", "SinusoidalPositionEncoder"::equals, "SinusoidalPositionEncoder");
        conf.requireText("selfattention_layer_type", "sanm"::equals, "sanm");
        if (!conf.truth("normalize_before", true)) {
            throw conf.unsupported("normalize_before", false, "true");
        }
        EncoderConfig config = new EncoderConfig(
                inputWidth,
                conf.integer("output_size", 1, ModelConfig.MAX_WIDTH),
                conf.integer("attention_heads", 1, ModelConfig.MAX_HEADS, 4),
                conf.integer("linear_units", 1, ModelConfig.MAX_WIDTH),
                conf.integer("num_blocks", 1, ModelConfig.MAX_LAYERS),
                conf.integer("tp_blocks", 0, ModelConfig.MAX_LAYERS, 0),
                conf.integer("kernel_size", 1, 255, 11),
                conf.integer("sanm_shfit", 0, 127, 0));
        ModelConfig.requireDivides(conf, "attention_heads", config.attentionHeads(), "output_size", config.width());
        if (inputWidth < 4 || inputWidth % 2 != 0) {
            throw conf.inconsistent("the position encoding needs an even feature width of at least 4, but n_mels x lfr_m is "
                    + inputWidth);
        }
        if (config.rightPadding() < 0) {
            throw conf.inconsistent("sanm_shfit " + config.sanmShift() + " moves a kernel of " + config.kernelSize()
                    + " taps out of its window");
        }
        return config;
    }
}
