/** Tensors and the operations on them: scalar reference, Vector API and machine code. Knows nothing of speech. */
module io.github.funasrjava.kernels {
    requires static jdk.incubator.vector;
    requires static jcuda;

    exports io.github.funasrjava.kernels;
}
