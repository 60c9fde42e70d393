package io.github.funasrjava.weights;

/**
 * {@code ctc_decoder_conf} and what belongs to it. That the configuration declares it does not mean that the weights are
 * there: see {@link ModelWeights#ctcAvailable}.
 *
 * @param encoderWidth columns of the encoder's output
 * @param downsampleRate rows joined into one before the first linear layer
 * @param ffnDim columns after the first linear layer
 * @param width {@code llm_dim}: columns of the blocks
 * @param layers transformer blocks
 * @param attentionHeads heads of every block; 8 when not set
 * @param vocabSize classes; 60515 when not set
 * @param blankId class that stands for no symbol; the last one when not set
 */
public record CtcConfig(
        int encoderWidth, int downsampleRate, int ffnDim, int width, int layers, int attentionHeads, int vocabSize,
        int blankId) {
    /** Classes of the published models: 58,836 ranks and 1,679 special tokens. */
    private static final int PUBLISHED_VOCAB_SIZE = 60_515;

    /** Inner width of the blocks' feed-forward part: a quarter of {@link #width}. */
    public int innerWidth() {
        return width / 4;
    }

    /** Columns of one head. */
    public int headDim() {
        return width / attentionHeads;
    }

    static CtcConfig read(Settings root, int encoderWidth) {
        root.requireText("ctc_decoder", "Transformer"::equals, "Transformer");
        Settings conf = root.section("ctc_decoder_conf");
        int vocabSize = root.integer("ctc_vocab_size", 2, ModelConfig.MAX_VOCAB, PUBLISHED_VOCAB_SIZE);
        CtcConfig config = new CtcConfig(
                encoderWidth,
                conf.integer("downsample_rate", 1, 64, 1),
                conf.integer("ffn_dim", 1, ModelConfig.MAX_WIDTH, 2048),
                conf.integer("llm_dim", 4, ModelConfig.MAX_WIDTH, encoderWidth),
                conf.integer("n_layer", 0, ModelConfig.MAX_LAYERS, 5),
                conf.integer("attention_heads", 1, ModelConfig.MAX_HEADS, 8),
                vocabSize,
                root.section("ctc_conf").integer("blank_id", 0, vocabSize - 1, vocabSize - 1));
        ModelConfig.requireDivides(conf, "attention_heads", config.attentionHeads(), "llm_dim", config.width());
        if (config.width() != encoderWidth) {
            throw conf.inconsistent("ctc_decoder_conf.llm_dim is " + config.width()
                    + ", but the CTC head takes the encoder's width " + encoderWidth);
        }
        return config;
    }
}
