package io.github.funasrjava.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/** Sounds without speech, made from sines and noise: music, tones, noise, breath, bangs. 16 kHz. */
final class NoSpeechSounds {
    private static final int RATE = 16_000;
    private static final int[] MAJOR = {0, 4, 7, 12, 7, 4};
    private static final int[] MELODY = {0, 2, 4, 5, 7, 9, 11, 12, 9, 7, 4, 2};

    private NoSpeechSounds() {}

    /** Sounds of every kind by name; another seed gives others of the same kinds. */
    static Map<String, float[]> all(long seed, double seconds) {
        Random random = new Random(seed);
        int count = (int) (seconds * RATE);
        double base = 110 * Math.pow(2, random.nextInt(24) / 12.0);
        Map<String, float[]> sounds = new LinkedHashMap<>();
        sounds.put("white noise", noise(count, random, 0, 0.1));
        sounds.put("pink noise", noise(count, random, 0.95, 0.1));
        sounds.put("brown noise", noise(count, random, 0.995, 0.1));
        sounds.put("tone", tune(count, 1, t -> base * 4, 1, 0.3));
        sounds.put("warble", tune(count, 1, t -> base * 4 * (1 + 0.05 * Math.sin(2 * Math.PI * 6 * t)), 1, 0.3));
        sounds.put("dial tone", sum(tune(count, 1, t -> 350, 1, 0.15), tune(count, 1, t -> 440, 1, 0.15)));
        sounds.put("beeps", gated(tune(count, 1, t -> 1000, 1, 0.3), 0.5, 0.5));
        sounds.put("siren", tune(count, 1, t -> 700 + 400 * Math.sin(2 * Math.PI * t / 2), 3, 0.3));
        sounds.put("chords", chords(count, base, random));
        sounds.put("melody", tune(count, 4, t -> base * 2 * Math.pow(2, MELODY[(int) (t * 4) % MELODY.length] / 12.0), 5, 0.3));
        sounds.put("piano", plucked(count, base * 2, 3, random));
        sounds.put("guitar", plucked(count, base, 5, random));
        sounds.put("drums", drums(count, random));
        sounds.put("breath", breath(count, random));
        sounds.put("clicks", clicks(count, random));
        sounds.put("engine", sum(tune(count, 1, t -> 55 + 20 * Math.sin(t), 12, 0.2), noise(count, random, 0.9, 0.03)));
        sounds.put("song", sum(sum(chords(count, base, random), drums(count, random)), plucked(count, base * 2, 4, random)));
        return sounds;
    }

    /** Noise, the lower frequencies the stronger the nearer {@code pole} is to 1. */
    private static float[] noise(int count, Random random, double pole, double rms) {
        float[] out = new float[count];
        double state = 0;
        double gain = rms * Math.sqrt(1 - pole * pole);
        for (int i = 0; i < count; i++) {
            state = pole * state + random.nextGaussian();
            out[i] = (float) (gain * state);
        }
        return out;
    }

    private static float[] tune(int count, double notesPerSecond, DoubleUnaryOperator hertz, int harmonics, double peak) {
        float[] out = new float[count];
        double phase = 0;
        for (int i = 0; i < count; i++) {
            double t = i / (double) RATE;
            phase += 2 * Math.PI * hertz.applyAsDouble(t) / RATE;
            double value = 0;
            for (int h = 1; h <= harmonics; h++) {
                value += Math.sin(h * phase) / h;
            }
            double inNote = t * notesPerSecond % 1;
            double envelope = notesPerSecond == 1 ? 1 : Math.min(1, Math.min(inNote / 0.05, (1 - inNote) / 0.1));
            out[i] = (float) (peak * envelope * value / 1.5);
        }
        return out;
    }

    private static float[] chords(int count, double base, Random random) {
        float[] out = new float[count];
        int[] roots = {0, 5, 7, random.nextInt(12)};
        for (int voice = 0; voice < 3; voice++) {
            int third = MAJOR[voice];
            float[] line = tune(count, 2,
                    t -> base * Math.pow(2, (roots[(int) (t * 2) % roots.length] + third) / 12.0), 6, 0.15);
            out = sum(out, line);
        }
        return out;
    }

    private static float[] plucked(int count, double base, double notesPerSecond, Random random) {
        float[] out = new float[count];
        int every = (int) (RATE / notesPerSecond);
        for (int start = 0; start < count; start += every) {
            double hertz = base * Math.pow(2, MELODY[random.nextInt(MELODY.length)] / 12.0);
            for (int i = start; i < Math.min(count, start + RATE); i++) {
                double t = (i - start) / (double) RATE;
                double value = 0;
                for (int h = 1; h <= 8 && h * hertz < 7500; h++) {
                    value += Math.sin(2 * Math.PI * h * hertz * t) / h * Math.exp(-t * (3 + h));
                }
                out[i] += (float) (0.25 * value);
            }
        }
        return out;
    }

    private static float[] drums(int count, Random random) {
        float[] out = new float[count];
        for (int start = 0; start < count; start += RATE / 4) {
            boolean kick = start / (RATE / 4) % 2 == 0;
            for (int i = start; i < Math.min(count, start + RATE / 5); i++) {
                double t = (i - start) / (double) RATE;
                out[i] += (float) (kick ? 0.5 * Math.exp(-t * 20) * Math.sin(2 * Math.PI * (60 + 60 * Math.exp(-t * 30)) * t)
                        : 0.2 * Math.exp(-t * 30) * random.nextGaussian());
            }
        }
        return out;
    }

    /** In and out every two seconds: noise through a wide band that swells and fades. */
    private static float[] breath(int count, Random random) {
        float[] out = new float[count];
        double low = 0;
        double lower = 0;
        for (int i = 0; i < count; i++) {
            double t = i / (double) RATE;
            low += 0.45 * (random.nextGaussian() - low);
            lower += 0.08 * (low - lower);
            double swell = Math.pow(Math.max(0, Math.sin(Math.PI * (t % 1.5) / 1.2)), 2);
            out[i] = (float) (0.12 * swell * (low - lower) + 0.0003 * random.nextGaussian());
        }
        return out;
    }

    private static float[] clicks(int count, Random random) {
        float[] out = noise(count, random, 0, 0.001);
        for (int at = RATE / 10; at < count - 400; at += RATE / 10 + random.nextInt(RATE / 2)) {
            for (int i = 0; i < 400; i++) {
                out[at + i] += (float) (0.6 * Math.exp(-i / 40.0) * random.nextGaussian());
            }
        }
        return out;
    }

    private static float[] gated(float[] sound, double onSeconds, double offSeconds) {
        for (int i = 0; i < sound.length; i++) {
            sound[i] *= i / (double) RATE % (onSeconds + offSeconds) < onSeconds ? 1 : 0.001f;
        }
        return sound;
    }

    private static float[] sum(float[] a, float[] b) {
        float[] out = new float[a.length];
        for (int i = 0; i < a.length; i++) {
            out[i] = a[i] + b[i];
        }
        return out;
    }
}
