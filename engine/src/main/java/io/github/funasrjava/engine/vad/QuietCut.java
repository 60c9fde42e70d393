package io.github.funasrjava.engine.vad;

/** Finds the place where a cut through speech hurts least: the middle of the quietest 200 ms. */
final class QuietCut {
    static final int QUIET_MS = 200;
    private static final int STEP_MS = 10;
    private static final int SAMPLES_PER_MS = VoiceActivityDetector.SAMPLE_RATE_HZ / 1000;

    private QuietCut() {}

    /**
     * The cut in a stretch of samples, in milliseconds from its beginning, a multiple of 10 ms. Of several equally quiet
     * places the last one.
     *
     * @param samples holds at least {@code toMs} of audio from {@code offset} on
     * @param fromMs where the 200 ms may begin
     * @param toMs where they must have ended; at least 200 ms later
     */
    static long find(float[] samples, int offset, long fromMs, long toMs) {
        int steps = (int) ((toMs - fromMs) / STEP_MS);
        int window = QUIET_MS / STEP_MS;
        double[] power = new double[steps];
        for (int i = 0; i < steps; i++) {
            int begin = offset + (int) (fromMs + (long) i * STEP_MS) * SAMPLES_PER_MS;
            for (int k = begin; k < begin + STEP_MS * SAMPLES_PER_MS; k++) {
                power[i] += (double) samples[k] * samples[k];
            }
        }
        int best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i + window <= steps; i++) {
            double sum = 0;
            for (int k = i; k < i + window; k++) {
                sum += power[k];
            }
            if (sum <= least) {
                least = sum;
                best = i;
            }
        }
        return fromMs + (long) (best + window / 2) * STEP_MS;
    }
}
