package io.github.funasrjava.engine.vad;

/** Where the network's weights come from, by their names in the published model.pt. */
@FunctionalInterface
public interface FsmnTensors {
    /**
     * The values of one tensor, row-major, as f32.
     *
     * @param name such as {@code encoder.fsmn.0.affine.linear.weight}
     * @param shape the shape that the configuration calls for
     * @return as many values as the shape says; the caller may keep them
     */
    float[] tensor(String name, int... shape);
}
