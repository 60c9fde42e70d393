package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

/** Rows 35 and 38 of the reliability cases: archives that lie about themselves. */
class MalformedTorchZipTest {
    private static final String DATA = "archive/data/0";
    private static final byte[] VALUES = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(1).putFloat(2).array();

    @Test
    void readsClassicZip64AndDescriptorArchives() {
        for (ZipBytes zip : List.of(torch().zip(), torch().zip().zip64(), torch().zip().descriptors())) {
            assertArrayEquals(VALUES, read(zip.build()).storage().toArray(ValueLayout.JAVA_BYTE));
        }
        assertArrayEquals(VALUES, read(torch().top("any name").build()).storage().toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void rejectsNamesThatLeaveTheArchive() {
        for (String name : List.of("archive/../data/0", "../x", "archive/./x", "/etc/passwd", "archive\\..\\x", "C:/x", "archive/\0")) {
            refused(torch().zip().add(name, new byte[1]).build(), Kind.MALFORMED, "leaves the archive");
        }
        refused(torch().zip().add("toplevel", new byte[1]).build(), Kind.MALFORMED, "outside of the archive's folder");
        refused(torch().zip().add("other/x", new byte[1]).build(), Kind.MALFORMED, "outside of the archive's folder");
        refused(torch().zip().add("archive/" + "n".repeat(1100), new byte[1]).build(), Kind.MALFORMED, "limit is 1024");
    }

    @Test
    void rejectsDuplicateEntries() {
        refused(torch().zip().add(DATA, VALUES).build(), Kind.MALFORMED, "\"archive/data/0\" twice");
    }

    @Test
    void rejectsCompressedEntries() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) { // deflated: a bomb could hide behind it
            zip.putNextEntry(new ZipEntry("archive/data.pkl"));
            zip.write(new byte[1 << 20]);
            zip.closeEntry();
        }
        refused(out.toByteArray(), Kind.UNSUPPORTED, "compressed entry", "method 8");
    }

    @Test
    void rejectsEncryptedEntries() {
        ZipBytes zip = torch().zip();
        byte[] bytes = zip.build();
        patch16(bytes, zip.central(DATA) + 8, 1);
        refused(bytes, Kind.UNSUPPORTED, "encrypted entry");
    }

    @Test
    void rejectsLengthsThatDisagree() {
        ZipBytes zip = torch().zip();
        byte[] bytes = zip.build();
        patch32(bytes, zip.central(DATA) + 20, 4);
        refused(bytes, Kind.MALFORMED, "two lengths");
        byte[] local = zip.build();
        patch32(local, zip.local(DATA) + 22, 4);
        refused(local, Kind.MALFORMED, "two lengths");
        byte[] both = zip.build();
        patch32(both, zip.central(DATA) + 20, 1 << 30);
        patch32(both, zip.central(DATA) + 24, 1 << 30);
        refused(both, Kind.MALFORMED, "do not fit before the zip directory");
    }

    @Test
    void rejectsOverlappingEntries() {
        ZipBytes zip = new ZipBytes().add("archive/data.pkl", new byte[200]).add("archive/data/0", new byte[8]);
        byte[] bytes = zip.build();
        for (int at : new int[] {zip.local("archive/data.pkl") + 18, zip.local("archive/data.pkl") + 22,
            zip.central("archive/data.pkl") + 20, zip.central("archive/data.pkl") + 24}) {
            patch32(bytes, at, 260);
        }
        refused(bytes, Kind.MALFORMED, "overlapping entries");
    }

    @Test
    void rejectsHeadersThatTellTwoStories() {
        ZipBytes zip = torch().zip();
        byte[] name = zip.build();
        name[zip.local(DATA) + 30 + DATA.length() - 1] = '1';
        refused(name, Kind.MALFORMED, "two different ways");
        byte[] method = zip.build();
        patch16(method, zip.local(DATA) + 8, 8);
        refused(method, Kind.MALFORMED, "two different ways");
        byte[] place = zip.build();
        patch32(place, zip.central(DATA) + 42, 5);
        refused(place, Kind.MALFORMED, "points to no zip entry");
    }

    @Test
    void rejectsZip64RecordsThatLie() {
        ZipBytes zip = torch().zip().zip64();
        byte[] locator = zip.build();
        patch64(locator, zip.end() - 12, 3);
        refused(locator, Kind.MALFORMED, "points to no zip64 record");
        patch64(locator, zip.end() - 12, Long.MIN_VALUE);
        refused(locator, Kind.MALFORMED, "points to no zip64 record");
        byte[] count = zip.build();
        patch64(count, zip.end64() + 32, Long.MAX_VALUE);
        refused(count, Kind.LIMIT, "zip entries; the limit is 65536");
        byte[] start = zip.build();
        patch64(start, zip.end64() + 48, -5);
        refused(start, Kind.MALFORMED, "does not end where its end record begins");
        byte[] disagree = zip.build();
        patch16(disagree, zip.end() + 8, 2);
        patch16(disagree, zip.end() + 10, 2);
        refused(disagree, Kind.MALFORMED, "contradicts itself about the number of entries");
        byte[] size = zip.build();
        patch64(size, zip.central(DATA) + 46 + DATA.length() + 4, Long.MAX_VALUE);
        refused(size, Kind.MALFORMED, "");
        byte[] extra = zip.build();
        patch16(extra, zip.central(DATA) + 46 + DATA.length(), 7);
        refused(extra, Kind.MALFORMED, "lacks the zip64 sizes");
        byte[] shortExtra = zip.build();
        patch16(shortExtra, zip.central(DATA) + 46 + DATA.length() + 2, 9);
        refused(shortExtra, Kind.MALFORMED, "");
    }

