package io.github.funasrjava.bench.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.funasrjava.kernels.PanelPacker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes, field by field, as the format's description has them. */
class GgufFileTest {
    @TempDir
    Path folder;

    @Test
    void writesHeaderKeysAndTensorsAtTheirPlaces() throws IOException {
        GgufFile file = new GgufFile();
        file.text("general.architecture", "qwen3");
        file.integer("a.count", 28);
        file.number("a.eps", 1e-6f);
        file.vector("norm.weight", new float[] {1, 2, 3});
        file.matrix("m.weight", 2, 3, GgufType.F16, (row, values) -> {
            for (int c = 0; c < values.length; c++) {
                values[c] = 10 * row + c;
            }
        });
        Path written = folder.resolve("x.gguf");
        file.write(written);
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(written)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals("GGUF", ascii(bytes, 4));
        assertEquals(3, bytes.getInt());
        assertEquals(2, bytes.getLong());
        assertEquals(3, bytes.getLong());
        assertEquals("general.architecture", text(bytes));
        assertEquals(8, bytes.getInt());
        assertEquals("qwen3", text(bytes));
        assertEquals("a.count", text(bytes));
        assertEquals(4, bytes.getInt());
        assertEquals(28, bytes.getInt());
        assertEquals("a.eps", text(bytes));
        assertEquals(6, bytes.getInt());
        assertEquals(1e-6f, bytes.getFloat());
        assertEquals("norm.weight", text(bytes));
        assertEquals(1, bytes.getInt());
        assertEquals(3, bytes.getLong());
        assertEquals(0, bytes.getInt());
        assertEquals(0, bytes.getLong());
        assertEquals("m.weight", text(bytes));
        assertEquals(2, bytes.getInt());
        assertEquals(3, bytes.getLong(), "the columns come first");
        assertEquals(2, bytes.getLong());
        assertEquals(1, bytes.getInt());
        assertEquals(32, bytes.getLong(), "behind the vector, aligned");
        int data = (bytes.position() + 31) / 32 * 32;
        assertEquals(2f, bytes.getFloat(data + 4));
        for (int i = 0; i < 6; i++) {
            assertEquals(10 * (i / 3) + i % 3, Float.float16ToFloat(bytes.getShort(data + 32 + 2 * i)));
        }
        assertEquals(data + 64, bytes.capacity());
    }

    @Test
    void roundsABlockToItsLargestMagnitude() {
        float[] row = new float[64];
        row[0] = -12.7f;
        row[1] = 0.1f;
        row[2] = 0.16f;
        ByteBuffer out = ByteBuffer.allocate(GgufType.Q8_0.rowBytes(row.length)).order(ByteOrder.LITTLE_ENDIAN);
        GgufType.Q8_0.encode(row, out);
        assertFalse(out.hasRemaining());
        assertEquals(0.1f, Float.float16ToFloat(out.getShort(0)), 1e-4f);
        assertArrayEquals(new byte[] {-127, 1, 2, 0}, new byte[] {out.get(2), out.get(3), out.get(4), out.get(33)});
        assertEquals(0, out.getShort(34), "a block of zeros has the scale zero");
        assertEquals(0, out.get(36));
    }

    @Test
    void keepsBf16Bits() {
        ByteBuffer out = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        GgufType.BF16.encode(new float[] {1.5f, -3e-20f}, out);
        assertEquals(1.5f, PanelPacker.fromBf16(out.getShort(0)));
        assertEquals(PanelPacker.toBf16(-3e-20f), out.getShort(2));
    }

    @Test
    void refusesRowsThatAreNoWholeBlocks() {
        assertThrows(IllegalArgumentException.class, () -> new GgufFile().matrix("m", 1, 48, GgufType.Q8_0, (row, values) -> { }));
    }

    private static String text(ByteBuffer bytes) {
        return ascii(bytes, (int) bytes.getLong());
    }

    private static String ascii(ByteBuffer bytes, int length) {
        byte[] text = new byte[length];
        bytes.get(text);
        return new String(text, StandardCharsets.US_ASCII);
    }
}
