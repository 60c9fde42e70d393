package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real sizes: 2.1 GB within 512 MB of heap, opened in half a second, exported byte for byte. */
@Tag("long")
class FullSizeConversionTest {
    @TempDir
    Path folder;

    @Test
    void convertsOpensAndExportsTheFullSizeModel() throws IOException, InterruptedException {
        String property = System.getProperty("full.model", "");
        Assumptions.assumeFalse(property.isEmpty(), "-Dfull.model=DIR does not name a full-size model directory");
        Path source = Path.of(property);
        Path target = folder.resolve("converted");
        long start = System.nanoTime();
        List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
                "-cp", System.getProperty("java.class.path"), ConversionChild.class.getName(), "convert", source.toString(), target.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = process.inputReader().lines().toList();
        assertTrue(process.waitFor(10, TimeUnit.MINUTES));
        assertEquals("done", lines.getLast(), lines.toString());
        System.out.printf(Locale.ROOT, "converted in %.1f s%n", (System.nanoTime() - start) / 1e9);

        double best = Double.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long begin = System.nanoTime();
            try (ModelWeights weights = ModelDirectory.open(target, OpenOptions.defaults())) {
                best = Math.min(best, (System.nanoTime() - begin) / 1e9);
                assertEquals(Files.size(source.resolve("model.pt")), weights.metadata().sourceBytes());
            }
        }
        System.out.printf(Locale.ROOT, "opened in %.3f s%n", best);
        assertTrue(best < 0.5, "opening took " + best + " s");

        try (ModelWeights weights = ModelDirectory.open(target, OpenOptions.defaults())) {
            assertEquals(List.of(), Verification.of(weights, ProgressListener.SILENT).faults());
        }
        Path rows = folder.resolve("rows.safetensors");
        Exporter.export(target, rows, ProgressListener.SILENT);
        try (Arena arena = Arena.ofConfined()) {
            Map<String, SourceTensor> checkpoint = Checkpoint.open(source.resolve("model.pt"), arena).tensors();
            SafetensorsFile exported = SafetensorsFile.open(rows, arena);
            assertEquals(checkpoint.keySet(), exported.tensors().keySet());
            for (SourceTensor tensor : checkpoint.values()) {
                assertEquals(tensor.type(), exported.tensor(tensor.name()).type());
                assertEquals(tensor.shape(), exported.tensor(tensor.name()).shape());
                assertEquals(-1, tensor.rowMajor(arena).mismatch(exported.data(tensor.name())), tensor.name());
            }
        }
    }
}
