package io.github.funasrjava.weights;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.weights.StoredTensor.Layout;
import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A converted {@code model.safetensors}: the file, what it says about itself, and the tensors in the kernels' types. */
record ConvertedFile(SafetensorsFile file, ModelMetadata metadata) {
    static ConvertedFile of(SafetensorsFile file) {
        return new ConvertedFile(file, ModelMetadata.read(file.metadata(), file.source()));
    }

    /**
     * Throws unless every tensor of the catalogue is there, in its shape and layout; all differences are one error. The
     * CTC branch may be absent where the metadata say why, the head where it is tied or the configuration ties it.
     */
    void requireTensors(TensorCatalog catalog, ModelKind kind) {
        if (!metadata.kind().equals(kind.label())) {
            throw new WeightsException(Kind.MISMATCH, file.source() + " holds a model of kind "
                    + Messages.quote(metadata.kind()) + ", but its configuration describes " + kind.label() + ".");
        }
        List<TensorSpec> wanted = new ArrayList<>(catalog.core());
        if (metadata.ctcFault().isEmpty()) {
            wanted.addAll(catalog.ctc());
        }
        Optional<TensorSpec> head = catalog.head()
                .filter(spec -> file.has(spec.name()) || metadata.tiedHead().isEmpty() && !catalog.tiedByConfiguration());
        head.ifPresent(wanted::add);
        Differences differences = new Differences();
        Set<String> known = new HashSet<>();
        for (TensorSpec spec : wanted) {
            known.add(spec.name());
            check(spec, differences);
            if (isInt8(spec.name())) {
                known.add(spec.name() + PlannedTensor.SCALES_SUFFIX);
                checkScales(spec, differences);
            }
        }
        for (String name : file.tensors().keySet()) {
            StoredTensor stored = metadata.tensors().get(name);
            if (!known.contains(name) && (stored == null || stored.layout() != Layout.RAW)) {
                differences.unexpected(name);
            }
        }
        differences.throwIfAny(file.source() + " does not fit its configuration");
    }

    private void check(TensorSpec spec, Differences differences) {
        StoredTensor stored = metadata.tensors().get(spec.name());
        TensorInfo info = file.tensors().get(spec.name());
        if (stored == null || info == null) {
            differences.missing(spec.name(), spec.shape());
            return;
        }
        if (!stored.shape().equals(spec.shape())) {
            differences.shape(spec.name(), stored.shape(), spec.shape());
            return;
        }
        Layout layout = spec.panels() ? Layout.PANELS : Layout.ROWS;
        boolean typeFits = info.type() == ElementType.F32
                || spec.panels() && (info.type() == ElementType.BF16 || info.type() == ElementType.I8);
        if (stored.layout() != layout || !typeFits) {
            differences.stored(spec.name(), "is stored as " + info.type() + " " + stored.layout());
        } else if (!info.shape().equals(PlannedTensor.storedShape(layout, info.type(), stored.shape()))) {
            differences.stored(spec.name(), "is stored as " + info.shape() + " instead of "
                    + PlannedTensor.storedShape(layout, info.type(), stored.shape()));
        } else {
            checkAlignment(info, differences);
        }
    }

    private static void checkAlignment(TensorInfo info, Differences differences) {
        if (info.offset() % PlannedTensor.LINE_BYTES != 0) {
            differences.stored(info.name(), "is not aligned to " + PlannedTensor.LINE_BYTES + " bytes");
        }
    }

    private boolean isInt8(String name) {
        return file.has(name) && file.tensor(name).type() == ElementType.I8;
    }

    private void checkScales(TensorSpec spec, Differences differences) {
        String name = spec.name() + PlannedTensor.SCALES_SUFFIX;
        TensorInfo info = file.tensors().get(name);
        List<Long> shape = PlannedTensor.storedShape(Layout.SCALES, ElementType.F32, spec.shape());
        if (info == null || !metadata.tensors().containsKey(name)) {
            differences.missing(name, shape);
        } else if (info.type() != ElementType.F32 || !info.shape().equals(shape)) {
            differences.stored(name, "is stored as " + info.type() + " " + info.shape() + " instead of F32 " + shape);
        } else {
            checkAlignment(info, differences);
        }
    }

    /** A weight matrix. */
    PanelMatrix matrix(String name) {
        StoredTensor stored = stored(name, Layout.PANELS);
        PanelLayout layout = PlannedTensor.panels(file.tensor(name).type(), stored.shape());
        return layout.dtype() == DType.INT8
                ? new PanelMatrix(layout, file.data(name), file.data(name + PlannedTensor.SCALES_SUFFIX))
                : new PanelMatrix(layout, file.data(name));
    }

    /** A tensor of row-major f32 values: its first dimension as rows, all others as columns. */
    Matrix rows(String name) {
        StoredTensor stored = stored(name, Layout.ROWS);
        int rows = stored.shape().isEmpty() ? 1 : Math.toIntExact(stored.shape().getFirst());
        int cols = Math.toIntExact(elements(stored) / rows);
        return new Matrix(values(name, stored), rows, cols, cols);
    }

    /** A tensor of row-major f32 values as one row. */
    Matrix vector(String name) {
        StoredTensor stored = stored(name, Layout.ROWS);
        int cols = Math.toIntExact(elements(stored));
        return new Matrix(values(name, stored), 1, cols, cols);
    }

    private MemorySegment values(String name, StoredTensor stored) {
        return file.data(name).asSlice(0, elements(stored) * Float.BYTES);
    }

    private static long elements(StoredTensor stored) {
        return stored.shape().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    }

    private StoredTensor stored(String name, Layout layout) {
        StoredTensor stored = metadata.tensors().get(name);
        if (stored == null) {
            throw new WeightsException(Kind.MISSING, file.source() + " has no tensor " + Messages.quote(name) + ".");
        }
        if (stored.layout() != layout) {
            throw new WeightsException(Kind.MISMATCH, file.source() + " stores tensor " + Messages.quote(name) + " as "
                    + stored.layout() + ", not as " + layout + ".");
        }
        return stored;
    }
}
