package io.github.funasrjava.weights;

import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An open, completely checked Fun-ASR-Nano model: configuration, weights in the kernels' layout, small files. The weights
 * are slices of the mapped file; they live until this (or the arena given at opening) is closed, and closing it while a
 * kernel reads them is an exception, not a crash.
 *
 * <p>Names of tensors are the checkpoint's own, except for those that are stored as one: in {@code llm.model.layers.N.}
 * {@code self_attn.qkv_proj.weight} (query, key, value rows) and {@code mlp.gate_up_proj.weight} (gate, up rows); in
 * {@code audio_adaptor.blocks.N.} and {@code ctc_decoder.blocks.N.} {@code self_attn.linear_q_k_v.weight} and
 * {@code .bias}.
 */
public final class ModelWeights implements AutoCloseable {
    private final ModelConfig config;
    private final ModelFiles files;
    private final ConvertedFile converted;
    private final Optional<Arena> owned;
    private final List<String> warnings;
    private final boolean ctcAvailable;
    private final long byteSize;

    ModelWeights(ModelFiles files, SafetensorsFile weights, Optional<Arena> owned) {
        this.files = files;
        this.owned = owned;
        this.config = ModelConfig.read(files);
        this.converted = ConvertedFile.of(weights);
        this.byteSize = weights.byteSize();
        TensorCatalog catalog = TensorCatalog.of(config);
        converted.requireTensors(catalog, ModelKind.NANO);
        this.ctcAvailable = !catalog.ctc().isEmpty() && metadata().ctcFault().isEmpty();
        this.warnings = List.copyOf(findWarnings());
    }

    /** Bytes of the file that holds the weights. */
    public long byteSize() {
        return byteSize;
    }

    /** The configuration. */
    public ModelConfig config() {
        return config;
    }

    /** What the converted file says about itself: model name, sha256 of the checkpoint, licence, precision, tensors. */
    public ModelMetadata metadata() {
        return converted.metadata();
    }

    /** The small files: configuration and tokenizers. */
    public ModelFiles files() {
        return files;
    }

    /** The folder of the language model's tokenizer; empty when the model is part of the program: use {@link #files}. */
    public Optional<Path> tokenizerDir() {
        return files.directory().map(directory -> directory.resolve(config.decoderFolder()));
    }

    /** Whether there is a tensor {@code name}. */
    public boolean has(String name) {
        return converted.file().has(name) || name.equals(TensorCatalog.HEAD);
    }

    /**
     * A weight matrix {@code [n, k]}. {@code llm.lm_head.weight} is the embedding where the two are tied.
     *
     * @throws WeightsException if there is none of this name
     */
    public PanelMatrix matrix(String name) {
        return converted.matrix(name.equals(TensorCatalog.HEAD) && headIsTied() ? TensorCatalog.EMBEDDING : name);
    }

    /** A bias or the weight of a norm as one row, {@code [1, n]}. */
    public Matrix vector(String name) {
        return converted.vector(name);
    }

    /** A small tensor with its first dimension as rows: an FSMN kernel {@code [n, 1, taps]} as {@code [n, taps]}. */
    public Matrix rows(String name) {
        return converted.rows(name);
    }

    /** Whether the decoder's output matrix is its embedding. */
    public boolean headIsTied() {
        return !converted.file().has(TensorCatalog.HEAD);
    }

    /** Whether the CTC branch is complete and can be used. */
    public boolean ctcAvailable() {
        return ctcAvailable;
    }

    /** Why the CTC branch cannot be used, as a clause; empty when it can. */
    public Optional<String> ctcUnavailableReason() {
        if (ctcAvailable) {
            return Optional.empty();
        }
        return Optional.of(metadata().ctcFault().orElse("the configuration does not declare it"));
    }

    /** What a user should know about these weights, one sentence each. */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * Whether the files are still those that were opened, with the same length; asked before each request. A model
     * inside the program never changes.
     */
    public boolean unchanged() {
        return converted.file().unchanged();
    }

    /** The whole file as it is mapped, read only; every tensor is a slice of it. */
    public MemorySegment mapped() {
        return converted.file().bytes();
    }

    /** The tensors and their bytes, for verification and export. */
    ConvertedFile converted() {
        return converted;
    }

    @Override
    public void close() {
        owned.filter(arena -> arena.scope().isAlive()).ifPresent(Arena::close);
    }

    private List<String> findWarnings() {
        List<String> found = new ArrayList<>();
        if (!ctcAvailable && config.ctc().isPresent()) {
            found.add("No CTC branch: " + ctcUnavailableReason().orElse("") + "; there are no CTC texts and no word times.");
        }
        long rounded = metadata().tensors().values().stream().filter(StoredTensor::rounded).count();
        if (rounded > 0) {
            found.add(rounded + " of " + metadata().tensors().size() + " tensors were rounded at conversion (precision "
                    + metadata().precision().name().toLowerCase(java.util.Locale.ROOT) + ").");
        }
        for (String name : List.of(ModelConfig.CONFIG_FILE, config.decoderFolder() + "/config.json")) {
            String sum = metadata().files().get(name);
            if (sum == null || !sum.equals(Sha256.of(files.bytes(name)))) {
                found.add(name + " was changed after the conversion.");
            }
        }
        return found;
    }
}
