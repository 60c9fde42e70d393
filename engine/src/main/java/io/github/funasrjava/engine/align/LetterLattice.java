package io.github.funasrjava.engine.align;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * What the CTC branch may have heard, as a graph of letters. Runs of frames with the same best class are one slot; each
 * slot offers its likely tokens, the less likely ones at a price. Nodes stand in topological order: places between slots,
 * and the letters of the tokens between two places.
 */
final class LetterLattice {
    /** Tokens with less than e⁻⁵ of the best one's probability are not considered. */
    private static final float MAX_FALL = 5;
    /** Price of a token per natural logarithm that it is less likely than the best. */
    private static final float PRICE = 0.3f;
    /** A frame whose best class is blank is still a slot when another class has this log-probability (5 %). */
    private static final float HEARD_UNDER_BLANK = (float) Math.log(0.05);
    /** Characters that need more tokens than this for their bytes are not pieced together. */
    private static final int MAX_BYTE_TOKENS = 3;
    private static final int MAX_NODES = 200_000;

    /** One way to read a slot (or up to three of them, for a character in pieces): token bytes and price. */
    private record Token(byte[] bytes, float price) {}

    private final List<List<Token>> slots = new ArrayList<>();
    private final List<int[]> predecessorLists = new ArrayList<>();
    private int[] letters = new int[256];
    private float[] prices = new float[256];
    private float[] startPrices = new float[256];
    private boolean[] wordStarts = new boolean[256];
    private boolean[] wordEnds = new boolean[256];
    private int nodes;

    LetterLattice(CtcTopK top, IntFunction<byte[]> bytesOf) {
        readSlots(top, bytesOf);
        connect();
    }

    int nodes() {
        return nodes;
    }

    /** The letter at a node; 0 for a place between slots. */
    int letter(int node) {
        return letters[node];
    }

    /** Price of stepping onto the node. */
    float price(int node) {
        return prices[node];
    }

    /** Price of beginning right after the node: what it would have cost to get into its token. */
    float startPrice(int node) {
        return startPrices[node];
    }

    /** Whether a word may begin with the node's letter. */
    boolean wordStart(int node) {
        return wordStarts[node];
    }

    /** Whether a word may end with the node's letter. */
    boolean wordEnd(int node) {
        return wordEnds[node];
    }

    int[] predecessors(int node) {
        return predecessorLists.get(node);
    }

    private void readSlots(CtcTopK top, IntFunction<byte[]> bytesOf) {
        int t = 0;
        while (t < top.frames()) {
            int best = top.ids()[t * top.k()];
            int end = t + 1;
            while (end < top.frames() && top.ids()[end * top.k()] == best) {
                end++;
            }
            if (best != top.blank()) {
                slots.add(slot(top, t, end, bytesOf));
            } else {
                for (int frame = t; frame < end; frame++) {
                    if (top.k() > 1 && top.logProbabilities()[frame * top.k() + 1] >= HEARD_UNDER_BLANK
                            && !belongsToNeighbour(top, frame, t, end)) {
                        slots.add(slot(top, frame, frame + 1, bytesOf));
                    }
                }
            }
            t = end;
        }
    }

    /** Whether a frame of a blank run is only the flank of the token before or after the run. */
    private static boolean belongsToNeighbour(CtcTopK top, int frame, int begin, int end) {
        int second = top.ids()[frame * top.k() + 1];
        return begin > 0 && second == top.ids()[(begin - 1) * top.k()]
                || end < top.frames() && second == top.ids()[end * top.k()];
    }

