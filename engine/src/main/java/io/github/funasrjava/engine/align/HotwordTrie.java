package io.github.funasrjava.engine.align;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Hotwords by their letters: words that begin alike share their beginning, and so its comparison. */
final class HotwordTrie {
    /** Edits per letter that a word may be away; four Latin letters allow one, three none. */
    private static final double LATIN_RATE = 0.28;
    /** Two Chinese characters allow no wrong one (but another reading of the same frames), three allow one. */
    private static final double IDEOGRAPH_RATE = 0.34;

    /** A place in the trie. */
    static final class Node {
        final int letter;
        final Map<Integer, Node> children = new TreeMap<>();
        final List<Integer> words = new ArrayList<>();
        /** Largest allowance of the words below: beyond it nothing here can match. */
        double allowance;

        Node(int letter) {
            this.letter = letter;
        }
    }

    final Node root = new Node(0);
    final List<String> words;
    private final double[] weights;
    private final double[] allowances;

    HotwordTrie(List<String> hotwords) {
        words = List.copyOf(hotwords);
        weights = new double[words.size()];
        allowances = new double[words.size()];
        for (int w = 0; w < words.size(); w++) {
            int[] letters = Letters.folded(words.get(w)).codePoints().filter(Letters::isLetter).toArray();
            if (letters.length > 0) {
                insert(w, letters);
            }
        }
    }

    private void insert(int word, int[] letters) {
        for (int c : letters) {
            weights[word] += Letters.weight(c);
            allowances[word] += Letters.weight(c) * (Character.isIdeographic(c) ? IDEOGRAPH_RATE : LATIN_RATE);
        }
        Node node = root;
        node.allowance = Math.max(node.allowance, allowances[word]);
        for (int c : letters) {
            node = node.children.computeIfAbsent(c, Node::new);
            node.allowance = Math.max(node.allowance, allowances[word]);
        }
        node.words.add(word);
    }

    /** What all letters of a word weigh. */
    double weight(int word) {
        return weights[word];
    }

    /** The largest cost at which the word still counts as said. */
    double allowance(int word) {
        return allowances[word];
    }
}
