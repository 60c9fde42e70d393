package io.github.funasrjava.kernels.cuda.ptx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.TreeMap;

/** Global memory: the process's own, but only where it was allocated on the device. */
final class PtxMemory {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final TreeMap<Long, Long> ranges = new TreeMap<>();
    private long lastBegin;
    private long lastEnd;

    void allocated(long address, long bytes) {
        ranges.put(address, address + bytes);
    }

    void freed(long address) {
        ranges.remove(address);
        lastEnd = 0;
        lastBegin = 0;
    }

    /** Fails like the hardware does, only every time. */
    void check(long address, int bytes, String what) {
        if (address % bytes != 0) {
            throw new PtxFault(what + " at " + Long.toHexString(address) + " is not aligned to " + bytes + " bytes");
        }
        if (address >= lastBegin && address + bytes <= lastEnd) {
            return;
        }
        Map.Entry<Long, Long> range = ranges.floorEntry(address);
        if (range == null || address + bytes > range.getValue()) {
            throw new PtxFault(what + " of " + bytes + " bytes at " + Long.toHexString(address) + " is outside all allocations");
        }
        lastBegin = range.getKey();
        lastEnd = range.getValue();
    }

    int load(long address) {
        check(address, 4, "load");
        return ALL.get(ValueLayout.JAVA_INT, address);
    }

    void store(long address, int value) {
        check(address, 4, "store");
        ALL.set(ValueLayout.JAVA_INT, address, value);
    }

    int load16(long address) {
        check(address, 2, "load");
        return Short.toUnsignedInt(ALL.get(ValueLayout.JAVA_SHORT, address));
    }

    int load8(long address) {
        check(address, 1, "load");
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }
}
