package io.github.funasrjava.engine.decode;

import io.github.funasrjava.engine.CancelledException;
import io.github.funasrjava.engine.model.Qwen3Decoder;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Greedy decoding of several answers together. Every pass runs all open streams as one ragged batch; a finished stream
 * leaves and the next one enters. A draft's tokens ride along as extra rows and are kept as far as the decoder agrees.
 * Because a row's result does not depend on the rows beside it, neither batching nor drafts change a token.
 *
 * <p>Not thread-safe; one forward pass at a time.
 */
public final class Generator implements AutoCloseable {
    /** Streams that decode together; 16 rows are one tile of the matrix unit. */
    public static final int MAX_STREAMS = 16;

    /** Rows of one stream in a verification pass: the pending token and its drafted successors. */
    private static final int MAX_ROWS = 16;

    private final Qwen3Decoder decoder;
    private final int[] endOfTextIds;
    private final PrefixCache prefixes;
    private final RowBuffer embedded;
    private final ArrayDeque<KvCache> spareCaches = new ArrayDeque<>();
    private long prefillNanos;
    private long decodeNanos;

    /**
     * @param endOfTextIds tokens that end an answer
     */
    public Generator(Qwen3Decoder decoder, int... endOfTextIds) {
        this.decoder = decoder;
        this.embedded = new RowBuffer(decoder);
        this.endOfTextIds = endOfTextIds.clone();
        this.prefixes = new PrefixCache(decoder);
    }

    /** Nanoseconds that prompts took since the last {@link #resetTimers}. */
    public long prefillNanos() {
        return prefillNanos;
    }

    /** Nanoseconds that answers took since the last {@link #resetTimers}. */
    public long decodeNanos() {
        return decodeNanos;
    }

    /** Forgets the prefixes of prompts, for when their numbers are not to be trusted. */
    public void forgetPrefixes() {
        prefixes.close();
    }

    /** Sets both timers to zero. */
    public void resetTimers() {
        prefillNanos = 0;
        decodeNanos = 0;
    }

    /**
     * Generates all answers.
     *
     * @param cancelled asked before every pass
     * @return one answer per request, in their order
     * @throws CancelledException when {@code cancelled} said so; nothing is kept
     */
    public List<Generation> generate(List<GenerationRequest> requests, StageTap tap, BooleanSupplier cancelled) {
        List<Stream> all = new ArrayList<>();
        List<Stream> open = new ArrayList<>();
        int next = 0;
        try {
            while (next < requests.size() || !open.isEmpty()) {
                if (cancelled.getAsBoolean()) {
                    throw new CancelledException("cancelled while decoding");
                }
                if (next < requests.size() && open.size() < MAX_STREAMS) {
                    List<Stream> entering = new ArrayList<>();
                    while (next < requests.size() && open.size() < MAX_STREAMS) {
                        Stream stream = new Stream(requests.get(next++), takeCache());
                        entering.add(stream);
                        // At once: should there be no memory for the next cache, this one is given back.
                        open.add(stream);
                    }
                    all.addAll(entering);
                    prefill(entering, tap);
                } else {
                    step(open);
                }
                leave(open);
            }
            return all.stream().map(Stream::result).toList();
        } finally {
            open.forEach(stream -> giveBack(stream.cache));
        }
    }

    private void leave(List<Stream> open) {
        for (Iterator<Stream> i = open.iterator(); i.hasNext();) {
            Stream stream = i.next();
            if (stream.finished()) {
                i.remove();
                giveBack(stream.cache);
            }
        }
    }

    private void prefill(List<Stream> streams, StageTap tap) {
        long begin = System.nanoTime();
        int[] lengths = new int[streams.size()];
        int[][] freshPrefixes = new int[streams.size()][];
        for (int s = 0; s < lengths.length; s++) {
            Stream stream = streams.get(s);
            GenerationRequest request = stream.request;
            Optional<KvCache> known = prefixes.find(request.prefixIds());
            known.ifPresent(prefix -> stream.cache.copyFrom(prefix, prefix.length()));
            // An unknown prefix runs with the audio in one pass, which reads the weights once instead of twice.
            freshPrefixes[s] = known.isPresent() ? new int[0] : request.prefixIds();
            stream.fed = stream.proposal(MAX_ROWS - 1);
            lengths[s] = freshPrefixes[s].length + request.audio().rows() + request.suffixIds().length
                    + stream.fed.length;
        }
        RowSpans spans = RowSpans.ofLengths(lengths);
        Matrix x = embedded.matrix(spans.totalRows(), decoder.config().hiddenSize());
        for (int s = 0; s < lengths.length; s++) {
            GenerationRequest request = streams.get(s).request;
            int row = spans.start(s);
            row = embedAt(x, row, freshPrefixes[s]);
            int heard = request.audio().rows();
            decoder.gather(request.audio(), IntStream.range(0, heard).toArray(), x.rows(row, heard));
            row += heard;
            row = embedAt(x, row, request.suffixIds());
            embedAt(x, row, streams.get(s).fed);
        }
        tap.stage("prompt_rows", x);
        runPass(streams, x, spans, tap);
        for (Stream stream : streams) {
            // Values that are not finite reach back to rows of the same block (docs/adr/0009).
            if (!stream.failed()) {
                prefixes.remember(stream.request.prefixIds(), stream.cache);
            }
        }
        prefillNanos += System.nanoTime() - begin;
    }

