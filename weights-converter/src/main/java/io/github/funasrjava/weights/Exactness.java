package io.github.funasrjava.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Which smaller types hold every value of a tensor exactly.
 *
 * @param bf16 whether each value is a bf16 value
 * @param f32 whether each value is an f32 value
 */
record Exactness(boolean bf16, boolean f32) {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Elements between two looks at whether the answer is known already. */
    private static final int BLOCK = 1 << 16;
    private static final int LOWER_HALF = 0xFFFF;

    /** Looks at the values of a floating-point tensor, as far as it must. */
    static Exactness of(SourceTensor tensor) {
        if (tensor.type() == ElementType.BF16) {
            return new Exactness(true, true);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = tensor.rowMajor(arena);
            return switch (tensor.type()) {
                case F32 -> new Exactness(f32IsBf16(values), true);
                case F16 -> new Exactness(f16IsBf16(values), true);
                case F64 -> ofF64(values);
                default -> throw new IllegalArgumentException("not a floating-point tensor: " + tensor.name());
            };
        }
    }

    private static boolean f32IsBf16(MemorySegment values) {
        long count = values.byteSize() / Integer.BYTES;
        for (long from = 0; from < count; from += BLOCK) {
            int lower = 0;
            long end = Math.min(count, from + BLOCK);
            for (long i = from; i < end; i++) {
                lower |= values.get(INT, i * Integer.BYTES);
            }
            if ((lower & LOWER_HALF) != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean f16IsBf16(MemorySegment values) {
        for (long at = 0; at < values.byteSize(); at += Short.BYTES) {
            if ((Float.floatToRawIntBits(Float.float16ToFloat(values.get(SHORT, at))) & LOWER_HALF) != 0) {
                return false;
            }
        }
        return true;
    }

    private static Exactness ofF64(MemorySegment values) {
        boolean bf16 = true;
        for (long at = 0; at < values.byteSize(); at += Double.BYTES) {
            double value = values.get(DOUBLE, at);
            float narrow = (float) value;
            if (narrow != value && value == value) {
                return new Exactness(false, false);
            }
            bf16 &= (Float.floatToRawIntBits(narrow) & LOWER_HALF) == 0;
        }
        return new Exactness(bf16, true);
    }
}
