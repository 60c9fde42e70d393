package io.github.funasrjava.tokenizer;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.GptBytePairEncodingParams;
import java.util.HashMap;
import java.util.Map;

/** jtokkit over a vocabulary, without special tokens: whatever the text says, it is ordinary text. */
final class JtokkitEncoder {
    private final Encoding encoding;

    JtokkitEncoder(TokenTable tokens, String pattern) {
        Map<byte[], Integer> ranks = HashMap.newHashMap(tokens.count());
        for (int id = 0; id < tokens.size(); id++) {
            // An empty token (multilingual.tiktoken has one) can be decoded but never comes out of a text.
            if (tokens.lengthOf(id) > 0) {
                ranks.put(tokens.bytes(id), id);
            }
        }
        // The default registry would load five OpenAI vocabularies.
        encoding = Encodings.newLazyEncodingRegistry()
                .registerGptBytePairEncoding(new GptBytePairEncodingParams("vocabulary",
                        TextSplitter.compile(pattern), ranks, Map.of()))
                .getEncoding("vocabulary").orElseThrow();
    }

    int[] encode(String text) {
        return encoding.encodeOrdinary(text).toArray();
    }
}
