package io.github.funasrjava.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a look at every byte of a converted model found. Opening a model checks its structure only; this reads it all.
 *
 * @param tensors how many tensors were read
 * @param bytes how many bytes they have
 * @param faults one sentence for each tensor or file that is not as it was written, or that holds values that are no
 *     numbers; empty if all is well
 */
public record Verification(int tensors, long bytes, List<String> faults) {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int F32_EXPONENT = 0x7F80_0000;
    private static final int BF16_EXPONENT = 0x7F80;

    public Verification {
        faults = List.copyOf(faults);
    }

    /** Whether nothing was found. */
    public boolean ok() {
        return faults.isEmpty();
    }

    /**
     * Reads all tensors and small files of {@code model}: checksums, and values that are NaN or infinite.
     *
     * @throws WeightsException if the file is cut while it is read
     */
    public static Verification of(ModelWeights model, ProgressListener listener) {
        try {
            return read(model, listener);
        } catch (InternalError e) {
            throw IoFaults.cut(model.converted().file().source(), e);
        }
    }

    private static Verification read(ModelWeights model, ProgressListener listener) {
        ConvertedFile converted = model.converted();
        List<String> faults = new ArrayList<>();
        long total = converted.file().tensors().values().stream().mapToLong(TensorInfo::bytes).sum();
        ProgressMeter meter = new ProgressMeter(listener, total);
        for (Map.Entry<String, TensorInfo> entry : converted.file().tensors().entrySet()) {
            MemorySegment data = converted.file().data(entry.getKey());
            StoredTensor stored = converted.metadata().tensors().get(entry.getKey());
            if (!Sha256.of(data, meter::add).equals(stored.sha256())) {
                faults.add("Tensor " + Messages.quote(entry.getKey()) + " is not as it was written: its sha256 differs.");
            }
            long notFinite = notFinite(data, entry.getValue().type());
            if (notFinite > 0) {
                faults.add("Tensor " + Messages.quote(entry.getKey()) + " holds " + notFinite
                        + " values that are NaN or infinite.");
            }
        }
        converted.metadata().files().forEach((name, sum) -> {
            if (!model.files().has(name)) {
                faults.add("File " + name + " is missing.");
            } else if (!Sha256.of(model.files().bytes(name)).equals(sum)) {
                faults.add("File " + name + " is not as it was copied: its sha256 differs.");
            }
        });
        return new Verification(converted.file().tensors().size(), total, faults);
    }

    private static long notFinite(MemorySegment data, ElementType type) {
        long count = 0;
        if (type == ElementType.BF16) {
            for (long at = 0; at < data.byteSize(); at += Short.BYTES) {
                count += (data.get(SHORT, at) & BF16_EXPONENT) == BF16_EXPONENT ? 1 : 0;
            }
        } else if (type == ElementType.F32) {
            for (long at = 0; at < data.byteSize(); at += Integer.BYTES) {
                count += (data.get(INT, at) & F32_EXPONENT) == F32_EXPONENT ? 1 : 0;
            }
        }
        return count;
    }
}
