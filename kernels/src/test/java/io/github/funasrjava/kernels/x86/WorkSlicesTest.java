package io.github.funasrjava.kernels.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkSlicesTest {
    private static WorkSlices cut(int units, int stretches, int least, int most) {
        WorkSlices slices = new WorkSlices();
        slices.cut(units, stretches, least, most);
        return slices;
    }

    @ParameterizedTest
    @CsvSource({"1,1,1,1", "1,2,1,4", "2,2,1,1", "3,2,1,100", "5,2,2,3", "16,2,1,300", "48,2,2,17", "64,4,1,9", "191,3,2,40",
        "192,2,3,500", "4748,2,4,15", "7,8,1,1"})
    void coversEveryUnitOnceInOrder(int units, int stretches, int least, int most) {
        WorkSlices slices = cut(units, stretches, least, most);
        assertEquals(0, slices.start(0));
        for (int i = 0; i < slices.count(); i++) {
            int length = slices.start(i + 1) - slices.start(i);
            assertTrue(length >= 0 && length <= Math.max(least, most), "slice " + i + " has " + length);
        }
        assertEquals(units, slices.start(slices.count()));
        assertEquals(0, slices.count() % stretches, "every stretch has as many slices");
    }

    @Test
    void beginsEveryStretchLargeAndEndsItSmall() {
        WorkSlices slices = cut(192, 2, 1, 1000);
        assertEquals(48, slices.start(1));
        assertEquals(96, slices.start(slices.count() / 2));
        assertEquals(1, 192 - slices.start(slices.count() - 1));
    }

    @Test
    void knowsTheLastSliceOfEveryStretch() {
        WorkSlices slices = cut(193, 2, 1, 1000);
        for (int i = 0; i < slices.count(); i++) {
            int stretch = slices.stretch(i);
            assertEquals(i < slices.count() / 2 ? 0 : 1, stretch);
            assertEquals(slices.start(i + 1) == (stretch == 0 ? 96 : 193), slices.endsStretch(i), "slice " + i);
        }
    }

    @Test
    void isOneSliceAfterTheOtherWithoutHalvingWhenBoundsAgree() {
        WorkSlices slices = cut(10, 1, 4, 4);
        assertEquals(3, slices.count());
        assertEquals(8, slices.start(2));
    }
}
