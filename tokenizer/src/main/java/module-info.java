/** Text to token ids and back: the recogniser's Qwen3 byte-level BPE and the CTC branch's vocabulary. */
module io.github.funasrjava.tokenizer {
    requires jtokkit;
    requires tools.jackson.core;

    exports io.github.funasrjava.tokenizer;
}
