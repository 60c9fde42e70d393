package io.github.funasrjava.engine;

/** How the language model's matrices are held. The audio encoder and the adaptor always keep the checkpoint's values. */
public enum WeightPrecision {
    /** As the model directory has them; a published one keeps its values. */
    AS_STORED,
    /** As the checkpoint has them (bf16 in the published files); an error for a directory that was converted to int8. */
    BF16,
    /** int8 with one scale per output row: half the memory and nearly twice the decoding speed, texts may differ. */
    INT8
}
