package io.github.funasrjava.bench.compare;

import io.github.funasrjava.engine.model.DecoderWeights;
import io.github.funasrjava.engine.model.Qwen3Decoder;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.weights.DecoderConfig;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * This engine's decoder, called as recognition calls it: a prompt and the best token behind it in one pass; a step from
 * ids to the best next tokens. The kernels and the weights stay the caller's.
 */
final class EngineDecoder implements TextDecoder {
    private final Kernels kernels;
    private final DecoderConfig config;
    private final Qwen3Decoder decoder;
    private final DType dtype;
    private final List<KvCache> caches = new ArrayList<>();
    private Workload workload = Workload.prefill(1);
    private Arena arena;
    private Matrix rows;

    EngineDecoder(Kernels kernels, DecoderWeights weights, DecoderConfig config) {
        this.kernels = kernels;
        this.config = config;
        this.decoder = new Qwen3Decoder(kernels, weights, config);
        this.dtype = weights.dtype();
        this.arena = decoder.newArena();
        this.rows = Matrix.allocate(arena, 1, config.hiddenSize());
    }

    /** The type of the matrices. */
    DType dtype() {
        return dtype;
    }

    @Override
    public void prepare(Workload next) {
        workload = next;
        release();
        arena = decoder.newArena();
        rows = Matrix.allocate(arena, next.prompt(), config.hiddenSize());
        for (int s = 0; s < next.streams(); s++) {
            caches.add(decoder.newCache(next.positions()));
            if (!next.isPrefill()) {
                prompt(s);
            }
        }
    }

    @Override
    public void run() {
        if (workload.isPrefill()) {
            decoder.topTokens(prompt(0));
        } else {
            RowSpans spans = RowSpans.ofLengths(IntStream.range(0, workload.streams()).map(s -> 1).toArray());
            KvCache[] all = caches.toArray(KvCache[]::new);
            TopToken[] top = new TopToken[all.length];
            caches.forEach(cache -> cache.truncate(workload.prompt()));
            for (int step = 0; step < workload.steps(); step++) {
                decoder.step(ids(workload.prompt() + step), spans, all, top);
            }
        }
        kernels.finish();
    }

    /** The residual stream of the prompt's last row. */
    private Matrix prompt(int stream) {
        KvCache cache = caches.get(stream);
        cache.truncate(0);
        decoder.embed(IntStream.range(0, workload.prompt()).map(p -> workload.token(stream, p, config.vocabSize())).toArray(), rows);
        return decoder.prompt(rows, RowSpans.ofLengths(workload.prompt()), RowSpans.ofLengths(1), new KvCache[] {cache}, StageTap.NONE);
    }

    /** One token per stream. */
    private int[] ids(int position) {
        return IntStream.range(0, workload.streams()).map(s -> workload.token(s, position, config.vocabSize())).toArray();
    }

    @Override
    public float[][] logits() {
        try (Arena own = decoder.newArena()) {
            Matrix out = Matrix.allocate(own, workload.streams(), config.vocabSize());
            if (workload.isPrefill()) {
                decoder.logits(prompt(0), out);
            } else {
                // A step keeps the best tokens only, so the last one is repeated.
                int last = workload.positions() - 1;
                caches.forEach(cache -> cache.truncate(last));
                Matrix x = Matrix.allocate(own, workload.streams(), config.hiddenSize());
                decoder.embed(ids(last), x);
                RowSpans spans = RowSpans.ofLengths(IntStream.range(0, workload.streams()).map(s -> 1).toArray());
                decoder.forward(x, spans, caches.toArray(KvCache[]::new), StageTap.NONE);
                decoder.logits(x, out);
            }
            kernels.finish();
            return IntStream.range(0, workload.streams()).mapToObj(out::row).toArray(float[][]::new);
        }
    }

    private void release() {
        caches.forEach(KvCache::close);
        caches.clear();
        arena.close();
    }

    @Override
    public void close() {
        release();
        decoder.close();
    }
}
