package io.github.funasrjava.engine.subtitle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lays words out in as few lines as possible, of similar width, rather after punctuation than elsewhere. */
final class LineBreaker {
    /** A break after a comma may make lines this much (in squared columns) less even. */
    private static final double PUNCTUATION_BONUS = 60;

    private final SubtitleWords words;
    private final int maxColumns;

    LineBreaker(SubtitleWords words, int maxColumns) {
        this.words = words;
        this.maxColumns = maxColumns;
    }

    /** Lines that words {@code first … last - 1} need. */
    int lines(int first, int last) {
        int lines = 1;
        int begin = first;
        for (int w = first; w < last; w++) {
            if (words.width(begin, w + 1) > maxColumns && w > begin) {
                lines++;
                begin = w;
            }
        }
        return lines;
    }

    /** The lines of words {@code first … last - 1}. */
    List<String> layOut(int first, int last) {
        int lines = lines(first, last);
        int n = last - first;
        double[][] cost = new double[lines + 1][n + 1];
        int[][] begin = new int[lines + 1][n + 1];
        for (double[] row : cost) {
            Arrays.fill(row, Double.POSITIVE_INFINITY);
        }
        cost[0][0] = 0;
        for (int line = 1; line <= lines; line++) {
            for (int end = line; end <= n; end++) {
                for (int from = end - 1; from >= line - 1; from--) {
                    int width = words.width(first + from, first + end);
                    if (width > maxColumns && from < end - 1) {
                        break;
                    }
                    double here = cost[line - 1][from] + (double) width * width - bonus(first + end - 1, last);
                    if (here < cost[line][end]) {
                        cost[line][end] = here;
                        begin[line][end] = from;
                    }
                }
            }
        }
        List<String> laidOut = new ArrayList<>();
        int end = n;
        for (int line = lines; line >= 1; line--) {
            laidOut.addFirst(words.line(first + begin[line][end], first + end));
            end = begin[line][end];
        }
        return laidOut;
    }

    private double bonus(int word, int last) {
        return word < last - 1 && (words.endsSentence(word) || words.endsClause(word)) ? PUNCTUATION_BONUS : 0;
    }
}
