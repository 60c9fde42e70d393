package io.github.funasrjava.engine.align;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a text into the units that get times: each Chinese character or kana for itself, everything else in words
 * between white space. Punctuation belongs to the word before it; opening brackets and quotes to the word after.
 */
public final class WordSplitter {
    /** ASCII punctuation at which a word goes on when a letter follows at once: it's, 3.14, 10:30, e-mail, R&D. */
    private static final String JOINING = "'-.,:/_@&#%*\\\u2019\u2010\u2011\u00B7";

    private enum Kind { SPACE, IDEOGRAPH, OPENING, CLOSING, MARK, LETTER }

    private enum Unit { NONE, PREFIX, IDEOGRAPH, WORD }

    private final String text;
    private final List<TextSpan> spans = new ArrayList<>();
    private Unit unit = Unit.NONE;
    private int from;
    private int to;
    private boolean gap;
    private int last;

    private WordSplitter(String text) {
        this.text = text;
    }

    /** The words of a text in order; white space is in none of them, everything else in exactly one. */
    public static List<TextSpan> split(String text) {
        WordSplitter splitter = new WordSplitter(text);
        for (int i = 0; i < text.length();) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            splitter.take(c, i, next);
            i = next;
        }
        splitter.close();
        return splitter.spans;
    }

    /** Whether a character carries no sound of its own: punctuation or white space. */
    static boolean isSilent(int c) {
        return switch (kind(c)) {
            case SPACE, OPENING, CLOSING -> true;
            default -> false;
        };
    }

    private void take(int c, int at, int next) {
        Kind kind = kind(c);
        if (kind == Kind.CLOSING && c == '"' && opensHere(next)) {
            kind = Kind.OPENING;
        }
        switch (kind) {
            case SPACE -> gap = true;
            case MARK -> {
                if (unit == Unit.NONE) {
                    begin(Unit.WORD, at);
                }
                extend(next);
            }
            case CLOSING -> {
                if (unit == Unit.NONE) {
                    begin(Unit.PREFIX, at);
                }
                extend(next);
            }
            case OPENING -> {
                if (unit != Unit.PREFIX || gap) {
                    begin(Unit.PREFIX, at);
                }
                extend(next);
            }
            case IDEOGRAPH -> {
                become(Unit.IDEOGRAPH, unit == Unit.PREFIX && !gap, at);
                extend(next);
            }
            case LETTER -> {
                boolean goesOn = unit == Unit.WORD && (kind(last) == Kind.LETTER || kind(last) == Kind.MARK
                        || JOINING.indexOf(last) >= 0);
                become(Unit.WORD, (goesOn || unit == Unit.PREFIX) && !gap, at);
                extend(next);
            }
        }
        last = c;
    }

    /** A straight quote opens when nothing or a space stands before it and something after it. */
    private boolean opensHere(int next) {
        return (unit == Unit.NONE || gap || unit == Unit.PREFIX) && next < text.length()
                && kind(text.codePointAt(next)) != Kind.SPACE;
    }

    private void become(Unit wanted, boolean sameSpan, int at) {
        if (sameSpan) {
            unit = wanted;
        } else {
            begin(wanted, at);
        }
    }

    private void begin(Unit wanted, int at) {
        close();
        unit = wanted;
        from = at;
    }

    private void extend(int next) {
        to = next;
        gap = false;
    }

    private void close() {
        if (unit != Unit.NONE) {
            spans.add(new TextSpan(from, to));
        }
        unit = Unit.NONE;
    }

    private static Kind kind(int c) {
        if (Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c)) {
            return Kind.SPACE;
        }
        return switch (Character.getType(c)) {
            case Character.START_PUNCTUATION, Character.INITIAL_QUOTE_PUNCTUATION -> Kind.OPENING;
            case Character.OTHER_PUNCTUATION -> c == '\u00BF' || c == '\u00A1' ? Kind.OPENING : Kind.CLOSING;
            case Character.END_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION, Character.DASH_PUNCTUATION,
                    Character.CONNECTOR_PUNCTUATION -> Kind.CLOSING;
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK,
                    Character.FORMAT -> Kind.MARK;
            default -> isIdeograph(c) ? Kind.IDEOGRAPH : Kind.LETTER;
        };
    }

    private static boolean isIdeograph(int c) {
        if (Character.isIdeographic(c) || c == '\u30FC' || c == '\uFF70') {
            return true;
        }
        Character.UnicodeScript script = Character.UnicodeScript.of(c);
        return script == Character.UnicodeScript.HIRAGANA || script == Character.UnicodeScript.KATAKANA
                || script == Character.UnicodeScript.BOPOMOFO;
    }
}
