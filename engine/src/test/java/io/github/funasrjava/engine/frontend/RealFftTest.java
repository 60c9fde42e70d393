package io.github.funasrjava.engine.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RealFftTest {
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8, 16, 32, 64, 128, 256, 512, 1024})
    void agreesWithTheDefinitionInDoublePrecision(int size) {
        Random random = new Random(size);
        float[] signal = new float[size];
        for (int i = 0; i < size; i++) {
            signal[i] = (float) random.nextGaussian();
        }
        RealFft fft = new RealFft(size);
        RealFft.Scratch scratch = fft.scratch();
        float[] power = new float[size / 2];
        fft.power(new float[size], scratch, power);
        fft.power(signal, scratch, power);

        for (int k = 0; k < size / 2; k++) {
            double re = 0;
            double im = 0;
            for (int i = 0; i < size; i++) {
                double angle = -2 * Math.PI * ((long) i * k % size) / size;
                re += signal[i] * Math.cos(angle);
                im += signal[i] * Math.sin(angle);
            }
            assertEquals(re * re + im * im, power[k], 2e-6 * size * size, "bin " + k + " of size " + size);
        }
    }

    @Test
    void refusesSizesThatAreNoPowerOfTwo() {
        assertThrows(IllegalArgumentException.class, () -> new RealFft(400));
        assertThrows(IllegalArgumentException.class, () -> new RealFft(1));
    }
}
