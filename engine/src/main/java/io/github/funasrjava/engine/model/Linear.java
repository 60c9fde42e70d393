package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.weights.ModelWeights;
import java.util.Optional;

/** {@code NAME.weight}, and {@code NAME.bias} where the checkpoint has one. */
record Linear(PanelMatrix weight, Optional<Matrix> bias) {
    static Linear of(ModelWeights weights, String name) {
        String bias = name + ".bias";
        return new Linear(weights.matrix(name + ".weight"),
                weights.has(bias) ? Optional.of(weights.vector(bias)) : Optional.empty());
    }

    int outputs() {
        return weight.n();
    }

    long weightBytes() {
        return weight.layout().bytes();
    }

    void apply(Kernels kernels, Matrix x, Matrix out) {
        kernels.linear(x, weight, bias, Activation.NONE, Optional.empty(), out);
    }

    /** {@code out = x W^T + b + residual}; {@code out} may be the residual itself. */
    void applyAdd(Kernels kernels, Matrix x, Matrix residual, Matrix out) {
        applyAdd(kernels, x, Optional.of(residual), out);
    }

    /** As {@link #applyAdd(Kernels, Matrix, Matrix, Matrix)}, with a residual that is wrapped already. */
    void applyAdd(Kernels kernels, Matrix x, Optional<Matrix> residual, Matrix out) {
        kernels.linear(x, weight, bias, Activation.NONE, residual, out);
    }
}
