package io.github.funasrjava.kernels.x86;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * The one downcall of this tier: {@code long f(p0 .. p5, n0 .. n11)}, six pointers in registers and twelve integers on the
 * stack. Every kernel has this signature, and libc's {@code mmap} and {@code mprotect} are content with it too (they
 * find their arguments in the registers and ignore the stack), because linking one handle costs tens of milliseconds
 * at a cold start.
 *
 * <p>Operands are segments, so the linker holds their arenas open during the call. It is an ordinary call, not a
 * {@code critical} one: the garbage collector never waits for a kernel, at the price of about 5 ns.
 */
final class NativeCall {
    private static final int POINTERS = 6;
    private static final int INTEGERS = 12;
    private static final MethodHandle HANDLE = Linker.nativeLinker().downcallHandle(signature());

    private NativeCall() {}

    private static FunctionDescriptor signature() {
        MemoryLayout[] arguments = new MemoryLayout[POINTERS + INTEGERS];
        Arrays.fill(arguments, 0, POINTERS, ValueLayout.ADDRESS);
        Arrays.fill(arguments, POINTERS, arguments.length, ValueLayout.JAVA_LONG);
        return FunctionDescriptor.of(ValueLayout.JAVA_LONG, arguments);
    }

    static long call(MemorySegment function, MemorySegment p0, MemorySegment p1, MemorySegment p2, MemorySegment p3,
            MemorySegment p4, MemorySegment p5, long n0, long n1, long n2, long n3, long n4, long n5, long n6, long n7,
            long n8, long n9, long n10, long n11) {
        try {
            return (long) HANDLE.invokeExact(function, p0, p1, p2, p3, p4, p5, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10,
                    n11);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws no checked exception", e);
        }
    }

    /** A call that takes pointers only. */
    static long call(MemorySegment function, MemorySegment p0, MemorySegment p1, MemorySegment p2, MemorySegment p3,
            MemorySegment p4, MemorySegment p5) {
        return call(function, p0, p1, p2, p3, p4, p5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
}
