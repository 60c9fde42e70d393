package io.github.funasrjava.kernels.cases;

import io.github.funasrjava.kernels.PanelPacker;
import java.util.Random;

/** What the operands of a case are filled with. Every value is finite; NaN and infinity have tests of their own. */
public enum Values {
    /** Around 1, both signs. */
    NORMAL,
    /** Half of them zero, some negative zero. */
    ZEROS,
    /** Below the smallest normal f32, where machine code may flush to zero. */
    DENORMAL,
    /** Up to 1e4, as in the upper encoder blocks, on an offset. */
    LARGE,
    /** Magnitudes from 1e-6 to 1e6 in one row. */
    MIXED;

    /** Rows of such values. */
    public float[][] rows(Random random, int rows, int cols) {
        float[][] values = new float[rows][cols];
        for (float[] row : values) {
            for (int c = 0; c < cols; c++) {
                row[c] = next(random);
            }
        }
        return values;
    }

    /** Rows of such values, rounded to bf16. */
    public float[][] bf16Rows(Random random, int rows, int cols) {
        float[][] values = rows(random, rows, cols);
        for (float[] row : values) {
            for (int c = 0; c < cols; c++) {
                row[c] = PanelPacker.fromBf16(PanelPacker.toBf16(row[c]));
            }
        }
        return values;
    }

    private float next(Random random) {
        float normal = (float) random.nextGaussian();
        return switch (this) {
            case NORMAL -> normal;
            case ZEROS -> switch (random.nextInt(4)) {
                case 0 -> 0f;
                case 1 -> -0f;
                default -> normal;
            };
            case DENORMAL -> normal * 1e-39f;
            case LARGE -> 3000 + 3000 * normal;
            case MIXED -> normal * (float) Math.pow(10, random.nextInt(-6, 7));
        };
    }
}
