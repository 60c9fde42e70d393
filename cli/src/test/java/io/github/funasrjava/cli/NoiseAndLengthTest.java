package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Noisy recordings, and ones of every length. */
class NoiseAndLengthTest {
    private static final int HEADER_BYTES = 44;
    private static final int BYTES_PER_SECOND = 32_000;
    private static final double SNR = 10; // 10 dB, as a ratio of powers

    @TempDir
    Path folder;

    @Test
    void noiseTenDecibelsBelowTheSpeechLeavesTheText() throws IOException {
        assertEquals("Set a timer for 47 minutes.\n", text(noisy(speech(EngineJar.ENGLISH))));
        assertEquals("发短信给张伟。\n", text(noisy(speech(EngineJar.MANDARIN))));
    }

    @Test
    void everyLengthFromAFifthOfASecondOnGivesAResult() throws IOException {
        byte[] speech = speech(EngineJar.ENGLISH);
        for (double seconds : new double[] {0.2, 0.25, 0.5, 1}) {
            text(Arrays.copyOf(speech, (int) (seconds * BYTES_PER_SECOND) / 2 * 2));
        }
        byte[] padded = Arrays.copyOf(speech, 40 * BYTES_PER_SECOND);
        assertTrue(text(padded).contains("timer"));
    }

    private String text(byte[] samples) {
        World world = new World(folder.resolve("cache"));
        world.in = samples;
        assertEquals(ExitCode.OK, world.run("transcribe", "--quiet", "--model", "demo", "--raw", "s16le@16000", "-"), world.err());
        return world.out();
    }

    private static byte[] speech(Path wav) throws IOException {
        byte[] file = Files.readAllBytes(wav);
        return Arrays.copyOfRange(file, HEADER_BYTES, file.length);
    }

    private static byte[] noisy(byte[] speech) {
        byte[] noisy = speech.clone();
        ShortBuffer samples = ByteBuffer.wrap(noisy).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
        double power = 0;
        for (int i = 0; i < samples.limit(); i++) {
            power += (double) samples.get(i) * samples.get(i) / samples.limit();
        }
        Random random = new Random(1);
        for (int i = 0; i < samples.limit(); i++) {
            samples.put(i, (short) Math.clamp(Math.round(samples.get(i) + random.nextGaussian() * Math.sqrt(power / SNR)), Short.MIN_VALUE, Short.MAX_VALUE));
        }
        return noisy;
    }
}
