package io.github.funasrjava.engine.vad;

import java.util.List;

/** How much silence ends a segment. */
public sealed interface EndSilence {
    /**
     * Always the same.
     *
     * @param silenceMs {@code max_end_silence_time}
     */
    record Fixed(int silenceMs) implements EndSilence {}

    /**
     * The longer somebody has been speaking, the less. Set anew before every chunk of audio.
     *
     * @param steps in the order of time; the last one holds for ever
     * @param countsSilence whether all audio since the last end counts, or only chunks in which there is speech
     */
    record Scheduled(List<Step> steps, boolean countsSilence) implements EndSilence {
        /** Threshold that the reference uses with every schedule instead of the configured one. */
        static final double SPEECH_NOISE_THRESHOLD = 0.5;

        /** Copies the steps. */
        public Scheduled {
            steps = List.copyOf(steps);
            if (steps.isEmpty()) {
                throw new IllegalArgumentException("a schedule needs at least one step");
            }
        }

        int silenceAfter(long speechMs) {
            for (Step step : steps) {
                if (speechMs <= step.untilMs()) {
                    return step.silenceMs();
                }
            }
            return steps.getLast().silenceMs();
        }
    }

    /**
     * One row of a schedule.
     *
     * @param untilMs how long somebody may have been speaking
     * @param silenceMs the silence that then ends the segment
     */
    record Step(long untilMs, int silenceMs) {}

    /** The published model's default, for files and streams. */
    static EndSilence dynamic() {
        return new Scheduled(List.of(new Step(10_000, 2_000), new Step(20_000, 1_000), new Step(30_000, 800),
                new Step(40_000, 600), new Step(50_000, 400), new Step(60_000, 200), new Step(Long.MAX_VALUE, 100)), false);
    }

    /** The schedule of the reference's {@code DynamicStreamingVAD}, for live audio. */
    static EndSilence live() {
        return new Scheduled(List.of(new Step(5_000, 2_000), new Step(10_000, 1_500), new Step(15_000, 1_000),
                new Step(30_000, 800), new Step(45_000, 400), new Step(Long.MAX_VALUE, 100)), true);
    }
}
