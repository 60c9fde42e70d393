package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.LayerNormed;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.weights.ModelWeights;

/** {@code NAME.weight} and {@code NAME.bias} of one layer norm. */
record LayerNorm(Matrix weight, Matrix bias, float eps) {
    static LayerNorm of(ModelWeights weights, String name, float eps) {
        return new LayerNorm(weights.vector(name + ".weight"), weights.vector(name + ".bias"), eps);
    }

    /** Rows on their way through this norm; {@code normed} is scratch. */
    LayerNormed of(Matrix x, Matrix normed) {
        return new LayerNormed(x, weight, bias, eps, normed);
    }

    void apply(Kernels kernels, Matrix x, Matrix out) {
        kernels.layerNorm(x, weight, bias, eps, out);
    }
}
