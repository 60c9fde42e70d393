package io.github.funasrjava.kernels.cuda.ptx;

import static io.github.funasrjava.kernels.cuda.ptx.PtxMath.b;
import static io.github.funasrjava.kernels.cuda.ptx.PtxMath.f;
import static io.github.funasrjava.kernels.cuda.ptx.Warp.LANES;

import io.github.funasrjava.kernels.cuda.ptx.PtxKernel.Step;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntBinaryOperator;
import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;
import java.util.function.LongBinaryOperator;

/** One instruction's operands and what it does. An opcode that the kernels do not use is refused. */
final class PtxOperations {
    private final PtxParser.Body body;
    private final String opcode;
    private final List<String> o;

    PtxOperations(PtxParser.Body body, String opcode, List<String> operands) {
        this.body = body;
        this.opcode = opcode;
        this.o = operands;
    }

    @FunctionalInterface
    private interface Ternary {
        int apply(int x, int y, int z);
    }

    @FunctionalInterface
    private interface FloatTest {
        boolean test(float x, float y);
    }

    private static boolean on(int mask, int lane) {
        return (mask >>> lane & 1) != 0;
    }

    Step step() {
        if (opcode.startsWith("ld.") || opcode.startsWith("st.")) {
            return memory();
        }
        if (opcode.startsWith("setp.")) {
            return compare();
        }
        if (opcode.startsWith("mma.")) {
            return matrix();
        }
        return switch (opcode) {
            case "mov.u32", "mov.b32", "mov.f32", "mov.u16", "mov.b16", "mov.pred" -> move();
            case "mov.u64", "mov.b64", "cvta.to.global.u64", "cvt.u64.u64" -> wideMove();
            case "add.s32", "add.s16" -> binary(Integer::sum);
            case "sub.s32", "sub.s16" -> binary((x, y) -> x - y);
            case "mul.lo.s32", "mul.lo.s16" -> binary((x, y) -> x * y);
            case "min.s32" -> binary(Math::min);
            case "max.s32" -> binary(Math::max);
            case "min.u32" -> binary((x, y) -> Integer.compareUnsigned(x, y) <= 0 ? x : y);
            case "max.u32" -> binary((x, y) -> Integer.compareUnsigned(x, y) >= 0 ? x : y);
            case "div.s32" -> binary((x, y) -> x / y);
            case "rem.s32" -> binary((x, y) -> x % y);
            case "div.u32" -> binary(Integer::divideUnsigned);
            case "rem.u32" -> binary(Integer::remainderUnsigned);
            case "and.b32", "and.b16", "and.pred" -> binary((x, y) -> x & y);
            case "or.b32", "or.b16", "or.pred" -> binary((x, y) -> x | y);
            case "xor.b32", "xor.b16", "xor.pred" -> binary((x, y) -> x ^ y);
            case "not.b32" -> unary(x -> ~x);
            case "not.pred" -> unary(x -> ~x & 1);
            case "neg.s32" -> unary(x -> -x);
            // Shifts of 32 and more give what shifting one by one gives.
            case "shl.b32" -> binary((x, y) -> Integer.compareUnsigned(y, 31) > 0 ? 0 : x << y);
            case "shr.u32" -> binary((x, y) -> Integer.compareUnsigned(y, 31) > 0 ? 0 : x >>> y);
            case "shr.u16" -> binary((x, y) -> Integer.compareUnsigned(y, 15) > 0 ? 0 : (x & 0xffff) >>> y);
            case "shr.s32" -> binary((x, y) -> x >> (Integer.compareUnsigned(y, 31) > 0 ? 31 : y));
            case "mad.lo.s32" -> ternary((x, y, z) -> x * y + z);
            case "dp4a.s32.s32" -> ternary(PtxMath::dot4);
            case "bfi.b32" -> bitField();
            case "add.f32", "add.rn.f32" -> binary((x, y) -> b(f(x) + f(y)));
            case "sub.f32", "sub.rn.f32" -> binary((x, y) -> b(f(x) - f(y)));
            case "mul.f32", "mul.rn.f32" -> binary((x, y) -> b(f(x) * f(y)));
            case "div.rn.f32" -> binary((x, y) -> b(f(x) / f(y)));
            case "fma.rn.f32" -> ternary((x, y, z) -> b(Math.fma(f(x), f(y), f(z))));
            case "fma.rm.f32" -> ternary((x, y, z) -> b(PtxMath.fmaDown(f(x), f(y), f(z))));
            case "neg.f32" -> unary(x -> x ^ 0x80000000);
            case "abs.f32" -> unary(x -> x & 0x7fffffff);
            case "max.f32" -> binary((x, y) -> Float.isNaN(f(x)) ? y : Float.isNaN(f(y)) ? x : b(Math.max(f(x), f(y))));
            case "min.f32" -> binary((x, y) -> Float.isNaN(f(x)) ? y : Float.isNaN(f(y)) ? x : b(Math.min(f(x), f(y))));
            case "rcp.rn.f32" -> real(x -> 1 / x);
            case "sqrt.rn.f32" -> real(Math::sqrt);
            case "ex2.approx.ftz.f32" -> unary(x -> b(PtxMath.exp2Approximate(f(x))));
            case "cvt.sat.f32.f32" -> unary(x -> Float.isNaN(f(x)) ? 0 : b(Math.clamp(f(x), 0f, 1f) + 0f));
            case "cvt.rn.f32.s32" -> unary(x -> b(x));
            case "cvt.rn.f32.u32" -> unary(x -> b(Integer.toUnsignedLong(x)));
            case "cvt.rn.f32.s16" -> unary(x -> b((short) x));
            case "cvt.rni.s32.f32" -> unary(x -> (int) Math.rint(f(x)));
            case "cvt.rzi.s32.f32" -> unary(x -> (int) f(x));
            case "cvt.u16.u32", "cvt.u32.u16" -> unary(x -> x & 0xffff);
            case "cvt.s32.s16" -> unary(x -> (short) x);
            case "cvt.rn.f16.f32" -> unary(x -> Short.toUnsignedInt(Float.floatToFloat16(f(x))));
            case "cvt.f32.f16" -> unary(x -> b(Float.float16ToFloat((short) x)));
            case "cvt.rn.bf16x2.f32" -> binary((x, y) -> PtxMath.bf16(f(x)) << 16 | PtxMath.bf16(f(y)));
            case "add.s64" -> wideBinary(Long::sum);
            case "sub.s64" -> wideBinary((x, y) -> x - y);
            case "mul.lo.s64" -> wideBinary((x, y) -> x * y);
            case "and.b64" -> wideBinary((x, y) -> x & y);
            case "or.b64" -> wideBinary((x, y) -> x | y);
            case "shl.b64", "shr.u64", "shr.s64" -> wideShift();
            case "mul.wide.s32", "mul.wide.u32" -> mulWide();
            case "mul.wide.u16" -> binary((x, y) -> (x & 0xffff) * (y & 0xffff));
            case "mad.wide.s32" -> madWide();
            case "cvt.s64.s32", "cvt.u64.u32" -> widen();
            case "cvt.u32.u64" -> narrow();
            case "selp.f32", "selp.b32", "selp.u32", "selp.s32" -> select();
            case "selp.b64" -> wideSelect();
            case "shfl.sync.bfly.b32" -> butterfly();
            case "ldmatrix.sync.aligned.m8n8.x4.shared.b16" -> loadMatrix();
            case "cp.async.cg.shared.global" -> copyAsync();
            case "cp.async.commit_group" -> (w, mask) -> lanes(mask, w::commitCopies);
            case "cp.async.wait_group" -> {
                int pending = Integer.parseInt(o.getFirst());
                yield (w, mask) -> lanes(mask, lane -> w.awaitCopies(lane, pending));
            }
            default -> throw new IllegalArgumentException("the interpreter does not know " + opcode);
        };
    }

