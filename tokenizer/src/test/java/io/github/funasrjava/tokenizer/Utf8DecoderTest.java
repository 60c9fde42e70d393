package io.github.funasrjava.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8DecoderTest {
    /** Expected with X for U+FFFD; computed by Python's bytes.decode(errors="replace"). */
    @ParameterizedTest
    @CsvSource({
        "61, a", "C380, À", "C0AF, XX", "C1, X", "E08080, XXX", "E0A0, X", "E0A041, XA", "EDA080, XXX", "ED9F, X",
        "F0808080, XXXX", "F09F98, X", "F09F9841, XA", "F09F98F09F9880, X😀", "F4908080, XXXX", "F5, X", "FF61, Xa", "80, X",
        "C3C380, XÀ", "E4BDE4BDA0, X你", "F1C3B1, Xñ"})
    void replacesEachMaximalIllFormedPartOnce(String hex, String expected) {
        assertEquals(expected.replace('X', '\uFFFD'), decode(HexFormat.of().parseHex(hex)));
    }

    @Property(tries = 3000)
    void agreesWithTheJdkExceptOnEncodedSurrogates(@ForAll("byteStrings") byte[] bytes) {
        assertEquals(new String(bytes, StandardCharsets.UTF_8), decode(bytes));
    }

    @Provide
    Arbitrary<byte[]> byteStrings() {
        Arbitrary<Byte> mostlyLeads = Arbitraries.oneOf(Arbitraries.bytes(),
                Arbitraries.of((byte) 0xC3, (byte) 0xE0, (byte) 0xE4, (byte) 0xF0, (byte) 0xF4, (byte) 0x80, (byte) 0xBF, (byte) 0x9F));
        // 0xED leads to the encoded surrogates, the one place where the JDK differs.
        return mostlyLeads.filter(b -> b != (byte) 0xED).array(byte[].class).ofMaxSize(24);
    }

    private static String decode(byte[] bytes) {
        Utf8Decoder decoder = new Utf8Decoder();
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            decoder.append(b, out);
        }
        decoder.finish(out);
        return out.toString();
    }
}
