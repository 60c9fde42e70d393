package io.github.funasrjava.kernels.internal;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.LayerNormed;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.Pass;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Checks every argument of the contract once, the same for all tiers, then lets the tier's operations compute. */
public final class CheckedKernels implements Kernels {
    private final String tier;
    private final String description;
    private final WorkerPool pool;
    private final Operations operations;
    private final OperandChecks checks;

    /** Owns the pool and the operations: {@link #close} closes both. */
    public CheckedKernels(String tier, String description, WorkerPool pool, Operations operations) {
        this.tier = tier;
        this.description = description;
        this.pool = pool;
        this.operations = operations;
        this.checks = new OperandChecks(pool);
    }

    @Override
    public String tier() {
        return tier;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public int threads() {
        return pool.threads();
    }

    @Override
    public void linear(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual,
            Matrix out) {
        checks.begin("linear");
        checks.input("x", x);
        checks.factor("w", w);
        checks.shape("x", x, x.rows(), w.k());
        checks.output("out", out, x.rows(), w.n());
        checks.disjoint("out", out, "x", x);
        checks.disjoint("out", out, "w", w);
        if (bias.isPresent()) {
            checks.input("bias", bias.get());
            checks.shape("bias", bias.get(), 1, w.n());
            checks.disjoint("out", out, "bias", bias.get());
        }
        if (residual.isPresent()) {
            checks.input("residual", residual.get());
            checks.shape("residual", residual.get(), x.rows(), w.n());
            checks.sameOrDisjoint("out", out, "residual", residual.get());
        }
        checks.present("activation", activation);
        if (x.rows() > 0) {
            operations.linear(x, w, bias, activation, residual, out);
        }
    }

    @Override
    public void feedForward(Matrix x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        checks.begin("feedForward");
        pair(x, w1, bias1, w2, bias2, residual, hidden, out);
        checks.disjoint("out", out, "x", x);
        if (x.rows() > 0) {
            operations.feedForward(x, w1, bias1, w2, bias2, residual, hidden, out);
        }
    }

    /** The operands of two products, but for whether {@code out} overlaps {@code x}. */
    private void pair(Matrix x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        checks.input("x", x);
        checks.factor("w1", w1);
        checks.factor("w2", w2);
        checks.shape("x", x, x.rows(), w1.k());
        checks.that(w1.n() == w2.k(), "w1 has %d rows, w2 takes %d values", w1.n(), w2.k());
        checks.output("hidden", hidden, x.rows(), w1.n());
        checks.output("out", out, x.rows(), w2.n());
        checks.disjoint("hidden", hidden, "x", x);
        checks.disjoint("hidden", hidden, "w1", w1);
        checks.disjoint("hidden", hidden, "w2", w2);
        checks.disjoint("out", out, "w1", w1);
        checks.disjoint("out", out, "w2", w2);
        checks.disjoint("out", out, "hidden", hidden);
        if (bias1.isPresent()) {
            checks.input("bias1", bias1.get());
            checks.shape("bias1", bias1.get(), 1, w1.n());
            checks.disjoint("hidden", hidden, "bias1", bias1.get());
            checks.disjoint("out", out, "bias1", bias1.get());
        }
        if (bias2.isPresent()) {
            checks.input("bias2", bias2.get());
            checks.shape("bias2", bias2.get(), 1, w2.n());
            checks.disjoint("hidden", hidden, "bias2", bias2.get());
            checks.disjoint("out", out, "bias2", bias2.get());
        }
        if (residual.isPresent()) {
            checks.input("residual", residual.get());
            checks.shape("residual", residual.get(), x.rows(), w2.n());
            checks.disjoint("hidden", hidden, "residual", residual.get());
            checks.sameOrDisjoint("out", out, "residual", residual.get());
        }
    }

    @Override
    public void argmaxLinear(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top) {
        checks.begin("argmaxLinear");
        checks.input("x", x);
        checks.factor("w", w);
        checks.shape("x", x, x.rows(), w.k());
        if (bias.isPresent()) {
            checks.input("bias", bias.get());
            checks.shape("bias", bias.get(), 1, w.n());
        }
        checks.that(top.length >= x.rows(), "top takes %d entries for %d rows of x", top.length, x.rows());
        if (x.rows() > 0) {
            operations.argmaxLinear(x, w, bias, top);
        }
    }

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float eps, Matrix out) {
        checks.begin("layerNorm");
        checks.input("x", x);
        checks.input("weight", weight);
        checks.input("bias", bias);
        checks.shape("weight", weight, 1, x.cols());
        checks.shape("bias", bias, 1, x.cols());
        checks.output("out", out, x.rows(), x.cols());
        checks.sameOrDisjoint("out", out, "x", x);
        checks.disjoint("out", out, "weight", weight);
        checks.disjoint("out", out, "bias", bias);
        if (x.rows() > 0) {
            operations.layerNorm(x, weight, bias, eps, out);
        }
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix out) {
        checks.begin("rmsNorm");
        checks.input("x", x);
        checks.input("weight", weight);
        checks.shape("weight", weight, 1, x.cols());
        checks.output("out", out, x.rows(), x.cols());
        checks.sameOrDisjoint("out", out, "x", x);
        checks.disjoint("out", out, "weight", weight);
        if (x.rows() > 0) {
            operations.rmsNorm(x, weight, eps, out);
        }
    }

