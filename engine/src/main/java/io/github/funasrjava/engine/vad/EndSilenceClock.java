package io.github.funasrjava.engine.vad;

import io.github.funasrjava.weights.VadConfig;

/** Says for every chunk of audio how much silence ends a segment in it, and which threshold goes with that. */
final class EndSilenceClock {
    private final VadConfig.Detection detection;
    private final FsmnVadOptions options;
    private long speakingMs;
    private boolean speaking;
    private boolean boundaryInChunk;
    private boolean endInChunk;
    private int endSilenceMs;

    EndSilenceClock(VadConfig.Detection detection, FsmnVadOptions options) {
        this.detection = detection;
        this.options = options;
    }

    /**
     * @param chunkMs audio that the chunk will have
     * @param inSpeech whether a segment is open
     */
    void beginChunk(long chunkMs, boolean inSpeech) {
        boundaryInChunk = false;
        endInChunk = false;
        switch (options.endSilence()) {
            case EndSilence.Fixed fixed -> endSilenceMs = afterWindow(fixed.silenceMs());
            case EndSilence.Scheduled schedule -> {
                if (inSpeech || speaking || schedule.countsSilence()) {
                    speakingMs += chunkMs;
                    speaking = true;
                }
                endSilenceMs = afterWindow(schedule.silenceAfter(speakingMs));
            }
        }
    }

    /** The window needs that long to notice that speech is over. */
    private int afterWindow(int silenceMs) {
        return Math.max(silenceMs - detection.speechToSilMs(), 0);
    }

    void note(Endpointer.Report report) {
        boundaryInChunk = true;
        endInChunk |= report.endMs() != Endpointer.Report.UNKNOWN;
    }

    void endChunk() {
        boolean countsSilence = options.endSilence() instanceof EndSilence.Scheduled schedule && schedule.countsSilence();
        boolean beginCounts = options.liveBoundaries() && !countsSilence;
        if (beginCounts ? boundaryInChunk : endInChunk) {
            speakingMs = 0;
            speaking = false;
        }
    }

    int endSilenceMs() {
        return endSilenceMs;
    }

    double threshold() {
        return options.endSilence() instanceof EndSilence.Scheduled
                ? EndSilence.Scheduled.SPEECH_NOISE_THRESHOLD
                : detection.speechNoiseThreshold();
    }
}
