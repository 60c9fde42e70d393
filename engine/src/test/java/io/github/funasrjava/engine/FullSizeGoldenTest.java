package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.funasrjava.kernels.KernelOptions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The full-size geometry against the reference, token for token. Needs {@code -Dfull.model=MODEL_DIR} and
 * {@code -Dgolden.dir=GOLDEN/full}, where the recordings lie in {@code GOLDEN/audio}; without them it is skipped.
 * {@code -Dfull.cache=DIR} keeps the converted model from run to run.
 */
@Tag("long")
class FullSizeGoldenTest {
    @TempDir
    static Path temporary;

    @Test
    void reproducesTheReferenceTokenForToken() {
        String model = System.getProperty("full.model", "");
        String golden = System.getProperty("golden.dir", "");
        assumeFalse(model.isBlank() || golden.isBlank(),
                "the full-size model needs -Dfull.model=MODEL_DIR and -Dgolden.dir=GOLDEN/full");
        Path goldenDir = Path.of(golden);
        Path cache = System.getProperty("full.cache", "").isBlank() ? temporary : Path.of(System.getProperty("full.cache"));
        GoldenSet set = new GoldenSet("full", Path.of(model), goldenDir, goldenDir.resolveSibling("audio"));
        GoldenRun.Outcome outcome = new GoldenRun(set, cache, KernelOptions.defaults()).check();
        System.out.println("full size on " + outcome.tier() + ": " + outcome.recordings()
                + " recordings, worst distance per stage:" + outcome.errors().summary());
        assertTrue(outcome.runs() > 0, "the set holds no runs");
        assertEquals(List.of(), outcome.differences(), "differences from the reference");
        assertEquals(List.of(), outcome.errors().failures(), "stages beyond tolerance");
    }
}
