package io.github.funasrjava.engine;

import java.util.List;

/** Keeps values that are not finite away from the model, as the file reader does for files. */
final class FiniteSamples {
    private FiniteSamples() {}

    /** The samples, or a copy with 0 in the place of every NaN and infinity and a warning that says how many. */
    static float[] of(float[] samples, List<Warning> warnings) {
        int count = 0;
        for (float sample : samples) {
            if (!Float.isFinite(sample)) {
                count++;
            }
        }
        if (count == 0) {
            return samples;
        }
        float[] clean = samples.clone();
        for (int i = 0; i < clean.length; i++) {
            if (!Float.isFinite(clean[i])) {
                clean[i] = 0;
            }
        }
        warnings.add(new Warning("non_finite_samples", count + " samples were not finite and count as silence"));
        return clean;
    }
}
