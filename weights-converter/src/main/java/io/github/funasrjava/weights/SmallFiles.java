package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** The files of a model directory beside its weights: configuration, tokenizers, licence. */
final class SmallFiles {
    private static final List<String> TOP = List.of(ModelConfig.CONFIG_FILE, "configuration.json", VadWeights.CMVN_FILE);

    private SmallFiles() {}

    /** Names of the small files that belong to the model, with forward slashes, in a fixed order. */
    static List<String> list(Path directory, ModelKind kind) {
        TreeSet<String> names = new TreeSet<>();
        TOP.stream().filter(name -> Files.isRegularFile(directory.resolve(name))).forEach(names::add);
        try {
            addFiles(directory, "", names);
            if (kind == ModelKind.NANO) {
                ModelConfig config = ModelConfig.read(new ModelFiles.InDirectory(directory));
                if (Files.isRegularFile(directory.resolve(config.ctcVocabulary()))) {
                    names.add(config.ctcVocabulary());
                }
                addFiles(directory, config.decoderFolder() + "/", names);
            }
        } catch (IOException e) {
            throw IoFaults.reading(directory, e);
        }
        return new ArrayList<>(names);
    }

    /** Copies the files and returns their sha256 by name. */
    static Map<String, String> copy(Path from, List<String> names, Path to) {
        Map<String, String> sums = new LinkedHashMap<>();
        ModelFiles files = new ModelFiles.InDirectory(from);
        for (String name : names) {
            byte[] bytes = files.bytes(name);
            Path target = to.resolve(name);
            try {
                Files.createDirectories(target.getParent());
                Files.write(target, bytes);
            } catch (IOException e) {
                throw IoFaults.writing(target, e);
            }
            sums.put(name, Sha256.of(bytes));
        }
        return sums;
    }

    /** In the model's own folder only licence texts are taken; in the language model's folder everything but weights. */
    private static void addFiles(Path directory, String folder, TreeSet<String> names) throws IOException {
        if (!Files.isDirectory(directory.resolve(folder))) {
            throw new WeightsException(Kind.MISSING, directory.resolve(folder) + " does not exist.");
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.resolve(folder))) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                String lower = name.toLowerCase(Locale.ROOT);
                boolean wanted = folder.isEmpty()
                        ? lower.startsWith("licen") || lower.startsWith("notice") || lower.startsWith("model_licen")
                        : lower.endsWith(".json") || lower.endsWith(".txt") || lower.startsWith("licen");
                if (wanted && Files.isRegularFile(entry) && Files.size(entry) <= ModelFiles.MAX_BYTES) {
                    names.add(folder + name);
                }
            }
        }
    }
}
