package io.github.funasrjava.weights;

/** x. */
public final class VadWeights {
    static final String CMVN_FILE = "am.mvn";
}
