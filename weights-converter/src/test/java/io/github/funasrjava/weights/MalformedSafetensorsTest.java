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

    // Row 30

    @Test
    void rejectsDuplicateKeys() {
        String a = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
        refused(file("{" + a + "," + a + "}", new byte[8]), Kind.MALFORMED, "\"a\" twice");
        refused(file("{\"\\u0061\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}," + a + "}", new byte[8]),
                Kind.MALFORMED, "\"a\" twice");
        refused(file(ONE.replace("\"shape\"", "\"dtype\":\"F32\",\"shape\""), new byte[8]), Kind.MALFORMED, "\"dtype\" twice");
        refused(file("{\"__metadata__\":{\"k\":\"v\",\"k\":\"w\"}}", new byte[0]), Kind.MALFORMED, "\"k\" twice");
        refused(file("{\"__metadata__\":{},\"__metadata__\":{}}", new byte[0]), Kind.MALFORMED, "two __metadata__");
    }

    @Test
    void rejectsDeepNestingCheaply() {
        byte[] deep = file("{\"a\":" + "[".repeat(5_000_000) + "}", new byte[0]);
        Refusals.refusedWithin(100, 64 << 20, Kind.MALFORMED, () -> read(deep), "not acceptable JSON");
        byte[] objects = file("{\"a\":" + "{\"dtype\":".repeat(500_000) + "}", new byte[0]);
        Refusals.refusedWithin(100, 64 << 20, Kind.MALFORMED, () -> read(objects), "not acceptable JSON");
    }

    @Test
    void rejectsAHundredThousandTensorsCheaply() {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < 100_000; i++) {
            header.append(i == 0 ? "" : ",").append("\"layers.").append(i).append(".weight\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[")
                    .append(4 * i).append(',').append(4 * i + 4).append("]}");
        }
        byte[] bytes = file(header.append('}').toString(), new byte[400_000]);
        Refusals.refusedWithin(100, 64 << 20, Kind.LIMIT, () -> read(bytes), "more than 16384 tensors");
    }

    @Test
    void rejectsAGigabyteOfSpacesCheaply() throws IOException {
        Path file = folder.resolve("spaces.safetensors");
        try (var channel = java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.CREATE_NEW,
                java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(1 << 30).flip());
            channel.write(ByteBuffer.wrap(new byte[1]), (1L << 30) + 7); // a hole: the length is there, the bytes cost nothing
        }
        Refusals.refusedWithin(100, 64 << 20, Kind.MALFORMED, () -> {
            try (Arena arena = Arena.ofConfined()) {
                SafetensorsFile.open(file, arena);
            }
        }, "format allows 100000000");
        byte[] spaces = file("{" + " ".repeat(16_000_000) + "}", new byte[1]);
        Refusals.refusedWithin(100, 64 << 20, Kind.MALFORMED, () -> read(spaces), "1 bytes after its last tensor");
        byte[] padding = file("{}" + " ".repeat(16_000_000), new byte[1]);
        Refusals.refusedWithin(100, 64 << 20, Kind.MALFORMED, () -> read(padding), "1 bytes after its last tensor");
    }

    @Test
    void rejectsBadUtf8() {
        for (int[] bad : new int[][] {{0xFF}, {0xC0, 0x80}, {0xED, 0xA0, 0x80}, {0xF4, 0x90, 0x80, 0x80}, {0xE2, 0x82}}) {
            ByteArrayOutputStream header = new ByteArrayOutputStream();
            header.writeBytes("{\"".getBytes(StandardCharsets.US_ASCII));
            for (int b : bad) {
                header.write(b);
            }
            header.writeBytes(ONE.substring(3).getBytes(StandardCharsets.US_ASCII));
            refused(file(header.toByteArray(), new byte[8]), Kind.MALFORMED, "not UTF-8");
        }
    }

    @Test
    void rejectsUnpairedSurrogates() {
        refused(file(ONE.replace("\"a\"", "\"\\ud800\""), new byte[8]), Kind.MALFORMED, "unpaired surrogate");
        refused(file(ONE.replace("\"a\"", "\"\\udc00\\ud800\""), new byte[8]), Kind.MALFORMED, "unpaired surrogate");
        assertEquals("\ud83d\ude00", read(file(ONE.replace("\"a\"", "\"\\ud83d\\ude00\""), new byte[8])).tensors()
                .keySet().iterator().next());
    }

    @Test
    void rejectsWhatIsNotPlainJson() {
        for (String header : List.of("{\"a\"}", "{a:1}", "{\"a\":1}", "{\"a\":null}", "{\"a\":[]}", "{,}", "{}{}", "{} {}",
                "{\"__metadata__\":{\"k\":1}}", "{\"__metadata__\":[]}", "{\"__metadata__\":{\"k\":{}}}",
                ONE.replace("[2]", "[2,]"), ONE.replace("[2]", "[02]"), ONE.replace("[2]", "[2.0]"), ONE.replace("[2]", "[2e0]"),
                ONE.replace("[2]", "[\"2\"]"), ONE.replace("[2]", "2"), ONE.replace("\"F32\"", "7"), ONE.replace(":{", ":{,"),
                ONE.replace("\"a\"", "\"\\x\""), ONE.replace("\"a\"", "\"\\u12\""),
                ONE.replace("\"a\"", "\"\n\""), "{\"a\":{}}")) {
            refused(file(header, new byte[8]), Kind.MALFORMED, "");
        }
    }

    @Test
    void rejectsAHeaderThatDoesNotBeginAndEndAsTheFormatSays() {
        refused(file(" " + ONE, new byte[8]), Kind.MALFORMED, "does not begin with '{'");
        refused(file("[" + ONE + "]", new byte[8]), Kind.MALFORMED, "does not begin with '{'");
        refused(file("\ufeff" + ONE, new byte[8]), Kind.MALFORMED, "does not begin with '{'");
        refused(file(ONE + "\n", new byte[8]), Kind.MALFORMED, "does not end with '}'");
        refused(file(ONE + "\0", new byte[8]), Kind.MALFORMED, "does not end with '}'");
        assertEquals(1, read(file(ONE + "   ", new byte[8])).tensors().size());
    }

    @Test
    void rejectsUnknownFieldsAndTypes() {
        refused(file(ONE.replace("\"shape\"", "\"form\""), new byte[8]), Kind.MALFORMED, "unknown field \"form\"");
        refused(file(ONE.replace("F32", "F33"), new byte[8]), Kind.UNSUPPORTED, "unknown type \"F33\"");
        refused(file(ONE.replace(",\"data_offsets\":[0,8]", ""), new byte[8]), Kind.MALFORMED, "lacks");
        refused(file(ONE.replace("[0,8]", "[0]"), new byte[8]), Kind.MALFORMED, "lacks");
        refused(file(ONE.replace("[0,8]", "[0,4,8]"), new byte[8]), Kind.MALFORMED, "more than 2 numbers");
    }

    @Test
    void rejectsNamesOverTheLimit() {
        refused(file(ONE.replace("\"a\"", "\"" + "n".repeat(1025) + "\""), new byte[8]), Kind.LIMIT, "limit is 1024");
    }

    // Row 31

    @Test
    void rejectsOverlappingOffsets() {
        refused(two("[0,8]", "[4,12]"), Kind.MALFORMED, "overlapping data before tensor \"b\"");
        refused(two("[0,8]", "[0,8]"), Kind.MALFORMED, "overlapping data");
    }

    @Test
    void rejectsHoles() {
        refused(two("[0,8]", "[12,20]"), Kind.MALFORMED, "a hole in its data before tensor \"b\"");
        refused(two("[4,12]", "[12,20]"), Kind.MALFORMED, "a hole in its data before tensor \"a\"");
        refused(two("[0,8]", "[8,16]"), Kind.MALFORMED, "4 bytes after its last tensor");
    }

    @Test
    void rejectsReversedOffsets() {
        refused(two("[8,0]", "[8,16]"), Kind.MALFORMED, "reversed data_offsets");
    }

    @Test
    void rejectsOffsetsBeyondTheEnd() {
        refused(two("[0,8]", "[16,24]"), Kind.MALFORMED, "not downloaded completely");
        refused(two("[0,8]", "[9223372036854775800,9223372036854775807]"), Kind.MALFORMED, "ends before tensor \"b\"");
        refused(two("[0,8]", "[9223372036854775808,9223372036854775816]"), Kind.MALFORMED, "larger than 2^63");
    }

    @Test
    void rejectsSizesThatDisagreeWithTheShape() {
        refused(two("[0,8]", "[8,20]"), Kind.MALFORMED, "12 bytes instead of 8");
    }

    @Test
    void readsTensorsThatAreMisalignedForTheirType() {
        String header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]}}";
        ByteBuffer data = ByteBuffer.allocate(5).order(ByteOrder.LITTLE_ENDIAN).put((byte) 9).putFloat(2.5f);
        SafetensorsFile file = read(file(header, data.array()));
        assertArrayEquals(new int[] {9}, file.ints("a"));
        assertArrayEquals(new float[] {2.5f}, file.floats("b"));
    }

    // Row 32

    @Test
    void rejectsShapesWhoseProductOverflows() {
        refused(file(ONE.replace("[2]", "[4294967296,4294967296,4]"), new byte[8]), Kind.MALFORMED, "size overflows");
        refused(file(ONE.replace("[2]", "[9223372036854775807]"), new byte[8]), Kind.MALFORMED, "size overflows");
        refused(file(ONE.replace("[2]", "[4611686018427387904,4]"), new byte[8]), Kind.MALFORMED, "size overflows");
    }

    @Test
    void rejectsNegativeSizes() {
        refused(file(ONE.replace("[2]", "[-2]"), new byte[8]), Kind.MALFORMED, "negative number");
        refused(file(ONE.replace("[0,8]", "[-8,0]"), new byte[8]), Kind.MALFORMED, "negative number");
    }

    @Test
    void rejectsZeroDimensions() {
        refused(file(ONE.replace("[2]", "[2,0]").replace("[0,8]", "[0,0]"), new byte[0]), Kind.MALFORMED, "without elements");
    }

    @Test
    void rejectsAThousandDimensions() {
        String ones = "1,".repeat(999) + "2";
        refused(file(ONE.replace("[2]", "[" + ones + "]"), new byte[8]), Kind.MALFORMED, "more than 16 numbers in shape");
    }

    // Row 35

    @Test
    void recognisesWhatIsNotAModelAtAll() throws IOException {
        opened("", "is empty");
        opened("version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 1971149431\n", "Git LFS pointer");
        opened("<!DOCTYPE html><html><title>404</title></html>", "web page");
        opened("  <html><body>403</body></html>", "web page");
        opened("{\"error\":\"Repository not found\"}", "error message of a web service");
    }

    // Row 24

    @Test
    void saysWhatAPathIsThatIsNoFile() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Refusals.refused(Kind.MISSING, () -> SafetensorsFile.open(folder.resolve("none"), arena), "does not exist");
            Refusals.refused(Kind.IO, () -> SafetensorsFile.open(folder, arena), "is a directory");
            Path loop = folder.resolve("loop");
            Files.createSymbolicLink(loop, loop);
            Refusals.refused(Kind.IO, () -> SafetensorsFile.open(loop, arena), "loop of symbolic links");
            if (Files.exists(Path.of("/dev/zero"))) {
                Refusals.refused(Kind.IO, () -> SafetensorsFile.open(Path.of("/dev/zero"), arena), "pipe or a device");
            }
        }
    }

    // Row 23

    @Test
    void noticesThatAFileWasCutOrReplaced() throws IOException {
        Path file = Files.write(folder.resolve("a.safetensors"), file(ONE, new byte[8]));
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile read = SafetensorsFile.open(file, arena);
            assertTrue(read.unchanged());
            Files.write(file, new byte[3]);
            assertFalse(read.unchanged(), "cut");
            Files.write(file, file(ONE, new byte[8]));
            assertTrue(read.unchanged());
            Path other = Files.write(folder.resolve("b.safetensors"), file(ONE, new byte[8]));
            Files.move(other, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
            assertFalse(read.unchanged(), "replaced by another file of the same length");
        }
    }

    private void opened(String content, String words) throws IOException {
        Path file = Files.writeString(folder.resolve("x"), content);
        try (Arena arena = Arena.ofConfined()) {
            Refusals.refused(Kind.MALFORMED, () -> SafetensorsFile.open(file, arena), words);
        }
    }

    /** Two tensors of two f32 each over 20 bytes of data. */
    private static byte[] two(String a, String b) {
        return file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" + a + "},\"b\":{\"dtype\":\"F32\",\"shape\":[2],"
                + "\"data_offsets\":" + b + "}}", new byte[20]);
    }

    private static SafetensorsFile read(byte[] bytes) {
        return SafetensorsFile.of(MemorySegment.ofArray(bytes), "x.safetensors");
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
        Refusals.refused(kind, () -> read(bytes), "x.safetensors ", words);
    }
}
