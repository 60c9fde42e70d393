package io.github.funasrjava.kernels.cuda.ptx;

import io.github.funasrjava.kernels.cuda.ptx.PtxKernel.Instruction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * 32 lanes in lock step. Lanes that part run one group at a time, the group that is furthest behind first, and go on
 * together where they meet; what needs all lanes at once fails when they have not met.
 */
final class Warp {
    static final int LANES = 32;
    static final int ALL = -1;
    /** Address of dynamic shared memory; the static part lies below. */
    static final int DYNAMIC_SHARED = 64 << 10;

    final PtxKernel kernel;
    final int[] words;
    final long[] longs;
    final PtxMemory memory;
    final SharedMemory shared;
    final SharedMemory dynamic;
    final long[] parameters;
    final int index;
    /** Counts the warp's own barriers, for finding races within it. */
    int time;
    /** An asynchronous copy of 16 bytes that has been started and not waited for. */
    private record Copy(SharedMemory to, int word, int address, int lane, long from) {}

    private final List<List<Copy>> open = new ArrayList<>();
    private final List<ArrayDeque<List<Copy>>> committed = new ArrayList<>();
    private final int[] pc = new int[LANES];
    private int live;
    private long steps;

    Warp(PtxKernel kernel, int index, int lanes, PtxMemory memory, SharedMemory shared, SharedMemory dynamic, long[] parameters, int blockX,
            int blockY, int blockThreads, int gridX, int gridY) {
        this.kernel = kernel;
        this.index = index;
        this.memory = memory;
        this.shared = shared;
        this.dynamic = dynamic;
        this.parameters = parameters;
        words = new int[kernel.words() * LANES];
        longs = new long[kernel.longs() * LANES];
        // What no instruction has written is no number that a test would take for a result.
        Arrays.fill(words, 0x7fc5a5a5);
        Arrays.fill(longs, 0x7ff8a5a5a5a5a5a5L);
        live = lanes == LANES ? ALL : (1 << lanes) - 1;
        int[] special = {0, blockX, blockY, blockThreads, gridX, gridY, 0};
        for (int lane = 0; lane < LANES; lane++) {
            for (int i = 0; i < special.length; i++) {
                words[i * LANES + lane] = special[i];
            }
            words[lane] = index * LANES + lane;
            words[6 * LANES + lane] = lane;
            open.add(new ArrayList<>());
            committed.add(new ArrayDeque<>());
        }
        for (PtxKernel.Constant constant : kernel.constants()) {
            int from = constant.register() * LANES;
            if (constant.wide()) {
                Arrays.fill(longs, from, from + LANES, constant.value());
            } else {
                Arrays.fill(words, from, from + LANES, (int) constant.value());
            }
        }
    }

    boolean finished() {
        return live == 0;
    }

    long steps() {
        return steps;
    }

    /** Runs until all lanes wait at a barrier of the block, or have ended. */
    void run() {
        while (live != 0) {
            int at = Integer.MAX_VALUE;
            for (int lane = 0; lane < LANES; lane++) {
                if ((live >>> lane & 1) != 0) {
                    at = Math.min(at, pc[lane]);
                }
            }
            int mask = 0;
            int next = Integer.MAX_VALUE;
            for (int lane = 0; lane < LANES; lane++) {
                if ((live >>> lane & 1) != 0) {
                    if (pc[lane] == at) {
                        mask |= 1 << lane;
                    } else {
                        next = Math.min(next, pc[lane]);
                    }
                }
            }
            if (group(mask, at, next)) {
                return;
            }
        }
    }

    /** Runs a group from {@code at} on until it parts, meets others or waits; true when all wait at a barrier of the block. */
    private boolean group(int mask, int at, int next) {
        Instruction[] code = kernel.code();
        int here = at;
        while (true) {
            Instruction instruction = code[here];
            int acting = mask;
            if (instruction.predicate >= 0) {
                acting &= instruction.negated ? ~predicate(instruction.predicate, mask) : predicate(instruction.predicate, mask);
            }
            if (instruction.together && acting != live) {
                throw new PtxFault("lanes have parted before " + instruction.text + " in " + kernel.name());
            }
            steps++;
            switch (instruction.flow) {
                case NEXT -> {
                    if (acting != 0) {
                        try {
                            instruction.step.run(this, acting);
                        } catch (PtxFault e) {
                            throw new PtxFault(e.getMessage() + ", in " + kernel.name() + ": " + instruction.text);
                        }
                    }
                }
                case WARP_BARRIER -> time++;
                case BARRIER -> {
                    time++;
                    move(mask, here + 1);
                    return true;
                }
                case EXIT -> {
                    live &= ~acting;
                    mask &= ~acting;
                    if (mask == 0) {
                        return live == 0;
                    }
                }
                case BRANCH -> {
                    if (acting == mask) {
                        here = instruction.target - 1;
                    } else if (acting != 0) {
                        move(acting, instruction.target);
                        move(mask & ~acting, here + 1);
                        return false;
                    }
                }
            }
            here++;
            if (here >= next) {
                move(mask, here);
                return false;
            }
        }
    }

    private int predicate(int register, int mask) {
        int set = 0;
        int from = register * LANES;
        for (int lane = 0; lane < LANES; lane++) {
            set |= (words[from + lane] & 1) << lane;
        }
        return set & mask;
    }

    private void move(int mask, int to) {
        for (int lane = 0; lane < LANES; lane++) {
            if ((mask >>> lane & 1) != 0) {
                pc[lane] = to;
            }
        }
    }

    SharedMemory memoryOf(int address) {
        return address >= DYNAMIC_SHARED ? dynamic : shared;
    }

    static int within(int address) {
        return address >= DYNAMIC_SHARED ? address - DYNAMIC_SHARED : address;
    }

    int thread(int lane) {
        return index * LANES + lane;
    }

    /** Starts a copy: the words change when it is waited for, and are unusable until then. */
    void startCopy(int lane, int address, long from) {
        SharedMemory to = memoryOf(address);
        int first = to.write(within(address), 16, thread(lane), time);
        memory.check(from, 16, "copy");
        to.poison(first, 4);
        open.get(lane).add(new Copy(to, first, within(address), lane, from));
    }

    void commitCopies(int lane) {
        committed.get(lane).add(List.copyOf(open.get(lane)));
        open.get(lane).clear();
    }

    /** Completes all groups but the last {@code pending}. */
    void awaitCopies(int lane, int pending) {
        ArrayDeque<List<Copy>> groups = committed.get(lane);
        while (groups.size() > pending) {
            for (Copy copy : groups.poll()) {
                copy.to.write(copy.address, 16, thread(copy.lane), time);
                for (int i = 0; i < 4; i++) {
                    copy.to.words[copy.word + i] = memory.load(copy.from + 4L * i);
                }
            }
        }
    }
}
