package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.kernels.MachineCeilings;
import io.github.funasrjava.kernels.MachineCeilings.Ceiling;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BenchReportTest {
    @Test
    void aMedianIsComparedWithTheBestAndWithTheMedianOfTheReadLoop() {
        MachineCeilings ceilings = new MachineCeilings(List.of(new Ceiling(MachineCeilings.READ, "GB/s", 15, 30, Optional.of(25.0))),
                Optional.empty());
        assertEquals(", 70 % of the best read loop just after (30.0 GB/s), 84 % of that loop's median (25.0)", BenchReport.share(21, ceilings));
    }

    @Test
    void aLoopThatRanOnceHasNoMedian() {
        MachineCeilings ceilings = new MachineCeilings(List.of(new Ceiling("device memory, copied", "GB/s", 4000, 4000, Optional.empty())),
                Optional.empty());
        assertEquals(", 50 % of the best read loop just after (4000.0 GB/s)", BenchReport.share(2000, ceilings));
    }

    @Test
    void withoutALoopNothingIsSaid() {
        assertEquals("", BenchReport.share(21, new MachineCeilings(List.of(), Optional.of("why"))));
    }
}
