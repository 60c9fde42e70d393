package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StolenTimeTest {
    @TempDir
    Path folder;

    private Path counters(String text) throws IOException {
        return Files.writeString(folder.resolve("stat"), text);
    }

    @Test
    void stolenTicksAreAShareOfWorkedAndStolenOnes() throws IOException {
        StolenTime.Counter time = StolenTime.start(counters("cpu  100 10 20 5000 300 1 2 40 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"));
        // 60 + 0 + 10 + 1 + 4 worked, 25 stolen; idle and waiting for disks is neither.
        counters("cpu  160 10 30 9000 900 2 6 65 9 0\n");
        assertEquals(OptionalDouble.of(0.25), time.stop().share());
        String remark = time.stop().remark();
        assertTrue(remark.contains(" 25 % of this machine's processor time") && remark.endsWith("\n"), remark);
    }

    @Test
    void nothingIsSaidOfAnUndisturbedRun() throws IOException {
        StolenTime.Counter time = StolenTime.start(counters("cpu  100 0 0 0 0 0 0 40\n"));
        counters("cpu  1100 0 0 0 0 0 0 50\n");
        assertEquals(10.0 / 1010, time.stop().share().getAsDouble(), 1e-12);
        assertEquals("", time.stop().remark());
    }

    @Test
    void noTimeAtAllIsNothingStolen() throws IOException {
        StolenTime.Counter time = StolenTime.start(counters("cpu  100 0 0 0 0 0 0 40\n"));
        assertEquals(OptionalDouble.of(0), time.stop().share());
    }

    @Test
    void systemsThatDoNotTellHaveNoShare() throws IOException {
        assertEquals(OptionalDouble.empty(), StolenTime.start(folder.resolve("missing")).stop().share());
        assertEquals(OptionalDouble.empty(), StolenTime.start(counters("")).stop().share());
        assertEquals(OptionalDouble.empty(), StolenTime.start(counters("cpu  1 2 3 4 5 6 7\n")).stop().share());
        assertEquals(OptionalDouble.empty(), StolenTime.start(counters("cpu  1 2 3 4 5 6 7 many\n")).stop().share());
        assertEquals(OptionalDouble.empty(), StolenTime.start(counters("intr 1 2 3 4 5 6 7 8\n")).stop().share());
    }

    @Test
    void countersThatGoBackHaveNoShare() throws IOException {
        StolenTime.Counter time = StolenTime.start(counters("cpu  100 0 0 0 0 0 0 40\n"));
        counters("cpu  200 0 0 0 0 0 0 39\n");
        assertEquals(OptionalDouble.empty(), time.stop().share());
        assertEquals("", time.stop().remark());
    }
}
