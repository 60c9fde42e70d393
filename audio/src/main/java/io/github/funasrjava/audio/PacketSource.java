package io.github.funasrjava.audio;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A decoder that yields whole packets, read in blocks of any size. Cuts away what the container says is not part of the
 * recording (encoder delay, padding), and fills lost stretches with silence so that times stay true.
 */
abstract class PacketSource implements PcmSource {
    /** End of a range that has none. */
    protected static final long OPEN_END = Long.MAX_VALUE;

    private record Range(long from, long to) {}

    private final List<Range> dropped = new ArrayList<>();
    private float[] queue = new float[0];
    private int from;
    private int to;
    private long gap;
    private long position;

    /**
     * Decodes the next packet and hands its frames to {@link #append}, or to {@link #appendSilence}; it may also yield none.
     *
     * @return false at the end
     */
    protected abstract boolean decodeMore();

    /** Leaves out the frames {@code from} (inclusive) to {@code to} (exclusive), counted from the first decoded one. */
    protected final void drop(long from, long to) {
        // A container may say this of every packet: what lies behind is forgotten, or each read would go through it again.
        dropped.removeIf(r -> r.to <= position);
        if (to > from) {
            dropped.add(new Range(from, to));
        }
    }

    /** Frames decoded so far, delivered or not, dropped or not. */
    protected final long decodedFrames() {
        return position + gap + (to - from);
    }

    /** Hands over {@code frames} interleaved frames; they are copied. */
    protected final void append(float[] interleaved, int frames) {
        int channels = channels();
        if (from == to) {
            from = 0;
            to = 0;
        }
        int needed = (to + frames) * channels;
        if (needed > queue.length) {
            float[] grown = new float[needed];
            System.arraycopy(queue, 0, grown, 0, to * channels);
            queue = grown;
        }
        System.arraycopy(interleaved, 0, queue, to * channels, frames * channels);
        to += frames;
    }

    /** Puts {@code frames} of silence; only while nothing that was appended in this step precedes it. */
    protected final void appendSilence(long frames) {
        if (from != to) {
            throw new IllegalStateException("silence after samples of the same packet");
        }
        gap += frames;
    }

    @Override
    public final int read(float[] interleaved, int maxFrames) {
        while (true) {
            while (gap == 0 && from == to) {
                if (!decodeMore()) {
                    return -1;
                }
            }
            long available = gap > 0 ? gap : to - from;
            long keep = Math.min(available, maxFrames);
            long discard = 0;
            for (Range r : dropped) {
                if (r.from > position) {
                    keep = Math.min(keep, r.from - position);
                } else if (r.to > position) {
                    if (r.to == OPEN_END) {
                        return -1;
                    }
                    discard = Math.min(available, r.to - position);
                }
            }
            if (discard > 0) {
                advance(discard);
                continue;
            }
            int n = (int) keep;
            if (gap > 0) {
                Arrays.fill(interleaved, 0, n * channels(), 0);
            } else {
                System.arraycopy(queue, from * channels(), interleaved, 0, n * channels());
            }
            advance(n);
            return n;
        }
    }

    private void advance(long frames) {
        position += frames;
        if (gap > 0) {
            gap -= frames;
        } else {
            from += (int) frames;
        }
    }
}