    private static List<Token> slot(CtcTopK top, int from, int to, IntFunction<byte[]> bytesOf) {
        int[] ids = new int[(to - from) * top.k()];
        float[] best = new float[ids.length];
        int count = 0;
        for (int i = from * top.k(); i < to * top.k(); i++) {
            int known = 0;
            while (known < count && ids[known] != top.ids()[i]) {
                known++;
            }
            if (known == count) {
                ids[count] = top.ids()[i];
                best[count++] = top.logProbabilities()[i];
            } else {
                best[known] = Math.max(best[known], top.logProbabilities()[i]);
            }
        }
        boolean blankRun = top.ids()[from * top.k()] == top.blank();
        float highest = best[0];
        List<Token> tokens = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (ids[i] == top.blank()) {
                if (blankRun) {
                    tokens.add(new Token(new byte[0], 0));
                }
            } else if (highest - best[i] <= MAX_FALL) {
                tokens.add(new Token(bytesOf.apply(ids[i]), Math.max(0, highest - best[i]) * PRICE));
            }
        }
        return tokens;
    }

    private void connect() {
        int[] places = new int[slots.size() + 1];
        List<List<Integer>> into = new ArrayList<>();
        for (int s = 0; s <= slots.size(); s++) {
            into.add(new ArrayList<>());
        }
        boolean[] space = new boolean[slots.size() + 1];
        places[0] = addNode(0, 0, 0, true, new int[0]);
        space[0] = true;
        for (int s = 0; s < slots.size() && nodes < MAX_NODES; s++) {
            for (Token token : slots.get(s)) {
                extend(token.bytes(), token.price(), s, s + 1, places[s], into, space);
            }
            int[] before = into.get(s + 1).stream().distinct().mapToInt(i -> i).toArray();
            places[s + 1] = addNode(0, 0, 0, space[s + 1], before.length == 0 ? new int[] {places[s]} : before);
        }
        markWordEnds();
    }

    /** Adds a token's letters; pieces of a character first take the tokens of the next slots along. */
    private void extend(byte[] bytes, float price, int begin, int end, int from, List<List<Integer>> into, boolean[] space) {
        Optional<String> text = decoded(bytes);
        if (text.isEmpty()) {
            if (end < slots.size() && end - begin < MAX_BYTE_TOKENS) {
                for (Token next : slots.get(end)) {
                    if (next.bytes().length > 0 && (next.bytes()[0] & 0xC0) == 0x80) {
                        byte[] both = Arrays.copyOf(bytes, bytes.length + next.bytes().length);
                        System.arraycopy(next.bytes(), 0, both, bytes.length, next.bytes().length);
                        extend(both, price + next.price(), begin, end + 1, from, into, space);
                    }
                }
            }
            return;
        }
        int last = from;
        boolean first = true;
        boolean afterSpace = wordStarts[from] && letters[from] == 0;
        String folded = Letters.folded(text.get());
        for (int i = 0; i < folded.length();) {
            int c = folded.codePointAt(i);
            i += Character.charCount(c);
            if (!Letters.isLetter(c)) {
                afterSpace = true;
                continue;
            }
            last = addNode(c, first ? price : 0, price, afterSpace || Letters.standsAlone(c), new int[] {last});
            first = false;
            afterSpace = false;
        }
        into.get(end).add(last);
        space[end] |= afterSpace;
    }

    /** A word does not end where the best reading of the next slot goes on without a space. */
    private void markWordEnds() {
        Arrays.fill(wordEnds, 0, nodes, true);
        for (int node = 0; node < nodes; node++) {
            if (letters[node] != 0 && !wordStarts[node] && prices[node] == 0) {
                for (int before : predecessors(node)) {
                    noWordEnd(before);
                }
            }
        }
    }

    private void noWordEnd(int node) {
        if (wordEnds[node]) {
            wordEnds[node] = false;
            if (letters[node] == 0) {
                for (int before : predecessors(node)) {
                    noWordEnd(before);
                }
            }
        }
    }

    private int addNode(int letter, float price, float startPrice, boolean wordStart, int[] predecessors) {
        if (nodes == letters.length) {
            letters = Arrays.copyOf(letters, nodes * 2);
            prices = Arrays.copyOf(prices, nodes * 2);
            startPrices = Arrays.copyOf(startPrices, nodes * 2);
            wordStarts = Arrays.copyOf(wordStarts, nodes * 2);
            wordEnds = Arrays.copyOf(wordEnds, nodes * 2);
        }
        letters[nodes] = letter;
        prices[nodes] = price;
        startPrices[nodes] = startPrice;
        wordStarts[nodes] = wordStart;
        predecessorLists.add(predecessors);
        return nodes++;
    }

    /** The text, or nothing when the bytes begin or end inside a character. */
    private static Optional<String> decoded(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.indexOf('\uFFFD') < 0 ? Optional.of(text) : Optional.empty();
    }
}