    @Override
    public void rmsNormLinear(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix w, Matrix out) {
        checks.begin("rmsNormLinear");
        checks.input("x", x);
        checks.input("weight", weight);
        checks.factor("w", w);
        checks.shape("x", x, x.rows(), w.k());
        checks.shape("weight", weight, 1, x.cols());
        checks.output("normed", normed, x.rows(), x.cols());
        checks.output("out", out, x.rows(), w.n());
        checks.disjoint("normed", normed, "x", x);
        checks.disjoint("normed", normed, "weight", weight);
        checks.disjoint("normed", normed, "w", w);
        checks.disjoint("out", out, "x", x);
        checks.disjoint("out", out, "weight", weight);
        checks.disjoint("out", out, "normed", normed);
        checks.disjoint("out", out, "w", w);
        if (x.rows() > 0) {
            operations.rmsNormLinear(x, weight, eps, normed, w, out);
        }
    }

    @Override
    public void layerNormLinear(LayerNormed x, PanelMatrix w, Optional<Matrix> bias, Matrix out) {
        checks.begin("layerNormLinear");
        layerNormed(x);
        checks.factor("w", w);
        checks.shape("x", x.x(), x.x().rows(), w.k());
        checks.output("out", out, x.x().rows(), w.n());
        checks.disjoint("normed", x.normed(), "w", w);
        checks.disjoint("out", out, "x", x.x());
        checks.disjoint("out", out, "weight", x.weight());
        checks.disjoint("out", out, "bias", x.bias());
        checks.disjoint("out", out, "normed", x.normed());
        checks.disjoint("out", out, "w", w);
        if (bias.isPresent()) {
            checks.input("bias of w", bias.get());
            checks.shape("bias of w", bias.get(), 1, w.n());
            checks.disjoint("normed", x.normed(), "bias of w", bias.get());
            checks.disjoint("out", out, "bias of w", bias.get());
        }
        if (x.x().rows() > 0) {
            operations.layerNormLinear(x, w, bias, out);
        }
    }

    @Override
    public void layerNormFeedForward(LayerNormed x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        checks.begin("layerNormFeedForward");
        layerNormed(x);
        pair(x.x(), w1, bias1, w2, bias2, residual, hidden, out);
        checks.sameOrDisjoint("out", out, "x", x.x());
        checks.disjoint("out", out, "normed", x.normed());
        checks.disjoint("hidden", hidden, "normed", x.normed());
        checks.disjoint("hidden", hidden, "weight", x.weight());
        checks.disjoint("hidden", hidden, "bias", x.bias());
        checks.disjoint("out", out, "weight", x.weight());
        checks.disjoint("out", out, "bias", x.bias());
        checks.disjoint("normed", x.normed(), "w1", w1);
        checks.disjoint("normed", x.normed(), "w2", w2);
        if (bias1.isPresent()) {
            checks.disjoint("normed", x.normed(), "bias1", bias1.get());
        }
        if (bias2.isPresent()) {
            checks.disjoint("normed", x.normed(), "bias2", bias2.get());
        }
        if (residual.isPresent()) {
            checks.disjoint("normed", x.normed(), "residual", residual.get());
        }
        if (x.x().rows() > 0) {
            operations.layerNormFeedForward(x, w1, bias1, w2, bias2, residual, hidden, out);
        }
    }

