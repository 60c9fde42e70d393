package io.github.funasrjava.engine;

import io.github.funasrjava.audio.Waveform;
import io.github.funasrjava.engine.vad.AudioSegment;
import io.github.funasrjava.engine.vad.EnergyVad;
import io.github.funasrjava.engine.vad.PlanStream;
import io.github.funasrjava.engine.vad.SegmentPlan;
import io.github.funasrjava.engine.vad.SegmentPlanner;
import io.github.funasrjava.engine.vad.SpeechSegment;
import io.github.funasrjava.engine.vad.VoiceActivityDetector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One input on its way to a transcript. Samples come in pieces of any size; segments are recognised in batches as they
 * become complete, so that the memory does not grow with the input. For one thread.
 */
final class Transcription {
    private static final int SAMPLES_PER_MS = Waveform.SAMPLE_RATE_HZ / 1000;

    private final SegmentRecognizer recognizer;
    private final TranscribeOptions request;
    private final Limits limits;
    private final Optional<VoiceActivityDetector> detector;
    private final OptionalDouble totalSeconds;
    private final List<AudioSegment> pending = new ArrayList<>();
    private final List<SegmentTranscript> finished = new ArrayList<>();
    /** The beginning of the input, until it is known whether it is short enough to be one segment. */
    private float[] undecided = new float[0];
    private int undecidedLength;
    private Optional<PlanStream> plan = Optional.empty();
    private long samplesSeen;
    private long transcribedMs;

    /**
     * @param detector finds speech; empty recognises an input that fits into one segment whole and takes the built-in
     *     detector for a longer one
     */
    Transcription(SegmentRecognizer recognizer, TranscribeOptions request, Limits limits,
            Optional<VoiceActivityDetector> detector, OptionalDouble totalSeconds) {
        this.recognizer = recognizer;
        this.request = request;
        this.limits = limits;
        this.detector = detector;
        this.totalSeconds = totalSeconds;
        detector.ifPresent(found -> plan = Optional.of(plannerWith(found).openStream()));
    }

    /** Takes the next {@code count} samples. */
    void accept(float[] samples, int count) {
        if (request.cancelled().getAsBoolean()) {
            throw new CancelledException("cancelled while reading");
        }
        samplesSeen += count;
        if (plan.isPresent()) {
            take(plan.get().accept(count == samples.length ? samples : Arrays.copyOf(samples, count), false));
            return;
        }
        if (undecidedLength + count > undecided.length) {
            undecided = Arrays.copyOf(undecided, Math.max(2 * undecided.length, undecidedLength + count));
        }
        System.arraycopy(samples, 0, undecided, undecidedLength, count);
        undecidedLength += count;
        if (undecidedLength > limits.maxSegmentSeconds() * Waveform.SAMPLE_RATE_HZ) {
            PlanStream started = plannerWith(new EnergyVad()).openStream();
            plan = Optional.of(started);
            take(started.accept(Arrays.copyOf(undecided, undecidedLength), false));
            undecided = new float[0];
        }
    }

    /** Finishes the input and gives all segments in the order of time. */
    List<SegmentTranscript> finish() {
        request.listener().inputRead();
        if (samplesSeen < (long) limits.minAudioMs() * SAMPLES_PER_MS && !request.allowShort()) {
            throw new InputException(String.format(Locale.ROOT, "the audio has %.0f ms, less than the %d ms that can hold a "
                    + "word; allow short input to get an empty text instead", samplesSeen / (double) SAMPLES_PER_MS,
                    limits.minAudioMs()));
        }
        if (plan.isPresent()) {
            take(plan.get().accept(new float[0], true));
        } else if (holdsSpeech()) {
            long endMs = (undecidedLength + SAMPLES_PER_MS - 1) / SAMPLES_PER_MS;
            pending.add(new AudioSegment(new SpeechSegment(0, endMs), Arrays.copyOf(undecided, undecidedLength), false, false));
        }
        recognizePending();
        return finished;
    }

    /** What became of the input's time. */
    Coverage coverage() {
        double audio = samplesSeen / (double) Waveform.SAMPLE_RATE_HZ;
        double transcribed = Math.min(audio, transcribedMs / 1000.0);
        double speech = plan.map(stream -> Math.min(audio, stream.coverage().speechMs() / 1000.0)).orElse(transcribed);
        return new Coverage(audio, speech, transcribed);
    }

    /** Whether the undecided input is worth asking the model: it answers noise with words, too. */
    private boolean holdsSpeech() {
        float[] samples = Arrays.copyOf(undecided, undecidedLength);
        if (SpeechGate.cannotBeSpeech(samples, 0, samples.length)) {
            return false;
        }
        return !new EnergyVad().detect(samples).isEmpty();
    }

    private SegmentPlanner plannerWith(VoiceActivityDetector found) {
        return new SegmentPlanner(found, SegmentPlan.of(found, (long) (1000 * limits.maxSegmentSeconds())));
    }

    private void take(List<AudioSegment> segments) {
        for (AudioSegment segment : segments) {
            pending.add(segment);
            if (pending.size() >= limits.batchSize()) {
                recognizePending();
            }
        }
    }

    private void recognizePending() {
        if (pending.isEmpty()) {
            return;
        }
        for (SegmentTranscript segment : recognizer.recognize(List.copyOf(pending))) {
            if (segment.finishReason() != FinishReason.NO_SPEECH) {
                transcribedMs += segment.endMs() - segment.startMs();
            }
            finished.add(segment);
            request.listener().segment(segment);
        }
        request.listener().progress(pending.getLast().time().endMs() / 1000.0, totalSeconds);
        pending.clear();
    }
}
