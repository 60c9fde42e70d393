package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The voice activity detector's directory: published, converted, and with a broken normalisation file. */
class VadWeightsTest {
    @TempDir
    Path folder;

    @Test
    void readsThePublishedGeometryBothWays() {
        Path source = Golden.directory("vad/model");
        VadWeights published = VadWeights.open(source);
        assertEquals(400, published.config().inputDim());
        assertEquals(4, published.config().layers());
        assertEquals(20, published.config().leftOrder());
        assertEquals(5, published.config().frontend().lfrStack());
        assertEquals(800, published.config().detection().maxEndSilenceMs());
        assertEquals(0.6, published.config().detection().speechNoiseThreshold());
        assertTrue(published.config().detection().extend());
        assertEquals(List.of(0), published.config().detection().silencePdfs());
        assertEquals(400, published.cmvn().shift().length);
        assertEquals(-13.186852f, published.cmvn().shift()[0]);
        assertEquals(List.of(128L, 1L, 20L, 1L), published.shape("encoder.fsmn.3.fsmn_block.conv_left.weight"));
        assertEquals(248, published.floats("encoder.out_linear2.linear.bias").length);

        Path target = folder.resolve("converted");
        ModelMetadata metadata = Converter.convert(source, target, ConvertOptions.defaults());
        assertEquals("fsmn-vad", metadata.kind());
        VadWeights converted = VadWeights.open(target);
        assertEquals(published.config(), converted.config());
        for (String name : metadata.tensors().keySet()) {
            assertArrayEquals(published.floats(name), converted.floats(name), name);
            assertEquals(published.shape(name), converted.shape(name), name);
        }
        assertArrayEquals(published.cmvn().scale(), converted.cmvn().scale());
    }

    @Test
    void namesWhatIsMissing() throws IOException {
        Path source = Golden.directory("vad/model");
        Refusals.refused(Kind.MISSING, () -> VadWeights.open(folder.resolve("none")), "not the folder");
        Refusals.refused(Kind.MISSING, () -> VadWeights.open(source).floats("x"), "no tensor \"x\"");
        Path copy = Files.createDirectory(folder.resolve("copy"));
        Files.copy(source.resolve("config.yaml"), copy.resolve("config.yaml"));
        Refusals.refused(Kind.MISSING, () -> VadWeights.open(copy), "am.mvn does not exist");
        Files.copy(source.resolve("am.mvn"), copy.resolve("am.mvn"));
        Refusals.refused(Kind.MISSING, () -> VadWeights.open(copy), "neither model.pt nor model.safetensors");
    }

    @Test
    void refusesARecogniserAsDetectorAndTheReverse() throws IOException {
        Path nano = new TinyModel(1).write(folder.resolve("nano"));
        Refusals.refused(Kind.UNSUPPORTED, () -> VadWeights.open(nano), "FsmnVADStreaming");
        Path vad = Golden.directory("vad/model");
        Refusals.refused(Kind.UNSUPPORTED,
                () -> ModelDirectory.open(vad, OpenOptions.defaults().withCacheDir(folder.resolve("cache"))), "FunASRNano");
    }

    @Test
    void readsShiftAndScale() {
        Cmvn cmvn = cmvn("<Nnet>\n<Splice> 2 2\n[ 0 ]\n<AddShift> 2 2\n<LearnRateCoef> 0 [ -1.5 2e1 ]\n<Rescale> 2 2\n<LearnRateCoef> 0 [ 3 .5 ]\n</Nnet>");
        assertArrayEquals(new float[] {-1.5f, 20}, cmvn.shift());
        assertArrayEquals(new float[] {3, 0.5f}, cmvn.scale());
    }

    @Test
    void refusesBrokenNormalisation() {
        String shift = "<AddShift> 2 2\n<LearnRateCoef> 0 [ 1 2 ]\n";
        Refusals.refused(Kind.MALFORMED, () -> cmvn(shift), "<Rescale>");
        Refusals.refused(Kind.MALFORMED, () -> cmvn(shift + "<Rescale> [ 1 2"), "<Rescale>");
        Refusals.refused(Kind.MALFORMED, () -> cmvn(shift + "<Rescale> [ 1 x ]"), "\"x\" instead of a number");
        Refusals.refused(Kind.MALFORMED, () -> cmvn(shift + "<Rescale> [ 1 NaN ]"), "not finite");
        Refusals.refused(Kind.MISMATCH, () -> cmvn(shift + "<Rescale> [ 1 2 3 ]"), "3 numbers", "2 columns");
        Refusals.refused(Kind.MALFORMED, () -> cmvn(""), "is empty");
        Refusals.refused(Kind.LIMIT, () -> cmvn(" ".repeat(2 << 20)), "the limit is 1.0 MB");
    }

    private static Cmvn cmvn(String text) {
        return Cmvn.read(text.getBytes(StandardCharsets.UTF_8), "am.mvn", 2);
    }
}
