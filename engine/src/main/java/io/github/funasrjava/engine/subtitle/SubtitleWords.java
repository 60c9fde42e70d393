package io.github.funasrjava.engine.subtitle;

import io.github.funasrjava.engine.align.TextSpan;
import io.github.funasrjava.engine.align.TimedWord;
import io.github.funasrjava.engine.align.WordSplitter;
import java.util.ArrayList;
import java.util.List;

/** The words of a segment as a subtitle sees them: each fits on a line, each has a width, a time and a way to end. */
final class SubtitleWords {
    private static final String SENTENCE_END = ".!?。！？…｡।؟";
    private static final String CLAUSE_END = ",;:，、；：،—–";
    private static final String CLOSERS = "\"'”’»）)】」』》〉］]";

    final String text;
    final List<TimedWord> words;
    private final int[] columns;

    private SubtitleWords(String text, List<TimedWord> words, int[] columns) {
        this.text = text;
        this.words = words;
        this.columns = columns;
    }

    /** Words with the times measured, or spread evenly over the segment when there are none. */
    static SubtitleWords of(TimedText segment, int maxColumns) {
        int[] columns = TextColumns.sums(segment.text());
        List<TimedWord> timed = segment.words();
        if (timed.isEmpty()) {
            timed = spread(segment, columns);
        }
        List<TimedWord> fitting = new ArrayList<>();
        for (TimedWord word : timed) {
            cut(word, segment.text(), columns, maxColumns, fitting);
        }
        return new SubtitleWords(segment.text(), fitting, columns);
    }

    int size() {
        return words.size();
    }

    /** Width of words {@code first … last - 1} on one line. */
    int width(int first, int last) {
        return columns[words.get(last - 1).to()] - columns[words.get(first).from()];
    }

    String line(int first, int last) {
        return text.substring(words.get(first).from(), words.get(last - 1).to()).replaceAll("\\s+", " ");
    }

    boolean endsSentence(int word) {
        return SENTENCE_END.indexOf(lastCharacter(word)) >= 0;
    }

    boolean endsClause(int word) {
        return CLAUSE_END.indexOf(lastCharacter(word)) >= 0;
    }

    /** The last character that is not a closing quote or bracket. */
    private char lastCharacter(int word) {
        TimedWord w = words.get(word);
        int at = w.to() - 1;
        while (at > w.from() && CLOSERS.indexOf(text.charAt(at)) >= 0) {
            at--;
        }
        return text.charAt(at);
    }

    private static List<TimedWord> spread(TimedText segment, int[] columns) {
        List<TimedWord> words = new ArrayList<>();
        double perColumn = (segment.endMs() - segment.startMs()) / (double) Math.max(1, columns[segment.text().length()]);
        for (TextSpan span : WordSplitter.split(segment.text())) {
            words.add(new TimedWord(span.from(), span.to(), segment.startMs() + Math.round(columns[span.from()] * perColumn),
                    segment.startMs() + Math.round(columns[span.to()] * perColumn), 0));
        }
        return words;
    }

    /** A word wider than a line becomes several, which share its time by width. */
    private static void cut(TimedWord word, String text, int[] columns, int maxColumns, List<TimedWord> out) {
        int width = columns[word.to()] - columns[word.from()];
        if (width <= maxColumns) {
            out.add(word);
            return;
        }
        for (int from = word.from(); from < word.to();) {
            int to = from;
            while (to < word.to()) {
                int next = to + Character.charCount(text.codePointAt(to));
                if (columns[next] - columns[from] > maxColumns && to > from) {
                    break;
                }
                to = next;
            }
            out.add(new TimedWord(from, to, timeAt(word, columns, from, width), timeAt(word, columns, to, width), word.score()));
            from = to;
        }
    }

    private static long timeAt(TimedWord word, int[] columns, int at, int width) {
        return word.startMs() + (word.endMs() - word.startMs()) * (columns[at] - columns[word.from()]) / width;
    }
}