    private void layerNormed(LayerNormed x) {
        checks.input("x", x.x());
        checks.input("weight", x.weight());
        checks.input("bias", x.bias());
        checks.shape("weight", x.weight(), 1, x.x().cols());
        checks.shape("bias", x.bias(), 1, x.x().cols());
        checks.output("normed", x.normed(), x.x().rows(), x.x().cols());
        checks.disjoint("normed", x.normed(), "x", x.x());
        checks.disjoint("normed", x.normed(), "weight", x.weight());
        checks.disjoint("normed", x.normed(), "bias", x.bias());
    }

    @Override
    public void swigluLinear(Matrix gateUp, Matrix hidden, PanelMatrix w, Optional<Matrix> residual, Matrix out) {
        checks.begin("swigluLinear");
        checks.input("gateUp", gateUp);
        checks.factor("w", w);
        checks.that(gateUp.cols() == 2L * w.k(), "gateUp has %d columns, w takes %d: it must have twice as many", gateUp.cols(), w.k());
        checks.output("hidden", hidden, gateUp.rows(), w.k());
        checks.output("out", out, gateUp.rows(), w.n());
        checks.disjoint("hidden", hidden, "gateUp", gateUp);
        checks.disjoint("hidden", hidden, "w", w);
        checks.disjoint("out", out, "gateUp", gateUp);
        checks.disjoint("out", out, "hidden", hidden);
        checks.disjoint("out", out, "w", w);
        if (residual.isPresent()) {
            checks.input("residual", residual.get());
            checks.shape("residual", residual.get(), gateUp.rows(), w.n());
            checks.sameOrDisjoint("out", out, "residual", residual.get());
            checks.disjoint("hidden", hidden, "residual", residual.get());
        }
        if (gateUp.rows() > 0) {
            operations.swigluLinear(gateUp, hidden, w, residual, out);
        }
    }

    @Override
    public void rmsNormSwigluFeedForward(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix gateUp, Matrix gated, Matrix hidden,
            PanelMatrix down, Optional<Matrix> residual, Matrix out) {
        checks.begin("rmsNormSwigluFeedForward");
        checks.input("x", x);
        checks.input("weight", weight);
        checks.shape("weight", weight, 1, x.cols());
        checks.factor("gateUp", gateUp);
        checks.factor("down", down);
        checks.shape("x", x, x.rows(), gateUp.k());
        checks.that(gateUp.n() == 2L * down.k(), "gateUp has %d rows, down takes %d: it must have twice as many", gateUp.n(), down.k());
        checks.output("normed", normed, x.rows(), x.cols());
        checks.output("gated", gated, x.rows(), gateUp.n());
        checks.output("hidden", hidden, x.rows(), down.k());
        checks.output("out", out, x.rows(), down.n());
        checks.disjoint("normed", normed, "x", x);
        checks.disjoint("normed", normed, "weight", weight);
        checks.disjoint("normed", normed, "gateUp", gateUp);
        checks.disjoint("normed", normed, "down", down);
        checks.disjoint("gated", gated, "x", x);
        checks.disjoint("gated", gated, "weight", weight);
        checks.disjoint("gated", gated, "normed", normed);
        checks.disjoint("gated", gated, "gateUp", gateUp);
        checks.disjoint("gated", gated, "down", down);
        checks.disjoint("hidden", hidden, "x", x);
        checks.disjoint("hidden", hidden, "weight", weight);
        checks.disjoint("hidden", hidden, "normed", normed);
        checks.disjoint("hidden", hidden, "gated", gated);
        checks.disjoint("hidden", hidden, "gateUp", gateUp);
        checks.disjoint("hidden", hidden, "down", down);
        checks.sameOrDisjoint("out", out, "x", x);
        checks.disjoint("out", out, "weight", weight);
        checks.disjoint("out", out, "normed", normed);
        checks.disjoint("out", out, "gated", gated);
        checks.disjoint("out", out, "hidden", hidden);
        checks.disjoint("out", out, "gateUp", gateUp);
        checks.disjoint("out", out, "down", down);
        if (residual.isPresent()) {
            checks.input("residual", residual.get());
            checks.shape("residual", residual.get(), x.rows(), down.n());
            checks.sameOrDisjoint("out", out, "residual", residual.get());
            checks.disjoint("normed", normed, "residual", residual.get());
            checks.disjoint("gated", gated, "residual", residual.get());
            checks.disjoint("hidden", hidden, "residual", residual.get());
        }
        if (x.rows() > 0) {
            operations.rmsNormSwigluFeedForward(x, weight, eps, normed, gateUp, gated, hidden, down, residual, out);
        }
    }

