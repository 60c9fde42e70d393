package io.github.funasrjava.engine.vad;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunningQuantileTest {
    @Test
    void agreesWithSortingTheWindowAnew() {
        Random random = new Random(3);
        RunningQuantile quantile = new RunningQuantile(17, 0.1);
        ArrayDeque<Float> window = new ArrayDeque<>();
        for (int i = 0; i < 2_000; i++) {
            if (window.size() > 1 && random.nextInt(4) == 0) {
                quantile.forgetOldest();
                window.removeFirst();
            } else {
                // Few distinct values, so that ties are common.
                float value = random.nextInt(8);
                quantile.add(value);
                window.addLast(value);
                if (window.size() > 17) {
                    window.removeFirst();
                }
            }
            float[] sorted = new float[window.size()];
            int n = 0;
            for (float value : window) {
                sorted[n++] = value;
            }
            Arrays.sort(sorted);
            assertEquals(window.size(), quantile.count());
            if (n > 0) {
                assertEquals(sorted[(int) (0.1 * (n - 1))], quantile.value());
            }
        }
    }
}