    @Test
    void rejectsSplitAndCutArchives() {
        ZipBytes zip = torch().zip();
        byte[] bytes = zip.build();
        for (int length = 1; length < bytes.length; length += 7) {
            refused(Arrays.copyOf(bytes, length), Kind.MALFORMED, "");
        }
        refused(Arrays.copyOf(bytes, bytes.length / 2), Kind.MALFORMED, "not downloaded completely");
        byte[] split = zip.build();
        patch16(split, zip.end() + 4, 1);
        refused(split, Kind.MALFORMED, "split zip archive");
        byte[] fewer = zip.build();
        patch16(fewer, zip.end() + 8, 2);
        patch16(fewer, zip.end() + 10, 2);
        refused(fewer, Kind.MALFORMED, "more bytes in its zip directory than entries");
        byte[] more = zip.build();
        patch16(more, zip.end() + 8, 9);
        patch16(more, zip.end() + 10, 9);
        refused(more, Kind.MALFORMED, "broken zip directory");
    }

    @Test
    void rejectsArchivesWithoutAStateDict() {
        refused(new ZipBytes().add("a/x", new byte[1]).build(), Kind.MALFORMED, "no data.pkl");
        refused(new ZipBytes().build(), Kind.MALFORMED, "no data.pkl");
        refused(new ZipBytes().add("a/data.pkl", new PickleBytes().number(5).build()).build(), Kind.MALFORMED, "does not hold a state dict");
        refused(new ZipBytes().add("a/data.pkl", new PickleBytes().op('}').build()).build(), Kind.MISSING, "holds no tensors");
        refused(new ZipBytes().add("a/data.pkl", new byte[0]).build(), Kind.MALFORMED, "ends in the middle");
    }

    @Test
    void rejectsBigEndianArchives() {
        byte[] pickle = new PickleBytes().op('}').build();
        refused(new ZipBytes().add("a/data.pkl", pickle).add("a/byteorder", "big".getBytes(StandardCharsets.US_ASCII)).build(),
                Kind.UNSUPPORTED, "big-endian");
    }

    @Test
    void recognisesWhatIsNotACheckpoint() {
        refused(new byte[0], Kind.MALFORMED, "is empty");
        refused(text("version https://git-lfs.github.com/spec/v1\noid sha256:55ae\nsize 1971149431\n"), Kind.MALFORMED, "Git LFS pointer");
        refused(text("<!DOCTYPE html>\n<html>"), Kind.MALFORMED, "web page");
        refused(text("hello"), Kind.MALFORMED, "no zip archive");
        refused(new PickleBytes().number(1).build(), Kind.UNSUPPORTED, "before 1.6");
    }

    @Test
    void rejectsStoragesOfAnotherLength() {
        PickleBytes pickle = new PickleBytes().op('}').text("t").tensor("FloatStorage", "0", 3, 0, List.of(2L), List.of(1L)).op('s');
        refused(new ZipBytes().add("archive/data.pkl", pickle.build()).add(DATA, VALUES).build(), Kind.MALFORMED,
                "announces 12 bytes for storage \"0\", but holds 8");
        PickleBytes huge = new PickleBytes().op('}').text("t")
                .tensor("FloatStorage", "0", Long.MAX_VALUE, 0, List.of(2L), List.of(1L)).op('s');
        refused(new ZipBytes().add("archive/data.pkl", huge.build()).add(DATA, VALUES).build(), Kind.MALFORMED, "size overflows");
        PickleBytes absent = new PickleBytes().op('}').text("t").tensor("FloatStorage", "7", 2, 0, List.of(2L), List.of(1L)).op('s');
        refused(new ZipBytes().add("archive/data.pkl", absent.build()).add(DATA, VALUES).build(), Kind.MALFORMED, "lacks storage \"7\"");
        PickleBytes outside = new PickleBytes().op('}').text("t").tensor("FloatStorage", "../0", 2, 0, List.of(2L), List.of(1L)).op('s');
        refused(new ZipBytes().add("archive/data.pkl", outside.build()).add(DATA, VALUES).build(), Kind.MALFORMED, "lacks storage");
    }

    private static TorchBytes torch() {
        return new TorchBytes().tensor("t", ElementType.F32, List.of(2L), VALUES);
    }

    private static SourceTensor read(byte[] bytes) {
        return TorchCheckpoint.read(MemorySegment.ofArray(bytes), "model.pt").get("t");
    }

    private static void refused(byte[] bytes, Kind kind, String... words) {
        Refusals.refused(kind, () -> read(bytes), words);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void patch16(byte[] bytes, int at, int value) {
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putShort(at, (short) value);
    }

    private static void patch32(byte[] bytes, int at, int value) {
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    }

    private static void patch64(byte[] bytes, int at, long value) {
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value);
    }
}
