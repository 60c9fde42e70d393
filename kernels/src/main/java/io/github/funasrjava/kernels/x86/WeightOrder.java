package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.PanelMatrix;

/**
 * Remembers which matrix came after which, because every forward pass takes them in the same order: the first panels of the next
 * one are then on their way from memory before its product begins. Addresses only, so that no matrix is kept alive; they are
 * prefetched, never read, and a wrong guess costs nothing but its prefetch.
 */
final class WeightOrder {
    /** Matrices remembered; the published models have some 420. */
    private static final int CAPACITY = 1024;
    private static final int NONE = -1;

    private final long[] addresses = new long[CAPACITY];
    private final int[] panels = new int[CAPACITY];
    private final long[] panelBytes = new long[CAPACITY];
    private final int[] successors = new int[CAPACITY];
    private int count;
    private int current = NONE;

    /** Notes that a product with {@code w} begins. */
    void use(PanelMatrix w) {
        use(w, w.layout().panels());
    }

    /**
     * Notes that a product with {@code w} begins.
     *
     * @param stretched panels from the first one on that its threads have stretches of
     */
    void use(PanelMatrix w, int stretched) {
        int slot = slotOf(w, stretched);
        if (current != NONE) {
            successors[current] = slot;
        }
        current = slot;
    }

    private int slotOf(PanelMatrix w, int stretched) {
        long address = w.panels().address();
        int guess = current == NONE ? NONE : successors[current];
        if (guess == NONE || addresses[guess] != address) {
            guess = 0;
            while (guess < count && addresses[guess] != address) {
                guess++;
            }
        }
        if (guess == CAPACITY) {
            return NONE;
        }
        if (guess == count) {
            count++;
            addresses[guess] = address;
            successors[guess] = NONE;
        }
        // An address may have come back with another matrix.
        panels[guess] = stretched;
        panelBytes[guess] = w.layout().panelBytes();
        return guess;
    }

    /** Bytes from {@code w}, the matrix in use, to the beginning of a stretch of the one after it; to {@code w} itself when that is not known. */
    long bytesToNext(PanelMatrix w, int stretch, int stretches) {
        int next = current == NONE ? NONE : successors[current];
        if (next == NONE) {
            return 0;
        }
        return addresses[next] + (long) panels[next] * stretch / stretches * panelBytes[next] - w.panels().address();
    }
}
