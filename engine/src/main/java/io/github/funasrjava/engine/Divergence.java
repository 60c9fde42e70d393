package io.github.funasrjava.engine;

import io.github.funasrjava.audio.Waveform;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How far the distributions of two models lie apart while both are led along the same answer (teacher forcing): an early
 * difference does not make all that follows incomparable, as it does between two free answers.
 *
 * @param positions where the distributions were compared: every token of the answers and the end of each
 * @param sameTop at how many of them both models hold the same token for the likeliest
 * @param klSum sum of the Kullback-Leibler divergences KL(A || B), natural logarithm
 * @param klLargest the largest of them
 */
public record Divergence(int positions, int sameTop, double klSum, double klLargest) {
    /** Nothing compared. */
    public static final Divergence NONE = new Divergence(0, 0, 0, 0);

    /** Rows whose logits are held at once. */
    private static final int CHUNK_ROWS = 16;

    /** Mean divergence per position; 0 without any. */
    public double klMean() {
        return positions == 0 ? 0 : klSum / positions;
    }

    /** Both together. */
    public Divergence plus(Divergence other) {
        return new Divergence(positions + other.positions, sameTop + other.sameTop, klSum + other.klSum,
                Math.max(klLargest, other.klLargest));
    }

    /**
     * Leads two models along the answers of a transcript.
     *
     * @param samples what was transcribed, 16 kHz mono
     * @param answers a transcript of it, usually by {@code a}
     * @param request what was asked for
     * @throws UsageException when the models have different vocabularies
     */
    public static Divergence between(Transcriber a, Transcriber b, float[] samples, Transcript answers, TranscribeOptions request) {
        Divergence sum = NONE;
        for (SegmentTranscript segment : answers.segments()) {
            int from = (int) Math.min(samples.length, segment.startMs() * Waveform.SAMPLE_RATE_HZ / 1000);
            int to = (int) Math.min(samples.length, segment.endMs() * Waveform.SAMPLE_RATE_HZ / 1000);
            int[] tokens = segment.tokens().stream().mapToInt(TranscriptToken::id).toArray();
            if (tokens.length == 0) {
                continue;
            }
            List<Warning> ignored = new ArrayList<>();
            try (Arena arena = Arena.ofShared()) {
                Matrix rowsA = a.withModel(model -> led(model, a.task(request, ignored), samples, from, to, tokens, arena));
                Matrix rowsB = b.withModel(model -> led(model, b.task(request, ignored), samples, from, to, tokens, arena));
                sum = sum.plus(a.withModel(first -> b.withModel(second -> between(first, rowsA, second, rowsB))));
            }
        }
        return sum;
    }

    /** The decoder's last hidden states from the end of the prompt along the tokens, {@code [tokens + 1, hidden_size]}. */
    private static Matrix led(LoadedModel model, Recognizer.Task task, float[] samples, int from, int to, int[] tokens, Arena arena) {
        Features features = new Recognizer(model, new StageClock(), StageTap.NONE).features(samples, from, to);
        RowSpans spans = RowSpans.ofLengths(features.rows());
        Matrix encoded = model.encoder.encode(List.of(features), spans, StageTap.NONE);
        RowSpans kept = RowSpans.ofLengths(model.config.adaptor().audioTokens(model.adaptor.outputRows(features.rows())));
        Matrix audio = model.adaptor.project(encoded, spans, kept, "adp", StageTap.NONE);
        int prompt = task.prefixIds().length + audio.rows() + task.suffixIds().length;
        Matrix x = Matrix.allocate(arena, prompt + tokens.length, model.config.decoder().hiddenSize());
        model.decoder.embed(task.prefixIds(), x.rows(0, task.prefixIds().length));
        model.decoder.gather(audio, firstRows(audio), x.rows(task.prefixIds().length, audio.rows()));
        model.decoder.embed(task.suffixIds(), x.rows(prompt - task.suffixIds().length, task.suffixIds().length));
        model.decoder.embed(tokens, x.rows(prompt, tokens.length));
        RowSpans asked = RowSpans.ofLengths(tokens.length + 1);
        Matrix states = Matrix.allocate(arena, asked.totalRows(), x.cols());
        try (KvCache cache = model.decoder.newCache(x.rows())) {
            Matrix last = model.decoder.prompt(x, RowSpans.ofLengths(x.rows()), asked, new KvCache[] {cache}, StageTap.NONE);
            model.decoder.gather(last, firstRows(states), states);
        }
        return states;
    }

    /** Indices of all rows, for the kernels to copy: on a GPU the rows may still be on their way. */
    private static int[] firstRows(Matrix rows) {
        return IntStream.range(0, rows.rows()).toArray();
    }

    private static Divergence between(LoadedModel a, Matrix rowsA, LoadedModel b, Matrix rowsB) {
        int vocabulary = a.config.decoder().vocabSize();
        if (b.config.decoder().vocabSize() != vocabulary) {
            throw new UsageException("the models have vocabularies of " + vocabulary + " and " + b.config.decoder().vocabSize()
                    + " tokens, so their distributions cannot be compared");
        }
        Divergence sum = NONE;
        try (Arena arena = Arena.ofShared()) {
            Matrix logitsA = Matrix.allocate(arena, CHUNK_ROWS, vocabulary);
            Matrix logitsB = Matrix.allocate(arena, CHUNK_ROWS, vocabulary);
            for (int from = 0; from < rowsA.rows(); from += CHUNK_ROWS) {
                int count = Math.min(CHUNK_ROWS, rowsA.rows() - from);
                logProbabilities(a, rowsA.rows(from, count), logitsA.rows(0, count));
                logProbabilities(b, rowsB.rows(from, count), logitsB.rows(0, count));
                for (int row = 0; row < count; row++) {
                    sum = sum.plus(row(logitsA, logitsB, row));
                }
            }
        }
        return sum;
    }

    private static void logProbabilities(LoadedModel model, Matrix rows, Matrix out) {
        model.decoder.logits(rows, out);
        model.kernels.logSoftmax(out, out);
    }

    private static Divergence row(Matrix a, Matrix b, int row) {
        double kl = 0;
        int topA = 0;
        int topB = 0;
        for (int token = 0; token < a.cols(); token++) {
            double logA = a.get(row, token);
            double logB = b.get(row, token);
            kl += Math.exp(logA) * (logA - logB);
            topA = logA > a.get(row, topA) ? token : topA;
            topB = logB > b.get(row, topB) ? token : topB;
        }
        return new Divergence(1, topA == topB ? 1 : 0, kl, kl);
    }
}
