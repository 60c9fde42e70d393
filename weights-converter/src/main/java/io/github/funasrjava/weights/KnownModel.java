package io.github.funasrjava.weights;

import java.util.Optional;

/** The published checkpoints, recognised by length and sha256 of {@code model.pt}. */
enum KnownModel {
    NANO_HUGGING_FACE("Fun-ASR-Nano-2512 (Hugging Face)", 1_971_149_431L,
            "55ae0d2fee369f0f11cce0795f6927934ad17cf11b278a7e56a51272074160bb"),
    NANO_MODELSCOPE("Fun-ASR-Nano-2512 (ModelScope)", 2_127_426_538L,
            "81fec8616083c69377f3ceef36aba3655660ee0ca69a5d4a1e9810cd340ca499"),
    MLT_NANO("Fun-ASR-MLT-Nano-2512", 1_971_162_898L,
            "f7ddbef5ff8c57254e6a045f0b316501b704fe2b774f962efc6e402364e8fe37");

    /** The stricter of the two licences that are stated for these files; it asks to keep attribution and names. */
    static final String LICENCE = "FunASR Model Open Source License Agreement 1.1 (the model cards also say Apache-2.0)";
    static final String ATTRIBUTION = "Fun-ASR by Tongyi Lab, Alibaba Group; converted, weights unchanged unless precision says otherwise";

    private final String title;
    private final long bytes;
    private final String sha256;

    KnownModel(String title, long bytes, String sha256) {
        this.title = title;
        this.bytes = bytes;
        this.sha256 = sha256;
    }

    /** The model's name for people. */
    String title() {
        return title;
    }

    static Optional<KnownModel> of(long bytes, String sha256) {
        for (KnownModel model : values()) {
            if (model.bytes == bytes && model.sha256.equals(sha256)) {
                return Optional.of(model);
            }
        }
        return Optional.empty();
    }
}
