package io.github.funasrjava.audio;

import java.time.Duration;

/** Measures the time spent decoding one input against its limit, and notices that its thread was interrupted. */
final class DecodeClock {
    private final String name;
    private final long limitNanos;
    private long spentNanos;
    private long since;
    private boolean started;
    private boolean running;

    DecodeClock(String name, Duration limit) {
        this.name = name;
        this.limitNanos = limit.toNanos();
    }

    /** Decoding begins. */
    void start() {
        started = true;
        resume();
    }

    /** Decoding ends until the next {@link #start}. */
    void stop() {
        pause();
        started = false;
    }

    /** Something else than decoding happens, such as waiting for bytes. */
    void pause() {
        if (running) {
            spentNanos += System.nanoTime() - since;
            running = false;
        }
    }

    /** Decoding goes on after a {@link #pause}. */
    void resume() {
        if (started && !running) {
            since = System.nanoTime();
            running = true;
        }
    }

    /** @throws AudioException when the limit is exceeded or the thread was interrupted */
    void check() {
        long spent = running ? spentNanos + System.nanoTime() - since : spentNanos;
        if (spent > limitNanos) {
            throw new AudioException(AudioException.Kind.TIME_LIMIT, name + ": decoding took more than " + limitNanos / 1_000_000
                    + " ms (limit maxDecodeTime)");
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new AudioException(AudioException.Kind.INTERRUPTED, name + ": reading was interrupted");
        }
    }
}
