package io.github.funasrjava.engine.align;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Of thousands of hotwords the few that a segment probably says: each is compared with all readings that the CTC branch
 * thinks possible, by edit distance over letters. Only those belong into the prompt; too many hotwords make the decoder
 * write words that nobody said. Thread-safe.
 */
public final class HotwordSelector {
    /** Price of a word that begins or ends inside another. */
    private static final float INSIDE_WORD = 1;
    private static final double ROUNDING = 1e-4;

    private final HotwordTrie trie;
    private final IntFunction<byte[]> bytesOf;

    /**
     * @param hotwords the whole list
     * @param bytesOf bytes of a CTC token, without special tokens: {@code CtcTokenizer::bytes} for ids below
     *     {@code rankCount()}, nothing for others
     */
    public HotwordSelector(List<String> hotwords, IntFunction<byte[]> bytesOf) {
        trie = new HotwordTrie(hotwords);
        this.bytesOf = bytesOf;
    }

    /**
     * The hotwords that were probably said, best first; equally good ones in the order of the list.
     *
     * @param top the likeliest classes per frame; 5 to 10 per frame are enough
     * @param max the most words to return
     */
    public List<HotwordMatch> select(CtcTopK top, int max) {
        LetterLattice lattice = new LetterLattice(top, bytesOf);
        float[] start = new float[lattice.nodes()];
        for (int node = 0; node < start.length; node++) {
            start[node] = lattice.startPrice(node);
        }
        List<HotwordMatch> matches = new ArrayList<>();
        for (HotwordTrie.Node child : trie.root.children.values()) {
            descend(child, lattice, start, true, matches);
        }
        matches.sort(Comparator.comparingDouble(HotwordMatch::distance));
        return List.copyOf(matches.subList(0, Math.min(max, matches.size())));
    }

    /** {@code before[v]}: least cost of the letters above, the last of them read at or before lattice node v. */
    private void descend(HotwordTrie.Node node, LetterLattice lattice, float[] before, boolean first, List<HotwordMatch> matches) {
        float[] cost = new float[before.length];
        float weight = Letters.weight(node.letter);
        boolean free = Letters.standsAlone(node.letter);
        float least = Float.MAX_VALUE;
        for (int v = 0; v < cost.length; v++) {
            int heard = lattice.letter(v);
            float best = before[v] + weight;
            if (heard == 0) {
                for (int p : lattice.predecessors(v)) {
                    best = Math.min(best, cost[p]);
                }
            } else {
                float heardWeight = Letters.weight(heard);
                float wrong = heard == node.letter ? 0 : Math.max(weight, heardWeight);
                float inside = first && !free && !lattice.wordStart(v) ? INSIDE_WORD : 0;
                for (int p : lattice.predecessors(v)) {
                    float step = Math.min(before[p] + wrong + inside, cost[p] + heardWeight);
                    best = Math.min(best, step + lattice.price(v));
                }
            }
            cost[v] = best;
            least = Math.min(least, best);
        }
        if (least > node.allowance + ROUNDING) {
            return;
        }
        if (!node.words.isEmpty()) {
            double end = Double.MAX_VALUE;
            for (int v = 0; v < cost.length; v++) {
                end = Math.min(end, cost[v] + (free || lattice.wordEnd(v) ? 0 : INSIDE_WORD));
            }
            for (int word : node.words) {
                if (end <= trie.allowance(word) + ROUNDING) {
                    matches.add(new HotwordMatch(trie.words.get(word), end / trie.weight(word)));
                }
            }
        }
        for (HotwordTrie.Node child : node.children.values()) {
            descend(child, lattice, cost, false, matches);
        }
    }
}
