package io.github.funasrjava.bench.compare;

/** A language model that runs workloads. Not thread-safe. */
interface TextDecoder extends AutoCloseable {
    /**
     * What is timed. Tokens are the same on both sides and known beforehand, whatever the model would say.
     *
     * @param streams sequences that decode together; a prefill has one
     * @param prompt positions of each sequence before the decoding steps
     * @param steps decoding steps, one token per stream each; with none the prompt itself is timed
     */
    record Workload(int streams, int prompt, int steps) {
        static Workload prefill(int rows) {
            return new Workload(1, rows, 0);
        }

        static Workload decode(int streams, int prompt, int steps) {
            return new Workload(streams, prompt, steps);
        }

        boolean isPrefill() {
            return steps == 0;
        }

        /** Tokens that a run computes. */
        int tokens() {
            return isPrefill() ? prompt : streams * steps;
        }

        /** Positions of a sequence after a run. */
        int positions() {
            return prompt + steps;
        }

        /** The token of a sequence at a position; sequences differ, so that none gains from another. */
        int token(int stream, int position, int vocabulary) {
            return Math.floorMod(7919 * (stream + 1) + 104_729 * position + 5, vocabulary);
        }
    }

    /** Takes the workload of the following runs and computes what lies before the timed part. */
    void prepare(Workload workload);

    /** The timed part, from the state that {@link #prepare} left. */
    void run();

    /** The logits behind the last token of every stream after a run, {@code [streams][vocab_size]}. */
    float[][] logits();

    @Override
    void close();
}
