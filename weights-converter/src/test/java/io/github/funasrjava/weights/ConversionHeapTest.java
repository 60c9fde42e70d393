package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conversion streams: its heap does not grow with the checkpoint. */
class ConversionHeapTest {
    @TempDir
    Path folder;

    @Test
    void convertsAndOpensACheckpointThatIsLargerThanTheHeap() throws IOException, InterruptedException {
        TinyModel model = new TinyModel(1)
                .edit("Qwen3-0.6B/config.json", s -> s.replace("\"vocab_size\": 70", "\"vocab_size\": 600001"));
        SplittableRandom random = new SplittableRandom(2);
        for (String name : List.of(TensorCatalog.EMBEDDING, TensorCatalog.HEAD)) {
            model.tensors.put(name, TinyModel.random(ElementType.F32, List.of(600_001L, 24L), random));
        }
        Path source = model.write(folder.resolve("model"));
        assertTrue(Files.size(source.resolve("model.pt")) > 115_000_000);
        List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx40m",
                "-cp", System.getProperty("java.class.path"), ConversionChild.class.getName(), "open", source.toString(),
                folder.resolve("cache").toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = process.inputReader().lines().toList();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS));
        assertEquals("done", lines.getLast(), lines.toString());
    }
}
