package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Operands that end at, or begin behind, a page that may not be touched: one byte too far is a SIGSEGV. What is left of
 * the block's own pages is filled with canaries.
 */
final class GuardedMemory implements AutoCloseable {
    /** Which side of the operand touches the forbidden page. */
    enum Side { BEGINS_BEHIND, ENDS_BEFORE }

    private static final long PAGE = 4096;
    private static final byte CANARY = (byte) 0xc5;
    private static final int READ_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle MMAP = handle("mmap", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
    private static final MethodHandle MPROTECT = handle("mprotect",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    private static final MethodHandle MUNMAP = handle("munmap",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

    private record Block(MemorySegment pages, long operandStart, long operandEnd) {}

    private final Side side;
    private final Random random;
    private final List<Block> blocks = new ArrayList<>();
    private final List<Matrix> strided = new ArrayList<>();

    GuardedMemory(Side side, long seed) {
        this.side = side;
        this.random = new Random(seed);
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), descriptor);
    }

    /** A block of exactly so many bytes. */
    MemorySegment allocate(long bytes) {
        long inner = Math.max(PAGE, (bytes + PAGE - 1) / PAGE * PAGE);
        try {
            long address = (long) MMAP.invokeExact(0L, inner + 2 * PAGE, 0, PRIVATE_ANONYMOUS, -1, 0L);
            if (address == -1 || (int) MPROTECT.invokeExact(address + PAGE, inner, READ_WRITE) != 0) {
                throw new IllegalStateException("no guarded memory");
            }
            MemorySegment pages = MemorySegment.ofAddress(address + PAGE).reinterpret(inner);
            pages.fill(CANARY);
            long start = side == Side.ENDS_BEFORE ? inner - bytes : 0;
            blocks.add(new Block(pages, start, start + bytes));
            return pages.asSlice(start, bytes);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** A matrix of random values whose last row ends with its last value; columns beside it are canaries. */
    Matrix matrix(int rows, int cols, int beside) {
        int stride = cols + beside;
        Matrix m = new Matrix(allocate(((rows - 1L) * stride + cols) * Float.BYTES), rows, cols, stride);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.set(r, c, (float) random.nextGaussian());
            }
        }
        strided.add(m);
        return m;
    }

    PanelMatrix weights(DType dtype, int n, int k) {
        PanelLayout layout = new PanelLayout(dtype, n, k);
        MemorySegment panels = allocate(layout.bytes());
        MemorySegment scales = dtype == DType.INT8 ? allocate(4L * layout.paddedN()) : MemorySegment.NULL;
        for (int p = 0; p < layout.panels(); p++) {
            MemorySegment panel = panels.asSlice(p * layout.panelBytes(), layout.panelBytes());
            PanelPacker.RowSource rows = (row, values) -> {
                for (int c = 0; c < k; c++) {
                    values[c] = PanelPacker.fromBf16(PanelPacker.toBf16((float) random.nextGaussian()));
                }
            };
            if (dtype == DType.INT8) {
                PanelPacker.quantizePanel(layout, p, rows, panel, scales.asSlice(p * 128L, 128));
            } else {
                PanelPacker.packPanel(layout, p, rows, panel);
            }
        }
        return new PanelMatrix(layout, panels, scales);
    }

    /** Fails when a canary has changed. */
    void checkCanaries(String message) {
        for (Block block : blocks) {
            for (long at = 0; at < block.pages.byteSize(); at++) {
                boolean operand = at >= block.operandStart && at < block.operandEnd;
                if (!operand && block.pages.get(ValueLayout.JAVA_BYTE, at) != CANARY) {
                    throw new IllegalStateException(message + ": a canary is dead");
                }
            }
        }
        for (Matrix m : strided) {
            for (int r = 0; r + 1 < m.rows(); r++) {
                for (long at = ((long) r * m.stride() + m.cols()) * 4; at < (r + 1L) * m.stride() * 4; at++) {
                    if (m.data().get(ValueLayout.JAVA_BYTE, at) != CANARY) {
                        throw new IllegalStateException(message + ": a canary beside row " + r + " is dead");
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        for (Block block : blocks) {
            try {
                int ignored = (int) MUNMAP.invokeExact(block.pages.address() - PAGE, block.pages.byteSize() + 2 * PAGE);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
        blocks.clear();
        strided.clear();
    }
}
