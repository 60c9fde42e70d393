package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.MachineCeilings.Ceiling;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MachineCeilingsTest {
    @Test
    void theReadLoopIsTheFastestOfThoseThatRead() {
        MachineCeilings ceilings = new MachineCeilings(List.of(
                new Ceiling(MachineCeilings.READ, "GB/s", 15, 25, Optional.of(24.0)),
                new Ceiling("memory read, plain", "GB/s", 14, 28, Optional.of(21.0)),
                new Ceiling(MachineCeilings.FMA, "GFLOP/s", 210, 420, Optional.of(400.0))), Optional.empty());
        assertEquals(Optional.of(28.0), ceilings.bestRead());
        assertEquals(Optional.of(21.0), ceilings.medianRead());
        assertEquals(Optional.of(420.0), ceilings.all(MachineCeilings.FMA));
        assertEquals(Optional.empty(), ceilings.all(MachineCeilings.AMX_INT8));
    }

    @Test
    void withoutAReadLoopThereIsNoFigure() {
        MachineCeilings none = new MachineCeilings(List.of(), Optional.of("why"));
        assertEquals(Optional.empty(), none.bestRead());
        assertEquals(Optional.empty(), none.medianRead());
    }

    @Test
    void measuresWhatTheMachineHasOrSaysWhyNot() {
        MachineCeilings measured = MachineCeilings.measure(2);
        assertTrue(!measured.ceilings().isEmpty() || measured.missing().isPresent());
        for (Ceiling ceiling : measured.ceilings()) {
            assertTrue(ceiling.one() > 0 && ceiling.all() > 0, ceiling.toString());
            assertTrue(ceiling.median().orElseThrow() <= ceiling.all() && ceiling.median().orElseThrow() > 0, ceiling.toString());
        }
    }
}
