package io.github.funasrjava.engine;

import io.github.funasrjava.tokenizer.QwenTokenizer;
import io.github.funasrjava.tokenizer.TokenizerException;
import io.github.funasrjava.tokenizer.TokenizerFiles;
import io.github.funasrjava.weights.ModelConfig;
import io.github.funasrjava.weights.ModelFiles;
import java.io.ByteArrayInputStream;
import java.util.Optional;

/**
 * Checks the content of a model's tokenizer files, every merge included. Takes about a second for the published models,
 * so it is done once, before a conversion: {@code ConvertOptions.defaults().withCheck(TokenizerCheck::check)}.
 */
public final class TokenizerCheck {
    private TokenizerCheck() {}

    /**
     * Checks the files of a recognition model.
     *
     * @throws ModelException at the first thing that is wrong
     */
    public static void check(ModelFiles files) {
        try {
            ModelConfig config = ModelConfig.read(files);
            TokenizerFiles folder = in(files, config.decoderFolder() + "/");
            QwenTokenizer tokenizer = QwenTokenizer.load(folder);
            tokenizer.requireWithin(config.decoder().vocabSize());
            tokenizer.verifyMerges(folder);
        } catch (TokenizerException e) {
            throw new ModelException(e.getMessage(), e);
        }
    }

    /** The files of one folder of a model as a tokenizer reads them. */
    static TokenizerFiles in(ModelFiles files, String folder) {
        return name -> files.has(folder + name)
                ? Optional.of(new ByteArrayInputStream(files.bytes(folder + name)))
                : Optional.empty();
    }
}
