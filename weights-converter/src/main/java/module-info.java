/** Opens and checks published checkpoints, converts them to one mapped safetensors file, and reads their settings. */
module io.github.funasrjava.weights {
    requires transitive io.github.funasrjava.kernels;
    requires org.snakeyaml.engine;
    requires tools.jackson.core;

    exports io.github.funasrjava.weights;
}
