package io.github.funasrjava.weights;

import io.github.funasrjava.weights.StoredTensor.Layout;
import io.github.funasrjava.weights.TensorSpec.Part;
import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a conversion writes, decided before the first byte: which checkpoint tensors there are, whether they are those
 * that the configuration calls for, and how each is stored.
 *
 * @param tensors in the order of the file, panels first
 * @param tiedHead the checkpoint's output matrix, if it is there and equals the embedding and so is not stored
 * @param ctcFault why the CTC branch cannot be used although the configuration declares it; empty if it can, or if there
 *     is none
 * @param roundedF64 whether f64 values had to be rounded to f32
 */
record ConversionPlan(
        List<PlannedTensor> tensors, Optional<SourceTensor> tiedHead, Optional<String> ctcFault, boolean roundedF64) {
    ConversionPlan {
        tensors = List.copyOf(tensors);
    }

    /** Checks the checkpoint against the configuration and plans; all differences are one error. */
    static ConversionPlan of(TensorCatalog catalog, Map<String, SourceTensor> checkpoint, Precision precision, String source) {
        return new Planner(catalog, checkpoint, precision, source).plan();
    }

    private static final class Planner {
        private final TensorCatalog catalog;
        private final Map<String, SourceTensor> checkpoint;
        private final Precision precision;
        private final String source;
        private final List<PlannedTensor> tensors = new ArrayList<>();
        private final Set<String> used = new HashSet<>();
        private boolean roundedF64;

        Planner(TensorCatalog catalog, Map<String, SourceTensor> checkpoint, Precision precision, String source) {
            this.catalog = catalog;
            this.checkpoint = checkpoint;
            this.precision = precision;
            this.source = source;
        }

        ConversionPlan plan() {
            Differences differences = new Differences();
            catalog.core().forEach(spec -> compare(spec, differences));
            Optional<SourceTensor> tied = head(differences);
            Differences ctcDifferences = new Differences();
            catalog.ctc().forEach(spec -> compare(spec, ctcDifferences));
            checkpoint.keySet().stream()
                    .filter(name -> !used.contains(name) && !isCtc(name))
                    .forEach(name -> differences.unexpected(name));
            differences.throwIfAny(source + " does not fit its configuration" + hint());
            catalog.core().forEach(this::add);
            Optional<String> ctcFault = ctc(ctcDifferences);
            tensors.sort(Comparator.comparing(PlannedTensor::layout));
            return new ConversionPlan(tensors, tied, ctcFault, roundedF64);
        }

        /** The published training settings leave the language model out of the checkpoints that they save. */
        private String hint() {
            boolean decoderWanted = catalog.head().isPresent();
            boolean decoderThere = checkpoint.keySet().stream().anyMatch(name -> name.startsWith(TensorCatalog.DECODER_PREFIX));
            return decoderWanted && !decoderThere
                    ? " (it holds nothing of the language model; train with effective_save_name_excludes set to null)"
                    : "";
        }

        private void compare(TensorSpec spec, Differences differences) {
            for (Part part : spec.parts()) {
                used.add(part.name());
                SourceTensor tensor = checkpoint.get(part.name());
                if (tensor == null) {
                    differences.missing(part.name(), part.shape());
                } else if (!tensor.shape().equals(part.shape())) {
                    differences.shape(part.name(), tensor.shape(), part.shape());
                } else if (!tensor.type().isFloat()) {
                    differences.type(part.name(), tensor.type());
                }
            }
        }

        /** The head counts as tied only when its bytes are those of the embedding, whatever the configuration says. */
        private Optional<SourceTensor> head(Differences differences) {
            if (catalog.head().isEmpty()) {
                return Optional.empty();
            }
            TensorSpec spec = catalog.head().get();
            SourceTensor head = checkpoint.get(TensorCatalog.HEAD);
            if (head == null) {
                if (!catalog.tiedByConfiguration()) {
                    differences.missing(TensorCatalog.HEAD, spec.shape());
                }
                return Optional.empty();
            }
            compare(spec, differences);
            SourceTensor embedding = checkpoint.get(TensorCatalog.EMBEDDING);
            if (!differences.isEmpty() || embedding == null) {
                return Optional.empty();
            }
            if (sameBytes(head, embedding)) {
                return Optional.of(head);
            }
            add(spec);
            return Optional.empty();
        }

        private Optional<String> ctc(Differences differences) {
            boolean declared = !catalog.ctc().isEmpty();
            Optional<String> fault = Optional.empty();
            if (declared && differences.isEmpty()) {
                catalog.ctc().forEach(this::add);
                checkpoint.values().stream().filter(t -> isCtc(t.name()) && !used.contains(t.name())).forEach(this::addRaw);
                return fault;
            }
            List<SourceTensor> unusable = checkpoint.values().stream().filter(t -> isCtc(t.name())).toList();
            unusable.forEach(this::addRaw);
            if (declared) {
                fault = Optional.of(unusable.isEmpty()
                        ? "the checkpoint holds none of its weights"
                        : "its weights are incomplete: " + differences.summary());
            } else if (!unusable.isEmpty()) {
                fault = Optional.of("the configuration does not declare it, although the checkpoint holds weights of it");
            }
            return fault;
        }

        private void add(TensorSpec spec) {
            List<SourceTensor> sources = spec.parts().stream().map(part -> checkpoint.get(part.name())).toList();
            boolean rounded = false;
            boolean bf16 = true;
            for (SourceTensor tensor : sources) {
                Exactness exactness = Exactness.of(tensor);
                rounded |= !exactness.f32();
                bf16 &= exactness.bf16();
            }
            roundedF64 |= rounded;
            ElementType type = ElementType.F32;
            if (spec.panels() && precision == Precision.INT8 && spec.name().startsWith(TensorCatalog.DECODER_PREFIX)) {
                PlannedTensor int8 = new PlannedTensor(
                        spec.name(), Layout.PANELS, ElementType.I8, spec.shape(), sources, true);
                tensors.add(int8);
                tensors.add(int8.scales());
                return;
            }
            if (spec.panels() && (bf16 || precision == Precision.BF16)) {
                type = ElementType.BF16;
                rounded |= !bf16;
            }
            tensors.add(new PlannedTensor(
                    spec.name(), spec.panels() ? Layout.PANELS : Layout.ROWS, type, spec.shape(), sources, rounded));
        }

        private void addRaw(SourceTensor tensor) {
            tensors.add(new PlannedTensor(
                    tensor.name(), Layout.RAW, tensor.type(), tensor.shape(), List.of(tensor), false));
        }

        private static boolean isCtc(String name) {
            return TensorCatalog.CTC_PREFIXES.stream().anyMatch(name::startsWith);
        }

        private static boolean sameBytes(SourceTensor a, SourceTensor b) {
            if (a.type() != b.type()) {
                return false;
            }
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment left = a.rowMajor(arena);
                MemorySegment right = b.rowMajor(arena);
                return left.mismatch(right) < 0;
            }
        }
    }
}
