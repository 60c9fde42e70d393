package io.github.funasrjava.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * One model directory with the reference's tensors and tokens for some recordings.
 *
 * @param name for messages
 * @param model model directory
 * @param golden folder with {@code manifest.json} and one safetensors file per recording
 * @param audio folder with the recordings
 */
record GoldenSet(String name, Path model, Path golden, Path audio) {
    /** The directory that {@code -Dgolden.dir} or the environment names, else the small selection in this module. */
    static Path directory() {
        String property = System.getProperty("golden.dir", "");
        String named = property.isBlank() ? System.getenv().getOrDefault("FUNASR_GOLDEN", "") : property;
        return named.isBlank() ? Path.of("src/test/resources/golden") : Path.of(named);
    }

    /** All sets of the form {@code DIR/NAME/model} with {@code DIR/NAME/golden}, and DIR itself if it has that form. */
    static List<GoldenSet> under(Path directory) {
        List<GoldenSet> sets = new ArrayList<>();
        try (Stream<Path> children = Files.list(directory)) {
            Stream.concat(Stream.of(directory), children.sorted()).filter(GoldenSet::isSet).forEach(set -> {
                Path audio = Files.isDirectory(set.resolve("samples")) ? set.resolve("samples") : directory.resolve("audio");
                sets.add(new GoldenSet(set.getFileName().toString(), set.resolve("model"), set.resolve("golden"), audio));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sets;
    }

    private static boolean isSet(Path path) {
        return Files.isDirectory(path.resolve("model")) && Files.isRegularFile(path.resolve("golden/manifest.json"));
    }

    /** The parsed manifest. */
    JsonNode manifest() {
        return new ObjectMapper().readTree(golden.resolve("manifest.json").toFile());
    }
}
