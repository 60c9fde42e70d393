package io.github.funasrjava.audio;

import io.github.funasrjava.audio.BitReader.Damage;
import net.sourceforge.jaad.aac.syntax.BitStream;
import net.sourceforge.jaad.aac.syntax.ICSInfo;

/**
 * Temporal noise shaping (ISO 14496-3, 4.6.9): an all-pole filter over the spectrum. JAAD parses it and then does nothing, which
 * costs 70 dB on frames that use it, and encoders use it most on speech.
 */
final class AacTns {
    /** Most scale factor bands that may be filtered, by sample rate index: long windows, then short ones (LC). */
    private static final int[] MAX_BANDS_LONG = {31, 31, 34, 40, 42, 51, 46, 46, 42, 42, 42, 39, 39};
    private static final int[] MAX_BANDS_SHORT = {9, 9, 10, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14};
    private static final int MAX_ORDER_LONG = 12;
    private static final int MAX_ORDER_SHORT = 7;
    private static final int SHORT_WINDOW = 128;

    /** One filter over {@code length} bands, counted downwards from where the one before it ended. */
    private record Filter(int length, boolean downwards, float[] reflection) {}

    private final Filter[][] filters;

    private AacTns(Filter[][] filters) {
        this.filters = filters;
    }

    /** No shaping at all. */
    static AacTns none() {
        return new AacTns(new Filter[0][]);
    }

    static AacTns read(BitStream in, ICSInfo info) throws Damage {
        boolean brief = info.isEightShortFrame();
        Filter[][] all = new Filter[info.getWindowCount()][];
        for (int w = 0; w < all.length; w++) {
            all[w] = new Filter[in.readBits(brief ? 1 : 2)];
            int resolution = all[w].length == 0 ? 0 : in.readBit() + 3;
            for (int f = 0; f < all[w].length; f++) {
                int length = in.readBits(brief ? 4 : 6);
                int order = in.readBits(brief ? 3 : 5);
                if (order > (brief ? MAX_ORDER_SHORT : MAX_ORDER_LONG)) {
                    throw new Damage("noise shaping order");
                }
                boolean downwards = order > 0 && in.readBool();
                int bits = order == 0 ? 0 : resolution - in.readBit();
                float[] reflection = new float[order];
                for (int i = 0; i < order; i++) {
                    int code = in.readBits(bits) << 32 - bits >> 32 - bits;
                    double half = (1 << resolution - 1) + (code >= 0 ? -0.5 : 0.5);
                    reflection[i] = (float) Math.sin(code * Math.PI / 2 / half);
                }
                all[w][f] = new Filter(length, downwards, reflection);
            }
        }
        return new AacTns(all);
    }

    /** Filters the spectrum in place. */
    void apply(float[] spectrum, ICSInfo info, int rateIndex) {
        int[] offsets = info.getSWBOffsets();
        int most = Math.min(info.getMaxSFB(), (info.isEightShortFrame() ? MAX_BANDS_SHORT : MAX_BANDS_LONG)[rateIndex]);
        for (int w = 0; w < filters.length; w++) {
            int bottom = info.getSWBCount();
            for (Filter f : filters[w]) {
                int top = bottom;
                bottom = Math.max(0, top - f.length());
                int from = w * SHORT_WINDOW + offsets[Math.min(bottom, most)];
                int to = w * SHORT_WINDOW + offsets[Math.min(top, most)];
                if (f.reflection().length > 0 && from < to) {
                    filter(spectrum, from, to, f);
                }
            }
        }
    }

    private static void filter(float[] x, int from, int to, Filter f) {
        float[] a = predictor(f.reflection());
        int step = f.downwards() ? -1 : 1;
        int at = f.downwards() ? to - 1 : from;
        for (int n = 0; n < to - from; n++, at += step) {
            float y = x[at];
            for (int i = 1; i <= Math.min(n, a.length); i++) {
                y -= a[i - 1] * x[at - i * step];
            }
            x[at] = y;
        }
    }

    /** Reflection coefficients to those of the direct form, by the step-up recursion. */
    private static float[] predictor(float[] reflection) {
        float[] a = new float[reflection.length];
        float[] b = new float[reflection.length];
        for (int m = 0; m < a.length; m++) {
            for (int i = 0; i < m; i++) {
                b[i] = a[i] + reflection[m] * a[m - 1 - i];
            }
            System.arraycopy(b, 0, a, 0, m);
            a[m] = reflection[m];
        }
        return a;
    }
}
