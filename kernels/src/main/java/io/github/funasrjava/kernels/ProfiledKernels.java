package io.github.funasrjava.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Kernels that note how long every operation takes, by operation and weight shape. Wraps another instance and owns it. The
 * clock is read twice per call, about 50 ns; everything between two calls, the caller's own work, is in nobody's sum.
 */
public final class ProfiledKernels implements Kernels {
    /**
     * What the calls of one kind took together.
     *
     * @param operation name of the operation, with {@code n x k} of the (first) weights where it has some
     * @param product whether it multiplies by weights
     * @param calls how many
     * @param nanos wall time of all
     * @param leastNanos wall time of the shortest call: what the machine does when nothing disturbs it
     * @param weightBytes weights read, once per call
     * @param flops multiplications and additions by the contract: two per weight and row, whatever the tier does
     */
    public record Entry(String operation, boolean product, long calls, long nanos, long leastNanos, long weightBytes, double flops) {}

    private record Kind(String operation, int n, int k) {}

    private static final class Tally {
        private long calls;
        private long nanos;
        private long leastNanos = Long.MAX_VALUE;
        private long weightBytes;
        private double flops;
    }

    private final Kernels kernels;
    private final Map<Kind, Tally> tallies = new HashMap<>();

    /** Wraps {@code kernels}; closing this closes them. */
    public ProfiledKernels(Kernels kernels) {
        this.kernels = kernels;
    }

    /** Forgets everything noted so far. */
    public void reset() {
        tallies.clear();
    }

