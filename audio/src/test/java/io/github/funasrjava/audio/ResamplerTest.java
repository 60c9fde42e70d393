package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResamplerTest {
    private static float[] resample(float[] x, int rate, Resampling kind, int block) {
        Resampler r = new Resampler(new ResamplingFilter(rate, 16000, kind));
        float[] all = new float[(int) (x.length * 16000L / rate + 10)];
        float[] out = new float[r.maxOutput(block)];
        int n = 0;
        for (int i = 0; i < x.length; i += block) {
            int count = Math.min(block, x.length - i);
            int got = r.push(Arrays.copyOfRange(x, i, i + count), count, out);
            System.arraycopy(out, 0, all, n, got);
            n += got;
        }
        int got = r.finish(out);
        System.arraycopy(out, 0, all, n, got);
        return Arrays.copyOf(all, n + got);
    }

    /** The same sum written down from the formula, in double precision, without tables or blocks. */
    private static double[] direct(float[] x, int rate) {
        int g = BigInteger.valueOf(rate).gcd(BigInteger.valueOf(16000)).intValue();
        int o = rate / g;
        int n = 16000 / g;
        double b = Math.min(o, n) * 0.99;
        int w = (int) Math.ceil(6 * o / b);
        double[] y = new double[(int) Math.ceilDiv((long) n * x.length, o)];
        for (int m = 0; m < y.length; m++) {
            int p = m % n;
            int j = m / n;
            for (int k = -w; k < w + o; k++) {
                int i = j * o + k;
                if (i >= 0 && i < x.length) {
                    double t = Math.clamp((-(double) p / n + (double) k / o) * b, -6, 6);
                    double s = t == 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
                    y[m] += b / o * Math.pow(Math.cos(Math.PI * t / 12), 2) * s * x[i];
                }
            }
        }
        return y;
    }

    @Test
    void referenceEqualsTheGoldenTensors() throws IOException {
        String dir = System.getenv("FUNASR_GOLDEN");
        assumeTrue(dir != null, "FUNASR_GOLDEN is not set: golden resampler tensors not compared");
        byte[] file = Files.readAllBytes(Path.of(dir, "resample.safetensors"));
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = (int) bytes.getLong(0);
        String header = new String(file, 8, headerBytes, StandardCharsets.UTF_8);
        Matcher m = Pattern.compile("\"in_(\\d+)\"\\s*:\\s*\\{[^}]*\"data_offsets\"\\s*:\\s*\\[(\\d+),\\s*(\\d+)]").matcher(header);
        int rates = 0;
        while (m.find()) {
            int rate = Integer.parseInt(m.group(1));
            float[] in = new float[(Integer.parseInt(m.group(3)) - Integer.parseInt(m.group(2))) / 2];
            for (int i = 0; i < in.length; i++) {
                in[i] = bytes.getShort(8 + headerBytes + Integer.parseInt(m.group(2)) + 2 * i) / 32768f;
            }
            Matcher o = Pattern.compile("\"out_" + rate + "\"\\s*:\\s*\\{[^}]*\"data_offsets\"\\s*:\\s*\\[(\\d+),\\s*(\\d+)]").matcher(header);
            assertTrue(o.find());
            float[] expected = new float[(Integer.parseInt(o.group(2)) - Integer.parseInt(o.group(1))) / 4];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = bytes.getFloat(8 + headerBytes + Integer.parseInt(o.group(1)) + 4 * i);
            }
            float[] actual = resample(in, rate, Resampling.REFERENCE, 1000);
            assertArrayEquals(expected, actual, 1e-5f, rate + " Hz");
            rates++;
        }
        assertEquals(7, rates);
    }

    @ParameterizedTest
    @ValueSource(ints = {8000, 11025, 12000, 16001, 22050, 44056, 44100, 48000, 96000, 384000})
    void referenceEqualsTheFormulaInDoublePrecision(int rate) {
        float[] x = Signals.noise(700, 0.9, rate);
        double[] expected = direct(x, rate);
        float[] actual = resample(x, rate, Resampling.REFERENCE, 100);
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < actual.length; i++) {
            assertEquals(expected[i], actual[i], 1e-6, "sample " + i);
        }
    }

    @ParameterizedTest
    @EnumSource(Resampling.class)
    void blockSizesDoNotChangeABit(Resampling kind) {
        for (int rate : new int[] {8000, 44100, 48000, 22050}) {
            float[] x = Signals.noise(9000, 0.9, 5);
            float[] whole = resample(x, rate, kind, 9000);
            for (int block : new int[] {1, 7, 441, 4096}) {
                assertArrayEquals(whole, resample(x, rate, kind, block), rate + " Hz in blocks of " + block);
            }
        }
    }

    private static double[] tone(double hz, int rate, Resampling kind) {
        float[] y = resample(Signals.sine(hz, rate, 2 * rate, 0.5), rate, kind, 4096);
        return Signals.residualAndTone(y, 4000, y.length - 4000, hz, 16000);
    }

    @ParameterizedTest
    @ValueSource(ints = {8000, 22050, 44100, 48000})
    void kaiserKeepsAToneCleanBy120Decibels(int rate) {
        double[] r = tone(1000, rate, Resampling.KAISER);
        assertTrue(Signals.decibels(r[1] / r[0]) > 120, rate + " Hz: " + Signals.decibels(r[1] / r[0]) + " dB");
        assertEquals(0.125, r[1], 1e-5);
    }

    @Test
    void kaiserIsFlatToSevenKilohertzAndStopsAbove8060() {
        assertEquals(1, Math.sqrt(tone(7000, 44100, Resampling.KAISER)[1] / 0.125), 0.001);
        for (double hz : new double[] {8100, 9000, 10000, 15000, 20000}) {
            float[] y = resample(Signals.sine(hz, 44100, 88200, 0.5), 44100, Resampling.KAISER, 4096);
            double leak = Signals.decibels(Signals.power(y, 4000, y.length - 4000) / 0.125);
            assertTrue(leak < -115, hz + " Hz leaks " + leak + " dB");
        }
    }

    @Test
    void referenceDullsAndLeaksAsTheModelWasTrainedWith() {
        // The reference's own flaws, kept on purpose: 0.815 at 7 kHz, an alias of 10 kHz at -45 dB.
        assertEquals(0.815, Math.sqrt(tone(7000, 44100, Resampling.REFERENCE)[1] / 0.125), 0.005);
        float[] y = resample(Signals.sine(10000, 44100, 88200, 0.5), 44100, Resampling.REFERENCE, 4096);
        assertEquals(-45, Signals.decibels(Signals.power(y, 4000, y.length - 4000) / 0.125), 2);
    }

    @Test
    void ratesWithoutACommonDivisorAreFilteredTapByTap() {
        double[] r = tone(1000, 44101, Resampling.REFERENCE);
        assertEquals(0.125, r[1], 1e-3);
        float[] y = resample(Signals.sine(1000, 383999, 60000, 0.5), 383999, Resampling.KAISER, 5000);
        double[] k = Signals.residualAndTone(y, 400, y.length - 400, 1000, 16000);
        assertTrue(Signals.decibels(k[1] / k[0]) > 110, Signals.decibels(k[1] / k[0]) + " dB");
    }
}
