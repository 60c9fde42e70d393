package io.github.funasrjava.weights;

/**
 * {@code audio_adaptor_conf} of config.yaml.
 *
 * @param encoderWidth columns of the encoder's output (the configuration's own {@code encoder_dim} does not count)
 * @param downsampleRate rows that are joined into one before the first linear layer
 * @param useLowFrameRate whether only the first of every eight rows' worth reaches the decoder; false when not set
 * @param ffnDim columns after the first linear layer
 * @param width columns of the output: the decoder's hidden size
 * @param layers transformer blocks after the linear layers
 * @param attentionHeads heads of every block; 8 when not set
 */
public record AdaptorConfig(
        int encoderWidth, int downsampleRate, boolean useLowFrameRate, int ffnDim, int width, int layers,
        int attentionHeads) {
    /** Inner width of the blocks' feed-forward part: a quarter of {@link #width}. */
    public int innerWidth() {
        return width / 4;
    }

    /** Columns of one head. */
    public int headDim() {
        return width / attentionHeads;
    }

    /** Rows that the decoder hears of {@code rows} adaptor rows. */
    public int audioTokens(int rows) {
        if (!useLowFrameRate || rows == 0) {
            return rows;
        }
        int once = 1 + (rows - 1) / 2;
        int twice = 1 + (once - 1) / 2;
        return (twice - 1) / 2 + 1;
    }

    static AdaptorConfig read(Settings conf, int encoderWidth, int decoderWidth) {
        AdaptorConfig config = new AdaptorConfig(
                encoderWidth,
                conf.integer("downsample_rate", 1, 64, 1),
                conf.truth("use_low_frame_rate", false),
                conf.integer("ffn_dim", 1, ModelConfig.MAX_WIDTH, 2048),
                decoderWidth,
                conf.integer("n_layer", 0, ModelConfig.MAX_LAYERS, 2),
                conf.integer("attention_heads", 1, ModelConfig.MAX_HEADS, 8));
        ModelConfig.requireDivides(conf, "attention_heads", config.attentionHeads(), "llm_dim", config.width());
        if (config.width() < 4) {
            throw conf.inconsistent("the adaptor's width " + config.width() + " is below 4");
        }
        return config;
    }
}
