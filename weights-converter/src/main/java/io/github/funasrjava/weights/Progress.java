package io.github.funasrjava.weights;

import java.util.Locale;

/**
 * How far a long operation has got.
 *
 * @param doneBytes bytes written or read so far
 * @param totalBytes bytes in all
 * @param bytesPerSecond average speed so far, 0 while unknown
 */
public record Progress(long doneBytes, long totalBytes, double bytesPerSecond) {
    /** Seconds that are left at the average speed; negative while unknown. */
    public double remainingSeconds() {
        return bytesPerSecond > 0 ? (totalBytes - doneBytes) / bytesPerSecond : -1;
    }

    /** Share done, from 0 to 1. */
    public double fraction() {
        return totalBytes == 0 ? 1 : (double) doneBytes / totalBytes;
    }

    /** For a progress line: {@code 1.2 of 1.8 GB, 850 MB/s, 1 s left}. */
    @Override
    public String toString() {
        String text = Messages.bytes(doneBytes) + " of " + Messages.bytes(totalBytes);
        if (bytesPerSecond > 0) {
            text += ", " + Messages.bytes((long) bytesPerSecond) + "/s, "
                    + String.format(Locale.ROOT, "%.0f s left", Math.ceil(remainingSeconds()));
        }
        return text;
    }
}
