/** Speech to text: samples or a file in, transcript out. Knows nothing of command lines and HTTP. */
module io.github.funasrjava.engine {
    requires transitive io.github.funasrjava.audio;
    requires transitive io.github.funasrjava.kernels;
    requires transitive io.github.funasrjava.weights;
    requires io.github.funasrjava.tokenizer;
    requires tools.jackson.core;

    exports io.github.funasrjava.engine;
}
