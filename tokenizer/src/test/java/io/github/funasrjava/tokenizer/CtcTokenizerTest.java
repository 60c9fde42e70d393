package io.github.funasrjava.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class CtcTokenizerTest {
    private static final SmallVocabulary VOCABULARY = SmallVocabulary.trained();
    private static final CtcTokenizer SMALL = CtcTokenizer.load(SmallVocabulary.in(VOCABULARY.files()));
    private static final NaiveByteLevelBpe NAIVE = new NaiveByteLevelBpe(VOCABULARY.tokens, VOCABULARY.merges);

    @Test
    void encodesAndDecodesTheTextsOfTheGoldenRuns() {
        Path model = Goldens.golden("tiny-nano-ctc/model");
        CtcTokenizer tokenizer = CtcTokenizer.load(model);
        assertEquals(700, tokenizer.rankCount());
        assertEquals(2379, tokenizer.size());
        Map<?, ?> manifest = (Map<?, ?>) Goldens.json(Goldens.golden("tiny-nano-ctc/golden/manifest.json"));
        int checked = 0;
        for (Object file : ((Map<?, ?>) manifest.get("files")).values()) {
            for (Map<String, Object> run : Goldens.list(((Map<?, ?>) file).get("runs"))) {
                Map<?, ?> ctc = (Map<?, ?>) run.get("ctc");
                if (ctc == null) {
                    continue;
                }
                assertEquals(ctc.get("blank_id"), CtcTokenizer.blankId(tokenizer.size()));
                String text = (String) ctc.get("ctc_text");
                assertEquals(text, tokenizer.transcript(Goldens.ints(ctc.get("collapsed_ids"))));
                assertArrayEquals(Goldens.ints(ctc.get("ctc_text_ids")), tokenizer.encode(text), text);
                assertArrayEquals(Goldens.ints(ctc.get("text_ids")), tokenizer.encode((String) run.get("text")));
                for (Object list : new Object[] {ctc.get("timestamps"), ctc.get("ctc_timestamps")}) {
                    List<Map<String, Object>> items = Goldens.list(list);
                    assertTrue(items != null, "timestamps");
                }
                checked++;
            }
        }
        assertTrue(checked >= 10, "checked " + checked);
    }

    @Test
    void numbersTheSpecialTokensAsThePublishedVocabulary() {
        assertEquals(1679, CtcSpecialTokens.ALL.size());
        assertEquals("<|endoftext|>", CtcSpecialTokens.ALL.get(0));
        assertEquals("<|en|>", CtcSpecialTokens.ALL.get(2));
        assertEquals("<|en/zh|>", CtcSpecialTokens.ALL.get(106));
        assertEquals("<|ASR|>", CtcSpecialTokens.ALL.get(107));
        assertEquals("<|0.00|>", CtcSpecialTokens.ALL.get(CtcSpecialTokens.FIRST_TIMESTAMP));
        assertEquals("<|30.00|>", CtcSpecialTokens.ALL.get(1678));
        assertEquals(60_514, CtcTokenizer.blankId(58_836 + CtcSpecialTokens.ALL.size()));
    }

    @Test
    void showsSpecialTokensByNameAndDropsTimestamps() {
        int specials = SMALL.rankCount();
        assertEquals("the<|zh|><|nospeech|>", SMALL.decode(SMALL.encode("the")[0], specials + 3,
                specials + CtcSpecialTokens.ALL.indexOf("<|nospeech|>"), specials + CtcSpecialTokens.FIRST_TIMESTAMP, SMALL.size() - 1));
        assertEquals("the<|zh|>", SMALL.transcript(SMALL.encode("the")[0], specials + 3,
                specials + CtcSpecialTokens.ALL.indexOf("<|nospeech|>")));
        assertEquals("", SMALL.decode(SMALL.size(), 1_000_000));
    }

    @Test
    void takesNamesOfSpecialTokensAsOrdinaryText() {
        for (int id : SMALL.encode("<|nospeech|><|0.00|><|no|>")) {
            assertTrue(id < SMALL.rankCount());
        }
    }

    @Test
    void readsWhispersEmptyToken() {
        assertEquals(VOCABULARY.tokens.size() + 1, SMALL.rankCount());
        assertEquals("", SMALL.decode(VOCABULARY.tokens.size()));
        assertEquals(1, SMALL.encode("the").length);
    }

    @Property(tries = 1000)
    void encodesLikeByteFallBackByDefinitionAndDecodesBack(@ForAll String text) {
        String checked = TextInput.checked(text, 1000);
        int[] ids = SMALL.encode(checked);
        assertArrayEquals(NAIVE.encode(checked, TextSplitter.GPT2), ids);
        assertEquals(checked, SMALL.decode(ids));
    }
}
