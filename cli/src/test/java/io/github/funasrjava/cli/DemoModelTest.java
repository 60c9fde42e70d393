package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model in the jar against what it was made from: FUNASR_DEMO_MODEL names its folder (model, samples, samples.json). */
class DemoModelTest {
    private static final Path BUNDLED = Path.of("src", "main", "resources", "demo-model");

    @TempDir
    Path folder;

    private Path original;
    private World world;

    @BeforeEach
    void begin() {
        String named = System.getenv("FUNASR_DEMO_MODEL");
        assumeTrue(named != null, "FUNASR_DEMO_MODEL does not name the trained demo model");
        original = Path.of(named);
        world = new World(folder.resolve("cache"));
    }

    @Test
    void convertingItAgainGivesTheSameBytes() throws IOException {
        Path converted = folder.resolve("demo-model");
        assertEquals(ExitCode.OK, world.run("convert", original.resolve("model").toString(), "--out", converted.toString(),
                "--precision", "bf16", "--name", "demo", "--licence", "Apache-2.0", "--quiet"), world.err());
        List<String> names = files(BUNDLED);
        assertEquals(names, files(converted));
        for (String name : names) {
            assertArrayEquals(Files.readAllBytes(BUNDLED.resolve(name)), Files.readAllBytes(converted.resolve(name)), name);
        }
    }

    @Test
    void everySampleGivesItsExactTextWithEveryOption() throws IOException {
        List<String> wrong = new ArrayList<>();
        int runs = 0;
        for (Object sample : (List<?>) JsonTree.parse(Files.readAllBytes(original.resolve("samples.json")))) {
            for (Object run : (List<?>) ((Map<?, ?>) sample).get("runs")) {
                runs++;
                List<String> args = new ArrayList<>(List.of("transcribe", "--model", "demo", "--quiet"));
                String expected = arguments((Map<?, ?>) run, args);
                args.add(original.resolve((String) ((Map<?, ?>) sample).get("wav")).toString());
                assertEquals(ExitCode.OK, world.run(args.toArray(new String[0])), world.err());
                if (!world.out().equals(expected + "\n")) {
                    wrong.add(args + ": " + world.out().strip() + " instead of " + expected);
                }
            }
        }
        assertTrue(runs > 0, "there are samples");
        assertEquals(List.of(), wrong);
    }

    /** Adds the options of a run and returns the text that it gives. */
    private static String arguments(Map<?, ?> run, List<String> args) {
        if (run.get("language") != null) {
            args.addAll(List.of("--language", (String) run.get("language")));
        }
        if (Boolean.FALSE.equals(run.get("itn"))) {
            args.add("--no-itn");
        }
        List<?> hotwords = (List<?>) run.get("hotwords");
        if (!hotwords.isEmpty()) {
            args.addAll(List.of("--hotwords", String.join(",", hotwords.stream().map(Object::toString).toList())));
        }
        return (String) run.get("text");
    }

    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).map(file -> root.relativize(file).toString()).sorted().toList();
        }
    }
}
