package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.LayerNormed;
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

    void apply(Kernels kernels, LayerNormed x, Matrix out) {
        kernels.layerNormLinear(x, weight, bias, out);
    }

    /** The product of RMS-normed rows; {@code normed} is scratch. */
    void applyNormed(Kernels kernels, Matrix x, Matrix norm, float eps, Matrix normed, Matrix out) {
        if (bias.isEmpty()) {
            kernels.rmsNormLinear(x, norm, eps, normed, weight, out);
        } else {
            kernels.rmsNorm(x, norm, eps, normed);
            apply(kernels, normed, out);
        }
    }

    /** {@code out = swiglu(gateUp) W^T + b + residual}; {@code hidden} is scratch. */
    void applySwiglu(Kernels kernels, Matrix gateUp, Matrix hidden, Optional<Matrix> residual, Matrix out) {
        if (bias.isEmpty()) {
            kernels.swigluLinear(gateUp, hidden, weight, residual, out);
        } else {
            kernels.swiglu(gateUp, hidden);
            applyAdd(kernels, hidden, residual, out);
        }
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
