package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches on a device whose memory others have taken. */
class DeviceRoomTest {
    @ParameterizedTest
    @CsvSource({"0, 100, 1", "99, 100, 1", "100, 100, 1", "250, 100, 2", "9000000000000000000, 1, 2147483647"})
    void row72AsManySegmentsAsThereIsRoomForAndAtLeastOne(long room, long segment, int expected) {
        assertEquals(expected, DeviceRoom.fitting(room, segment));
    }
}
