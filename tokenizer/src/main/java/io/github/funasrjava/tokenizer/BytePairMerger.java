package io.github.funasrjava.tokenizer;

import java.util.Arrays;

/**
 * Byte-pair encoding of one piece: repeatedly joins the adjacent pair whose joined bytes have the lowest id, leftmost
 * on ties. A heap of candidate pairs keeps a piece of n bytes at O(n log n).
 */
final class BytePairMerger {
    private static final int NONE = -1;

    private final TokenTable tokens;

    BytePairMerger(TokenTable tokens) {
        this.tokens = tokens;
    }

    /** Appends the ids of {@code piece} to {@code out}; every single byte must be a token. */
    void encode(byte[] piece, IdList out) {
        int whole = tokens.find(piece, 0, piece.length);
        if (whole >= 0) {
            out.add(whole);
            return;
        }
        new Pass(piece).run(out);
    }

    /** Parts are named by their first byte; {@code end[p]} is where the next part begins. */
    private final class Pass {
        private final byte[] bytes;
        private final int[] end;
        private final int[] previous;
        private final int[] joinedId;
        private long[] heap;
        private int heapSize;

        Pass(byte[] bytes) {
            this.bytes = bytes;
            int n = bytes.length;
            end = new int[n];
            previous = new int[n];
            joinedId = new int[n];
            heap = new long[Math.max(8, n)];
        }

        void run(IdList out) {
            for (int p = 0; p < bytes.length; p++) {
                end[p] = p + 1;
                previous[p] = p - 1;
            }
            for (int p = 0; p < bytes.length; p++) {
                offer(p);
            }
            while (heapSize > 0) {
                long lowest = pop();
                int p = (int) lowest;
                // A pair that changed since it was offered carries another id by now.
                if (joinedId[p] == (int) (lowest >>> 32)) {
                    join(p);
                }
            }
            for (int p = 0; p < bytes.length; p = end[p]) {
                out.add(tokens.find(bytes, p, end[p]));
            }
        }

        private void join(int p) {
            int right = end[p];
            end[p] = end[right];
            joinedId[right] = NONE;
            if (end[p] < bytes.length) {
                previous[end[p]] = p;
            }
            offer(p);
            if (previous[p] >= 0) {
                offer(previous[p]);
            }
        }

        /** Looks up the pair that starts at part p and queues it if it can be joined. */
        private void offer(int p) {
            int right = end[p];
            joinedId[p] = right < bytes.length ? tokens.find(bytes, p, end[right]) : NONE;
            if (joinedId[p] != NONE) {
                push((long) joinedId[p] << 32 | p);
            }
        }

        private void push(long entry) {
            if (heapSize == heap.length) {
                heap = Arrays.copyOf(heap, heapSize * 2);
            }
            int i = heapSize++;
            while (i > 0 && heap[(i - 1) / 2] > entry) {
                heap[i] = heap[(i - 1) / 2];
                i = (i - 1) / 2;
            }
            heap[i] = entry;
        }

        private long pop() {
            long top = heap[0];
            long last = heap[--heapSize];
            int i = 0;
            for (int child = 1; child < heapSize; child = 2 * i + 1) {
                if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                    child++;
                }
                if (heap[child] >= last) {
                    break;
                }
                heap[i] = heap[child];
                i = child;
            }
            heap[i] = last;
            return top;
        }
    }
}
