package io.github.funasrjava.engine;

/** Adds up where the time of one transcription goes, by the monotonic clock. */
final class StageClock {
    private final long begin = System.nanoTime();
    long audioNanos;
    long fbankNanos;
    long encoderNanos;
    long adaptorNanos;
    long ctcNanos;
    long prefillNanos;
    long decodeNanos;

    /** When the work began, {@link System#nanoTime}. */
    long beginNanos() {
        return begin;
    }

    /** Adds this share of what another clock measured for several. */
    void addShare(StageClock other, double share) {
        audioNanos += Math.round(share * other.audioNanos);
        fbankNanos += Math.round(share * other.fbankNanos);
        encoderNanos += Math.round(share * other.encoderNanos);
        adaptorNanos += Math.round(share * other.adaptorNanos);
        ctcNanos += Math.round(share * other.ctcNanos);
        prefillNanos += Math.round(share * other.prefillNanos);
        decodeNanos += Math.round(share * other.decodeNanos);
    }

    /** The sums so far; the total runs from the construction of this clock. */
    StageTimings timings() {
        return new StageTimings(ms(audioNanos), ms(fbankNanos), ms(encoderNanos), ms(adaptorNanos), ms(ctcNanos),
                ms(prefillNanos), ms(decodeNanos), ms(System.nanoTime() - begin));
    }

    private static double ms(long nanos) {
        return nanos / 1e6;
    }
}
