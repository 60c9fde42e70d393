package io.github.funasrjava.weights;

/** Adds up what several threads have done and tells the listener now and then, from one thread at a time. */
final class ProgressMeter {
    private static final long INTERVAL_NS = 100_000_000;

    private final ProgressListener listener;
    private final long totalBytes;
    private final long start = System.nanoTime();
    private long doneBytes;
    private long told = start - INTERVAL_NS;

    ProgressMeter(ProgressListener listener, long totalBytes) {
        this.listener = listener;
        this.totalBytes = totalBytes;
    }

    /** Notes that another {@code bytes} are done. */
    synchronized void add(long bytes) {
        doneBytes += bytes;
        long now = System.nanoTime();
        if (now - told >= INTERVAL_NS || doneBytes == totalBytes) {
            told = now;
            double seconds = (now - start) / 1e9;
            listener.progress(new Progress(doneBytes, totalBytes, seconds > 0.05 ? doneBytes / seconds : 0));
        }
    }
}
