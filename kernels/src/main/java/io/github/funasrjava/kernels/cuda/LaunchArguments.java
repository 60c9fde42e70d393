package io.github.funasrjava.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Arguments of one launch, kept from launch to launch: slots of eight bytes and, as the driver wants it, a table of
 * their addresses. The driver copies them during the call.
 */
public final class LaunchArguments {
    /** Most arguments of a kernel. */
    public static final int MAX = 32;

    private final MemorySegment slots;
    private final MemorySegment table;
    private int count;
    private int addresses;

    /** Slots in memory of the arena. */
    public LaunchArguments(Arena arena) {
        slots = arena.allocate(MAX * (long) Long.BYTES, 16);
        table = arena.allocate(MAX * (long) Long.BYTES, 16);
        for (int i = 0; i < MAX; i++) {
            table.setAtIndex(ValueLayout.JAVA_LONG, i, slots.address() + i * (long) Long.BYTES);
        }
    }

    /** Forgets the arguments of the launch before. */
    public LaunchArguments clear() {
        count = 0;
        addresses = 0;
        return this;
    }

    /** Adds an address. */
    public LaunchArguments pointer(long address) {
        addresses |= 1 << count;
        slots.setAtIndex(ValueLayout.JAVA_LONG, count++, address);
        return this;
    }

    /** Adds a 32-bit integer. */
    public LaunchArguments integer(int value) {
        slots.setAtIndex(ValueLayout.JAVA_LONG, count++, Integer.toUnsignedLong(value));
        return this;
    }

    /** Adds an f32. */
    public LaunchArguments real(float value) {
        return integer(Float.floatToRawIntBits(value));
    }

    /** Whether an argument is an address. */
    public boolean isPointer(int index) {
        return (addresses >> index & 1) != 0;
    }

    /** Number of arguments. */
    public int count() {
        return count;
    }

    /** The bits of an argument. */
    public long slot(int index) {
        return slots.getAtIndex(ValueLayout.JAVA_LONG, index);
    }

    /** The same arguments in memory of their own, which is freed when nobody holds it. */
    public LaunchArguments copy() {
        LaunchArguments copy = new LaunchArguments(Arena.ofAuto());
        copy.slots.copyFrom(slots);
        copy.count = count;
        copy.addresses = addresses;
        return copy;
    }

    /** Address of the table of addresses. */
    public long table() {
        return table.address();
    }
}
