package io.github.funasrjava.engine.decode;

import java.util.Arrays;
import java.util.function.Function;

/**
 * A draft from another reader's text, such as the CTC branch. As long as the decoder follows it, its next tokens are
 * proposed. Where the decoder went another way, the text decoded so far and the draft are aligned on letters and
 * digits (case, spaces and punctuation do not count), and what follows the aligned place is tokenised anew.
 */
public final class TextDraft implements Draft {
    private final int[] letters;
    /** Where in {@link #text} each letter ends. */
    private final int[] letterEnds;
    private final String text;
    private final Function<String, int[]> encode;
    private final Function<int[], String> decode;
    private int[] guess;
    private int guessStart;

    /**
     * @param text what the other reader read
     * @param encode text to token ids, special tokens not parsed
     * @param decode token ids to text
     */
    public TextDraft(String text, Function<String, int[]> encode, Function<int[], String> decode) {
        this.text = text;
        this.encode = encode;
        this.decode = decode;
        int[] found = new int[text.length()];
        int[] ends = new int[text.length()];
        int count = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int codePoint = text.codePointAt(i);
            if (Character.isLetterOrDigit(codePoint)) {
                found[count] = fold(codePoint);
                ends[count++] = i + Character.charCount(codePoint);
            }
        }
        this.letters = Arrays.copyOf(found, count);
        this.letterEnds = Arrays.copyOf(ends, count);
        this.guess = encode.apply(text);
    }

    @Override
    public int[] propose(TokenList accepted, int max) {
        int followed = accepted.size() - guessStart;
        if (!agrees(accepted, followed)) {
            guess = encode.apply(text.substring(alignedEnd(decode.apply(accepted.toArray()))));
            guessStart = accepted.size();
            followed = 0;
        }
        int from = Math.min(followed, guess.length);
        return Arrays.copyOfRange(guess, from, Math.min(guess.length, from + max));
    }

    private boolean agrees(TokenList accepted, int followed) {
        if (followed > guess.length) {
            return false;
        }
        for (int i = 0; i < followed; i++) {
            if (accepted.get(guessStart + i) != guess[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * The place in the draft that corresponds to the end of the decoded text: the prefix of the draft's letters with
     * the smallest edit distance to the decoded letters; of equal ones one that ends a word (readers differ in whole
     * words more than in letters), else the longest (a substituted letter is likelier than an inserted one).
     */
    private int alignedEnd(String decoded) {
        int[] said = decoded.codePoints().filter(Character::isLetterOrDigit).map(TextDraft::fold).toArray();
        int[] distance = new int[letters.length + 1];
        for (int j = 0; j <= letters.length; j++) {
            distance[j] = j;
        }
        for (int code : said) {
            int diagonal = distance[0]++;
            for (int j = 1; j <= letters.length; j++) {
                int substituted = diagonal + (letters[j - 1] == code ? 0 : 1);
                diagonal = distance[j];
                distance[j] = Math.min(substituted, 1 + Math.min(distance[j], distance[j - 1]));
            }
        }
        int best = 0;
        for (int j = 1; j <= letters.length; j++) {
            if (distance[j] < distance[best]
                    || distance[j] == distance[best] && (endsWord(j) || !endsWord(best))) {
                best = j;
            }
        }
        return best == 0 ? 0 : letterEnds[best - 1];
    }

    private boolean endsWord(int letterCount) {
        return letterCount == 0 || letterEnds[letterCount - 1] == text.length()
                || !Character.isLetterOrDigit(text.codePointAt(letterEnds[letterCount - 1]));
    }

    private static int fold(int codePoint) {
        return Character.toLowerCase(Character.toUpperCase(codePoint));
    }
}
