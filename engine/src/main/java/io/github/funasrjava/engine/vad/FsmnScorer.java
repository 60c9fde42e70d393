package io.github.funasrjava.engine.vad;

import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.frontend.FrameStream;
import io.github.funasrjava.engine.frontend.FrontendConfig;
import io.github.funasrjava.engine.frontend.KaldiFbank;
import io.github.funasrjava.engine.frontend.LowFrameRate;
import io.github.funasrjava.engine.frontend.LowFrameRateStream;
import io.github.funasrjava.weights.Cmvn;
import io.github.funasrjava.weights.VadConfig;
import java.util.Arrays;

/**
 * From samples to one silence probability and one level per frame, as a stream: fbank, neighbouring frames, CMVN,
 * network. A frame comes out when the two frames after it are there, or at the end.
 */
final class FsmnScorer {
    /** Fewest frames of a recording in which the reference finds anything at all. */
    private static final int LEAST_FRAMES = 3;
    private static final double LEVEL_FLOOR = 1e-6;

    /**
     * @param features {@code [rows, input]}, normalised
     * @param probabilities {@code [rows, output]}
     * @param silence {@code [rows]}: probability of the classes that stand for silence
     * @param decibels {@code [rows]}
     */
    record Scores(int rows, float[] features, float[] probabilities, float[] silence, float[] decibels) {}

    private final VadConfig config;
    private final float[] shift;
    private final float[] scale;
    private final FsmnNetwork network;
    private final KaldiFbank fbank;
    private final FrameStream frames;
    private final LowFrameRateStream rows;
    private final FsmnNetwork.Past past;
    private float[] waitingDecibels = new float[0];
    private long framesSeen;

    FsmnScorer(VadConfig config, Cmvn cmvn, FsmnNetwork network, KaldiFbank fbank) {
        this.config = config;
        this.shift = cmvn.shift();
        this.scale = cmvn.scale();
        this.network = network;
        this.fbank = fbank;
        FrontendConfig frontend = fbank.config();
        this.frames = new FrameStream(frontend.frameLength(), frontend.frameShift());
        this.rows = new LowFrameRateStream(LowFrameRate.of(frontend), frontend.melBins());
        this.past = network.emptyPast();
    }

    Scores accept(float[] samples, boolean last) {
        float[] complete = frames.accept(samples);
        Features features = fbank.compute(complete);
        framesSeen += features.rows();
        float[] decibels = concat(waitingDecibels, decibels(complete, features.rows()));
        boolean tooShort = last && framesSeen < LEAST_FRAMES;
        Features joined = rows.accept(features, last);
        int ready = tooShort ? 0 : joined.rows();
        float[] x = joined.data();
        normalise(x, ready);
        float[] probabilities = network.probabilities(x, ready, past);
        waitingDecibels = Arrays.copyOfRange(decibels, ready, decibels.length);
        return new Scores(ready, x, probabilities, silence(probabilities, ready), decibels);
    }

    private void normalise(float[] x, int count) {
        for (int r = 0; r < count; r++) {
            int from = r * shift.length;
            for (int i = 0; i < shift.length; i++) {
                x[from + i] = (x[from + i] + shift[i]) * scale[i];
            }
        }
    }

    private float[] silence(float[] probabilities, int count) {
        float[] silence = new float[count];
        for (int r = 0; r < count; r++) {
            for (int pdf : config.detection().silencePdfs()) {
                silence[r] += probabilities[r * config.outputDim() + pdf];
            }
        }
        return silence;
    }

    private float[] decibels(float[] samples, int count) {
        int length = fbank.config().frameLength();
        int step = fbank.config().frameShift();
        float[] decibels = new float[count];
        for (int t = 0; t < count; t++) {
            double sum = 0;
            for (int i = t * step; i < t * step + length; i++) {
                sum += (double) samples[i] * samples[i];
            }
            decibels[t] = (float) (10 * Math.log10(sum + LEVEL_FLOOR));
        }
        return decibels;
    }

    private static float[] concat(float[] head, float[] tail) {
        float[] joined = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, joined, head.length, tail.length);
        return joined;
    }
}
