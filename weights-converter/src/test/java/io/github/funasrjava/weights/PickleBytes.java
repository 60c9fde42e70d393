package io.github.funasrjava.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes a protocol-2 pickle, opcode by opcode, as torch.save does. */
final class PickleBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    PickleBytes() {
        op(0x80).op(2);
    }

    /** A pickle without a protocol. */
    static PickleBytes bare() {
        PickleBytes pickle = new PickleBytes();
        pickle.out.reset();
        return pickle;
    }

    PickleBytes op(int opcode) {
        out.write(opcode);
        return this;
    }

    PickleBytes ops(String opcodes) {
        out.writeBytes(opcodes.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    PickleBytes text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return op('X').int32(utf8.length).bytes(utf8);
    }

    PickleBytes global(String module, String name) {
        return ops("c" + module + "\n" + name + "\n");
    }

    PickleBytes number(long value) {
        if (value >= 0 && value < 256) {
            return op('K').op((int) value);
        }
        if (value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE) {
            return op('J').int32((int) value);
        }
        return op(0x8a).op(8).bytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    PickleBytes int32(int value) {
        return bytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    PickleBytes bytes(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    PickleBytes numbers(List<Long> values) {
        op('(');
        values.forEach(this::number);
        return op('t');
    }

    /** The call that makes a tensor of a storage. */
    PickleBytes tensor(String storageClass, String key, long elements, long offset, List<Long> shape, List<Long> strides) {
        global("torch._utils", "_rebuild_tensor_v2").op('(');
        op('(').text("storage").global("torch", storageClass).text(key).text("cpu").number(elements).op('t').op('Q');
        number(offset).numbers(shape).numbers(strides);
        return op(0x89).global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
    }

    byte[] build() {
        return op('.').out.toByteArray();
    }
}