    private static void lanes(int mask, IntConsumer action) {
        for (int lane = 0; lane < LANES; lane++) {
            if (on(mask, lane)) {
                action.accept(lane);
            }
        }
    }

    private Step unary(IntUnaryOperator operator) {
        int d = body.word(o.get(0)) * LANES;
        int x = body.word(o.get(1)) * LANES;
        return (w, mask) -> {
            int[] r = w.words;
            for (int lane = 0; lane < LANES; lane++) {
                if (on(mask, lane)) {
                    r[d + lane] = operator.applyAsInt(r[x + lane]);
                }
            }
        };
    }

    private Step real(DoubleUnaryOperator operator) {
        // A quotient or a root that is rounded to f64 and then to f32 is the correctly rounded one.
        return unary(x -> b((float) operator.applyAsDouble(f(x))));
    }

    private Step binary(IntBinaryOperator operator) {
        int d = body.word(o.get(0)) * LANES;
        int x = body.word(o.get(1)) * LANES;
        int y = body.word(o.get(2)) * LANES;
        return (w, mask) -> {
            int[] r = w.words;
            for (int lane = 0; lane < LANES; lane++) {
                if (on(mask, lane)) {
                    r[d + lane] = operator.applyAsInt(r[x + lane], r[y + lane]);
                }
            }
        };
    }

