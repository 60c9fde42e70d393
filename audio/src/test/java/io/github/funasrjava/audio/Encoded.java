package io.github.funasrjava.audio;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The encoded recordings of the tests (made by src/test/encoded/make.sh), and decoding at their own rate and channels. */
final class Encoded {
    private Encoded() {}

    /** What a decoder delivers, interleaved. */
    record Pcm(String format, int rate, int channels, float[] samples, List<AudioWarning> warnings) {
        int frames() {
            return samples.length / channels;
        }
    }

    /** A stretch of the reference decode. */
    record Window(int start, float[] samples) {}

    record Reference(int rate, int channels, int frames, List<Window> windows) {}

    static byte[] bytes(String name) {
        try (InputStream in = Encoded.class.getResourceAsStream("/encoded/" + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(name, e);
        }
    }

    static Reference reference(String name) {
        ByteBuffer b = ByteBuffer.wrap(bytes(name + ".ref")).order(ByteOrder.LITTLE_ENDIAN);
        int rate = b.getInt();
        int channels = b.getInt();
        int frames = b.getInt();
        List<Window> windows = new ArrayList<>();
        for (int n = b.getInt(); n > 0; n--) {
            int start = b.getInt();
            float[] x = new float[b.getInt() * channels];
            for (int i = 0; i < x.length; i++) {
                x[i] = b.getFloat();
            }
            windows.add(new Window(start, x));
        }
        return new Reference(rate, channels, frames, windows);
    }

    static Pcm decode(byte[] bytes) {
        ByteInput input = ByteInput.of(new ByteArrayInputStream(bytes), "input", AudioLimits.DEFAULT);
        return decode(input, AudioOptions.DEFAULT.withExternalDecoder(false));
    }

    static Pcm decode(ByteInput input, AudioOptions options) {
        WarningLog warnings = new WarningLog(options.strict());
        try (input; PcmSource source = FormatDetector.open(input, options, warnings)) {
            float[] all = new float[1 << 16];
            float[] block = new float[1000 * source.channels()];
            int n = 0;
            int got;
            while ((got = source.read(block, 1000)) >= 0) {
                int count = got * source.channels();
                if (n + count > all.length) {
                    all = Arrays.copyOf(all, 2 * (n + count));
                }
                System.arraycopy(block, 0, all, n, count);
                n += count;
            }
            return new Pcm(source.format(), source.sampleRateHz(), source.channels(), Arrays.copyOf(all, n), warnings.toList());
        }
    }

    /** Signal-to-noise ratio over all windows together, in decibels: a quiet window alone would measure 16 bit rounding. */
    static double snr(Reference expected, Pcm actual) {
        double signal = 0;
        double noise = 0;
        for (Window w : expected.windows()) {
            for (int i = 0; i < w.samples().length; i++) {
                double d = w.samples()[i] - actual.samples()[w.start() * actual.channels() + i];
                signal += (double) w.samples()[i] * w.samples()[i];
                noise += d * d;
            }
        }
        return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
    }
}
