package io.github.funasrjava.kernels.cuda.ptx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntToLongFunction;

/**
 * Runs PTX on the processor, slowly: grids block by block, warps of a block in turn from barrier to barrier, both in an order
 * that is another one every time, lanes in lock step. f32 arithmetic is exact to the bit where PTX says so; {@code .approx} functions and products on matrix units are
 * computed better than hardware has to and then moved off by what it may be off (see {@link PtxMath}). Global accesses
 * outside allocations, misaligned ones, races on shared memory and parted lanes at instructions that need all are faults.
 *
 * <p>It shows that a kernel computes the right result in this model of the hardware. It says nothing about speed, nor
 * about an assembler or a GPU that deviates from the model.
 */
public final class PtxInterpreter {
    /** What was read already: reading is a pure function that takes a second. */
    private static final Map<String, Map<String, PtxKernel>> READ = new ConcurrentHashMap<>();

    /** What a block has without asking the driver for more. */
    private static final int SHARED_LIMIT = 48 << 10;

    private final PtxMemory memory = new PtxMemory();
    private final List<Map<String, PtxKernel>> modules = new ArrayList<>();
    private final Map<String, Long> steps = new TreeMap<>();
    /** Orders of blocks and warps; the same in every run of a test. */
    private final Random orders = new Random(1);

    /** Reads a module; returns its number. */
    public int load(String ptx) {
        modules.add(READ.computeIfAbsent(ptx, PtxParser::parse));
        return modules.size() - 1;
    }

    /** Tells of memory that kernels may touch. */
    public void allocated(long address, long bytes) {
        memory.allocated(address, bytes);
    }

    /** Tells of memory that they may touch no longer. */
    public void freed(long address) {
        memory.freed(address);
    }

    /** Warp instructions per kernel so far. */
    public Map<String, Long> steps() {
        return steps;
    }

    /** Runs one grid. */
    public void launch(int module, String name, int gridX, int gridY, int blockThreads, int sharedBytes, int argumentCount,
            IntToLongFunction argument) {
        PtxKernel kernel = modules.get(module).get(name);
        if (kernel == null) {
            throw new PtxFault("there is no kernel " + name);
        }
        if (argumentCount != kernel.parameterBytes().size()) {
            throw new PtxFault(name + " takes " + kernel.parameterBytes().size() + " arguments, got " + argumentCount);
        }
        if (blockThreads > kernel.mostThreads() || (kernel.staticShared() + 15 & -16) + sharedBytes > SHARED_LIMIT) {
            throw new PtxFault(name + " takes " + kernel.mostThreads() + " threads and " + kernel.staticShared() + " bytes of shared memory, got "
                    + blockThreads + " and " + sharedBytes + " bytes more");
        }
        if (gridX < 1 || gridY < 1 || gridY > 65535 || blockThreads < 1 || blockThreads > 1024) {
            throw new PtxFault(name + " cannot run as " + gridX + " x " + gridY + " blocks of " + blockThreads);
        }
        long[] arguments = new long[argumentCount];
        for (int i = 0; i < argumentCount; i++) {
            arguments[i] = argument.applyAsLong(i);
        }
        // A begin and a direction do: whoever counts on an order of blocks counts on the plain one.
        int blocks = gridX * gridY;
        int begin = orders.nextInt(blocks);
        boolean backwards = orders.nextBoolean();
        for (int i = 0; i < blocks; i++) {
            int block = (begin + (backwards ? blocks - i : i)) % blocks;
            block(kernel, block % gridX, block / gridX, gridX, gridY, blockThreads, sharedBytes, arguments);
        }
    }

    private void block(PtxKernel kernel, int x, int y, int gridX, int gridY, int threads, int sharedBytes, long[] arguments) {
        SharedMemory shared = new SharedMemory(kernel.staticShared());
        SharedMemory dynamic = new SharedMemory(sharedBytes);
        Warp[] warps = new Warp[(threads + 31) / 32];
        for (int w = 0; w < warps.length; w++) {
            warps[w] = new Warp(kernel, w, Math.min(32, threads - 32 * w), memory, shared, dynamic, arguments, x, y, threads, gridX, gridY);
        }
        List<Warp> order = Arrays.asList(warps.clone());
        int finished = 0;
        while (finished < warps.length) {
            Collections.shuffle(order, orders);
            finished = 0;
            for (Warp warp : order) {
                warp.run();
                finished += warp.finished() ? 1 : 0;
            }
            if (finished > 0 && finished < warps.length) {
                throw new PtxFault("a warp has ended while others wait at a barrier of " + kernel.name());
            }
            shared.barrier();
            dynamic.barrier();
        }
        for (Warp warp : warps) {
            steps.merge(kernel.name(), warp.steps(), Long::sum);
        }
    }
}