    private Step ternary(Ternary operator) {
        int d = body.word(o.get(0)) * LANES;
        int x = body.word(o.get(1)) * LANES;
        int y = body.word(o.get(2)) * LANES;
        int z = body.word(o.get(3)) * LANES;
        return (w, mask) -> {
            int[] r = w.words;
            for (int lane = 0; lane < LANES; lane++) {
                if (on(mask, lane)) {
                    r[d + lane] = operator.apply(r[x + lane], r[y + lane], r[z + lane]);
                }
            }
        };
    }

    private Step bitField() {
        int at = Integer.parseInt(o.get(3));
        int length = Integer.parseInt(o.get(4));
        return binary((value, into) -> PtxMath.bfi(value, into, at, length));
    }

    private Step move() {
        if (o.get(1).startsWith("{")) {
            List<String> halves = items(o.get(1));
            int d = body.word(o.get(0)) * LANES;
            int x = body.word(halves.get(0)) * LANES;
            int y = body.word(halves.get(1)) * LANES;
            return (w, mask) -> lanes(mask, lane -> w.words[d + lane] = w.words[x + lane] & 0xffff | w.words[y + lane] << 16);
        }
        if (o.get(0).startsWith("{")) {
            List<String> halves = items(o.get(0));
            int d = body.word(halves.get(0)) * LANES;
            int e = body.word(halves.get(1)) * LANES;
            int x = body.word(o.get(1)) * LANES;
            return (w, mask) -> lanes(mask, lane -> {
                int value = w.words[x + lane];
                w.words[d + lane] = value & 0xffff;
                w.words[e + lane] = value >>> 16;
            });
        }
        return unary(x -> x);
    }

    private Step wideMove() {
        int d = body.wide(o.get(0)) * LANES;
        int x = body.wide(o.get(1)) * LANES;
        return (w, mask) -> lanes(mask, lane -> w.longs[d + lane] = w.longs[x + lane]);
    }

    private Step wideBinary(LongBinaryOperator operator) {
        int d = body.wide(o.get(0)) * LANES;
        int x = body.wide(o.get(1)) * LANES;
        int y = body.wide(o.get(2)) * LANES;
        return (w, mask) -> {
            long[] r = w.longs;
            for (int lane = 0; lane < LANES; lane++) {
                if (on(mask, lane)) {
                    r[d + lane] = operator.applyAsLong(r[x + lane], r[y + lane]);
                }
            }
        };
    }

    private Step wideShift() {
        int d = body.wide(o.get(0)) * LANES;
        int x = body.wide(o.get(1)) * LANES;
        int y = body.word(o.get(2)) * LANES;
        char kind = opcode.equals("shl.b64") ? 'l' : opcode.equals("shr.u64") ? 'u' : 's';
        return (w, mask) -> lanes(mask, lane -> {
            long value = w.longs[x + lane];
            int by = w.words[y + lane];
            w.longs[d + lane] = kind == 'l' ? value << by : kind == 'u' ? value >>> by : value >> by;
        });
    }

    private Step mulWide() {
        int d = body.wide(o.get(0)) * LANES;
        int x = body.word(o.get(1)) * LANES;
        int y = body.word(o.get(2)) * LANES;
        boolean signed = opcode.endsWith("s32");
        return (w, mask) -> lanes(mask, lane -> w.longs[d + lane] = signed ? (long) w.words[x + lane] * w.words[y + lane]
                : Integer.toUnsignedLong(w.words[x + lane]) * Integer.toUnsignedLong(w.words[y + lane]));
    }

    private Step madWide() {
        int d = body.wide(o.get(0)) * LANES;
        int x = body.word(o.get(1)) * LANES;
        int y = body.word(o.get(2)) * LANES;
        int z = body.wide(o.get(3)) * LANES;
        return (w, mask) -> lanes(mask,
                lane -> w.longs[d + lane] = (long) w.words[x + lane] * w.words[y + lane] + w.longs[z + lane]);
    }

    private Step widen() {
        int d = body.wide(o.get(0)) * LANES;
        int x = body.word(o.get(1)) * LANES;
        boolean signed = opcode.endsWith("s32");
        return (w, mask) -> lanes(mask,
                lane -> w.longs[d + lane] = signed ? w.words[x + lane] : Integer.toUnsignedLong(w.words[x + lane]));
    }

