package io.github.funasrjava.engine.vad;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A piece of a recording to be recognised alone.
 *
 * @param time where it lies in the recording
 * @param samples 16 kHz mono in [-1, 1), from {@code startMs * 16} on
 * @param cutBefore whether speech was cut to begin it here
 * @param cutAfter whether speech was cut to end it here
 */
public record AudioSegment(SpeechSegment time, float[] samples, boolean cutBefore, boolean cutAfter) {
    private static final int SAMPLES_PER_MS = VoiceActivityDetector.SAMPLE_RATE_HZ / 1000;

    /** A shorter part says too little to be understood. */
    private static final long SHORTEST_PART_MS = 500;

    /** A shorter segment without pause is not cut in two. */
    private static final long SHORTEST_IN_TWO_MS = 2_000;

    /** The largest sample of digital silence with dither. */
    private static final float SILENCE = 2 / 32768f;

    /** Whether there is nothing in it but digital silence, so that no text may come of it. */
    public boolean silent() {
        for (float sample : samples) {
            if (Math.abs(sample) > SILENCE) {
                return false;
            }
        }
        return true;
    }

    /**
     * The segment cut at its pauses, in their middle, so that nothing is lost; in two at the quietest place where it has
     * no pause. Itself alone when it is too short to be cut.
     */
    public List<AudioSegment> parts() {
        List<Long> cutsMs = new ArrayList<>();
        long lengthMs = samples.length / SAMPLES_PER_MS;
        long last = 0;
        List<SpeechSegment> runs = new EnergyVad().detect(samples);
        for (int i = 1; i < runs.size(); i++) {
            long middle = (runs.get(i - 1).endMs() + runs.get(i).startMs()) / 2;
            if (middle - last >= SHORTEST_PART_MS && lengthMs - middle >= SHORTEST_PART_MS) {
                cutsMs.add(middle);
                last = middle;
            }
        }
        if (cutsMs.isEmpty() && lengthMs >= SHORTEST_IN_TWO_MS) {
            cutsMs.add(QuietCut.find(samples, 0, lengthMs / 4, lengthMs * 3 / 4));
        }
        return cutAt(cutsMs);
    }

    private List<AudioSegment> cutAt(List<Long> cutsMs) {
        List<AudioSegment> parts = new ArrayList<>();
        long from = 0;
        for (long cut : cutsMs) {
            parts.add(part(from, cut, from == 0 ? cutBefore : true, true));
            from = cut;
        }
        parts.add(cutsMs.isEmpty() ? this : new AudioSegment(new SpeechSegment(time.startMs() + from, time.endMs()),
                Arrays.copyOfRange(samples, (int) from * SAMPLES_PER_MS, samples.length), true, cutAfter));
        return parts;
    }

    private AudioSegment part(long fromMs, long toMs, boolean before, boolean after) {
        return new AudioSegment(new SpeechSegment(time.startMs() + fromMs, time.startMs() + toMs),
                Arrays.copyOfRange(samples, (int) fromMs * SAMPLES_PER_MS, (int) toMs * SAMPLES_PER_MS), before, after);
    }
}
