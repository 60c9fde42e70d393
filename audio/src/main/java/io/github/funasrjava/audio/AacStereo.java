package io.github.funasrjava.audio;

import java.util.SplittableRandom;
import net.sourceforge.jaad.aac.syntax.ICSInfo;

/** What is done with the spectra of one channel or a pair before they become sound: noise, mid/side, intensity (ISO 14496-3, 4.6.8, 4.6.13). */
final class AacStereo {
    private final SplittableRandom random = new SplittableRandom(1);

    /** Which bands of a pair, by group and band, are coded as sum and difference. */
    record MidSide(boolean[] used) {
        boolean in(int index) {
            return index < used.length && used[index];
        }
    }

    /** Runs {@code tool} over every band of every window: group, band, first line, last line (exclusive). */
    private interface Tool {
        void apply(int group, int band, int from, int to);
    }

    private static void bands(ICSInfo info, Tool tool) {
        int[] offsets = info.getSWBOffsets();
        int window = 0;
        for (int g = 0; g < info.getWindowGroupCount(); g++) {
            for (int w = window; w < window + info.getWindowGroupLength(g); w++) {
                for (int band = 0; band < info.getMaxSFB(); band++) {
                    int base = w * AacChannel.SHORT_WINDOW;
                    tool.apply(g, band, base + offsets[band], base + offsets[band + 1]);
                }
            }
            window += info.getWindowGroupLength(g);
        }
    }

    /** Fills the bands that are coded as noise of a given energy. */
    void noise(AacChannel c) {
        bands(c.info(), (g, band, from, to) -> {
            if (c.codebook(g, band) == AacChannel.NOISE) {
                float[] x = c.spectrum();
                double energy = 1e-30;
                for (int i = from; i < to; i++) {
                    x[i] = (float) random.nextDouble(-1, 1);
                    energy += (double) x[i] * x[i];
                }
                float scale = (float) (Math.pow(2, 0.25 * c.factor(g, band)) / Math.sqrt(energy));
                for (int i = from; i < to; i++) {
                    x[i] *= scale;
                }
            }
        });
    }

    /** Makes left and right of a pair with common windows. */
    static void pair(AacChannel left, AacChannel right, MidSide mask) {
        float[] l = left.spectrum();
        float[] r = right.spectrum();
        bands(left.info(), (g, band, from, to) -> {
            int book = right.codebook(g, band);
            boolean used = mask.in(g * left.bands() + band);
            if (book == AacChannel.IN_PHASE || book == AacChannel.OUT_OF_PHASE) {
                // The standard inverts only where bands are listed one by one; every encoder and decoder in use always does.
                boolean opposite = book == AacChannel.OUT_OF_PHASE ^ used;
                float scale = (float) Math.pow(0.5, 0.25 * right.factor(g, band)) * (opposite ? -1 : 1);
                for (int i = from; i < to; i++) {
                    r[i] = l[i] * scale;
                }
            } else if (used && book == AacChannel.NOISE && left.codebook(g, band) == AacChannel.NOISE) {
                // The same noise on both sides, each with its own energy.
                float scale = (float) Math.pow(2, 0.25 * (right.factor(g, band) - left.factor(g, band)));
                for (int i = from; i < to; i++) {
                    r[i] = l[i] * scale;
                }
            } else if (used && book < AacChannel.NOISE && left.codebook(g, band) < AacChannel.NOISE) {
                for (int i = from; i < to; i++) {
                    float mid = l[i];
                    l[i] = mid + r[i];
                    r[i] = mid - r[i];
                }
            }
        });
    }
}
