package io.github.funasrjava.engine.vad;

/**
 * {@code model_conf} of the FSMN-VAD's config.yaml, as far as it matters.
 *
 * @param maxEndSilenceMs {@code max_end_silence_time}: silence that ends a segment
 * @param maxSingleSegmentMs {@code max_single_segment_time}: longest segment
 * @param speechNoiseThreshold {@code speech_noise_thres}: by how much speech must be more probable than silence
 * @param windowMs {@code window_size_ms} of the vote over frames
 * @param silenceToSpeechMs {@code sil_to_speech_time_thres}: speech in the window that begins a segment
 * @param speechToSilenceMs {@code speech_to_sil_time_thres}: speech in the window at which silence begins
 * @param lookBackMs {@code lookback_time_start_point}: how far a segment begins before its window
 * @param lookAheadMs {@code lookahead_time_end_point}: silence that a segment keeps at its end
 */
public record FsmnVadConfig(int maxEndSilenceMs, int maxSingleSegmentMs, double speechNoiseThreshold, int windowMs,
        int silenceToSpeechMs, int speechToSilenceMs, int lookBackMs, int lookAheadMs) {
    /** Milliseconds per frame, {@code frame_in_ms}. */
    static final int FRAME_MS = 10;

    /** The values of the published model. */
    public static final FsmnVadConfig PUBLISHED = new FsmnVadConfig(800, 60_000, 0.6, 200, 150, 150, 200, 100);

    /**
     * @throws IllegalArgumentException if a value makes no sense
     */
    public FsmnVadConfig {
        requireBetween("max_end_silence_time", maxEndSilenceMs, 0, 60_000);
        requireBetween("max_single_segment_time", maxSingleSegmentMs, 1_000, 3_600_000);
        requireBetween("window_size_ms", windowMs, FRAME_MS, 5_000);
        requireBetween("sil_to_speech_time_thres", silenceToSpeechMs, 0, windowMs);
        requireBetween("speech_to_sil_time_thres", speechToSilenceMs, 0, windowMs);
        requireBetween("lookback_time_start_point", lookBackMs, 0, 5_000);
        requireBetween("lookahead_time_end_point", lookAheadMs, 0, 5_000);
        if (!(speechNoiseThreshold >= -1 && speechNoiseThreshold <= 1)) {
            throw new IllegalArgumentException(
                    "model_conf.speech_noise_thres is " + speechNoiseThreshold + ", expected -1 to 1");
        }
    }

    private static void requireBetween(String key, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("model_conf." + key + " is " + value + ", expected " + least + " to " + most);
        }
    }
}
