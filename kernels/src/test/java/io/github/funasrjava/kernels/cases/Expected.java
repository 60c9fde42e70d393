package io.github.funasrjava.kernels.cases;

import static org.junit.jupiter.api.Assertions.fail;

import io.github.funasrjava.kernels.Matrix;

/**
 * What a result must be: the value in f64 and how far an f32 computation may be off, element by element. The bounds
 * come from the number of roundings and the magnitudes that go into each sum.
 */
public final class Expected {
    /** Half a unit in the last place of 1: one f32 rounding. */
    public static final double ULP = 0x1p-24;
    /** Results this small may be flushed to zero. */
    public static final double FLOOR = 2 * Float.MIN_NORMAL;

    private final double[][] values;
    private final double[][] bounds;

    public Expected(int rows, int cols) {
        values = new double[rows][cols];
        bounds = new double[rows][cols];
    }

    /** Sets one element. */
    public void set(int row, int col, double value, double bound) {
        values[row][col] = value;
        bounds[row][col] = bound + FLOOR;
    }

    /** Value of one element. */
    public double value(int row, int col) {
        return values[row][col];
    }

    /** Bound of one element. */
    public double bound(int row, int col) {
        return bounds[row][col];
    }

    /** Fails on the first element that is outside its bound. */
    public void check(String message, Matrix actual) {
        for (int r = 0; r < values.length; r++) {
            for (int c = 0; c < values[r].length; c++) {
                checkElement(message, r, c, actual.get(r, c));
            }
        }
    }

    /** Fails when the value is outside the bound of the element. */
    public void checkElement(String message, int row, int col, float actual) {
        double expected = values[row][col];
        boolean equalSpecial = Double.isNaN(expected) ? Float.isNaN(actual) : actual == expected;
        if (!equalSpecial && !(Math.abs(actual - expected) <= bounds[row][col])) {
            fail(message + ": [" + row + ", " + col + "] is " + actual + ", expected " + expected + " +- " + bounds[row][col]);
        }
    }

    /** Fails on the first element whose bits differ. */
    public static void checkBits(String message, Matrix expected, Matrix actual) {
        for (int r = 0; r < expected.rows(); r++) {
            for (int c = 0; c < expected.cols(); c++) {
                if (Float.floatToIntBits(expected.get(r, c)) != Float.floatToIntBits(actual.get(r, c))) {
                    fail(message + ": [" + r + ", " + c + "] is " + actual.get(r, c) + ", bit for bit expected "
                            + expected.get(r, c));
                }
            }
        }
    }
}
