package io.github.funasrjava.kernels.cuda.ptx;

/**
 * Arithmetic as PTX defines it. Where PTX leaves room, the result is computed nearly exactly and then moved by about as much
 * as the documents allow, in a direction that depends on the bits, so that nothing passes by being better than hardware.
 */
final class PtxMath {
    private PtxMath() {}

    static float f(int bits) {
        return Float.intBitsToFloat(bits);
    }

    static int b(float value) {
        return Float.floatToRawIntBits(value);
    }

    /** {@code ex2.approx.ftz.f32}: 2 ulp and subnormals are zero, on both sides. */
    static float exp2Approximate(float x) {
        float flushed = Math.abs(x) < Float.MIN_NORMAL ? 0 : x;
        float result = (float) Math.pow(2, flushed);
        if (Math.abs(result) < Float.MIN_NORMAL) {
            return 0;
        }
        boolean moves = Float.isFinite(result) && flushed != Math.rint(flushed);
        return moves ? b(x) % 2 == 0 ? Math.nextUp(Math.nextUp(result)) : Math.nextDown(Math.nextDown(result)) : result;
    }

    /** {@code fma.rm.f32}: rounded towards negative infinity. */
    static float fmaDown(float x, float y, float z) {
        double product = (double) x * y;
        double sum = product + z;
        double part = sum - product;
        double error = (product - (sum - part)) + (z - part);
        float result = (float) sum;
        return result > sum || result == sum && error < 0 ? Math.nextDown(result) : result;
    }

    static int dot4(int a, int b, int sum) {
        int result = sum;
        for (int i = 0; i < 32; i += 8) {
            result += (byte) (a >> i) * (byte) (b >> i);
        }
        return result;
    }

    static int bfi(int value, int into, int at, int length) {
        int mask = length >= 32 ? -1 : (1 << length) - 1;
        return into & ~(mask << at) | (value & mask) << at;
    }

    /** Nearest bf16, ties to even. */
    static int bf16(float value) {
        if (Float.isNaN(value)) {
            return 0x7fff;
        }
        int bits = b(value);
        return bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
    }

    static double fromBf16(int bits) {
        return f(bits << 16);
    }

    static double fromF16(int bits) {
        return Float.float16ToFloat((short) bits);
    }

    /**
     * Adds exact products to a sum as the least exact of the known matrix units does: all are brought to the scale of the
     * largest, what lies below 24 bits of it is cut off each, and so is what of their sum lies below an f32. Units since
     * Turing keep a bit or more beyond that.
     */
    static float accumulate(double sum, double[] products, int from, int count) {
        double largest = Math.abs(sum);
        double plain = sum;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, Math.abs(products[i]));
            plain += products[i];
        }
        if (largest == 0 || !Double.isFinite(plain) || !Double.isFinite(largest)) {
            return (float) plain;
        }
        int exponent = Math.max(Math.getExponent(largest) - 23, -149);
        double exact = cut(sum, exponent);
        for (int i = from; i < from + count; i++) {
            exact += cut(products[i], exponent);
        }
        float result = (float) exact;
        if (Float.isInfinite(result) && !Double.isInfinite(exact) || Math.abs(result) > Math.abs(exact)) {
            return result > 0 ? Math.nextDown(result) : Math.nextUp(result);
        }
        return result;
    }

    /** Bits below {@code 2^exponent} cut off. */
    private static double cut(double value, int exponent) {
        return Math.scalb((double) (long) Math.scalb(value, -exponent), exponent);
    }
}
