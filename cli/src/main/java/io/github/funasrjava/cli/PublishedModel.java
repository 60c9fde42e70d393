package io.github.funasrjava.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A model that its authors publish: where to get it, and how to know that it arrived whole. */
enum PublishedModel {
    NANO("fun-asr-nano", "Fun-ASR-Nano-2512", List.of(
            new Copy(Hub.MODELSCOPE, 2_127_426_538L, "81fec8616083c69377f3ceef36aba3655660ee0ca69a5d4a1e9810cd340ca499",
                    "with CTC weights, which word times and faster decoding need"),
            new Copy(Hub.HUGGING_FACE, 1_971_149_431L, "55ae0d2fee369f0f11cce0795f6927934ad17cf11b278a7e56a51272074160bb",
                    "without CTC weights"))),
    MLT_NANO("fun-asr-mlt-nano", "Fun-ASR-MLT-Nano-2512", List.of(
            new Copy(Hub.HUGGING_FACE, 1_971_162_898L, "f7ddbef5ff8c57254e6a045f0b316501b704fe2b774f962efc6e402364e8fe37",
                    "without CTC weights"),
            new Copy(Hub.MODELSCOPE, 1_971_162_898L, "f7ddbef5ff8c57254e6a045f0b316501b704fe2b774f962efc6e402364e8fe37",
                    "presumably the same file")));

    private static final String ORGANISATION = "FunAudioLLM/";

    /** The sites, each with the download command of its own client. */
    enum Hub {
        HUGGING_FACE("Hugging Face", "pip install huggingface_hub", "hf download %s --local-dir %s"),
        MODELSCOPE("ModelScope", "pip install modelscope", "modelscope download --model %s --local_dir %s");

        private final String label;
        private final String client;
        private final String command;

        Hub(String label, String client, String command) {
            this.label = label;
            this.client = client;
            this.command = command;
        }
    }

    /**
     * One published {@code model.pt}.
     *
     * @param sha256 lower-case hex
     * @param remark what is particular about it
     */
    record Copy(Hub hub, long bytes, String sha256, String remark) {}

    private final String id;
    private final String title;
    private final List<Copy> copies;

    PublishedModel(String id, String title, List<Copy> copies) {
        this.id = id;
        this.title = title;
        this.copies = copies;
    }

    /** The name that {@code --model} takes. */
    String id() {
        return id;
    }

    List<Copy> copies() {
        return copies;
    }

    static Optional<PublishedModel> named(String name) {
        return Arrays.stream(values()).filter(model -> model.id.equals(name)).findFirst();
    }

    /** Where {@code --model} looks for it. */
    Path directory(Path cacheDir) {
        return cacheDir.resolve("models").resolve(id);
    }

    /** Whether somebody has put it there, published or converted. */
    boolean isPresent(Path cacheDir) {
        Path directory = directory(cacheDir);
        return Files.exists(directory.resolve("model.pt")) || Files.exists(directory.resolve("model.safetensors"));
    }

    /** How to get it into the cache, one line each. */
    String howToGet(Path cacheDir) {
        StringBuilder text = new StringBuilder();
        for (Copy copy : copies) {
            text.append("\n  from ").append(copy.hub.label).append(" (").append(copy.bytes).append(" bytes, ")
                    .append(copy.remark).append("; client: ").append(copy.hub.client).append("):\n    ")
                    .append(copy.hub.command.formatted(ORGANISATION + title, quoted(directory(cacheDir))))
                    .append("\n    model.pt has sha256 ").append(copy.sha256);
        }
        return text.toString();
    }

    private static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[A-Za-z0-9_./~-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
