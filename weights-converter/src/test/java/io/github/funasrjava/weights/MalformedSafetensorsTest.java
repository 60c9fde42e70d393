package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows 29 to 32 and 35 of the reliability cases: every rule of the format, broken once. */
class MalformedSafetensorsTest {
    private static final String ONE = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";

    @TempDir
    Path folder;

    @Test
    void readsAValidFileOfEveryUsualType() throws IOException {
        String header = "{\"__metadata__\":{\"k\":\"v\"},"
                + "\"f\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"h\":{\"shape\":[1,2],\"dtype\":\"I16\",\"data_offsets\":[8,12]},"
                + "\"s\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[12,20]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[20,22]}}   ";
        ByteBuffer data = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
        data.putFloat(1.5f).putFloat(-2).putShort((short) 7).putShort((short) -8).putLong(-5).putShort((short) 0x3F80);
        Path file = Files.write(folder.resolve("a.safetensors"), file(header, data.array()));
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile read = SafetensorsFile.open(file, arena);
            assertEquals("v", read.metadata().get("k"));
            assertEquals(List.of("f", "h", "s", "b"), List.copyOf(read.tensors().keySet()));
            assertEquals(List.of(1L, 2L), read.tensor("h").shape());
            assertArrayEquals(new float[] {1.5f, -2}, read.floats("f"));
            assertArrayEquals(new int[] {7, -8}, read.ints("h"));
            assertArrayEquals(new float[] {7, -8}, read.floats("h"));
            assertArrayEquals(new long[] {-5}, read.longs("s"));
            assertArrayEquals(new float[] {1}, read.floats("b"));
            assertTrue(read.unchanged());
            Files.delete(file);
            assertFalse(read.unchanged());
            assertEquals(Kind.MISSING, assertThrows(WeightsException.class, () -> read.data("x")).kind());
        }
    }

    // Row 29

    @Test
    void rejectsHeaderLongerThanFile() {
        byte[] bytes = file(ONE, new byte[8]);
        bytes[1] = 1;
        refused(bytes, Kind.MALFORMED, "not downloaded completely");
    }

    @Test
    void rejectsHeaderLongerThanTheFormatAllows() {
        byte[] bytes = file(ONE, new byte[8]);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(100_000_001);
        refused(bytes, Kind.MALFORMED, "100000000");
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(-1);
        refused(bytes, Kind.MALFORMED, "18446744073709551615");
    }

    @Test
    void rejectsHeaderLongerThanTheLimit() {
        byte[] bytes = file(ONE, new byte[8]);
        WeightsException e = assertThrows(WeightsException.class, () -> SafetensorsFile.of(
                MemorySegment.ofArray(bytes), "x", new SafetensorsLimits(20, 10, 10, 10)));
        assertEquals(Kind.LIMIT, e.kind());
        assertTrue(e.getMessage().contains("limit is 20"), e.getMessage());
    }

    @Test
    void rejectsHeaderShorterThanTwoBytes() {
        refused(file("", new byte[8]), Kind.MALFORMED, "shortest is 2");
        refused(file("{", new byte[8]), Kind.MALFORMED, "shortest is 2");
        refused(new byte[7], Kind.MALFORMED, "8 bytes of header length");
        refused(new byte[0], Kind.MALFORMED, "8 bytes of header length");
    }

    private static byte[] file(String header, byte[] data) {
        return file(header.getBytes(StandardCharsets.UTF_8), data);
    }

    private static byte[] file(byte[] header, byte[] data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
        out.writeBytes(header);
        out.writeBytes(data);
        return out.toByteArray();
    }

    private static void refused(byte[] bytes, Kind kind, String words) {
        WeightsException e = assertThrows(WeightsException.class,
                () -> SafetensorsFile.of(MemorySegment.ofArray(bytes), "x.safetensors"));
        assertEquals(kind, e.kind(), e.getMessage());
        assertTrue(e.getMessage().contains(words), e.getMessage());
        assertTrue(e.getMessage().startsWith("x.safetensors "), e.getMessage());
    }
}
