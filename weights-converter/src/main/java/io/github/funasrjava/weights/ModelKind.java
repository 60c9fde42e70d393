package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;

/** What a model directory holds, as its config.yaml says. */
enum ModelKind {
    /** A Fun-ASR-Nano recogniser. */
    NANO(ModelMetadata.KIND_NANO),
    /** An FSMN voice activity detector. */
    VAD(ModelMetadata.KIND_VAD);

    private final String label;

    ModelKind(String label) {
        this.label = label;
    }

    /** The name in the metadata of converted files. */
    String label() {
        return label;
    }

    static ModelKind of(ModelFiles files) {
        Settings yaml = Yaml.settings(files.bytes(ModelConfig.CONFIG_FILE), files.describe(ModelConfig.CONFIG_FILE));
        String model = yaml.text("model").orElse("");
        return switch (model) {
            case "FunASRNano" -> NANO;
            case "FsmnVADStreaming" -> VAD;
            default -> throw new WeightsException(Kind.UNSUPPORTED, files.describe(ModelConfig.CONFIG_FILE)
                    + " describes the model " + Messages.quote(model) + "; FunASRNano and FsmnVADStreaming are implemented.");
        };
    }

    /** The tensors that the directory's configuration calls for. */
    TensorCatalog catalog(ModelFiles files) {
        return switch (this) {
            case NANO -> TensorCatalog.of(ModelConfig.read(files));
            case VAD -> VadConfig.read(files).catalog();
        };
    }
}
