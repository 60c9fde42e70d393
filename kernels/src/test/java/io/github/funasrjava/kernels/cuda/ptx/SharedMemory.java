package io.github.funasrjava.kernels.cuda.ptx;

import java.util.Arrays;

/**
 * Shared memory of a block, which finds races: two lanes touch a word, one of them writes it, and no barrier stands between
 * them, neither of the block nor, within a warp, of the warp. Memory begins as a NaN that no computation gives.
 */
final class SharedMemory {
    private static final int POISON = 0x7fc5a5a5;
    private static final int NOBODY = -1;
    private static final int SEVERAL = -2;
    /** Several lanes of one warp: less its number. */
    private static final int SEVERAL_OF_WARP = -3;

    final int[] words;
    // Of the last write and the last reads: which lane of the block, and which time of its warp and of the block.
    private final int[] writer;
    private final int[] writeTime;
    private final int[] reader;
    private final int[] readTime;
    private final int[] warpWriteTime;
    private final int[] warpReadTime;
    private int blockTime;

    SharedMemory(int bytes) {
        int n = (bytes + 3) / 4;
        words = new int[n];
        writer = new int[n];
        writeTime = new int[n];
        reader = new int[n];
        readTime = new int[n];
        warpWriteTime = new int[n];
        warpReadTime = new int[n];
        Arrays.fill(words, POISON);
        Arrays.fill(writer, NOBODY);
        Arrays.fill(reader, NOBODY);
    }

    void barrier() {
        blockTime++;
    }

    private int index(int address, int bytes) {
        if (address % bytes != 0 || address < 0 || address + bytes > words.length * 4) {
            throw new PtxFault("shared address " + address + " of " + words.length * 4 + " bytes, " + bytes + " at once");
        }
        return address / 4;
    }

    /** Whether a touch by another lane at that time may come before or after this one. */
    private boolean unordered(int other, int otherBlockTime, int otherWarpTime, int lane, int warpTime) {
        if (other == NOBODY || other == lane || otherBlockTime != blockTime) {
            return false;
        }
        if (other == SEVERAL) {
            return true;
        }
        int otherWarp = other <= SEVERAL_OF_WARP ? SEVERAL_OF_WARP - other : other / 32;
        return otherWarp != lane / 32 || otherWarpTime == warpTime;
    }

    /** Who has read a word, when this lane has, too. */
    private int readers(int before, boolean together, int lane, boolean sameWarpTime) {
        if (!together || before == NOBODY || before == lane) {
            return lane;
        }
        int warp = before <= SEVERAL_OF_WARP ? SEVERAL_OF_WARP - before : before / 32;
        if (before == SEVERAL || warp != lane / 32) {
            return SEVERAL;
        }
        return sameWarpTime ? SEVERAL_OF_WARP - warp : lane;
    }

    /** A read of {@code bytes} (4 or 16) that checks alignment; returns the first word's index. */
    int read(int address, int bytes, int lane, int warpTime) {
        int first = index(address, bytes);
        for (int i = first; i < first + bytes / 4; i++) {
            if (unordered(writer[i], writeTime[i], warpWriteTime[i], lane, warpTime)) {
                throw new PtxFault("race: lane " + lane + " reads shared word " + i + ", which lane " + writer[i] + " writes");
            }
            reader[i] = readers(reader[i], readTime[i] == blockTime, lane, warpReadTime[i] == warpTime);
            readTime[i] = blockTime;
            warpReadTime[i] = warpTime;
        }
        return first;
    }

    /** A write of {@code bytes} (4 or 16); returns the first word's index. */
    int write(int address, int bytes, int lane, int warpTime) {
        int first = index(address, bytes);
        for (int i = first; i < first + bytes / 4; i++) {
            if (unordered(writer[i], writeTime[i], warpWriteTime[i], lane, warpTime)
                    || unordered(reader[i], readTime[i], warpReadTime[i], lane, warpTime)) {
                throw new PtxFault("race: lane " + lane + " writes shared word " + i + ", which another lane touches");
            }
            writer[i] = lane;
            writeTime[i] = blockTime;
            warpWriteTime[i] = warpTime;
        }
        return first;
    }

    /** Makes words unusable until an asynchronous copy into them is waited for. */
    void poison(int first, int count) {
        Arrays.fill(words, first, first + count, POISON);
    }
}