    private Step narrow() {
        int d = body.word(o.get(0)) * LANES;
        int x = body.wide(o.get(1)) * LANES;
        return (w, mask) -> lanes(mask, lane -> w.words[d + lane] = (int) w.longs[x + lane]);
    }

    private Step select() {
        return ternary((x, y, p) -> (p & 1) != 0 ? x : y);
    }

    private Step wideSelect() {
        int d = body.wide(o.get(0)) * LANES;
        int x = body.wide(o.get(1)) * LANES;
        int y = body.wide(o.get(2)) * LANES;
        int p = body.word(o.get(3)) * LANES;
        return (w, mask) -> lanes(mask, lane -> w.longs[d + lane] = w.longs[((w.words[p + lane] & 1) != 0 ? x : y) + lane]);
    }

    private Step compare() {
        String[] parts = opcode.split("\\.");
        String relation = parts[1];
        String type = parts[2];
        int d = body.word(o.get(0)) * LANES;
        if (type.endsWith("64")) {
            int x = body.wide(o.get(1)) * LANES;
            int y = body.wide(o.get(2)) * LANES;
            boolean unsigned = type.startsWith("u");
            return (w, mask) -> lanes(mask, lane -> {
                long a = w.longs[x + lane];
                long c = w.longs[y + lane];
                w.words[d + lane] = holds(relation, unsigned ? Long.compareUnsigned(a, c) : Long.compare(a, c)) ? 1 : 0;
            });
        }
        if (type.equals("f32")) {
            FloatTest test = floatTest(relation);
            return binary((x, y) -> test.test(f(x), f(y)) ? 1 : 0);
        }
        return switch (type) {
            case "s32", "b32" -> switch (relation) {
                case "eq" -> binary((x, y) -> x == y ? 1 : 0);
                case "ne" -> binary((x, y) -> x != y ? 1 : 0);
                case "lt" -> binary((x, y) -> x < y ? 1 : 0);
                case "le" -> binary((x, y) -> x <= y ? 1 : 0);
                case "gt" -> binary((x, y) -> x > y ? 1 : 0);
                default -> binary((x, y) -> holds(relation, Integer.compare(x, y)) ? 1 : 0);
            };
            case "u32" -> binary((x, y) -> holds(relation, Integer.compareUnsigned(x, y)) ? 1 : 0);
            case "u16" -> binary((x, y) -> holds(relation, Integer.compare(x & 0xffff, y & 0xffff)) ? 1 : 0);
            case "s16" -> binary((x, y) -> holds(relation, Integer.compare((short) x, (short) y)) ? 1 : 0);
            default -> throw new IllegalArgumentException("the interpreter does not know " + opcode);
        };
    }

    private static boolean holds(String relation, int order) {
        return switch (relation) {
            case "eq" -> order == 0;
            case "ne" -> order != 0;
            case "lt", "lo" -> order < 0;
            case "le", "ls" -> order <= 0;
            case "gt", "hi" -> order > 0;
            case "ge", "hs" -> order >= 0;
            default -> throw new IllegalArgumentException("the interpreter does not know the relation " + relation);
        };
    }

    private static FloatTest floatTest(String relation) {
        return switch (relation) {
            case "eq" -> (x, y) -> x == y;
            case "ne" -> (x, y) -> x < y || x > y;
            case "lt" -> (x, y) -> x < y;
            case "le" -> (x, y) -> x <= y;
            case "gt" -> (x, y) -> x > y;
            case "ge" -> (x, y) -> x >= y;
            case "equ" -> (x, y) -> !(x < y || x > y);
            case "neu" -> (x, y) -> x != y;
            case "ltu" -> (x, y) -> !(x >= y);
            case "leu" -> (x, y) -> !(x > y);
            case "gtu" -> (x, y) -> !(x <= y);
            case "geu" -> (x, y) -> !(x < y);
            case "nan" -> (x, y) -> Float.isNaN(x) || Float.isNaN(y);
            case "num" -> (x, y) -> !Float.isNaN(x) && !Float.isNaN(y);
            default -> throw new IllegalArgumentException("the interpreter does not know the relation " + relation);
        };
    }

