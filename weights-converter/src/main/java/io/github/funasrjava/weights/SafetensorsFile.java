package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A safetensors file, mapped or in memory, whose header has been checked completely. The tensors are slices of the one
 * segment; the arena that was given at opening owns them.
 */
public final class SafetensorsFile {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    private final String source;
    private final SafetensorsHeader header;
    private final Optional<FileIdentity> identity;

    private SafetensorsFile(MemorySegment bytes, String source, SafetensorsLimits limits, Optional<FileIdentity> identity) {
        this.bytes = bytes.asReadOnly();
        this.source = source;
        this.header = SafetensorsHeader.read(this.bytes, source, limits);
        this.identity = identity;
    }

    /** Maps {@code file} into {@code arena} with the default limits. */
    public static SafetensorsFile open(Path file, Arena arena) {
        return open(file, arena, SafetensorsLimits.DEFAULT);
    }

    /**
     * Maps {@code file} into {@code arena}. Nothing is copied to the heap.
     *
     * @throws WeightsException if the file cannot be read or breaks a rule of the format
     */
    public static SafetensorsFile open(Path file, Arena arena, SafetensorsLimits limits) {
        FileIdentity identity = Checkpoint.identity(file);
        MemorySegment mapped = Checkpoint.map(file, identity, arena);
        ForeignFiles.refuse(mapped, file.toString(), "a safetensors file");
        return new SafetensorsFile(mapped, file.toString(), limits, Optional.of(identity));
    }

    /** Checks a safetensors file that already lies in memory; {@code source} names it in messages. */
    public static SafetensorsFile of(MemorySegment bytes, String source) {
        return of(bytes, source, SafetensorsLimits.DEFAULT);
    }

    /** Checks a safetensors file that already lies in memory, with own limits. */
    public static SafetensorsFile of(MemorySegment bytes, String source, SafetensorsLimits limits) {
        return new SafetensorsFile(bytes, source, limits, Optional.empty());
    }

    /** Bytes of the whole file. */
    public long byteSize() {
        return bytes.byteSize();
    }

    /** The name of the file in messages. */
    public String source() {
        return source;
    }

    /** All tensors, in the order of their data. */
    public Map<String, TensorInfo> tensors() {
        return header.tensors();
    }

    /** The strings under {@code __metadata__}. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /** Whether there is a tensor called {@code name}. */
    public boolean has(String name) {
        return header.tensors().containsKey(name);
    }

    /** Shape, type and place of a tensor; {@link Kind#MISSING} if it is not there. */
    public TensorInfo tensor(String name) {
        TensorInfo tensor = header.tensors().get(name);
        if (tensor == null) {
            throw new WeightsException(Kind.MISSING, source + " has no tensor " + Messages.quote(name) + ".");
        }
        return tensor;
    }

    /** The bytes of a tensor, read only. */
    public MemorySegment data(String name) {
        TensorInfo tensor = tensor(name);
        return bytes.asSlice(tensor.offset(), tensor.bytes());
    }

    /** The whole file, read only. */
    MemorySegment bytes() {
        return bytes;
    }

    /** A floating-point or integer tensor as f32 values in row-major order (f64 and wide integers are rounded). */
    public float[] floats(String name) {
        MemorySegment data = data(name);
        ElementType type = tensor(name).type();
        float[] values = new float[length(name)];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (type) {
                case F32 -> Float.intBitsToFloat(data.get(INT, 4L * i));
                case BF16 -> Float.intBitsToFloat(data.get(SHORT, 2L * i) << 16);
                case F16 -> Float.float16ToFloat(data.get(SHORT, 2L * i));
                case F64 -> (float) Double.longBitsToDouble(data.get(LONG, 8L * i));
                default -> integer(data, type, i);
            };
        }
        return values;
    }

    /** An integer or boolean tensor in row-major order. */
    public long[] longs(String name) {
        MemorySegment data = data(name);
        ElementType type = tensor(name).type();
        if (type.isFloat()) {
            throw new WeightsException(Kind.MISMATCH, "tensor " + Messages.quote(name) + " of " + source + " holds "
                    + type + " values, not integers.");
        }
        long[] values = new long[length(name)];
        for (int i = 0; i < values.length; i++) {
            values[i] = integer(data, type, i);
        }
        return values;
    }

    /** An integer or boolean tensor in row-major order, all of whose values fit 32 bits. */
    public int[] ints(String name) {
        long[] wide = longs(name);
        int[] values = new int[wide.length];
        for (int i = 0; i < values.length; i++) {
            if (wide[i] != (int) wide[i]) {
                throw new WeightsException(Kind.LIMIT, "tensor " + Messages.quote(name) + " of " + source + " holds "
                        + wide[i] + ", which does not fit 32 bits.");
            }
            values[i] = (int) wide[i];
        }
        return values;
    }

    /**
     * Whether the path still names the file that was mapped, with the same length. A server asks before each request;
     * reading a mapping whose file was cut is a fault. Always true for a file in memory.
     */
    public boolean unchanged() {
        return identity.isEmpty() || identity.get().unchanged();
    }

    /** Which file was mapped; empty for a file in memory. */
    Optional<FileIdentity> identity() {
        return identity;
    }

    private int length(String name) {
        long elements = tensor(name).elements();
        if (elements > Integer.MAX_VALUE - 16) {
            throw new WeightsException(Kind.LIMIT,
                    "tensor " + Messages.quote(name) + " of " + source + " has " + elements + " elements, too many for an array.");
        }
        return (int) elements;
    }

    private static long integer(MemorySegment data, ElementType type, long i) {
        return switch (type) {
            case BOOL, U8 -> data.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
            case I8 -> data.get(ValueLayout.JAVA_BYTE, i);
            case I16 -> data.get(SHORT, 2 * i);
            case U16 -> data.get(SHORT, 2 * i) & 0xFFFF;
            case I32 -> data.get(INT, 4 * i);
            case U32 -> data.get(INT, 4 * i) & 0xFFFF_FFFFL;
            case I64, U64 -> data.get(LONG, 8 * i);
            case F16, BF16, F32, F64 -> throw new IllegalStateException("not an integer type: " + type);
        };
    }
}
