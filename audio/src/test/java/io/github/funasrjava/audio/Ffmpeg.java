package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The ffmpeg of this machine, for making inputs and for comparing; tests that need it are skipped without it. */
final class Ffmpeg {
    private Ffmpeg() {}

    static Path program() {
        Optional<Path> found = FfmpegSource.find(Optional.ofNullable(System.getenv("PATH")).orElse(""));
        assumeTrue(found.isPresent(), "ffmpeg is not on the PATH: nothing compared with it");
        return found.get();
    }

    /** Encodes {@code samples} with the given output arguments into {@code file}. */
    static Path encode(float[] samples, int channels, int rate, Path file, String... arguments) throws IOException, InterruptedException {
        Path wav = Files.write(file.resolveSibling(file.getFileName() + ".source.wav"),
                WavBytes.wav(1, channels, rate, 16, WavBytes.shorts(Signals.int16(samples))));
        List<String> command = new ArrayList<>(List.of(program().toString(), "-nostdin", "-v", "error", "-y", "-i", wav.toString()));
        command.addAll(List.of(arguments));
        command.add("file:" + file);
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes());
        assumeTrue(p.waitFor() == 0, "this ffmpeg cannot encode " + file.getFileName() + ": " + said);
        return file;
    }

    /** ffmpeg's own decode, interleaved; with libopus for Opus, whose arithmetic is the reference's. */
    static float[] decode(Path file) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program().toString(), "-nostdin", "-v", "error"));
        if (file.toString().contains("opus")) {
            command.addAll(List.of("-c:a", "libopus"));
        }
        command.addAll(List.of("-i", "file:" + file, "-map", "0:a:0", "-f", "f32le", "-c:a", "pcm_f32le", "-"));
        Process p = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        FloatBuffer f = ByteBuffer.wrap(p.getInputStream().readAllBytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        assertEquals(0, p.waitFor());
        float[] x = new float[f.remaining()];
        f.get(x);
        return x;
    }
}
