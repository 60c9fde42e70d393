package io.github.funasrjava.engine.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KaldiFbankTest {
    private final KaldiFbank fbank = new KaldiFbank(FrontendConfig.FUN_ASR_NANO);

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "2, 1", "3, 1", "17, 1", "399, 1", "400, 1", "559, 1", "560, 2", "720, 3", "16000, 98"})
    void countsFramesByTheSamplesThatThereAre(int samples, int frames) {
        assertEquals(frames, fbank.frames(samples));
        Features features = fbank.compute(noise(samples, 1));
        assertEquals(frames, features.rows());
        assertEquals(80, features.cols());
        for (int i = 0; i < frames * 80; i++) {
            assertTrue(Float.isFinite(features.data()[i]));
        }
    }

    @Test
    void digitalSilenceIsTheLogarithmOfTheFloorEverywhere() {
        Features features = fbank.compute(new float[1600]);
        for (float value : features.data()) {
            assertEquals(-15.942385f, value, 1e-6f);
        }
    }

    @Test
    void aFrameDependsOnItsOwnSamplesAlone() {
        float[] samples = noise(4000, 2);
        Features whole = fbank.compute(samples);
        Features part = fbank.compute(samples, 320, 320 + 400 + 3 * 160);
        assertEquals(4, part.rows());
        assertEquals(Arrays.toString(Arrays.copyOfRange(whole.data(), 2 * 80, 6 * 80)), Arrays.toString(part.data()));
    }

    @Test
    void aConstantOffsetChangesNothingAudible() {
        float[] samples = noise(1600, 3);
        float[] shifted = samples.clone();
        for (int i = 0; i < shifted.length; i++) {
            shifted[i] += 0.25f;
        }
        float[] a = fbank.compute(samples).data();
        float[] b = fbank.compute(shifted).data();
        for (int i = 0; i < a.length; i++) {
            assertEquals(a[i], b[i], 1e-2);
        }
    }

    @Test
    void aToneIsLoudestInTheFilterAroundIt() {
        float[] tone = new float[1600];
        for (int i = 0; i < tone.length; i++) {
            tone[i] = (float) (0.5 * Math.sin(2 * Math.PI * 1000 * i / 16_000.0));
        }
        Features features = fbank.compute(tone);
        int loudest = 0;
        for (int b = 1; b < 80; b++) {
            loudest = features.at(3, b) > features.at(3, loudest) ? b : loudest;
        }
        // mel(1000 Hz) = 1000; filters are 34.7 mel apart and the first is centred on 66.6 mel.
        assertEquals(27, loudest);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 160, 399, 400, 401, 960, 3200, 20_000})
    void piecesGiveTheSameFramesAsTheWhole(int piece) {
        for (int length : new int[] {0, 1, 2, 399, 400, 560, 9_999}) {
            float[] samples = noise(length, piece);
            FbankStream stream = new FbankStream(fbank);
            for (int repeat = 0; repeat < 2; repeat++) {
                assertEquals(Arrays.toString(fbank.compute(samples).data()), Arrays.toString(streamed(stream, samples, piece)),
                        length + " samples in pieces of " + piece);
            }
        }
    }

    @Test
    void refusesARangeOutsideTheArray() {
        assertThrows(IndexOutOfBoundsException.class, () -> fbank.compute(new float[10], 5, 11));
    }

    @Test
    void otherSampleRatesAndWidthsFollowTheConfiguration() {
        KaldiFbank narrow = new KaldiFbank(new FrontendConfig(8_000, 40, 25, 10, 1, 1));
        Features features = narrow.compute(noise(8_000, 4));
        assertEquals(98, features.rows());
        assertEquals(40, features.cols());
    }

    static float[] streamed(FbankStream stream, float[] samples, int piece) {
        float[] all = new float[0];
        for (int at = 0; at < samples.length; at += piece) {
            float[] next = Arrays.copyOfRange(samples, at, Math.min(samples.length, at + piece));
            all = append(all, stream.accept(next, false).data());
        }
        return append(all, stream.accept(new float[0], true).data());
    }

    static float[] append(float[] head, float[] tail) {
        float[] joined = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, joined, head.length, tail.length);
        return joined;
    }

    static float[] noise(int length, long seed) {
        Random random = new Random(seed);
        float[] samples = new float[length];
        for (int i = 0; i < length; i++) {
            samples[i] = (float) (0.1 * random.nextGaussian());
        }
        return samples;
    }
}
