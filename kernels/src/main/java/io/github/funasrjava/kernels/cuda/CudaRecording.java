package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.Pass;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What is noted while the driver captures a pass: which tables the kernels read and how they follow from a pass, which
 * memory they touch, and what is to be read when they are done.
 */
final class CudaRecording {
    /** Where block tables begin in the memory of tables, in integers; everything else lies before. */
    static final int BLOCKS_AT = 1 << 18;
    /** Integers of the memory of tables. */
    static final int TABLE_INTS = 1 << 19;
    /** Bytes of results that the processor reads after a pass. */
    static final int ANSWER_BYTES = 1 << 18;

    /** This pass cannot be repeated as a whole; it runs operation by operation. */
    static final class NotRepeatable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotRepeatable(String reason) {
            super(reason);
        }
    }

    private record Name(String table, int parameter) {}

    /** Integers at {@code at}, of the memory of tables, and how a pass gives them. */
    record Table(int at, int length, Function<Pass, int[]> values) {}

    private final Pass pass;
    private final long tables;
    private final long answers;
    private final Map<Name, Table> known = new HashMap<>();
    private final List<Consumer<Pass>> readers = new ArrayList<>();
    private final Set<Long> memory = new HashSet<>();
    private int used;
    private int answered;

    /**
     * @param tables memory of tables on the device
     * @param answers pinned memory of results
     */
    CudaRecording(Pass pass, long tables, long answers) {
        this.pass = pass;
        this.tables = tables;
        this.answers = answers;
    }

    Pass pass() {
        return pass;
    }

    void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new NotRepeatable(otherwise);
        }
    }

    /** Address of a table of {@code length} integers; equal names are one table. */
    long table(String name, int parameter, int length, Function<Pass, int[]> values) {
        Table table = known.computeIfAbsent(new Name(name, parameter), n -> {
            require(used + length <= BLOCKS_AT, "its tables are too large");
            Table made = new Table(used, length, values);
            used += length + 3 & -4; // tiles are read 16 bytes at a time
            return made;
        });
        return tables + (long) table.at * Integer.BYTES;
    }

    /** Address of the block tables, whose length differs from pass to pass. */
    long blocks(Function<Pass, int[]> values) {
        known.putIfAbsent(new Name("blocks", 0), new Table(BLOCKS_AT, 0, values));
        return tables + (long) BLOCKS_AT * Integer.BYTES;
    }

    /** Pinned memory for a result, and who reads it when the pass is done. */
    long answer(int bytes, Function<Long, Consumer<Pass>> reader) {
        require(answered + bytes <= ANSWER_BYTES, "its results are too large");
        long address = answers + answered;
        answered += bytes + 255 & -256;
        readers.add(reader.apply(address));
        return address;
    }

    /** Notes that kernels of the pass touch this allocation. */
    void touches(long allocation) {
        memory.add(allocation);
    }

    List<Table> tables() {
        return List.copyOf(known.values());
    }

    List<Consumer<Pass>> readers() {
        return List.copyOf(readers);
    }

    Set<Long> memory() {
        return Set.copyOf(memory);
    }
}
