package io.github.funasrjava.engine.align;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A CTC branch that hears a text with mistakes: wrong best tokens, missing and extra ones, pieces of characters. */
final class SimulatedCtc {
    static final int BLANK = 0;
    private static final int K = 8;

    private final Random random;
    private final double errorRate;
    private final List<byte[]> vocabulary = new ArrayList<>(List.of(new byte[0]));
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<Map<Integer, Double>> frames = new ArrayList<>();

    SimulatedCtc(Random random, double errorRate) {
        this.random = random;
        this.errorRate = errorRate;
        for (char c = 'a'; c <= 'z'; c++) {
            id(new byte[] {(byte) c});
        }
    }

    byte[] bytes(int id) {
        return vocabulary.get(id);
    }

    /** Hears a text of words separated by spaces. */
    CtcTopK hear(String text) {
        frames.clear();
        boolean first = true;
        for (String word : text.split(" ")) {
            hearWord(first ? word : " " + word);
            first = false;
        }
        return topK();
    }

    private void hearWord(String word) {
        for (int at = 0; at < word.length();) {
            int c = word.codePointAt(at == 0 && word.charAt(0) == ' ' ? 1 : at);
            if (Character.isIdeographic(c)) {
                int next = word.offsetByCodePoints(at, word.charAt(at) == ' ' ? 2 : 1);
                byte[] bytes = word.substring(at, next).strip().getBytes(StandardCharsets.UTF_8);
                if (c % 5 == 0) {
                    // As in the published vocabulary, rarer characters are two or three tokens of bytes.
                    emit(id(new byte[] {bytes[0], bytes[1]}), false);
                    emit(id(new byte[] {bytes[2]}), false);
                } else {
                    emit(id(bytes), true);
                }
                at = next;
            } else {
                int next = Math.min(word.length(), at + (word.charAt(at) == ' ' ? 2 : 1) + random.nextInt(4));
                emit(id(word.substring(at, next).getBytes(StandardCharsets.UTF_8)), true);
                at = next;
            }
        }
    }

    private void emit(int token, boolean mayFail) {
        boolean again = !frames.isEmpty() && frames.getLast().keySet().iterator().next() == token;
        for (int n = (again ? 1 : 0) + random.nextInt(3); n > 0; n--) {
            frames.add(frame(BLANK, 0.97));
        }
        double dice = mayFail ? random.nextDouble() : 1;
        if (dice < errorRate * 0.15) {
            Map<Integer, Double> missed = frame(BLANK, 0.8);
            missed.put(token, 0.12);
            frames.add(missed);
            return;
        }
        if (dice < errorRate) {
            Map<Integer, Double> wrong = frame(similar(token), 0.6);
            if (random.nextDouble() < 0.7) {
                wrong.put(token, 0.05 + 0.2 * random.nextDouble());
            }
            frames.add(wrong);
            return;
        }
        for (int n = random.nextInt(2); n >= 0; n--) {
            Map<Integer, Double> right = frame(token, 0.9);
            right.put(similar(token), 0.03);
            frames.add(right);
        }
    }

    private Map<Integer, Double> frame(int best, double probability) {
        Map<Integer, Double> frame = new LinkedHashMap<>();
        frame.put(best, probability);
        while (frame.size() < K) {
            frame.putIfAbsent(random.nextInt(vocabulary.size()), 0.002 * random.nextDouble());
        }
        return frame;
    }

    /** A token that differs in one letter, or another character. */
    private int similar(int token) {
        String text = new String(vocabulary.get(token), StandardCharsets.UTF_8);
        if (text.codePoints().anyMatch(Character::isIdeographic)) {
            return id(new String(Character.toChars(0x4E00 + random.nextInt(3000))).getBytes(StandardCharsets.UTF_8));
        }
        int at = text.length() - 1 - random.nextInt(text.strip().length());
        char other = "aeioustnrlmd".charAt(random.nextInt(12));
        return id((text.substring(0, at) + other + text.substring(at + 1)).getBytes(StandardCharsets.UTF_8));
    }

    private int id(byte[] bytes) {
        return ids.computeIfAbsent(new String(bytes, StandardCharsets.ISO_8859_1), key -> {
            vocabulary.add(bytes);
            return vocabulary.size() - 1;
        });
    }

    private CtcTopK topK() {
        int[] best = new int[frames.size() * K];
        float[] logs = new float[best.length];
        for (int t = 0; t < frames.size(); t++) {
            List<Map.Entry<Integer, Double>> entries = frames.get(t).entrySet().stream()
                    .sorted(Map.Entry.<Integer, Double>comparingByValue().reversed()).limit(K).toList();
            for (int i = 0; i < K; i++) {
                best[t * K + i] = entries.get(i).getKey();
                logs[t * K + i] = (float) Math.log(entries.get(i).getValue());
            }
        }
        return new CtcTopK(frames.size(), K, best, logs, BLANK);
    }
}
