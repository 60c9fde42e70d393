package io.github.funasrjava.engine.frontend;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The golden directory that FUNASR_GOLDEN names: recordings and f32 tensors. Independent of the code under test. */
public final class GoldenFiles {
    private static final Pattern ENTRY = Pattern.compile(
            "\"([^\"]+)\":\\s*\\{\"dtype\":\\s*\"F32\",\\s*\"shape\":\\s*\\[([0-9, ]*)\\],\\s*\"data_offsets\":\\s*\\[(\\d+),\\s*(\\d+)\\]\\}");

    private final Path root;

    private GoldenFiles(Path root) {
        this.root = root;
    }

    /** The directory, or the test is skipped with a message. */
    public static GoldenFiles orSkip() {
        String name = System.getenv("FUNASR_GOLDEN");
        assumeTrue(name != null && Files.isDirectory(Path.of(name)), "FUNASR_GOLDEN names no golden directory: skipped");
        return new GoldenFiles(Path.of(name));
    }

    public Path path(String relative) {
        return root.resolve(relative);
    }

    /** Names of all recordings, without ending. */
    public List<String> recordings() {
        try (Stream<Path> files = Files.list(root.resolve("audio"))) {
            return files.map(f -> f.getFileName().toString()).filter(n -> n.endsWith(".wav"))
                    .map(n -> n.substring(0, n.length() - 4)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Samples of a recording: 16 kHz, mono, 16 bit, header of 44 bytes. */
    public float[] samples(String recording) {
        ByteBuffer bytes = read(root.resolve("audio").resolve(recording + ".wav"));
        float[] samples = new float[(bytes.limit() - 44) / 2];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = bytes.getShort(44 + 2 * i) / 32768f;
        }
        return samples;
    }

    /** All tensors of a safetensors file of f32 tensors of one or two axes. */
    public Map<String, Features> tensors(String relative) {
        ByteBuffer bytes = read(root.resolve(relative));
        int header = Math.toIntExact(bytes.getLong(0));
        byte[] json = new byte[header];
        bytes.get(8, json);
        Map<String, Features> tensors = new TreeMap<>();
        Matcher entry = ENTRY.matcher(new String(json, StandardCharsets.UTF_8));
        while (entry.find()) {
            String[] shape = entry.group(2).split(", *");
            int cols = Integer.parseInt(shape[shape.length - 1]);
            float[] data = new float[(Integer.parseInt(entry.group(4)) - Integer.parseInt(entry.group(3))) / 4];
            bytes.slice(8 + header + Integer.parseInt(entry.group(3)), 4 * data.length).order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer().get(data);
            tensors.put(entry.group(1), new Features(data, data.length / cols, cols));
        }
        return tensors;
    }

    private static ByteBuffer read(Path file) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
