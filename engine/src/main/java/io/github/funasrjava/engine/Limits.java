package io.github.funasrjava.engine;

/**
 * Every limit on input, in one place. An error that comes from a limit names it as it is called here.
 *
 * @param maxSegmentSeconds longest stretch that is recognised at once; the model's quality limit is 30 s
 * @param minAudioMs shorter input is refused as too short, unless the caller allows it
 * @param maxNewTokens tokens per segment
 * @param maxHotwordTokens prompt budget for hotwords
 * @param batchSize segments that are recognised together
 * @param maxPromptPositions prompt, audio and answer together; never above the decoder's own
 *     {@code max_position_embeddings}
 */
public record Limits(
        double maxSegmentSeconds,
        int minAudioMs,
        int maxNewTokens,
        int maxHotwordTokens,
        int batchSize,
        int maxPromptPositions) {
    /** Most segments that are recognised together. */
    public static final int MAX_BATCH_SIZE = 64;

    /** The defaults. */
    public static final Limits DEFAULT = new Limits(30.0, 100, 512, 1024, 8, 4096);

    public Limits {
        if (!(maxSegmentSeconds >= 1 && maxSegmentSeconds <= 30)) {
            throw new UsageException("max-segment must be 1 to 30 seconds, got " + maxSegmentSeconds);
        }
        if (batchSize < 1 || batchSize > MAX_BATCH_SIZE) {
            throw new UsageException("batch-size must be 1 to " + MAX_BATCH_SIZE + ", got " + batchSize);
        }
        if (minAudioMs < 0 || maxNewTokens < 1 || maxHotwordTokens < 0 || maxPromptPositions < 1) {
            throw new UsageException("limits must be positive");
        }
    }

    /** These limits with another longest segment. */
    public Limits withMaxSegmentSeconds(double seconds) {
        return new Limits(seconds, minAudioMs, maxNewTokens, maxHotwordTokens, batchSize, maxPromptPositions);
    }

    /** These limits with another number of segments that are recognised together. */
    public Limits withBatchSize(int segments) {
        return new Limits(maxSegmentSeconds, minAudioMs, maxNewTokens, maxHotwordTokens, segments, maxPromptPositions);
    }
}
