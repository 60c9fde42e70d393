package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 36 and 37 of the reliability cases: pickles that want to run something, or to take everything. */
class MalformedPickleTest {
    @TempDir
    Path folder;

    @Test
    void readsPlainValues() {
        Object value = read(new PickleBytes().op('}').op('(').text("n").number(-7).text("big").number(1L << 40)
                .text("list").op(']').op('(').number(1).number(300).op('e').text("none").op('N').text("true").op(0x88)
                .text("tuple").number(1).number(2).op(0x86).op('u').build());
        Map<?, ?> map = assertInstanceOf(Map.class, value);
        assertEquals(-7L, map.get("n"));
        assertEquals(1L << 40, map.get("big"));
        assertEquals(List.of(1L, 300L), map.get("list"));
        assertEquals(PickleReader.NONE, map.get("none"));
        assertEquals(true, map.get("true"));
        assertEquals(new PickleReader.Tuple(List.of(1L, 2L)), map.get("tuple"));
        assertEquals(0L, read(new PickleBytes().op(0x8a).op(0).build()));
        assertEquals(-2L, read(new PickleBytes().op(0x8a).op(1).op(0xFE).build()));
        assertEquals(1.5, read(new PickleBytes().op('G').op(0x3F).op(0xF8).bytes(new byte[6]).build()));
    }

    // Row 36

