package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.weights.ModelWeights;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The language model's tensors as the file has them, or with matrices that are not int8 yet quantised into memory of
 * their own. The arena that is passed in owns that memory.
 */
public final class DecoderWeights {
    private final ModelWeights weights;
    private final Optional<Arena> int8;
    private final Map<String, PanelMatrix> quantized = new HashMap<>();

    private DecoderWeights(ModelWeights weights, Optional<Arena> int8) {
        this.weights = weights;
        this.int8 = int8;
    }

    /** The tensors as they are stored. */
    public static DecoderWeights asStored(ModelWeights weights) {
        return new DecoderWeights(weights, Optional.empty());
    }

    /** All matrices as int8; those that are stored otherwise are quantised into {@code arena} when they are first asked for. */
    public static DecoderWeights int8(ModelWeights weights, Arena arena) {
        return new DecoderWeights(weights, Optional.of(arena));
    }

    /** Whether the output matrix is the embedding. */
    boolean headIsTied() {
        return weights.headIsTied();
    }

    /** The type that the embedding is held in, which stands for all matrices. */
    public DType dtype() {
        return int8.isPresent() ? DType.INT8 : weights.matrix("llm.model.embed_tokens.weight").layout().dtype();
    }

    Matrix vector(String name) {
        return weights.vector(name);
    }

    Linear linear(String name) {
        String bias = name + ".bias";
        return new Linear(matrix(name + ".weight"),
                weights.has(bias) ? Optional.of(weights.vector(bias)) : Optional.empty());
    }

    PanelMatrix matrix(String name) {
        PanelMatrix stored = weights.matrix(name);
        if (int8.isEmpty() || stored.layout().dtype() == DType.INT8) {
            return stored;
        }
        return quantized.computeIfAbsent(name, n -> PanelPacker.pack(int8.get(),
                new PanelLayout(DType.INT8, stored.n(), stored.k()),
                (row, values) -> PanelPacker.unpackRow(stored, row, values)));
    }
}