    private void step(List<Stream> streams) {
        long begin = System.nanoTime();
        int[] lengths = new int[streams.size()];
        for (int s = 0; s < lengths.length; s++) {
            Stream stream = streams.get(s);
            stream.fed = stream.proposal(MAX_ROWS - 1);
            stream.passes++;
            lengths[s] = 1 + stream.fed.length;
        }
        RowSpans spans = RowSpans.ofLengths(lengths);
        int[] ids = new int[spans.totalRows()];
        for (int s = 0; s < lengths.length; s++) {
            Stream stream = streams.get(s);
            ids[spans.start(s)] = stream.pending();
            System.arraycopy(stream.fed, 0, ids, spans.start(s) + 1, stream.fed.length);
        }
        // Every row is asked: a stream's pending token and its drafted ones.
        KvCache[] caches = caches(streams);
        TopToken[] top = new TopToken[ids.length];
        decoder.step(ids, spans, caches, top);
        readAnswers(streams, top);
        decodeNanos += System.nanoTime() - begin;
    }

    /** Runs the rows and lets every stream read the answers of its last row and of its drafted rows. */
    private void runPass(List<Stream> streams, Matrix x, RowSpans spans, StageTap tap) {
        int[] asked = new int[streams.size()];
        for (int s = 0; s < asked.length; s++) {
            asked[s] = 1 + streams.get(s).fed.length;
        }
        Matrix rows = decoder.prompt(x, spans, RowSpans.ofLengths(asked), caches(streams), tap);
        tap.stage("last_rows", rows);
        readAnswers(streams, decoder.topTokens(rows));
    }

    private static KvCache[] caches(List<Stream> streams) {
        KvCache[] caches = new KvCache[streams.size()];
        for (int s = 0; s < caches.length; s++) {
            caches[s] = streams.get(s).cache;
        }
        return caches;
    }

    private void readAnswers(List<Stream> streams, TopToken[] top) {
        int row = 0;
        for (Stream stream : streams) {
            stream.read(top, row, endOfTextIds);
            row += 1 + stream.fed.length;
        }
    }

    /** Embeds ids from row {@code row} on and returns the row behind them. */
    private int embedAt(Matrix x, int row, int[] ids) {
        if (ids.length > 0) {
            decoder.embed(ids, x.rows(row, ids.length));
        }
        return row + ids.length;
    }

    private KvCache takeCache() {
        KvCache spare = spareCaches.poll();
        if (spare == null) {
            return decoder.newCache(0);
        }
        spare.truncate(0);
        return spare;
    }

    private void giveBack(KvCache cache) {
        if (spareCaches.size() < MAX_STREAMS) {
            spareCaches.push(cache);
        } else {
            cache.close();
        }
    }

    @Override
    public void close() {
        spareCaches.forEach(KvCache::close);
        spareCaches.clear();
        prefixes.close();
        embedded.close();
    }

    /** Native rows that are kept from pass to pass and grow with the batch. */
    private static final class RowBuffer implements AutoCloseable {
        private final Qwen3Decoder decoder;
        private Arena arena;
        private Optional<Matrix> matrix = Optional.empty();

        RowBuffer(Qwen3Decoder decoder) {
            this.decoder = decoder;
            this.arena = decoder.newArena();
        }

        Matrix matrix(int rows, int cols) {
            if (matrix.isEmpty() || matrix.get().rows() < rows || matrix.get().cols() != cols) {
                Arena larger = decoder.newArena();
                arena.close();
                arena = larger;
                // Should there be no memory, nothing of what is freed may be found again.
                matrix = Optional.empty();
                matrix = Optional.of(Matrix.allocate(arena, rows + rows / 4, cols));
            }
            return matrix.get().rows(0, rows);
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