    @Test
    void refusesToRunASystemCommand() throws IOException {
        Path witness = folder.resolve("executed");
        byte[] evil = new PickleBytes().global("os", "system").op('(').text("touch " + witness).op('t').op('R').build();
        Refusals.refused(Kind.UNSUPPORTED, () -> read(evil), "the global \"os system\"", "nothing was executed");
        Path model = new TinyModel(1).write(folder.resolve("model"), new ZipBytes().add("archive/data.pkl", evil).build());
        Refusals.refused(Kind.UNSUPPORTED,
                () -> ModelDirectory.open(model, OpenOptions.defaults().withCacheDir(folder.resolve("cache"))), "os system");
        assertFalse(Files.exists(witness));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "posix system", "builtins eval", "builtins exec", "__builtin__ getattr", "subprocess Popen", "torch load", "torch._utils _rebuild_tensor",
        "torch.serialization _load", "collections defaultdict", "numpy.core.multiarray scalar", "torch FloatStorage.__class__",
        "java.lang Runtime", "torch ", " "
    })
    void refusesEveryGlobalThatIsNotOnTheClosedList(String global) {
        String module = global.substring(0, global.indexOf(' '));
        String name = global.substring(global.indexOf(' ') + 1);
        Refusals.refused(Kind.UNSUPPORTED, () -> read(new PickleBytes().global(module, name).build()), "\"" + global + "\"");
        Refusals.refused(Kind.UNSUPPORTED, () -> read(new PickleBytes().text(module).text(name).op(0x93).build()), "\"" + global + "\"");
    }

    @Test
    void refusesUnknownGlobalsWhereverTheyAre() {
        refused(Kind.UNSUPPORTED, new PickleBytes().op('}').text("state_dict").op('}').op('s').text("x").global("os", "system").op('s'), "os system");
        refused(Kind.UNSUPPORTED, new PickleBytes().op('(').ops("ios\nsystem\n"), "opcode 0x69");
        refused(Kind.UNSUPPORTED, new PickleBytes().op('(').ops("o"), "opcode 0x6f");
        refused(Kind.UNSUPPORTED, new PickleBytes().op(0x82).op(1), "opcode 0x82");
    }

    @Test
    void callsNothingButTheFunctionsItKnows() {
        refused(Kind.MALFORMED, new PickleBytes().text("print").op(')').op('R'), "not a function");
        refused(Kind.MALFORMED, new PickleBytes().global("torch", "FloatStorage").op(')').op('R'), "not a function");
        refused(Kind.MALFORMED, new PickleBytes().global("collections", "OrderedDict").number(1).op('R'), "arguments that is not a tuple");
        refused(Kind.MALFORMED, new PickleBytes().global("collections", "OrderedDict").number(1).op(0x85).op('R'), "from arguments");
        refused(Kind.MALFORMED, new PickleBytes().op(']').op('}').op('b'), "sets the state");
        refused(Kind.MALFORMED, new PickleBytes().op('}').op(')').op('b'), "sets the state");
        refused(Kind.MALFORMED, new PickleBytes().global("torch._utils", "_rebuild_parameter").number(1).op(0x85).op('R'), "not a tensor");
        refused(Kind.MALFORMED, new PickleBytes().global("torch._utils", "_rebuild_tensor_v2").number(1).op(0x85).op('R'), "without a storage");
    }

    // Row 37

    @Test
    void boundsTheMemo() {
        PickleBytes bomb = new PickleBytes().op('N');
        for (int i = 0; i < 80_000; i++) {
            bomb.op('r').int32(i * 7);
        }
        Refusals.refusedWithin(1000, 64 << 20, Kind.LIMIT, () -> read(bomb.build()), "remembers more than 65536");
        refused(Kind.MALFORMED, new PickleBytes().op('N').op('r').int32(-1), "remembers an object under number 4294967295");
        refused(Kind.MALFORMED, new PickleBytes().op('h').op(9), "recalls object 9");
        refused(Kind.MALFORMED, new PickleBytes().op('j').int32(9), "recalls object 9");
    }

    @Test
    void nestsWithoutRecursion() {
        String deep = "(".repeat(60_000) + "t".repeat(60_000);
        assertInstanceOf(PickleReader.Tuple.class, read(new PickleBytes().ops(deep).build()));
        assertInstanceOf(PickleReader.Tuple.class, read(new PickleBytes().op(')').ops("\u0085".repeat(200_000)).build()));
        Refusals.refusedWithin(1000, 64 << 20, Kind.LIMIT,
                () -> read(new PickleBytes().ops("(".repeat(1_000_000)).build()), "stack of more than 65536");
        // A dict that holds itself a thousand times over costs no more than its references.
        PickleBytes self = new PickleBytes().op('}').op('q').op(0);
        for (int i = 0; i < 1000; i++) {
            self.number(i).op('h').op(0).op('s');
        }
        assertInstanceOf(Map.class, read(self.build()));
    }

    @Test
    void boundsTheNumberOfObjects() {
        byte[] flood = new PickleBytes().op(']').ops("Na".repeat(300_000)).build();
        Refusals.refusedWithin(1000, 64 << 20, Kind.LIMIT, () -> read(flood), "more than 262144 objects");
    }

    @Test
    void refusesHugeNumbersAndTexts() {
        refused(Kind.LIMIT, new PickleBytes().op(0x8a).op(9).bytes(new byte[9]), "9 bytes; the limit is 8");
        refused(Kind.UNSUPPORTED, new PickleBytes().op(0x8b).int32(Integer.MAX_VALUE), "opcode 0x8b");
        refused(Kind.LIMIT, new PickleBytes().op('X').int32(-1), "text of 4294967295 bytes");
        refused(Kind.LIMIT, new PickleBytes().op('X').int32(1 << 30), "text of 1073741824 bytes");
        refused(Kind.MALFORMED, new PickleBytes().op('X').int32(60_000), "ends in the middle");
        refused(Kind.MALFORMED, new PickleBytes().op('X').int32(1).op(0xFF), "not UTF-8");
        refused(Kind.MALFORMED, new PickleBytes().ops("c" + "m".repeat(300) + "\nn\n"), "more than 256 bytes");
    }

    @Test
    void refusesPicklesOverTheLimit() {
        byte[] long17 = new byte[17 << 20];
        Refusals.refused(Kind.LIMIT, () -> read(long17), "limit is 17 MB");
    }

    @Test
    void refusesUnknownOpcodesAndProtocols() {
        for (int opcode = 0; opcode < 256; opcode++) {
            if ("(.)}]XKMJGNqrhjtaesucRbQ".indexOf(opcode) < 0
                    && Arrays.binarySearch(new int[] {0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x93, 0x94, 0x95}, opcode) < 0) {
                refused(Kind.UNSUPPORTED, new PickleBytes().op(opcode), String.format("opcode 0x%02x at byte 2", opcode));
            }
        }
        for (int outOfBand : new int[] {0x96, 0x97, 0x98}) { // protocol 5 buffers
            refused(Kind.UNSUPPORTED, new PickleBytes().op(outOfBand).bytes(new byte[8]), "opcode 0x9");
        }
        refused(Kind.UNSUPPORTED, PickleBytes.bare().op(0x80).op(6), "protocol 6");
        refused(Kind.UNSUPPORTED, PickleBytes.bare().op(0x80).op(1), "protocol 1");
    }

    @Test
    void refusesStacksThatDoNotAddUp() {
        for (String ops : List.of("t", "e", "u", "s", "a", "R", "b", "Q", "q\0", "\u0085", "\u0087", "\u0093", "(s", "((u", "}(Nu", "N(R", "]a",
                "NN", "", "(", "N(", "Na", "}NNu", "NNs", "}]Ns", "(q\0", "N(.", "(.")) {
            refused(Kind.MALFORMED, new PickleBytes().ops(ops), "pickle that");
        }
        byte[] more = new PickleBytes().op('N').op('.').op('N').build();
        Refusals.refused(Kind.MALFORMED, () -> read(more), "goes on after its end");
        Refusals.refused(Kind.MALFORMED, () -> read(new byte[] {(byte) 0x80, 2, 'N'}), "ends in the middle");
    }

    @Test
    void refusesDescriptionsOfTensorsThatMakeNoSense() {
        refused(Kind.MALFORMED, new PickleBytes().op(')').op('Q'), "not a storage");
        refused(Kind.MALFORMED, new PickleBytes().number(1).op('Q'), "not a tuple");
        refused(Kind.MALFORMED, new PickleBytes().tensor("FloatStorage", "0", -4, 0, List.of(1L), List.of(1L)), "a storage size");
        refused(Kind.MALFORMED, new PickleBytes().tensor("FloatStorage", "0", 4, -1, List.of(1L), List.of(1L)), "a storage offset");
        refused(Kind.MALFORMED, new PickleBytes().tensor("FloatStorage", "0", 4, 0, List.of(-1L), List.of(1L)), "a shape");
        refused(Kind.MALFORMED, new PickleBytes().tensor("FloatStorage", "0", 4, 0, List.of(2L), List.of(-1L)), "strides");
        refused(Kind.MALFORMED, new PickleBytes().tensor("FloatStorage", "0", 4, 0, List.of(2L), List.of(1L, 1L)), "1 sizes, but 2 strides");
        refused(Kind.LIMIT, new PickleBytes().tensor("FloatStorage", "0", 4, 0,
                java.util.Collections.nCopies(17, 1L), java.util.Collections.nCopies(17, 1L)), "17 dimensions");
        refused(Kind.UNSUPPORTED, new PickleBytes().tensor("QInt8Storage", "0", 4, 0, List.of(2L), List.of(1L)), "torch QInt8Storage");
    }

    private static Object read(byte[] pickle) {
        return PickleReader.read(MemorySegment.ofArray(pickle), "model.pt");
    }

    private static void refused(Kind kind, PickleBytes pickle, String... words) {
        byte[] bytes = pickle.build();
        Refusals.refused(kind, () -> read(bytes), words);
    }
}
