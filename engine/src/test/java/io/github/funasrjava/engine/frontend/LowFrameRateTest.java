package io.github.funasrjava.engine.frontend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LowFrameRateTest {
    @Test
    void repeatsTheFirstAndTheLastFrameAtTheEdges() {
        Features rows = new LowFrameRate(7, 6).apply(numbered(8));
        assertEquals(2, rows.rows());
        assertArrayEquals(new float[] {0, 0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 7, 7}, rows.data());
    }

    @Test
    void noFramesGiveNoRows() {
        assertEquals(0, new LowFrameRate(7, 6).apply(Features.none(80)).rows());
        assertEquals(0, new LowFrameRateStream(new LowFrameRate(5, 1), 80).accept(Features.none(80), true).rows());
    }

    @ParameterizedTest
    @CsvSource({"7, 6", "5, 1", "1, 1", "4, 3", "2, 5", "1, 3"})
    void piecesGiveTheSameRowsAsTheWhole(int m, int n) {
        LowFrameRate lfr = new LowFrameRate(m, n);
        LowFrameRateStream stream = new LowFrameRateStream(lfr, 1);
        for (int length = 0; length < 40; length++) {
            for (int piece = 1; piece <= 9; piece++) {
                float[] streamed = new float[0];
                for (int at = 0; at < length; at += piece) {
                    int end = Math.min(length, at + piece);
                    float[] next = Arrays.copyOfRange(numbered(length).data(), at, end);
                    streamed = KaldiFbankTest.append(streamed, stream.accept(new Features(next, end - at, 1), false).data());
                }
                streamed = KaldiFbankTest.append(streamed, stream.accept(Features.none(1), true).data());
                assertArrayEquals(lfr.apply(numbered(length)).data(), streamed, length + " frames in pieces of " + piece);
            }
        }
    }

    @Test
    void aRowComesOutAsSoonAsItsLastFrameIsThere() {
        LowFrameRateStream stream = new LowFrameRateStream(new LowFrameRate(5, 1), 1);
        assertEquals(0, stream.accept(numbered(2), false).rows());
        assertEquals(1, stream.accept(numbered(1), false).rows());
        assertEquals(3, stream.accept(numbered(3), false).rows());
        assertEquals(2, stream.accept(Features.none(1), true).rows());
    }

    @Test
    void refusesFramesOfAnotherWidth() {
        LowFrameRateStream stream = new LowFrameRateStream(new LowFrameRate(5, 1), 80);
        assertThrows(IllegalArgumentException.class, () -> stream.accept(numbered(3), false));
    }

    private static Features numbered(int frames) {
        float[] data = new float[frames];
        for (int i = 0; i < frames; i++) {
            data[i] = i;
        }
        return new Features(data, frames, 1);
    }
}
