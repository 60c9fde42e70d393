package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Interprets the pickle of a torch checkpoint. It knows the opcodes that {@code torch.save} uses and a closed list of
 * globals, each of which has one fixed meaning here; nothing is ever looked up or called by name. Input length, stack,
 * memo and number of objects are bounded, and no step recurses.
 *
 * <p>Values come out as {@link Map} (dict), {@link List} (list), {@link Tuple}, {@link String}, {@link Long},
 * {@link Double}, {@link Boolean}, {@link #NONE} and {@link Tensor}.
 */
final class PickleReader {
    /** Longest pickle; that of the published models is about 150 kB. */
    static final int MAX_BYTES = 16 << 20;
    private static final int MAX_DEPTH = 1 << 16;
    private static final int MAX_OBJECTS = 1 << 18;
    private static final int MAX_MEMO = 1 << 16;
    private static final int MAX_STRING_BYTES = 1 << 16;
    private static final int MAX_DIMENSIONS = 16;

    /** Stands for Python's None. */
    static final Object NONE = new Object();
    private static final Object MARK = new Object();

    /** A tuple. */
    record Tuple(List<Object> items) {}

    /** A storage named by its key: {@code elements} values of {@code type}; untyped ones count bytes. */
    record Storage(ElementType type, boolean untyped, String key, long elements) {}

    /** A view of a storage; offset and strides count elements. */
    record Tensor(Storage storage, ElementType type, long offset, List<Long> shape, List<Long> strides) {}

    private record StorageType(ElementType type, boolean untyped) {}

    private enum Callable {
        ORDERED_DICT,
        TENSOR_V2,
        TENSOR_V3,
        PARAMETER
    }

    private final MemorySegment bytes;
    private final String source;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Integer, Object> memo = new HashMap<>();
    private long position;
    private int objects;

    private PickleReader(MemorySegment bytes, String source) {
        this.bytes = bytes;
        this.source = source;
    }

    /** The object that {@code bytes} describe; {@code source} names the file in messages. */
    static Object read(MemorySegment bytes, String source) {
        if (bytes.byteSize() > MAX_BYTES) {
            throw new WeightsException(Kind.LIMIT, source + " has a pickle of " + Messages.bytes(bytes.byteSize())
                    + "; the limit is " + Messages.bytes(MAX_BYTES) + ".");
        }
        return new PickleReader(bytes, source).run();
    }

    private Object run() {
        while (true) {
            int opcode = u8();
            switch (opcode) {
                case 0x80 -> protocol(u8());
                case 0x95 -> take(8); // FRAME: its length only helps readers that buffer
                case '(' -> push(MARK);
                case ')' -> push(new Tuple(List.of()));
                case '}' -> push(new LinkedHashMap<Object, Object>());
                case ']' -> push(new ArrayList<Object>());
                case 'X' -> push(string(u32()));
                case 0x8c -> push(string(u8()));
                case 'K' -> push((long) u8());
                case 'M' -> push((long) (u8() | u8() << 8));
                case 'J' -> push((long) (int) u32());
                case 0x8a -> push(longValue(u8()));
                case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(u64())));
                case 'N' -> push(NONE);
                case 0x88 -> push(true);
                case 0x89 -> push(false);
                case 'q' -> remember(u8());
                case 'r' -> remember(memoIndex());
                case 0x94 -> remember(memo.size());
                case 'h' -> push(recall(u8()));
                case 'j' -> push(recall(memoIndex()));
                case 't' -> push(new Tuple(popToMark()));
                case 0x85 -> push(new Tuple(popItems(1)));
                case 0x86 -> push(new Tuple(popItems(2)));
                case 0x87 -> push(new Tuple(popItems(3)));
                case 'a' -> append(popItems(1));
                case 'e' -> append(popToMark());
                case 's' -> setItems(popItems(2));
                case 'u' -> setItems(popToMark());
                case 'c' -> push(global(line(), line()));
                case 0x93 -> {
                    List<Object> names = popItems(2);
                    push(global(text(names.get(0), "a module name"), text(names.get(1), "a global's name")));
                }
                case 'R', 0x81 -> {
                    List<Object> call = popItems(2);
                    push(call(call.get(0), tuple(call.get(1), "arguments")));
                }
                case 'b' -> build(popItems(1).getFirst());
                case 'Q' -> push(storage(tuple(popItems(1).getFirst(), "a storage")));
                case '.' -> {
                    if (stack.size() != 1) {
                        throw malformed("ends with " + stack.size() + " objects instead of one");
                    }
                    Object result = popItems(1).getFirst();
                    if (position != bytes.byteSize()) {
                        throw malformed("goes on after its end");
                    }
                    return result;
                }
                default -> throw new WeightsException(Kind.UNSUPPORTED, String.format(java.util.Locale.ROOT,
                        "%s uses pickle opcode 0x%02x at byte %d, which checkpoints do not need.", source, opcode,
                        position - 1));
            }
        }
    }

    private void protocol(int version) {
        if (version < 2 || version > 5) {
            throw new WeightsException(Kind.UNSUPPORTED, source + " uses pickle protocol " + version + "; 2 to 5 are read.");
        }
    }

    // Globals: the closed list

    private Object global(String module, String name) {
        String full = module + " " + name;
        switch (full) {
            case "collections OrderedDict" -> {
                return Callable.ORDERED_DICT;
            }
            case "torch._utils _rebuild_tensor_v2" -> {
                return Callable.TENSOR_V2;
            }
            case "torch._utils _rebuild_tensor_v3" -> {
                return Callable.TENSOR_V3;
            }
            case "torch._utils _rebuild_parameter" -> {
                return Callable.PARAMETER;
            }
            case "torch.storage UntypedStorage" -> {
                return new StorageType(ElementType.U8, true);
            }
            default -> { }
        }
        if (module.equals("torch")) {
            var storage = ElementType.ofTorchStorage(name);
            if (storage.isPresent()) {
                return new StorageType(storage.get(), false);
            }
            ElementType type = switch (name) {
                case "float64" -> ElementType.F64;
                case "float32" -> ElementType.F32;
                case "float16" -> ElementType.F16;
                case "bfloat16" -> ElementType.BF16;
                case "int64" -> ElementType.I64;
                case "int32" -> ElementType.I32;
                default -> null;
            };
            if (type != null) {
                return type;
            }
        }
        throw new WeightsException(Kind.UNSUPPORTED, source + " asks for the global " + Messages.quote(full)
                + ", which weights do not need and which is refused because a pickle can run programs; nothing was executed.");
    }

    private Object call(Object callable, List<Object> arguments) {
        if (!(callable instanceof Callable known)) {
            throw malformed("calls something that is not a function");
        }
        return switch (known) {
            case ORDERED_DICT -> {
                if (!arguments.isEmpty()) {
                    throw malformed("makes an OrderedDict from arguments");
                }
                yield new LinkedHashMap<Object, Object>();
            }
            case PARAMETER -> {
                if (arguments.isEmpty() || !(arguments.getFirst() instanceof Tensor tensor)) {
                    throw malformed("makes a parameter from something that is not a tensor");
                }
                yield tensor;
            }
            case TENSOR_V2 -> tensor(arguments, false);
            case TENSOR_V3 -> tensor(arguments, true);
        };
    }

    private Tensor tensor(List<Object> arguments, boolean typed) {
        int needed = typed ? 7 : 4;
        if (arguments.size() < needed || !(arguments.getFirst() instanceof Storage storage)) {
            throw malformed("makes a tensor without a storage");
        }
        ElementType type = storage.type;
        if (typed) {
            if (!(arguments.get(6) instanceof ElementType given)) {
                throw malformed("makes a tensor of an unknown type");
            }
            type = given;
        } else if (storage.untyped) {
            throw malformed("makes a tensor without a type");
        }
        long offset = number(arguments.get(1), "a storage offset");
        List<Long> shape = numbers(arguments.get(2), "a shape");
        List<Long> strides = numbers(arguments.get(3), "strides");
        if (shape.size() != strides.size()) {
            throw malformed("gives a tensor " + shape.size() + " sizes, but " + strides.size() + " strides");
        }
        return new Tensor(storage, type, offset, shape, strides);
    }

    private Storage storage(List<Object> id) {
        if (id.size() < 5 || !"storage".equals(id.getFirst()) || !(id.get(1) instanceof StorageType type)) {
            throw malformed("refers to something that is not a storage");
        }
        return new Storage(type.type, type.untyped, text(id.get(2), "a storage key"), number(id.get(4), "a storage size"));
    }

    private List<Long> numbers(Object value, String what) {
        List<Object> items = tuple(value, what);
        if (items.size() > MAX_DIMENSIONS) {
            throw new WeightsException(Kind.LIMIT, source + " has a tensor of " + items.size()
                    + " dimensions; the limit is " + MAX_DIMENSIONS + ".");
        }
        List<Long> numbers = new ArrayList<>(items.size());
        for (Object item : items) {
            numbers.add(number(item, what));
        }
        return numbers;
    }

    private long number(Object value, String what) {
        if (value instanceof Long number && number >= 0) {
            return number;
        }
        throw malformed("has " + what + " that is not a number from 0 on");
    }

    private String text(Object value, String what) {
        if (value instanceof String text) {
            return text;
        }
        throw malformed("has " + what + " that is not a text");
    }

    private List<Object> tuple(Object value, String what) {
        if (value instanceof Tuple tuple) {
            return tuple.items;
        }
        throw malformed("has " + what + " that is not a tuple");
    }

    // Containers

    private void append(List<Object> items) {
        if (!(top() instanceof List<?>)) {
            throw malformed("appends to something that is not a list");
        }
        @SuppressWarnings("unchecked")
        List<Object> list = (List<Object>) top();
        list.addAll(items);
    }

    private void setItems(List<Object> items) {
        if (!(top() instanceof Map<?, ?>)) {
            throw malformed("sets items of something that is not a dict");
        }
        if (items.size() % 2 != 0) {
            throw malformed("sets a dict key without a value");
        }
        @SuppressWarnings("unchecked")
        Map<Object, Object> map = (Map<Object, Object>) top();
        for (int i = 0; i < items.size(); i += 2) {
            Object key = items.get(i);
            if (!(key instanceof String || key instanceof Long || key instanceof Boolean || key instanceof Double)) {
                throw malformed("has a dict key that is neither text nor number");
            }
            map.put(key, items.get(i + 1));
        }
    }

    /** State of an OrderedDict is its {@code _metadata}, which nobody needs. */
    private void build(Object state) {
        if (!(top() instanceof Map<?, ?>) || !(state instanceof Map<?, ?>)) {
            throw malformed("sets the state of something that has none");
        }
    }

    // Stack and memo

    private void push(Object value) {
        if (stack.size() == MAX_DEPTH) {
            throw new WeightsException(Kind.LIMIT, source + " needs a pickle stack of more than " + MAX_DEPTH + " objects.");
        }
        if (++objects > MAX_OBJECTS) {
            throw new WeightsException(Kind.LIMIT, source + " has a pickle of more than " + MAX_OBJECTS + " objects.");
        }
        stack.add(value);
    }

    private Object top() {
        if (stack.isEmpty() || stack.getLast() == MARK) {
            throw malformed("takes more than it has put on its stack");
        }
        return stack.getLast();
    }

    private List<Object> popItems(int count) {
        int from = stack.size() - count;
        if (from < 0) {
            throw malformed("takes more than it has put on its stack");
        }
        return cut(from);
    }

    private List<Object> popToMark() {
        int mark = stack.size() - 1;
        while (mark >= 0 && stack.get(mark) != MARK) {
            mark--;
        }
        if (mark < 0) {
            throw malformed("looks for a mark that it has not set");
        }
        List<Object> items = cut(mark + 1);
        stack.removeLast();
        return items;
    }

    private List<Object> cut(int from) {
        List<Object> tail = stack.subList(from, stack.size());
        for (Object item : tail) {
            if (item == MARK) {
                throw malformed("uses a mark as a value");
            }
        }
        List<Object> items = Collections.unmodifiableList(Arrays.asList(tail.toArray()));
        tail.clear();
        return items;
    }

    private void remember(int index) {
        if (memo.size() >= MAX_MEMO && !memo.containsKey(index)) {
            throw new WeightsException(Kind.LIMIT, source + " remembers more than " + MAX_MEMO + " pickle objects.");
        }
        memo.put(index, top());
    }

    private Object recall(int index) {
        Object value = memo.get(index);
        if (value == null) {
            throw malformed("recalls object " + index + ", which it has not remembered");
        }
        return value;
    }

    // Bytes

    private long take(long count) {
        if (count > bytes.byteSize() - position) {
            throw malformed("ends in the middle of an instruction");
        }
        long at = position;
        position += count;
        return at;
    }

    private int u8() {
        return bytes.get(ValueLayout.JAVA_BYTE, take(1)) & 0xFF;
    }

    private long u32() {
        return bytes.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), take(4)) & 0xFFFF_FFFFL;
    }

    private long u64() {
        return bytes.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), take(8));
    }

    private int memoIndex() {
        long index = u32();
        if (index > Integer.MAX_VALUE) {
            throw malformed("remembers an object under number " + index);
        }
        return (int) index;
    }

    private long longValue(int length) {
        if (length > 8) {
            throw new WeightsException(Kind.LIMIT, source + " has a whole number of " + length + " bytes; the limit is 8.");
        }
        long value = 0;
        for (int i = 0; i < length; i++) {
            value |= (long) u8() << 8 * i;
        }
        int unused = 64 - 8 * length;
        return length == 0 ? 0 : value << unused >> unused;
    }

    private String string(long length) {
        if (length > MAX_STRING_BYTES) {
            throw new WeightsException(Kind.LIMIT,
                    source + " has a text of " + length + " bytes in its pickle; the limit is " + MAX_STRING_BYTES + ".");
        }
        byte[] utf8 = bytes.asSlice(take(length), length).toArray(ValueLayout.JAVA_BYTE);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException e) {
            throw malformed("has a text that is not UTF-8");
        }
    }

    private String line() {
        StringBuilder line = new StringBuilder();
        while (true) {
            int c = u8();
            if (c == '\n') {
                return line.toString();
            }
            if (line.length() == 256) {
                throw malformed("has a global with a name of more than 256 bytes");
            }
            line.append((char) c);
        }
    }

    private WeightsException malformed(String what) {
        return new WeightsException(Kind.MALFORMED, source + " has a pickle that " + what + ".");
    }
}