    @Override
    public void attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale,
            Matrix out) {
        checks.begin("attention");
        checks.input("q", q);
        checks.input("k", k);
        checks.input("v", v);
        checks.heads(q.cols(), heads);
        checks.that(querySpans.count() == keySpans.count(), "there are %d query spans but %d key spans",
                querySpans.count(), keySpans.count());
        checks.shape("q", q, querySpans.totalRows(), q.cols());
        checks.shape("k", k, keySpans.totalRows(), q.cols());
        checks.shape("v", v, keySpans.totalRows(), q.cols());
        for (int s = 0; s < querySpans.count(); s++) {
            checks.that(keySpans.length(s) > 0 || querySpans.length(s) == 0, "span %d has %d queries but no key", s,
                    querySpans.length(s));
        }
        checks.output("out", out, q.rows(), q.cols());
        checks.disjoint("out", out, "q", q);
        checks.disjoint("out", out, "k", k);
        checks.disjoint("out", out, "v", v);
        if (q.rows() > 0) {
            operations.attention(q, querySpans, k, v, keySpans, heads, scale, out);
        }
    }

    @Override
    public void fsmn(Matrix v, Matrix w, int left, RowSpans spans, Optional<Matrix> residual, Matrix out) {
        checks.begin("fsmn");
        checks.input("v", v);
        checks.input("w", w);
        checks.shape("v", v, spans.totalRows(), v.cols());
        checks.shape("w", w, v.cols(), w.cols());
        checks.that(left >= 0 && left < w.cols(), "left is %d for a kernel of %d rows", left, w.cols());
        checks.output("out", out, v.rows(), v.cols());
        checks.disjoint("out", out, "v", v);
        checks.disjoint("out", out, "w", w);
        if (residual.isPresent()) {
            checks.input("residual", residual.get());
            checks.shape("residual", residual.get(), v.rows(), v.cols());
            checks.sameOrDisjoint("out", out, "residual", residual.get());
        }
        if (v.rows() > 0) {
            operations.fsmn(v, w, left, spans, residual, out);
        }
    }

    @Override
    public void qkNormRopeAppend(Matrix qkv, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, RowSpans spans,
            KvCache[] caches, int layer, int heads) {
        checks.begin("qkNormRopeAppend");
        checks.output("qkv", qkv, spans.totalRows(), qkv.cols());
        checks.caches(spans, caches, layer, heads);
        if (spans.totalRows() == 0) {
            return;
        }
        int headDim = caches[0].headDim();
        checks.shape("qkv", qkv, spans.totalRows(),
                Math.toIntExact((heads + 2L * caches[0].kvHeads()) * headDim));
        checks.that(headDim % 2 == 0, "rotary embedding needs an even head_dim, got %d", headDim, 0);
        checks.input("qNorm", qNorm);
        checks.input("kNorm", kNorm);
        checks.shape("qNorm", qNorm, 1, headDim);
        checks.shape("kNorm", kNorm, 1, headDim);
        checks.disjoint("qkv", qkv, "qNorm", qNorm);
        checks.disjoint("qkv", qkv, "kNorm", kNorm);
        checks.input("rope cosines", rope.cos());
        checks.input("rope sines", rope.sin());
        checks.shape("rope cosines", rope.cos(), rope.positions(), headDim / 2);
        checks.shape("rope sines", rope.sin(), rope.positions(), headDim / 2);
        for (int s = 0; s < spans.count(); s++) {
            int end = caches[s].length() + spans.length(s);
            checks.that(end <= rope.positions(), "the sequence needs %d positions, the rope table has %d", end,
                    rope.positions());
            for (int earlier = 0; earlier < s; earlier++) {
                checks.that(caches[s] != caches[earlier], "spans %d and %d share a cache", earlier, s);
            }
        }
        operations.qkNormRopeAppend(qkv, qNorm, kNorm, eps, rope, spans, caches, layer, heads);
    }

    @Override
    public void causalAttention(Matrix q, RowSpans spans, RowSpans asked, KvCache[] caches, int layer, int heads, float scale,
            Matrix out) {
        checks.begin("causalAttention");
        checks.input("q", q);
        checks.caches(spans, caches, layer, heads);
        checks.that(asked.count() == spans.count(), "%d spans are asked for, there are %d", asked.count(), spans.count());
        for (int s = 0; s < spans.count(); s++) {
            checks.that(asked.length(s) <= spans.length(s), "%d rows are asked for of a span of %d", asked.length(s),
                    spans.length(s));
        }
        checks.output("out", out, q.rows(), q.cols());
        checks.disjoint("out", out, "q", q);
        if (spans.totalRows() == 0 && q.rows() == 0) {
            return;
        }
        checks.that(caches.length > 0, "there are %d rows but no cache", q.rows(), 0);
        checks.shape("q", q, spans.totalRows(), Math.toIntExact((long) heads * caches[0].headDim()));
        operations.causalAttention(q, spans, asked, caches, layer, heads, scale, out);
    }

    @Override
    public void swiglu(Matrix gateUp, Matrix out) {
        checks.begin("swiglu");
        checks.input("gateUp", gateUp);
        checks.that(gateUp.cols() == 2L * out.cols(), "gateUp has %d columns, out %d: it must have twice as many",
                gateUp.cols(), out.cols());
        checks.output("out", out, gateUp.rows(), out.cols());
        checks.disjoint("out", out, "gateUp", gateUp);
        if (out.rows() > 0) {
            operations.swiglu(gateUp, out);
        }
    }

    @Override
    public void embed(PanelMatrix table, int[] ids, Matrix out) {
        checks.begin("embed");
        checks.weights("table", table);
        checks.output("out", out, ids.length, table.k());
        checks.disjoint("out", out, "table", table);
        for (int id : ids) {
            checks.that(id >= 0 && id < table.n(), "id %d is not in the table of %d rows", id, table.n());
        }
        if (ids.length > 0) {
            operations.embed(table, ids, out);
        }
    }

    @Override
    public void logSoftmax(Matrix x, Matrix out) {
        checks.begin("logSoftmax");
        checks.input("x", x);
        checks.output("out", out, x.rows(), x.cols());
        checks.sameOrDisjoint("out", out, "x", x);
        if (x.rows() > 0) {
            operations.logSoftmax(x, out);
        }
    }

    @Override
    public void gather(Matrix x, int[] rows, Matrix out) {
        checks.begin("gather");
        checks.input("x", x);
        checks.output("out", out, rows.length, x.cols());
        checks.disjoint("out", out, "x", x);
        for (int row : rows) {
            checks.that(row >= 0 && row < x.rows(), "there is no row %d in x of %d rows", row, x.rows());
        }
        if (rows.length > 0) {
            operations.gather(x, rows, out);
        }
    }

    @Override
    public Arena newArena() {
        return operations.newArena();
    }

    @Override
    public KvCache newCache(int layers, int kvHeads, int headDim, int capacity) {
        return operations.newCache(layers, kvHeads, headDim, capacity);
    }

    @Override
    public void requireRoom(long weightBytes, long cacheBytes, long workspaceBytes) {
        operations.requireRoom(weightBytes, cacheBytes, workspaceBytes);
    }

    @Override
    public void pass(Pass pass, Runnable work) {
        operations.pass(pass, work);
    }

    @Override
    public int passRows(int rows) {
        return operations.passRows(rows);
    }

    @Override
    public void put(float[] values, Matrix out) {
        checks.begin("put");
        checks.output("out", out, out.rows(), out.cols());
        checks.that(values.length >= (long) out.rows() * out.cols(), "there are %d values for %d rows", values.length, out.rows());
        if (out.rows() > 0) {
            operations.put(values, out);
        }
    }

    @Override
    public void prefetch(MemorySegment weights) {
        operations.prefetch(weights);
    }

    @Override
    public long roomBytes() {
        return operations.roomBytes();
    }

    @Override
    public Optional<DeviceMeasurement> measureDevice(boolean withKernels) {
        return operations.measureDevice(withKernels);
    }

    @Override
    public Optional<String> lost() {
        return operations.lost();
    }

    @Override
    public void finish() {
        operations.finish();
    }

    @Override
    public void close() {
        pool.close();
        operations.close();
    }
}
