package io.github.funasrjava.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;

/** Byte-pair encoding by the merge list, as its definition reads: find the earliest merge that applies, apply it. */
final class NaiveByteLevelBpe {
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<String, Integer> ranks = new HashMap<>();

    /** Tokens and merges as hexadecimal byte strings, so that nothing is shared with the code under test. */
    NaiveByteLevelBpe(List<byte[]> tokens, List<int[]> merges) {
        for (int id = 0; id < tokens.size(); id++) {
            ids.put(hex(tokens.get(id)), id);
        }
        for (int rank = 0; rank < merges.size(); rank++) {
            ranks.put(hex(tokens.get(merges.get(rank)[0])) + " " + hex(tokens.get(merges.get(rank)[1])), rank);
        }
    }

    int[] encode(String text, String pattern) {
        List<Integer> out = new ArrayList<>();
        Matcher matcher = TextSplitter.compile(pattern).matcher(text);
        while (matcher.find()) {
            List<String> parts = new ArrayList<>();
            for (byte b : matcher.group().getBytes(StandardCharsets.UTF_8)) {
                parts.add(hex(b));
            }
            mergeAll(parts);
            parts.forEach(part -> out.add(ids.get(part)));
        }
        return out.stream().mapToInt(i -> i).toArray();
    }

    private void mergeAll(List<String> parts) {
        while (true) {
            int best = -1;
            int bestRank = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < parts.size(); i++) {
                int rank = ranks.getOrDefault(parts.get(i) + " " + parts.get(i + 1), Integer.MAX_VALUE);
                if (rank < bestRank) {
                    best = i;
                    bestRank = rank;
                }
            }
            if (best < 0) {
                return;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
    }

    private static String hex(byte... bytes) {
        return java.util.HexFormat.of().formatHex(bytes);
    }
}
