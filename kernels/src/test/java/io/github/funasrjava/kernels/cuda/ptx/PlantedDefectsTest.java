package io.github.funasrjava.kernels.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The interpreter finds what it says it finds: kernels of this project with one thing taken away fail in it. */
class PlantedDefectsTest {
    private static final UnaryOperator<String> AS_IT_IS = text -> text;
    private static final int ROWS = 32;
    private static final int K = 320;

    /** The text of sm_80 with a change in one kernel, which must change something unless it is {@link #AS_IT_IS}. */
    private static String changed(String kernel, UnaryOperator<String> change) {
        try (InputStream in = PlantedDefectsTest.class.getResourceAsStream("/io/github/funasrjava/kernels/cuda/kernels.sm_80.ptx")) {
            String all = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            int begin = all.indexOf(".entry " + kernel + "(");
            int end = all.indexOf("\n}\n", begin);
            String after = change.apply(all.substring(begin, end));
            assertEquals(change == AS_IT_IS, after.equals(all.substring(begin, end)), "the change of " + kernel);
            return all.substring(0, begin) + after + all.substring(end);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static UnaryOperator<String> without(String instruction) {
        return text -> text.replaceAll("(?m)^(@!?%p\\d+ )?" + Pattern.quote(instruction) + "[^;]*;\\n", "");
    }

    /** Without only the n-th. */
    private static UnaryOperator<String> without(String instruction, int n) {
        return text -> {
            Matcher matcher = Pattern.compile("(?m)^" + Pattern.quote(instruction) + "[^;]*;\\n").matcher(text);
            for (int i = 0; i <= n; i++) {
                assertTrue(matcher.find(), "there are fewer than " + (n + 1) + " of " + instruction);
            }
            return text.substring(0, matcher.start()) + text.substring(matcher.end());
        };
    }

    private static final class Memory implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final PtxInterpreter interpreter = new PtxInterpreter();

        MemorySegment zeros(long floats) {
            MemorySegment segment = arena.allocate(4 * floats, 256);
            interpreter.allocated(segment.address(), segment.byteSize());
            return segment;
        }

        void launch(String ptx, String kernel, int x, int y, int threads, int shared, long... arguments) {
            interpreter.launch(interpreter.load(ptx), kernel, x, y, threads, shared, arguments.length, i -> arguments[i]);
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private static void norm(UnaryOperator<String> change) {
        try (Memory memory = new Memory()) {
            MemorySegment x = memory.zeros(300);
            memory.launch(changed("layer_norm", change), "layer_norm", 1, 1, 128, 0, x.address(), 300, 300, memory.zeros(300).address(),
                    memory.zeros(300).address(), Float.floatToRawIntBits(1e-5f), memory.zeros(300).address(), 300);
        }
    }

    private static void attention(UnaryOperator<String> change) {
        try (Memory memory = new Memory()) {
            long rows = memory.zeros(40 * 32L).address();
            MemorySegment tiles = memory.zeros(4);
            tiles.setAtIndex(ValueLayout.JAVA_INT, 1, 8);
            tiles.setAtIndex(ValueLayout.JAVA_INT, 3, 40);
            memory.launch(changed("attention_full", change), "attention_full", 1, 1, 256, 0, rows, 32, rows, 32, rows, 32,
                    memory.zeros(8 * 32).address(), 32, tiles.address(), 32, Float.floatToRawIntBits(1f));
        }
    }

    /** The result of a product of zeros, which is 0 unless something is read that nothing has written. */
    private static float product(UnaryOperator<String> change) {
        try (Memory memory = new Memory()) {
            MemorySegment out = memory.zeros(ROWS * 32);
            memory.launch(changed("linear16_small_full", change), "linear16_small_full", 1, 1, 128, 39_936, memory.zeros(ROWS * K / 2).address(),
                    memory.zeros(ROWS * K / 2).address(), memory.zeros(K / 2 * 32).address(), K, ROWS, 32, 0, 0, 0, 0, 0, 0, out.address(), 32);
            float sum = 0;
            for (int i = 0; i < ROWS * 32; i++) {
                sum += out.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            }
            return sum;
        }
    }

    @Test
    void kernelsAsTheyArePass() {
        norm(AS_IT_IS);
        attention(AS_IT_IS);
        assertEquals(0f, product(AS_IT_IS));
    }

    @Test
    void aMissingBarrierOfTheBlockIsARace() {
        assertTrue(assertThrows(PtxFault.class, () -> norm(without("bar.sync"))).getMessage().startsWith("race: "));
        assertTrue(assertThrows(PtxFault.class, () -> attention(without("bar.sync"))).getMessage().startsWith("race: "));
    }

    /** Each one of a norm's, but the first, before which there was nothing. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void everySingleBarrierOfANormIsMissed(int n) {
        assertThrows(PtxFault.class, () -> norm(without("bar.sync", n)));
    }

    @Test
    void aMissingBarrierOfTheWarpIsARace() {
        assertTrue(assertThrows(PtxFault.class, () -> attention(without("bar.warp.sync"))).getMessage().startsWith("race: "));
    }

    @Test
    void aMissingBarrierBetweenStagesIsARace() {
        assertThrows(PtxFault.class, () -> product(without("bar.sync")));
    }

    @Test
    void copiesThatAreNotWaitedForAreNotThere() {
        assertTrue(Float.isNaN(product(without("cp.async.wait_group"))));
        // One stage too many on its way: then the copy meets who reads.
        assertThrows(PtxFault.class, () -> product(text -> text.replace("cp.async.wait_group 4;", "cp.async.wait_group 5;")));
    }

    @Test
    void aBarrierThatOneWarpDoesNotReachIsAFault() {
        // The first warp leaves at once.
        assertThrows(PtxFault.class, () -> norm(text -> text.replaceFirst("\\nbar\\.sync",
                "\n{.reg .pred leaves; .reg .b32 who; mov.u32 who, %tid.x; setp.lt.s32 leaves, who, 32; @leaves ret;}\nbar.sync")));
    }

    @Test
    void moreThreadsOrSharedMemoryThanAKernelHasIsAFault() {
        try (Memory memory = new Memory()) {
            String ptx = changed("layer_norm", AS_IT_IS);
            long[] arguments = new long[8];
            assertThrows(PtxFault.class, () -> memory.launch(ptx, "layer_norm", 1, 1, 256, 0, arguments));
            assertThrows(PtxFault.class, () -> memory.launch(ptx, "layer_norm", 1, 1, 128, 48 << 10, arguments));
        }
    }
}
