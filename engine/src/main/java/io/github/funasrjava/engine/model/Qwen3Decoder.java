package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.Pass;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.weights.DecoderConfig;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Qwen3 as it stands in the checkpoint under {@code llm.}: embeddings in, the residual stream of new rows out, keys and
 * values appended to one cache per sequence. Single steps and verification of drafts are one call with other row counts;
 * a prompt, most of whose rows nobody asks for, is another. Not thread-safe.
 */
public final class Qwen3Decoder implements AutoCloseable {
    private final Kernels kernels;
    private final DecoderConfig config;
    private final PanelMatrix embedTokens;
    private final PanelMatrix lmHead;
    private final Matrix norm;
    private final List<Qwen3DecoderLayer> layers = new ArrayList<>();
    private final List<String> stages = new ArrayList<>();
    private final Qwen3DecoderLayer.Scratch scratch;
    private final ActivationBuffer normed;
    private final ActivationBuffer stream;
    private final ActivationBuffer asking;
    private final ActivationBuffer askingQueries;
    private Object tables = new Object();
    private Arena ropeArena = Arena.ofShared();
    private RopeTable rope;

    public Qwen3Decoder(Kernels kernels, DecoderWeights weights, DecoderConfig config) {
        this.kernels = kernels;
        this.scratch = new Qwen3DecoderLayer.Scratch(kernels);
        this.normed = new ActivationBuffer(kernels);
        this.stream = new ActivationBuffer(kernels);
        this.asking = new ActivationBuffer(kernels);
        this.askingQueries = new ActivationBuffer(kernels);
        this.config = config;
        this.embedTokens = weights.matrix("llm.model.embed_tokens.weight");
        this.lmHead = weights.headIsTied() ? embedTokens : weights.matrix("llm.lm_head.weight");
        this.norm = weights.vector("llm.model.norm.weight");
        for (int i = 0; i < config.layers(); i++) {
            layers.add(new Qwen3DecoderLayer(weights, config, i));
            stages.add("llm_hidden_layer" + i);
        }
        this.rope = RopeTable.compute(ropeArena, 256, config.headDim(), config.ropeTheta());
    }

    /** Sizes of this decoder. */
    public DecoderConfig config() {
        return config;
    }

    /** Bytes of the weights that one pass with logits reads, whatever its rows. */
    public long weightBytesPerPass() {
        return layers.stream().mapToLong(Qwen3DecoderLayer::weightBytes).sum() + lmHead.layout().bytes();
    }

    /** An empty cache with room for {@code positions}. */
    public KvCache newCache(int positions) {
        return kernels.newCache(config.layers(), config.keyValueHeads(), config.headDim(), positions);
    }

    /** An arena for rows, where the kernels want them. */
    public Arena newArena() {
        return kernels.newArena();
    }

    /** Copies rows {@code rows[i]} of {@code x} to rows {@code i} of {@code out}. */
    public void gather(Matrix x, int[] rows, Matrix out) {
        kernels.gather(x, rows, out);
    }

    /** Rows of {@code embed_tokens}, {@code [ids.length, hidden_size]}. */
    public void embed(int[] ids, Matrix out) {
        kernels.embed(embedTokens, ids, out);
    }

    /**
     * Runs new rows of every sequence through all layers and appends them to the caches.
     *
     * @param x {@code [spans.totalRows(), hidden_size]}, embeddings; becomes the residual stream after the last layer
     * @param caches one per span
     */
    public void forward(Matrix x, RowSpans spans, KvCache[] caches, StageTap tap) {
        makeRoom(spans, caches);
        layers(layers.size(), x, spans, spans, caches, tap);
        advance(spans, caches);
    }

    /**
     * Runs prompts. Rows that nobody asks for may be computed with other arithmetic than single steps
     * ({@link Kernels#causalAttention}), and of the last layer they get keys and values and nothing more. Rows that are
     * asked for come out, bit for bit, as if the rows before them had been a prompt and they had come one by one.
     *
     * @param x {@code [spans.totalRows(), hidden_size]}, embeddings; scratch afterwards
     * @param asked as many spans: how many of each sequence's last rows are wanted
     * @param caches one per span
     * @param tap sees all rows of every layer but the last, of which it sees those asked for
     * @return {@code [asked.totalRows(), hidden_size]}, the residual stream of those rows; valid until the next call
     * @throws IllegalArgumentException when a sequence is asked for more rows than it has; whatever is thrown, the caches have the
     *         length that they had
     */
    public Matrix prompt(Matrix x, RowSpans spans, RowSpans asked, KvCache[] caches, StageTap tap) {
        requireAsked(spans, asked);
        int[] lengths = new int[spans.count()];
        for (int s = 0; s < lengths.length; s++) {
            lengths[s] = caches[s].length();
        }
        try {
            return runPrompt(x, spans, asked, caches, tap);
        } catch (RuntimeException | Error e) {
            for (int s = 0; s < lengths.length; s++) {
                caches[s].truncate(lengths[s]);
            }
            throw e;
        }
    }

