package io.github.funasrjava.tokenizer;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A vocabulary trained by the test on a few sentences: 256 bytes in GPT-2 order, 120 merges, four added tokens. */
final class SmallVocabulary {
    static final int MERGES = 120;
    static final String ADDED = """
            {"add_prefix_space": false, "added_tokens_decoder": {
              "376": {"content": "<|im_start|>", "lstrip": false, "special": true},
              "377": {"content": "<|im_end|>", "special": true},
              "378": {"content": "<think>", "special": false},
              "379": {"content": "<think>>", "special": false}}, "eos_token": "<|im_end|>"}""";
    private static final String CORPUS = "the light in the kitchen, the lights in the garden; turn on the heater please. "
            + "打开客厅的灯 打开厨房的灯 关闭客厅的空调 今天天气怎么样 明天天气怎么样 "
            + "it's what's they're 're 's 's 's the the the   \n\n\r\n  ÄÄÄÄ été été 👩‍👩‍👧 👩‍👩‍👧 ";

    final List<byte[]> tokens = new ArrayList<>();
    final List<int[]> merges = new ArrayList<>();

    private SmallVocabulary() {
        for (int character = 0; character < ByteAlphabet.CHARS; character++) {
            int b = ByteAlphabet.byteOf(character);
            if (b >= 0) {
                tokens.add(new byte[] {(byte) b});
            }
        }
        train();
    }

    static SmallVocabulary trained() {
        return new SmallVocabulary();
    }

    private void train() {
        List<Integer> ids = new ArrayList<>();
        for (byte b : CORPUS.getBytes(StandardCharsets.UTF_8)) {
            ids.add(idOfByte(b));
        }
        for (int merge = 0; merge < MERGES; merge++) {
            Map<List<Integer>, Integer> counts = new LinkedHashMap<>();
            for (int i = 0; i + 1 < ids.size(); i++) {
                counts.merge(List.of(ids.get(i), ids.get(i + 1)), 1, Integer::sum);
            }
            List<Integer> best = counts.entrySet().stream().filter(e -> !known(join(e.getKey())))
                    .max(Map.Entry.comparingByValue()).orElseThrow().getKey();
            int id = tokens.size();
            tokens.add(join(best));
            merges.add(new int[] {best.get(0), best.get(1)});
            for (int i = 0; i + 1 < ids.size(); i++) {
                if (ids.get(i).equals(best.get(0)) && ids.get(i + 1).equals(best.get(1))) {
                    ids.set(i, id);
                    ids.remove(i + 1);
                }
            }
        }
    }

    private boolean known(byte[] token) {
        return tokens.stream().anyMatch(t -> java.util.Arrays.equals(t, token));
    }

    private byte[] join(List<Integer> pair) {
        byte[] left = tokens.get(pair.get(0));
        byte[] right = tokens.get(pair.get(1));
        byte[] both = java.util.Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }

    private int idOfByte(byte b) {
        for (int id = 0; id < 256; id++) {
            if (tokens.get(id)[0] == b) {
                return id;
            }
        }
        throw new AssertionError();
    }

    String alphabet(byte[] token) {
        StringBuilder out = new StringBuilder();
        for (byte b : token) {
            for (int c = 0; c < ByteAlphabet.CHARS; c++) {
                if (ByteAlphabet.byteOf(c) == (b & 0xFF)) {
                    out.append((char) c);
                }
            }
        }
        return out.toString();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    String vocabularyJson() {
        StringBuilder json = new StringBuilder("{");
        for (int id = 0; id < tokens.size(); id++) {
            json.append(id == 0 ? "" : ", ").append(quoted(alphabet(tokens.get(id)))).append(": ").append(id);
        }
        return json.append("}\n").toString();
    }

    String mergesText() {
        StringBuilder text = new StringBuilder("#version: 0.2\n");
        for (int[] merge : merges) {
            text.append(alphabet(tokens.get(merge[0]))).append(' ').append(alphabet(tokens.get(merge[1]))).append('\n');
        }
        return text.toString();
    }

    /** tokenizer.json; merges as pairs, or as "a b" strings as older files have them. */
    String tokenizerJson(boolean pairs) {
        StringBuilder json = new StringBuilder("{\"version\": \"1.0\", \"added_tokens\": ["
                + "{\"id\": 376, \"content\": \"<|im_start|>\", \"special\": true}, "
                + "{\"id\": 377, \"content\": \"<|im_end|>\", \"special\": true}, "
                + "{\"id\": 378, \"content\": \"<think>\", \"special\": false}, "
                + "{\"id\": 379, \"content\": \"<think>>\", \"special\": false}], "
                + "\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": "
                + "{\"Regex\": " + quoted(TextSplitter.QWEN) + "}}]}, "
                + "\"model\": {\"type\": \"BPE\", \"dropout\": null, \"vocab\": " + vocabularyJson() + ", \"merges\": [");
        for (int i = 0; i < merges.size(); i++) {
            String left = alphabet(tokens.get(merges.get(i)[0]));
            String right = alphabet(tokens.get(merges.get(i)[1]));
            json.append(i == 0 ? "" : ", ").append(pairs ? "[" + quoted(left) + ", " + quoted(right) + "]"
                    : quoted(left + " " + right));
        }
        return json.append("]}}").toString();
    }

    String tiktoken() {
        StringBuilder text = new StringBuilder();
        for (int id = 0; id < tokens.size(); id++) {
            text.append(Base64.getEncoder().encodeToString(tokens.get(id))).append(' ').append(id).append('\n');
        }
        return text.append("= ").append(tokens.size()).append('\n').toString();
    }

    /** The published set of files; change an entry to break it. */
    Map<String, String> files() {
        Map<String, String> files = new HashMap<>();
        files.put("vocab.json", vocabularyJson());
        files.put("merges.txt", mergesText());
        files.put("tokenizer_config.json", ADDED);
        files.put("multilingual.tiktoken", tiktoken());
        return files;
    }

    static TokenizerFiles in(Map<String, String> files) {
        return name -> Optional.ofNullable(files.get(name))
                .map(text -> new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }
}
