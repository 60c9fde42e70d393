package io.github.funasrjava.engine.vad;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One recording on its way from samples to pieces. Keeps at most a few times the longest piece, however long the recording is. For one thread.
 */
public final class PlanStream {
    private static final int SAMPLES_PER_MS = VoiceActivityDetector.SAMPLE_RATE_HZ / 1000;
    /** The detector gets blocks of 200 ms, counted from the beginning, so that results do not depend on the caller's. */
    private static final int BLOCK_SAMPLES = 200 * SAMPLES_PER_MS;
    /** Open speech may turn out to have ended so long ago (the longest end silence of any schedule is 2 s). */
    private static final long LONGEST_END_SILENCE_MS = 3_000;
    /** The rest after a cut is at least so long, where the limit allows it. */
    private static final long LEAST_REST_MS = 1_000;

    private record Piece(long startMs, long endMs, boolean cutBefore) {}

    private final SegmentPlan plan;
    private final VadStream detector;
    private final long lookBackMs;
    private final SampleBuffer buffer = new SampleBuffer();
    /** End of what the detector has had. */
    private long detectedTo;
    /** A complete piece that the next one may still join. */
    private Optional<Piece> held = Optional.empty();
    /** Speech that has begun: its first part that is not given out yet. */
    private Optional<Piece> open = Optional.empty();
    private long speechMs;
    private long plannedMs;

    PlanStream(VoiceActivityDetector detector, SegmentPlan plan) {
        this.plan = plan;
        this.detector = detector.openStream();
        this.lookBackMs = detector.lookBackMs();
    }

    /**
     * Takes the next samples.
     *
     * @param samples 16 kHz mono in [-1, 1); may be empty; not kept
     * @param last whether the recording ends here
     * @return the pieces that are now complete, in the order of time
     * @throws IllegalStateException after the last samples
     */
    public List<AudioSegment> accept(float[] samples, boolean last) {
        List<AudioSegment> pieces = new ArrayList<>();
        int at = 0;
        while (at < samples.length) {
            int take = (int) Math.min(samples.length - at, detectedTo + BLOCK_SAMPLES - buffer.end());
            buffer.append(samples, at, at + take);
            at += take;
            if (buffer.end() == detectedTo + BLOCK_SAMPLES) {
                detect(false, pieces);
            }
        }
        if (last) {
            detect(true, pieces);
        }
        return List.copyOf(pieces);
    }

    /** Time so far: of the audio given, of speech found and of the pieces given out. */
    public PlanCoverage coverage() {
        return new PlanCoverage((buffer.end() + SAMPLES_PER_MS - 1) / SAMPLES_PER_MS, speechMs, plannedMs);
    }

    /** How many samples are kept at the moment. */
    long bufferedSamples() {
        return buffer.end() - buffer.begin();
    }

    private void detect(boolean last, List<AudioSegment> pieces) {
        float[] block = buffer.copy(detectedTo, buffer.end());
        detectedTo = buffer.end();
        for (SpeechEvent event : detector.accept(block, last)) {
            switch (event) {
                case SpeechEvent.Started started -> begin(started.startMs());
                case SpeechEvent.Ended ended -> end(ended.segment(), pieces);
            }
        }
        long nowMs = detectedTo / SAMPLES_PER_MS;
        while (open.isPresent() && nowMs - open.get().startMs() >= certainlyTooLongMs()) {
            giveHeld(pieces);
            open = Optional.of(giveFirstPart(open.get(), plan.maxSegmentMs(), pieces));
        }
        if (last || open.isEmpty() && held.isPresent() && nowMs - lookBackMs > held.get().endMs() + plan.joinGapMs()) {
            giveHeld(pieces);
        }
        long neededMs = Math.max(0, nowMs - lookBackMs);
        neededMs = Math.min(neededMs, open.map(Piece::startMs).orElse(neededMs));
        neededMs = Math.min(neededMs, held.map(Piece::startMs).orElse(neededMs));
        buffer.forgetBefore(neededMs * SAMPLES_PER_MS);
    }

    /** Age at which an open segment is too long even if it turns out to be over already. */
    private long certainlyTooLongMs() {
        return plan.maxSegmentMs() + Math.max(plan.maxSegmentMs(), LONGEST_END_SILENCE_MS) + lookBackMs;
    }

    private void begin(long startMs) {
        if (startMs * SAMPLES_PER_MS < buffer.begin()) {
            throw new IllegalStateException("the detector announced speech from " + startMs
                    + " ms on, more than its look back of " + lookBackMs + " ms ago");
        }
        open = Optional.of(new Piece(startMs, startMs, false));
    }

    private void end(SpeechSegment segment, List<AudioSegment> pieces) {
        speechMs += segment.durationMs();
        Piece first = open.orElseThrow();
        Piece piece = new Piece(first.startMs(), segment.endMs(), first.cutBefore());
        open = Optional.empty();
        if (piece.endMs() <= piece.startMs()) {
            return;
        }
        if (held.isPresent() && joins(held.get(), piece)) {
            piece = new Piece(held.get().startMs(), piece.endMs(), held.get().cutBefore());
        } else {
            giveHeld(pieces);
        }
        held = Optional.of(piece);
    }

    private boolean joins(Piece before, Piece after) {
        return after.startMs() - before.endMs() <= plan.joinGapMs()
                && after.endMs() - before.startMs() <= plan.maxSegmentMs();
    }

    private void giveHeld(List<AudioSegment> pieces) {
        if (held.isEmpty()) {
            return;
        }
        Piece rest = held.get();
        held = Optional.empty();
        while (rest.endMs() - rest.startMs() > plan.maxSegmentMs()) {
            long restMs = rest.endMs() - rest.startMs();
            rest = giveFirstPart(rest, Math.min(plan.maxSegmentMs(), restMs - LEAST_REST_MS), pieces);
        }
        give(rest, rest.endMs(), false, pieces);
    }

    /** Cuts in the second half of the longest piece, gives out what is before and returns what is after. */
    private Piece giveFirstPart(Piece piece, long latestMs, List<AudioSegment> pieces) {
        long earliestMs = plan.maxSegmentMs() / 2 / 10 * 10;
        long cutMs = piece.startMs() + QuietCut.find(buffer.array(), buffer.indexOf(piece.startMs() * SAMPLES_PER_MS),
                earliestMs, Math.max(latestMs, earliestMs + QuietCut.QUIET_MS));
        give(piece, cutMs, true, pieces);
        return new Piece(cutMs, Math.max(cutMs, piece.endMs()), true);
    }

    private void give(Piece piece, long endMs, boolean cutAfter, List<AudioSegment> pieces) {
        SpeechSegment time = new SpeechSegment(piece.startMs(), endMs);
        float[] samples = buffer.copy(time.startMs() * SAMPLES_PER_MS, Math.min(endMs * SAMPLES_PER_MS, buffer.end()));
        pieces.add(new AudioSegment(time, samples, piece.cutBefore(), cutAfter));
        plannedMs += time.durationMs();
    }
}