    /** What was noted since the last {@link #reset}, the longest first. */
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        tallies.forEach((kind, t) -> entries.add(new Entry(kind.n == 0 ? kind.operation
                : kind.operation + " " + kind.n + "x" + kind.k, kind.n != 0, t.calls, t.nanos, t.leastNanos, t.weightBytes, t.flops)));
        entries.sort(Comparator.comparingLong(Entry::nanos).reversed());
        return entries;
    }

    private void note(String operation, long begin) {
        add(new Kind(operation, 0, 0), System.nanoTime() - begin, 0, 0);
    }

    private void note(String operation, Matrix x, PanelMatrix w, long begin) {
        add(new Kind(operation, w.n(), w.k()), System.nanoTime() - begin, bytes(w), flops(x, w));
    }

    private void notePair(String operation, Matrix x, PanelMatrix w1, PanelMatrix w2, long begin) {
        add(new Kind(operation, w1.n(), w1.k()), System.nanoTime() - begin, bytes(w1) + bytes(w2), flops(x, w1) + flops(x, w2));
    }

    private static long bytes(PanelMatrix w) {
        return w.layout().panels() * w.layout().panelBytes();
    }

    private static double flops(Matrix x, PanelMatrix w) {
        return 2.0 * x.rows() * w.n() * w.k();
    }

    private void add(Kind kind, long nanos, long bytes, double flops) {
        Tally tally = tallies.computeIfAbsent(kind, unseen -> new Tally());
        tally.calls++;
        tally.nanos += nanos;
        tally.leastNanos = Math.min(tally.leastNanos, nanos);
        tally.weightBytes += bytes;
        tally.flops += flops;
    }

    @Override
    public String tier() {
        return kernels.tier();
    }

    @Override
    public String description() {
        return kernels.description();
    }

    @Override
    public int threads() {
        return kernels.threads();
    }

    @Override
    public void linear(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual,
            Matrix out) {
        long begin = System.nanoTime();
        kernels.linear(x, w, bias, activation, residual, out);
        note("linear", x, w, begin);
    }

    @Override
    public void feedForward(Matrix x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        long begin = System.nanoTime();
        kernels.feedForward(x, w1, bias1, w2, bias2, residual, hidden, out);
        notePair("feedForward", x, w1, w2, begin);
    }

    @Override
    public void argmaxLinear(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top) {
        long begin = System.nanoTime();
        kernels.argmaxLinear(x, w, bias, top);
        note("argmaxLinear", x, w, begin);
    }

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float eps, Matrix out) {
        long begin = System.nanoTime();
        kernels.layerNorm(x, weight, bias, eps, out);
        note("layerNorm", begin);
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix out) {
        long begin = System.nanoTime();
        kernels.rmsNorm(x, weight, eps, out);
        note("rmsNorm", begin);
    }

    @Override
    public void rmsNormLinear(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix w, Matrix out) {
        long begin = System.nanoTime();
        kernels.rmsNormLinear(x, weight, eps, normed, w, out);
        note("rmsNormLinear", x, w, begin);
    }

    @Override
    public void layerNormLinear(LayerNormed x, PanelMatrix w, Optional<Matrix> bias, Matrix out) {
        long begin = System.nanoTime();
        kernels.layerNormLinear(x, w, bias, out);
        note("layerNormLinear", x.x(), w, begin);
    }

    @Override
    public void layerNormFeedForward(LayerNormed x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        long begin = System.nanoTime();
        kernels.layerNormFeedForward(x, w1, bias1, w2, bias2, residual, hidden, out);
        notePair("layerNormFeedForward", x.x(), w1, w2, begin);
    }

    @Override
    public void swigluLinear(Matrix gateUp, Matrix hidden, PanelMatrix w, Optional<Matrix> residual, Matrix out) {
        long begin = System.nanoTime();
        kernels.swigluLinear(gateUp, hidden, w, residual, out);
        note("swigluLinear", gateUp, w, begin);
    }

    @Override
    public void rmsNormSwigluFeedForward(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix gateUp, Matrix gated, Matrix hidden,
            PanelMatrix down, Optional<Matrix> residual, Matrix out) {
        long begin = System.nanoTime();
        kernels.rmsNormSwigluFeedForward(x, weight, eps, normed, gateUp, gated, hidden, down, residual, out);
        notePair("rmsNormSwigluFeedForward", x, gateUp, down, begin);
    }

    @Override
    public void attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale,
            Matrix out) {
        long begin = System.nanoTime();
        kernels.attention(q, querySpans, k, v, keySpans, heads, scale, out);
        note("attention", begin);
    }

    @Override
    public void fsmn(Matrix v, Matrix w, int left, RowSpans spans, Optional<Matrix> residual, Matrix out) {
        long begin = System.nanoTime();
        kernels.fsmn(v, w, left, spans, residual, out);
        note("fsmn", begin);
    }

    @Override
    public void qkNormRopeAppend(Matrix qkv, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, RowSpans spans,
            KvCache[] caches, int layer, int heads) {
        long begin = System.nanoTime();
        kernels.qkNormRopeAppend(qkv, qNorm, kNorm, eps, rope, spans, caches, layer, heads);
        note("qkNormRopeAppend", begin);
    }

    @Override
    public void causalAttention(Matrix q, RowSpans spans, RowSpans asked, KvCache[] caches, int layer, int heads, float scale,
            Matrix out) {
        long begin = System.nanoTime();
        kernels.causalAttention(q, spans, asked, caches, layer, heads, scale, out);
        note("causalAttention", begin);
    }

    @Override
    public void swiglu(Matrix gateUp, Matrix out) {
        long begin = System.nanoTime();
        kernels.swiglu(gateUp, out);
        note("swiglu", begin);
    }

    @Override
    public void embed(PanelMatrix table, int[] ids, Matrix out) {
        long begin = System.nanoTime();
        kernels.embed(table, ids, out);
        note("embed", begin);
    }

    @Override
    public void logSoftmax(Matrix x, Matrix out) {
        long begin = System.nanoTime();
        kernels.logSoftmax(x, out);
        note("logSoftmax", begin);
    }

    @Override
    public void gather(Matrix x, int[] rows, Matrix out) {
        long begin = System.nanoTime();
        kernels.gather(x, rows, out);
        note("gather", begin);
    }

    @Override
    public Arena newArena() {
        return kernels.newArena();
    }

    @Override
    public KvCache newCache(int layers, int kvHeads, int headDim, int capacity) {
        return kernels.newCache(layers, kvHeads, headDim, capacity);
    }

    @Override
    public void requireRoom(long weightBytes, long cacheBytes, long workspaceBytes) {
        kernels.requireRoom(weightBytes, cacheBytes, workspaceBytes);
    }

    // Passes keep the interface's own way, operation by operation, so that each is timed.

    @Override
    public void put(float[] values, Matrix out) {
        kernels.put(values, out);
    }

    @Override
    public void prefetch(MemorySegment weights) {
        kernels.prefetch(weights);
    }

    @Override
    public long roomBytes() {
        return kernels.roomBytes();
    }

    @Override
    public Optional<DeviceMeasurement> measureDevice(boolean withKernels) {
        return kernels.measureDevice(withKernels);
    }

    @Override
    public Optional<String> lost() {
        return kernels.lost();
    }

    @Override
    public void finish() {
        kernels.finish();
    }

    @Override
    public void close() {
        kernels.close();
    }
}
