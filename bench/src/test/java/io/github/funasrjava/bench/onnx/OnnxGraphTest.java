package io.github.funasrjava.bench.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.bench.onnx.OnnxGraph.Attribute;
import io.github.funasrjava.bench.onnx.OnnxGraph.Element;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of a small model, written down by hand from the protobuf encoding and the field numbers of ONNX. */
class OnnxGraphTest {
    @Test
    void writesTheBytesOfATinyModel() {
        OnnxGraph graph = new OnnxGraph("g");
        graph.input("x", Element.FLOAT, 1, "T");
        graph.weight("w", new WeightFile.Place("f", 4096, 300), 300);
        graph.add(OnnxGraph.STANDARD, "Mul", List.of("x", "w"), List.of("y"), Attribute.of("axis", -1),
                Attribute.of("eps", 0.5f), Attribute.list("p", 0, 2));
        graph.output("y", Element.FLOAT, 1, "T");

        String node = message("0a", text("0a", "x") + text("0a", "w") + text("12", "y") + text("1a", "node_y") + text("22", "Mul")
                + message("2a", text("0a", "axis") + "18ffffffffffffffffff01" + "a00102")
                + message("2a", text("0a", "eps") + "150000003f" + "a00101")
                + message("2a", text("0a", "p") + "4000" + "4002" + "a00107"));
        String weight = message("2a", "08ac02" + "1001" + text("42", "w")
                + message("6a", text("0a", "location") + text("12", "f"))
                + message("6a", text("0a", "offset") + text("12", "4096"))
                + message("6a", text("0a", "length") + text("12", "300"))
                + "7001");
        String shape = message("12", message("0a", "0801") + message("0a", text("12", "T")));
        String type = message("12", message("0a", "0801" + shape));
        String body = node + text("12", "g") + message("5a", text("0a", "x") + type) + weight + message("62", text("0a", "y") + type);
        String model = "0808" + text("12", "fun-asr-java") + message("42", text("0a", "") + "1011")
                + message("42", text("0a", "com.microsoft") + "1001") + message("3a", body);
        assertEquals(model, HexFormat.of().formatHex(graph.toByteArray()));
    }

    @Test
    void writesConstantsAsLittleEndianBytes() {
        OnnxGraph graph = new OnnxGraph("g");
        assertEquals("const_0", graph.integers(-1, 512));
        assertEquals("const_1", graph.scalar(-2f));
        String whole = message("2a", "0802" + "1007" + text("42", "const_0") + "4a10" + "ffffffffffffffff" + "0002000000000000");
        String real = message("2a", "1001" + text("42", "const_1") + "4a04" + "000000c0");
        String written = HexFormat.of().formatHex(graph.toByteArray());
        assertEquals(whole + real, written.substring(written.length() - whole.length() - real.length()));
    }

    @Test
    void namesTheDomainOfAnOperatorThatIsNotStandard() {
        OnnxGraph graph = new OnnxGraph("");
        graph.add(OnnxGraph.MICROSOFT, "Op", List.of(), List.of("y"));
        String node = message("0a", text("12", "y") + text("1a", "node_y") + text("22", "Op") + text("3a", "com.microsoft"));
        assertEquals(message("3a", node + text("12", "")), HexFormat.of().formatHex(graph.toByteArray()).substring(
                HexFormat.of().formatHex(new OnnxGraph("").toByteArray()).length() - "3a021200".length()));
    }

    @Test
    void lengthsAboveOneByteAreWrittenInGroupsOfSevenBits() {
        byte[] long300 = new byte[300];
        byte[] written = new ProtobufWriter().bytes(1, long300).toByteArray();
        assertArrayEquals(new byte[] {0x0a, (byte) 0xac, 0x02}, Arrays.copyOf(written, 3));
        assertEquals(303, written.length);
    }

    @Test
    void weightsBeginAtPagesAndHoldTheirRows(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("w");
        try (WeightFile weights = new WeightFile(file)) {
            assertEquals(new WeightFile.Place("w", 0, 24), weights.append(2, 3, (row, into) -> {
                for (int c = 0; c < 3; c++) {
                    into[c] = 10 * row + c;
                }
            }));
            assertEquals(new WeightFile.Place("w", 4096, 4), weights.append(1, 1, (_, into) -> into[0] = 7));
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(4100, bytes.capacity());
        float[] first = new float[6];
        bytes.asFloatBuffer().get(first);
        assertArrayEquals(new float[] {0, 1, 2, 10, 11, 12}, first);
        assertEquals(7, bytes.getFloat(4096));
    }

    private static String text(String tag, String value) {
        return message(tag, HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8)));
    }

    /** A field of bytes; the length as a varint of at most two bytes. */
    private static String message(String tag, String hex) {
        int length = hex.length() / 2;
        HexFormat digits = HexFormat.of();
        String prefix = length < 128 ? digits.toHexDigits((byte) length)
                : digits.toHexDigits((byte) (length & 0x7f | 0x80)) + digits.toHexDigits((byte) (length >> 7));
        return tag + prefix + hex;
    }
}
