package io.github.funasrjava.weights;

import java.util.Locale;
import java.util.Optional;

/** The element types that occur in safetensors files and torch storages. All are stored little endian. */
public enum ElementType {
    BOOL(1, "BoolStorage"),
    U8(1, "ByteStorage"),
    I8(1, "CharStorage"),
    I16(2, "ShortStorage"),
    U16(2, ""),
    F16(2, "HalfStorage"),
    BF16(2, "BFloat16Storage"),
    I32(4, "IntStorage"),
    U32(4, ""),
    F32(4, "FloatStorage"),
    F64(8, "DoubleStorage"),
    I64(8, "LongStorage"),
    U64(8, "");

    private final int bytes;
    private final String torchStorage;

    ElementType(int bytes, String torchStorage) {
        this.bytes = bytes;
        this.torchStorage = torchStorage;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Whether elements are floating-point numbers. */
    public boolean isFloat() {
        return this == F16 || this == BF16 || this == F32 || this == F64;
    }

    /** The class in module {@code torch} whose storages hold this type; empty if torch 1.13 has none. */
    String torchStorage() {
        return torchStorage;
    }

    /** The type that safetensors calls {@code name} ({@code "F32"}, {@code "BF16"} ...). */
    static Optional<ElementType> ofSafetensors(String name) {
        for (ElementType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** The type of torch storage class {@code name} ({@code "FloatStorage"} ...). */
    static Optional<ElementType> ofTorchStorage(String name) {
        for (ElementType type : values()) {
            if (!type.torchStorage.isEmpty() && type.torchStorage.equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** The name in sentences, such as {@code bf16}. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
