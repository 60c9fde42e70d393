package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is written is read again, whatever the names, types and shapes; what is not a file is refused in the known way. */
class HeaderPropertiesTest {
    @Property(tries = 500)
    void readsEveryHeaderThatIsWritten(
            @ForAll("slots") List<ConvertedHeader.Slot> slots, @ForAll("metadata") Map<String, String> metadata) {
        ConvertedHeader header = new ConvertedHeader(slots, metadata);
        ByteBuffer file = ByteBuffer.allocate(Math.toIntExact(header.fileBytes()));
        file.put(header.encode(metadata));
        SafetensorsFile read = SafetensorsFile.of(MemorySegment.ofArray(file.array()), "x");
        assertEquals(metadata, read.metadata());
        assertEquals(slots.stream().map(ConvertedHeader.Slot::name).toList(), List.copyOf(read.tensors().keySet()));
        for (int i = 0; i < slots.size(); i++) {
            ConvertedHeader.Slot slot = slots.get(i);
            assertEquals(new TensorInfo(slot.name(), slot.type(), slot.shape(), header.offsets().get(i), slot.bytes()),
                    read.tensor(slot.name()));
        }
        assertEquals(0, header.offsets().isEmpty() ? 0 : header.offsets().getFirst() % 4096);
    }

    @Property(tries = 2000)
    void answersAnyBytesWithAResultOrATypedError(@ForAll byte[] bytes) {
        answered(() -> SafetensorsFile.of(MemorySegment.ofArray(bytes), "x"));
        answered(() -> TorchCheckpoint.read(MemorySegment.ofArray(bytes), "x"));
        answered(() -> PickleReader.read(MemorySegment.ofArray(bytes), "x"));
        answered(() -> Yaml.settings(bytes, "x"));
        answered(() -> Cmvn.read(bytes, "x", 2));
        answered(() -> Json.object(bytes, "x"));
    }

    private static void answered(Runnable reader) {
        try {
            reader.run();
        } catch (WeightsException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        }
    }

    @Provide
    Arbitrary<Map<String, String>> metadata() {
        return Arbitraries.maps(names(), Arbitraries.strings().ofMaxLength(40).filter(HeaderPropertiesTest::isText)).ofMaxSize(5);
    }

    @Provide
    Arbitrary<List<ConvertedHeader.Slot>> slots() {
        Arbitrary<List<Long>> shapes = Arbitraries.longs().between(1, 5).list().ofMaxSize(4);
        Arbitrary<ConvertedHeader.Slot> slot = Combinators.combine(names(), Arbitraries.of(ElementType.class), shapes)
                .as((name, type, shape) -> new ConvertedHeader.Slot(
                        name, type, shape, type.bytes() * shape.stream().reduce(1L, (a, b) -> a * b)));
        return slot.list().ofMaxSize(8).map(HeaderPropertiesTest::distinct);
    }

    private static Arbitrary<String> names() {
        return Arbitraries.strings().ofMinLength(1).ofMaxLength(30)
                .filter(name -> isText(name) && !name.equals("__metadata__"));
    }

    /** Lone surrogates are no text. */
    private static boolean isText(String text) {
        return text.codePoints().noneMatch(point -> point >= 0xD800 && point <= 0xDFFF);
    }

    private static List<ConvertedHeader.Slot> distinct(List<ConvertedHeader.Slot> slots) {
        Map<String, ConvertedHeader.Slot> byName = new LinkedHashMap<>();
        slots.forEach(slot -> byName.put(slot.name(), slot));
        return new ArrayList<>(byName.values());
    }
}
