package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An FSMN voice activity detector: configuration, normalisation and weights, all on the heap (1.7 MB). Read from its
 * published directory or from a converted one; because it is so small, a published one is not converted first.
 */
public final class VadWeights {
    static final String CMVN_FILE = "am.mvn";

    private final VadConfig config;
    private final Cmvn cmvn;
    private final Map<String, float[]> values = new HashMap<>();
    private final Map<String, List<Long>> shapes = new HashMap<>();

    private VadWeights(VadConfig config, Cmvn cmvn) {
        this.config = config;
        this.cmvn = cmvn;
    }

    /**
     * Reads a detector's directory.
     *
     * @throws WeightsException if something is missing or does not fit the configuration
     */
    public static VadWeights open(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new WeightsException(Kind.MISSING, directory + " is not the folder of a voice activity detector.");
        }
        ModelFiles files = new ModelFiles.InDirectory(directory);
        VadConfig config = VadConfig.read(files);
        Cmvn cmvn = Cmvn.read(files.bytes(CMVN_FILE), files.describe(CMVN_FILE), config.inputDim());
        VadWeights weights = new VadWeights(config, cmvn);
        try (Arena arena = Arena.ofConfined()) {
            if (ModelDirectory.isConverted(directory)) {
                weights.readConverted(directory, arena);
            } else {
                weights.readPublished(Checkpoint.locate(directory), arena);
            }
        }
        return weights;
    }

    /** The configuration. */
    public VadConfig config() {
        return config;
    }

    /** The normalisation of the features. */
    public Cmvn cmvn() {
        return cmvn;
    }

    /** A copy of a tensor's values, row-major. */
    public float[] floats(String name) {
        float[] found = values.get(name);
        if (found == null) {
            throw new WeightsException(Kind.MISSING, "The voice activity detector has no tensor " + Messages.quote(name) + ".");
        }
        return found.clone();
    }

    /** The shape of a tensor. */
    public List<Long> shape(String name) {
        List<Long> found = shapes.get(name);
        if (found == null) {
            throw new WeightsException(Kind.MISSING, "The voice activity detector has no tensor " + Messages.quote(name) + ".");
        }
        return found;
    }

    private void readPublished(Path file, Arena arena) {
        Checkpoint checkpoint = Checkpoint.open(file, arena);
        ConversionPlan plan = ConversionPlan.of(config.catalog(), checkpoint.tensors(), Precision.KEEP, file.toString());
        for (PlannedTensor tensor : plan.tensors()) {
            TensorRows rows = new TensorRows(tensor.sources(), 1, false, arena);
            float[] all = new float[Math.toIntExact(tensor.sources().getFirst().elements())];
            float[] one = new float[1];
            for (int i = 0; i < all.length; i++) {
                rows.read(i, one);
                all[i] = one[0];
            }
            put(tensor.name(), tensor.shape(), all);
        }
    }

    private void readConverted(Path directory, Arena arena) {
        ConvertedFile converted = ConvertedFile.of(
                SafetensorsFile.open(directory.resolve(Checkpoint.SAFETENSORS_FILE), arena));
        converted.requireTensors(config.catalog(), ModelKind.VAD);
        for (StoredTensor tensor : converted.metadata().tensors().values()) {
            MemorySegment data = converted.vector(tensor.name()).data();
            put(tensor.name(), tensor.shape(), data.toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    private void put(String name, List<Long> shape, float[] all) {
        values.put(name, all);
        shapes.put(name, shape);
    }
}