    /** {@code d|p} of all 32 lanes. */
    private Step butterfly() {
        String[] targets = o.getFirst().split("\\|");
        int d = body.word(targets[0]) * LANES;
        int p = targets.length > 1 ? body.word(targets[1]) * LANES : -1;
        int x = body.word(o.get(1)) * LANES;
        int by = body.word(o.get(2)) * LANES;
        return (w, mask) -> {
            int[] before = Arrays.copyOfRange(w.words, x, x + LANES);
            lanes(mask, lane -> {
                int from = lane ^ w.words[by + lane];
                if (!on(mask, from)) {
                    throw new PtxFault("lane " + lane + " asks lane " + from + ", which does not take part");
                }
                w.words[d + lane] = before[from];
                if (p >= 0) {
                    w.words[p + lane] = 1;
                }
            });
        };
    }

    /** What stands in braces. */
    private static List<String> items(String s) {
        return Arrays.stream(s.substring(1, s.length() - 1).split(",")).map(String::strip).toList();
    }

    /** An address: a register, 32-bit for shared and 64-bit for global memory, and an offset. */
    private record Address(boolean wide, int register, int offset) {
        long of(Warp w, int lane) {
            return (wide ? w.longs[register + lane] : w.words[register + lane]) + offset;
        }
    }

    private Address address(String s) {
        String inside = s.substring(1, s.length() - 1);
        int plus = inside.indexOf('+');
        String base = plus < 0 ? inside : inside.substring(0, plus);
        int offset = plus < 0 ? 0 : Integer.parseInt(inside.substring(plus + 1));
        boolean wide = body.isWide(base);
        return new Address(wide, (wide ? body.wide(base) : body.word(base)) * LANES, offset);
    }

    private Step memory() {
        boolean load = opcode.startsWith("ld.");
        String data = o.get(load ? 0 : 1);
        String place = o.get(load ? 1 : 0);
        String type = opcode.substring(opcode.lastIndexOf('.') + 1);
        if (opcode.startsWith("ld.param.")) {
            int index = body.parameter(place.substring(1, place.length() - 1));
            if (type.endsWith("64")) {
                int d = body.wide(data) * LANES;
                return (w, mask) -> lanes(mask, lane -> w.longs[d + lane] = w.parameters[index]);
            }
            if (body.isWide(data)) {
                int d = body.wide(data) * LANES;
                boolean signed = type.equals("s32");
                return (w, mask) -> lanes(mask,
                        lane -> w.longs[d + lane] = signed ? (int) w.parameters[index] : w.parameters[index] & 0xffffffffL);
            }
            int d = body.word(data) * LANES;
            return (w, mask) -> lanes(mask, lane -> w.words[d + lane] = (int) w.parameters[index]);
        }
        if (body.isWide(data)) {
            return extendingLoad(type, body.wide(data) * LANES, address(place));
        }
        int[] registers = (data.startsWith("{") ? items(data) : List.of(data)).stream().mapToInt(item -> body.word(item) * LANES).toArray();
        int bytes = 4 * registers.length;
        Address at = address(place);
        if (opcode.contains(".shared")) {
            return (w, mask) -> lanes(mask, lane -> {
                int address = (int) at.of(w, lane);
                SharedMemory shared = w.memoryOf(address);
                int thread = w.thread(lane);
                int first = load ? shared.read(Warp.within(address), bytes, thread, w.time)
                        : shared.write(Warp.within(address), bytes, thread, w.time);
                for (int i = 0; i < registers.length; i++) {
                    if (load) {
                        w.words[registers[i] + lane] = shared.words[first + i];
                    } else {
                        shared.words[first + i] = w.words[registers[i] + lane];
                    }
                }
            });
        }
        if (!opcode.contains(".global")) {
            throw new IllegalArgumentException("the interpreter does not know " + opcode);
        }
        if (load && type.equals("u16")) {
            return (w, mask) -> lanes(mask, lane -> w.words[registers[0] + lane] = w.memory.load16(at.of(w, lane)));
        }
        if (load && type.equals("s8")) {
            return (w, mask) -> lanes(mask, lane -> w.words[registers[0] + lane] = w.memory.load8(at.of(w, lane)));
        }
        if (!type.endsWith("32")) {
            throw new IllegalArgumentException("the interpreter does not know " + opcode);
        }
        return (w, mask) -> lanes(mask, lane -> {
            long address = at.of(w, lane);
            w.memory.check(address, bytes, load ? "load" : "store");
            for (int i = 0; i < registers.length; i++) {
                if (load) {
                    w.words[registers[i] + lane] = w.memory.load(address + 4L * i);
                } else {
                    w.memory.store(address + 4L * i, w.words[registers[i] + lane]);
                }
            }
        });
    }

