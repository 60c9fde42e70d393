package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * The normalisation of {@code am.mvn}: {@code (x + shift) * scale}, column by column.
 *
 * @param shift added first
 * @param scale multiplied then
 */
public record Cmvn(float[] shift, float[] scale) {
    private static final int MAX_BYTES = 1 << 20;

    public Cmvn {
        shift = shift.clone();
        scale = scale.clone();
    }

    /** A copy of the values that are added. */
    @Override
    public float[] shift() {
        return shift.clone();
    }

    /** A copy of the values that are multiplied. */
    @Override
    public float[] scale() {
        return scale.clone();
    }

    /**
     * Reads an {@code am.mvn}: the bracketed numbers after {@code <AddShift>} and after {@code <Rescale>}.
     *
     * @param columns how many numbers each must have
     */
    static Cmvn read(byte[] text, String source, int columns) {
        if (text.length > MAX_BYTES) {
            throw new WeightsException(Kind.LIMIT, source + " is " + Messages.bytes(text.length) + " long; the limit is "
                    + Messages.bytes(MAX_BYTES) + ".");
        }
        ForeignFiles.refuse(text, source, "a normalisation file");
        String content = new String(text, StandardCharsets.UTF_8);
        return new Cmvn(values(content, "<AddShift>", source, columns), values(content, "<Rescale>", source, columns));
    }

    private static float[] values(String content, String tag, String source, int columns) {
        int at = content.indexOf(tag);
        int open = at < 0 ? -1 : content.indexOf('[', at);
        int close = open < 0 ? -1 : content.indexOf(']', open);
        if (close < 0) {
            throw new WeightsException(Kind.MALFORMED, source + " has no numbers in brackets after " + tag + ".");
        }
        List<Float> numbers = new ArrayList<>();
        StringTokenizer words = new StringTokenizer(content.substring(open + 1, close));
        while (words.hasMoreTokens()) {
            String word = words.nextToken();
            float number;
            try {
                number = Float.parseFloat(word);
            } catch (NumberFormatException e) {
                throw new WeightsException(Kind.MALFORMED, source + " has " + Messages.quote(word) + " instead of a number after " + tag + ".");
            }
            if (!Float.isFinite(number)) {
                throw new WeightsException(Kind.MALFORMED, source + " has a number that is not finite after " + tag + ".");
            }
            numbers.add(number);
        }
        if (numbers.size() != columns) {
            throw new WeightsException(Kind.MISMATCH, source + " has " + numbers.size() + " numbers after " + tag
                    + ", but the features have " + columns + " columns.");
        }
        float[] values = new float[columns];
        for (int i = 0; i < columns; i++) {
            values[i] = numbers.get(i);
        }
        return values;
    }
}
