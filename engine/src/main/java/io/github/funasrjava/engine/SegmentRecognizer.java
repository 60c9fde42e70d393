package io.github.funasrjava.engine;

import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.engine.vad.AudioSegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Segments of one request to texts. Asks for one batch at a time, so that a long recording does not keep others waiting
 * to its end. A segment whose decoding ran into a loop is tried once more in two halves and without
 * hotwords; what still loops is cut and flagged. One whose logits were not numbers is tried once more on the scalar
 * kernels, else flagged.
 */
final class SegmentRecognizer {
    private final BatchQueue queue;
    private final Recognizer.Task task;
    private final Recognizer.Task plainTask;
    private final TranscribeOptions request;
    private final Recognizer recognizer;
    private final StageClock clock;
    private final AnswerReader reader;

    /**
     * @param plainTask the task without hotwords, for second attempts
     */
    SegmentRecognizer(LoadedModel model, BatchQueue queue, Recognizer.Task task, Recognizer.Task plainTask,
            TranscribeOptions request, StageClock clock) {
        this.queue = queue;
        this.task = task;
        this.plainTask = plainTask;
        this.request = request;
        this.recognizer = new Recognizer(model, clock, StageTap.NONE);
        this.clock = clock;
        this.reader = new AnswerReader(model.tokenizer, request.wordTimes(),
                request.language().flatMap(model.languages::resolve));
    }

    /**
     * What came of a segment.
     *
     * @param contradicted whether the decoder and the CTC branch understood different things
     */
    private record Attempt(SegmentTranscript transcript, boolean contradicted) {
        boolean repeats() {
            return transcript.finishReason() == FinishReason.REPETITION;
        }

        boolean understood() {
            return !contradicted && !repeats() && !transcript.text().isBlank()
                    && InventedText.believed(transcript.confidence());
        }
    }

    /** One transcript per segment, in their order. */
    List<SegmentTranscript> recognize(List<AudioSegment> segments) {
        List<Attempt> attempts = run(segments, task);
        List<SegmentTranscript> transcripts = new ArrayList<>();
        for (int i = 0; i < attempts.size(); i++) {
            Attempt first = attempts.get(i);
            if (first.repeats()) {
                transcripts.add(inParts(segments.get(i), first.transcript(), plainTask, new Warning("repetition_retried",
                        "the model repeated itself; the segment was recognised again in shorter parts and without hotwords")));
            } else if (first.contradicted()) {
                transcripts.add(inParts(segments.get(i), first.transcript(), task, new Warning("contradiction_retried",
                        "the decoder and the CTC branch understood different things; the segment was recognised again in "
                        + "shorter parts")));
            } else {
                transcripts.add(first.transcript());
            }
        }
        return transcripts;
    }

    /** A second attempt, or the first where none of the parts is any better. */
    private SegmentTranscript inParts(AudioSegment segment, SegmentTranscript first, Recognizer.Task what, Warning notice) {
        List<AudioSegment> parts = segment.parts();
        if (parts.size() < 2) {
            return first;
        }
        List<Attempt> attempts = run(parts, what);
        return attempts.stream().noneMatch(Attempt::understood) ? first
                : joined(first, attempts.stream().map(Attempt::transcript).toList(), notice);
    }

    private List<Attempt> run(List<AudioSegment> segments, Recognizer.Task what) {
        List<Features> rows = new ArrayList<>();
        List<AudioSegment> spoken = new ArrayList<>();
        for (AudioSegment segment : segments) {
            Features features = recognizer.features(segment.samples(), 0, segment.samples().length);
            if (features.rows() > 0 && !segment.silent()) {
                rows.add(features);
                spoken.add(segment);
            }
        }
        List<Recognizer.Answer> answers = rows.isEmpty() ? List.of() : queue.recognize(rows, what, request.cancelled(), clock);
        List<Attempt> attempts = new ArrayList<>();
        for (AudioSegment segment : segments) {
            int at = spoken.indexOf(segment);
            if (at < 0) {
                attempts.add(new Attempt(AnswerReader.silence(segment.time()), false));
            } else if (answers.get(at).generation().finishReason() == FinishReason.NUMERIC_ERROR) {
                attempts.add(afterNumericError(segment, rows.get(at), answers.get(at), what));
            } else {
                attempts.add(attempt(segment, answers.get(at)));
            }
        }
        return attempts;
    }

    private Attempt attempt(AudioSegment segment, Recognizer.Answer answer) {
        return new Attempt(reader.read(segment.time(), answer), AnswerReader.contradicted(answer));
    }

    /** One more attempt on the scalar kernels; where that is no better, what came before the error. */
    private Attempt afterNumericError(AudioSegment segment, Features rows, Recognizer.Answer first, Recognizer.Task what) {
        return queue.recognizeOnScalarKernels(rows, what, request.cancelled(), clock)
                .filter(second -> second.generation().finishReason() != FinishReason.NUMERIC_ERROR)
                .map(second -> new Attempt(reader.read(segment.time(), second).withWarning(new Warning("numeric_error_retried",
                        "the model's output was not a number; the segment was recognised again with the scalar kernels")),
                        AnswerReader.contradicted(second)))
                .orElseGet(() -> new Attempt(reader.read(segment.time(), first), false));
    }

    private static SegmentTranscript joined(SegmentTranscript first, List<SegmentTranscript> parts, Warning notice) {
        List<TranscriptToken> tokens = new ArrayList<>();
        List<Word> words = new ArrayList<>();
        List<Warning> warnings = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        StringBuilder plain = new StringBuilder();
        FinishReason reason = FinishReason.STOP;
        int audioTokens = 0;
        for (SegmentTranscript part : parts) {
            tokens.addAll(part.tokens());
            words.addAll(part.words());
            warnings.addAll(part.warnings());
            text.append(text.isEmpty() || part.text().isEmpty() ? "" : " ").append(part.text());
            plain.append(plain.isEmpty() || part.textWithoutPunctuation().isEmpty() ? "" : " ")
                    .append(part.textWithoutPunctuation());
            if (part.finishReason() != FinishReason.STOP && part.finishReason() != FinishReason.NO_SPEECH) {
                reason = part.finishReason();
            }
            audioTokens += part.audioTokens();
        }
        warnings.add(notice);
        List<String> hotwords = parts.stream().flatMap(part -> part.hotwords().stream()).distinct().toList();
        return new SegmentTranscript(first.startMs(), first.endMs(), text.toString(), plain.toString(), tokens, words,
                first.ctcText(), hotwords, reason, audioTokens, warnings);
    }
}
