package io.github.funasrjava.bench.compare;

import io.github.funasrjava.engine.frontend.Features;

/** Something that turns low-frame-rate features into the rows that the decoder hears. Not thread-safe. */
interface AudioEncoder extends AutoCloseable {
    /** Takes the input of the following runs. */
    void prepare(Features features, int keptRows);

    /** One forward pass: the part that is timed. */
    void run();

    /** The rows of the last run, {@code [keptRows, width]}, one after the other. */
    float[] result();

    @Override
    void close();
}