    private static void requireAsked(RowSpans spans, RowSpans asked) {
        if (asked.count() != spans.count()) {
            throw new IllegalArgumentException(spans.count() + " sequences, but rows of " + asked.count() + " are asked for");
        }
        for (int s = 0; s < spans.count(); s++) {
            if (asked.length(s) > spans.length(s)) {
                throw new IllegalArgumentException("sequence " + s + " has " + spans.length(s) + " rows, but " + asked.length(s)
                        + " are asked for");
            }
        }
    }

    private Matrix runPrompt(Matrix x, RowSpans spans, RowSpans asked, KvCache[] caches, StageTap tap) {
        makeRoom(spans, caches);
        int last = layers.size() - 1;
        layers(last, x, spans, asked, caches, tap);
        Matrix queries = layers.get(last).append(kernels, scratch, rope, x, spans, caches);
        int[] rows = new int[asked.totalRows()];
        for (int s = 0; s < spans.count(); s++) {
            for (int i = 0; i < asked.length(s); i++) {
                rows[asked.start(s) + i] = spans.start(s + 1) - asked.length(s) + i;
            }
            // The positions of the other rows are complete now, and the rows asked for begin behind them.
            caches[s].advanceTo(caches[s].length() + spans.length(s) - asked.length(s));
        }
        Matrix askedX = asking.matrix(rows.length, x.cols());
        kernels.gather(x, rows, askedX);
        Matrix askedQueries = askingQueries.matrix(rows.length, queries.cols());
        kernels.gather(queries, rows, askedQueries);
        layers.get(last).attend(kernels, scratch, askedQueries, askedX, asked, asked, caches);
        tap.stage(stages.get(last), askedX);
        advance(asked, caches);
        return askedX;
    }

    /** What a step's record depends on beside its number of rows: the rotary tables, which are replaced when they grow. */
    private record StepKey(Object tables, int rows) {}

    /**
     * One step from ids to the best next token of every row. Comes again and again with the same number of rows, so that
     * kernels may repeat it as a whole.
     *
     * @param ids one per row
     * @param caches one per span; the rows are appended
     * @param top receives one entry per row
     */
    public void step(int[] ids, RowSpans spans, KvCache[] caches, TopToken[] top) {
        makeRoom(spans, caches);
        Matrix x = stream.matrix(ids.length, config.hiddenSize());
        kernels.pass(new Pass(new StepKey(tables, ids.length), spans, caches, ids, top), () -> {
            kernels.embed(embedTokens, ids, x);
            layers(layers.size(), x, spans, spans, caches, StageTap.NONE);
            kernels.argmaxLinear(normalize(x), lmHead, Optional.empty(), top);
        });
        advance(spans, caches);
    }

    private void makeRoom(RowSpans spans, KvCache[] caches) {
        int furthest = 0;
        for (int s = 0; s < spans.count(); s++) {
            int positions = Math.addExact(caches[s].length(), spans.length(s));
            caches[s].reserve(positions);
            furthest = Math.max(furthest, positions);
        }
        reachPosition(furthest);
    }

    private void layers(int count, Matrix x, RowSpans spans, RowSpans asked, KvCache[] caches, StageTap tap) {
        for (int i = 0; i < count; i++) {
            layers.get(i).forward(kernels, scratch, rope, x, spans, asked, caches);
            tap.stage(stages.get(i), x);
        }
    }

    private static void advance(RowSpans spans, KvCache[] caches) {
        for (int s = 0; s < spans.count(); s++) {
            caches[s].advanceTo(caches[s].length() + spans.length(s));
        }
    }

    /** The best next token of every row of the residual stream. */
    public TopToken[] topTokens(Matrix rows) {
        TopToken[] top = new TopToken[rows.rows()];
        kernels.argmaxLinear(normalize(rows), lmHead, Optional.empty(), top);
        return top;
    }

    /** All logits of every row, {@code [rows, vocab_size]}. For tests and comparisons; decoding never needs them. */
    public void logits(Matrix rows, Matrix out) {
        kernels.linear(normalize(rows), lmHead, out);
    }

    private Matrix normalize(Matrix rows) {
        Matrix out = normed.matrix(rows.rows(), rows.cols());
        kernels.rmsNorm(rows, norm, (float) config.rmsNormEps(), out);
        return out;
    }

    private void reachPosition(int positions) {
        if (positions <= rope.positions()) {
            return;
        }
        Arena next = Arena.ofShared();
        rope = RopeTable.compute(next, positions + positions / 2, config.headDim(), config.ropeTheta());
        ropeArena.close();
        ropeArena = next;
        tables = new Object();
    }

    @Override
    public void close() {
        scratch.close();
        normed.close();
        stream.close();
        asking.close();
        askingQueries.close();
        ropeArena.close();
    }
}
