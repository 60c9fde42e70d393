package io.github.funasrjava.engine.vad;

import io.github.funasrjava.engine.frontend.Features;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * How far frames stand out of stationary noise. The mel spectrum is summed to a few bands, each smoothed over time; a
 * band's noise floor is a low quantile of its level over the last two seconds and the next half; the excess is the mean
 * of the three bands that rise highest above their floors, in dB. Hence noise of any colour and level has an excess near
 * 0 dB, while speech needs to be heard in part of the spectrum only.
 *
 * <p>Frame t comes out when frame {@code t + AHEAD + SMOOTHING / 2} is there, or at the end.
 */
final class SpeechExcess {
    /** Frames after frame t that its noise floor looks at. */
    static final int AHEAD = 50;
    /** Frames that are averaged, the present one in the middle. */
    static final int SMOOTHING = 5;

    private static final int BANDS = 8;
    private static final int LOUDEST = 3;
    private static final int BEHIND = 200;
    private static final double QUANTILE = 0.1;
    /**
     * Power that every band has at least, about that of white noise at -78 dBFS: what is fainter is no speech, and a
     * floor of digital silence does not turn the next dither into speech.
     */
    private static final double FAINTEST = 2e5;

    private final RunningQuantile[] floors = new RunningQuantile[BANDS];
    /** Band powers of the frames that the next average needs. */
    private final ArrayDeque<float[]> powers = new ArrayDeque<>();
    /** Smoothed levels of the frames whose floor is not complete yet. */
    private final ArrayDeque<float[]> levels = new ArrayDeque<>();
    private long smoothed;
    private long done;

    SpeechExcess() {
        Arrays.setAll(floors, b -> new RunningQuantile(BEHIND + 1 + AHEAD, QUANTILE));
    }

    /**
     * @param fbank {@code [frames, 80]} log mel energies
     * @return the excess of the frames that are now complete
     */
    float[] accept(Features fbank, boolean last) {
        float[] out = new float[levels.size() + powers.size() + fbank.rows()];
        int count = 0;
        for (int t = 0; t < fbank.rows(); t++) {
            float[] power = bandPowers(fbank, t);
            if (powers.isEmpty()) {
                for (int i = 0; i < SMOOTHING / 2; i++) {
                    powers.addLast(power);
                }
            }
            count = addPower(power, out, count);
        }
        if (last && !powers.isEmpty()) {
            float[] end = powers.getLast();
            for (int i = 0; i < SMOOTHING / 2; i++) {
                count = addPower(end, out, count);
            }
            while (!levels.isEmpty()) {
                out[count++] = next();
            }
        }
        return Arrays.copyOf(out, count);
    }

    private int addPower(float[] power, float[] out, int count) {
        powers.addLast(power);
        if (powers.size() < SMOOTHING) {
            return count;
        }
        float[] level = new float[BANDS];
        for (int b = 0; b < BANDS; b++) {
            double sum = 0;
            for (float[] frame : powers) {
                sum += frame[b];
            }
            level[b] = (float) (10 * Math.log10(sum / SMOOTHING + FAINTEST));
            floors[b].add(level[b]);
        }
        powers.removeFirst();
        levels.addLast(level);
        smoothed++;
        if (levels.size() > AHEAD) {
            out[count] = next();
            return count + 1;
        }
        return count;
    }

    private float next() {
        // Towards the end nothing new pushes the oldest values out.
        while (smoothed - floors[0].count() < done - BEHIND) {
            for (RunningQuantile floor : floors) {
                floor.forgetOldest();
            }
        }
        done++;
        float[] level = levels.removeFirst();
        float[] excess = new float[BANDS];
        for (int b = 0; b < BANDS; b++) {
            excess[b] = level[b] - floors[b].value();
        }
        Arrays.sort(excess);
        float sum = 0;
        for (int i = 1; i <= LOUDEST; i++) {
            sum += excess[BANDS - i];
        }
        return sum / LOUDEST;
    }

    private static float[] bandPowers(Features fbank, int row) {
        int width = fbank.cols() / BANDS;
        float[] power = new float[BANDS];
        for (int b = 0; b < BANDS; b++) {
            double sum = 0;
            for (int i = b * width; i < (b + 1) * width; i++) {
                sum += Math.exp(fbank.at(row, i));
            }
            power[b] = (float) sum;
        }
        return power;
    }
}
