package io.github.funasrjava.bench.compare;

import io.github.funasrjava.kernels.PanelPacker;
import java.nio.ByteBuffer;

/** The element types of GGUF that are written here. Numbers are those of the format. */
enum GgufType {
    F32(0, 1, 4) {
        @Override
        void encode(float[] row, ByteBuffer out) {
            for (float value : row) {
                out.putFloat(value);
            }
        }
    },
    F16(1, 1, 2) {
        @Override
        void encode(float[] row, ByteBuffer out) {
            for (float value : row) {
                out.putShort(Float.floatToFloat16(value));
            }
        }
    },
    BF16(30, 1, 2) {
        @Override
        void encode(float[] row, ByteBuffer out) {
            for (float value : row) {
                out.putShort(PanelPacker.toBf16(value));
            }
        }
    },
    /** Blocks of 32 values: an f16 scale, largest magnitude by 127, and 32 int8. */
    Q8_0(8, 32, 34) {
        @Override
        void encode(float[] row, ByteBuffer out) {
            for (int begin = 0; begin < row.length; begin += 32) {
                float largest = 0;
                for (int i = begin; i < begin + 32; i++) {
                    largest = Math.max(largest, Math.abs(row[i]));
                }
                float scale = largest / 127;
                float inverse = scale == 0 ? 0 : 1 / scale;
                out.putShort(Float.floatToFloat16(scale));
                for (int i = begin; i < begin + 32; i++) {
                    out.put((byte) Math.round(row[i] * inverse));
                }
            }
        }
    };

    private final int number;
    private final int blockValues;
    private final int blockBytes;

    GgufType(int number, int blockValues, int blockBytes) {
        this.number = number;
        this.blockValues = blockValues;
        this.blockBytes = blockBytes;
    }

    /** The format's number of the type. */
    int number() {
        return number;
    }

    /** Whether rows of {@code cols} values are whole blocks. */
    boolean holds(int cols) {
        return cols % blockValues == 0;
    }

    /** Bytes of a row of {@code cols} values. */
    int rowBytes(int cols) {
        return Math.multiplyExact(cols / blockValues, blockBytes);
    }

    /** Appends a row, little-endian. */
    abstract void encode(float[] row, ByteBuffer out);
}
