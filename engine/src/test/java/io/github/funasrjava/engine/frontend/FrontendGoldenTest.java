package io.github.funasrjava.engine.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Features of every golden recording against the reference's. */
class FrontendGoldenTest {
    /** golden/README.md: 6e-4 seen, up to 4e-3 in single bins of almost no energy; about ten times that is allowed. */
    private static final double USUAL = 6e-3;
    private static final double SINGLE_BIN = 4e-2;
    private static final double SHARE_OF_SINGLE_BINS = 1e-3;

    @Test
    void fbankOfEveryRecordingAgreesWithTheReference() {
        GoldenFiles golden = GoldenFiles.orSkip();
        KaldiFbank fbank = new KaldiFbank(FrontendConfig.FUN_ASR_NANO);
        int compared = 0;
        for (String recording : golden.recordings()) {
            if (golden.path("tiny-nano/golden/" + recording + ".safetensors").toFile().exists()) {
                Features expected = golden.tensors("tiny-nano/golden/" + recording + ".safetensors").get("fbank");
                assertClose(recording, expected, fbank.compute(golden.samples(recording)));
                compared++;
            }
        }
        assertTrue(compared >= 17, "only " + compared + " recordings were compared");
    }

    @Test
    void lowFrameRateRowsOfEveryRecordingAgreeWithTheReference() {
        GoldenFiles golden = GoldenFiles.orSkip();
        KaldiFbank fbank = new KaldiFbank(FrontendConfig.FUN_ASR_NANO);
        LowFrameRate lfr = LowFrameRate.of(FrontendConfig.FUN_ASR_NANO);
        for (String recording : golden.recordings()) {
            if (golden.path("tiny-nano/golden/" + recording + ".safetensors").toFile().exists()) {
                var tensors = golden.tensors("tiny-nano/golden/" + recording + ".safetensors");
                assertClose(recording, tensors.get("lfr"), lfr.apply(fbank.compute(golden.samples(recording))));
                Features exact = lfr.apply(tensors.get("fbank"));
                assertTrue(Arrays.equals(tensors.get("lfr").data(), exact.data()), recording + ": rows of the golden fbank");
            }
        }
    }

    private static void assertClose(String recording, Features expected, Features actual) {
        assertEquals(expected.rows(), actual.rows(), recording + ": rows");
        assertEquals(expected.cols(), actual.cols(), recording + ": columns");
        int far = 0;
        double worst = 0;
        for (int i = 0; i < expected.data().length; i++) {
            double distance = Math.abs(expected.data()[i] - actual.data()[i]);
            worst = Math.max(worst, distance);
            far += distance > USUAL ? 1 : 0;
        }
        assertTrue(worst <= SINGLE_BIN, recording + ": worst distance " + worst);
        assertTrue(far <= SHARE_OF_SINGLE_BINS * expected.data().length, recording + ": " + far + " bins differ");
    }
}