    /** A load of 32 bits into a register of 64. */
    private Step extendingLoad(String type, int d, Address at) {
        if (!opcode.startsWith("ld.global.") || !type.equals("s32") && !type.equals("u32")) {
            throw new IllegalArgumentException("the interpreter does not know " + opcode + " of 64 bits");
        }
        return (w, mask) -> lanes(mask, lane -> {
            int value = w.memory.load(at.of(w, lane));
            w.longs[d + lane] = type.equals("s32") ? value : Integer.toUnsignedLong(value);
        });
    }

    private Step copyAsync() {
        Address to = address(o.get(0));
        Address from = address(o.get(1));
        if (!o.get(2).equals("16")) {
            throw new IllegalArgumentException("the interpreter copies 16 bytes at once");
        }
        return (w, mask) -> lanes(mask, lane -> w.startCopy(lane, (int) to.of(w, lane), from.of(w, lane)));
    }

    /** Four 8 x 8 matrices of 16-bit values; lane 8 i + r has the address of row r of matrix i, and gets pair lane of each. */
    private Step loadMatrix() {
        int[] d = items(o.get(0)).stream().mapToInt(item -> body.word(item) * LANES).toArray();
        Address at = address(o.get(1));
        return (w, mask) -> {
            int[][] rows = new int[LANES][];
            for (int lane = 0; lane < LANES; lane++) {
                int address = (int) at.of(w, lane);
                SharedMemory shared = w.memoryOf(address);
                int first = shared.read(Warp.within(address), 16, w.thread(lane), w.time);
                rows[lane] = Arrays.copyOfRange(shared.words, first, first + 4);
            }
            for (int matrix = 0; matrix < 4; matrix++) {
                for (int lane = 0; lane < LANES; lane++) {
                    w.words[d[matrix] + lane] = rows[matrix * 8 + lane / 4][lane % 4];
                }
            }
        };
    }

    /** m16n8k16 bf16 and m16n8k8 f16, sums in f32. */
    private Step matrix() {
        boolean wide = opcode.equals("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32");
        if (!wide && !opcode.equals("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32")) {
            throw new IllegalArgumentException("the interpreter does not know " + opcode);
        }
        int k = wide ? 16 : 8;
        int group = wide ? 8 : 4; // of Ampere, and of Turing; Hopper's is 16
        int[][] registers = new int[4][];
        for (int i = 0; i < 4; i++) {
            registers[i] = items(o.get(i)).stream().mapToInt(item -> body.word(item) * LANES).toArray();
        }
        return (w, mask) -> {
            double[][] a = new double[16][k];
            double[][] bt = new double[8][k];
            for (int lane = 0; lane < LANES; lane++) {
                int g = lane / 4;
                int t = lane % 4;
                for (int i = 0; i < k / 4; i++) {
                    int pair = w.words[registers[1][i] + lane];
                    int row = g + i % 2 * 8;
                    int col = 2 * t + i / 2 * 8;
                    a[row][col] = value(wide, pair);
                    a[row][col + 1] = value(wide, pair >>> 16);
                }
                for (int i = 0; i < k / 8; i++) {
                    int pair = w.words[registers[2][i] + lane];
                    bt[g][2 * t + i * 8] = value(wide, pair);
                    bt[g][2 * t + i * 8 + 1] = value(wide, pair >>> 16);
                }
            }
            int[] sums = new int[4 * LANES];
            double[] products = new double[k];
            for (int lane = 0; lane < LANES; lane++) {
                for (int i = 0; i < 4; i++) {
                    double[] row = a[lane / 4 + i / 2 * 8];
                    double[] col = bt[2 * (lane % 4) + i % 2];
                    for (int p = 0; p < k; p++) {
                        products[p] = row[p] * col[p];
                    }
                    float sum = f(w.words[registers[3][i] + lane]);
                    for (int p = 0; p < k; p += group) {
                        sum = PtxMath.accumulate(sum, products, p, group);
                    }
                    sums[i * LANES + lane] = b(sum);
                }
            }
            for (int i = 0; i < 4; i++) {
                System.arraycopy(sums, i * LANES, w.words, registers[0][i], LANES);
            }
        };
    }

    private static double value(boolean bf16, int bits) {
        return bf16 ? PtxMath.fromBf16(bits & 0xffff) : PtxMath.fromF16(bits & 0xffff);
    }
}
