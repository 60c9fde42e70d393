package io.github.funasrjava.kernels.x86;

/**
 * Which of two loops one worker takes. They compute the same bits; which one is faster depends on what else the core does: a
 * hyper-thread beside, of this process or a neighbour's, halves the buffers that hide how long operands take from the second-level
 * cache. Nobody tells, so now and then a call is split and each loop gets a half.
 *
 * <p>One object belongs to one worker and is not shared between threads at a time.
 */
final class LoopChoice {
    /** One call in so many is a trial: beside a neighbour, trials cost half of what the wrong loop does, so 1 to 2 %. */
    private static final int TRIAL_EVERY = 16;
    /** What one trial counts; some 20 turn the choice, which are a fifth of a second of an encoder's work. */
    private static final double WEIGHT = 1.0 / 16;
    /** Most that one trial says: an interruption may have come in between. */
    private static final double LARGEST = 0.5;

    /** What is assumed before the first trial. */
    private static final double ASSUMED = 0.1;

    /** Logarithm of the other loop's time over that of the plain one, smoothed; at first what a quiet core shows. */
    private double gain = ASSUMED;
    private int calls;
    private boolean plainFirst;

    /** Whether the loop without prefetching is the faster one at present. */
    boolean plain() {
        return gain >= 0;
    }

    /** Forgets which loop was faster and begins with this one. */
    void assume(boolean newPlain) {
        gain = newPlain ? ASSUMED : -ASSUMED;
    }

    /** Whether the next call shall be a trial; every question counts as a call. */
    boolean tries() {
        calls = (calls + 1) % TRIAL_EVERY;
        if (calls == 0) {
            plainFirst = !plainFirst;
        }
        return calls == 0;
    }

    /** Whether the plain loop has the first half of this trial: by turns, because the second half finds warmer caches. */
    boolean plainFirst() {
        return plainFirst;
    }

    /** What a trial took, in any unit of time for the same amount of work. */
    void took(double plain, double prefetching) {
        if (plain > 0 && prefetching > 0) {
            double said = Math.log(prefetching / plain);
            gain += WEIGHT * (Math.clamp(said, -LARGEST, LARGEST) - gain);
        }
    }
}
