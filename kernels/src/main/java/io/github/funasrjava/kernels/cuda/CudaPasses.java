package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.KernelsUnavailableException;
import io.github.funasrjava.kernels.Pass;
import io.github.funasrjava.kernels.cuda.CudaRecording.NotRepeatable;
import io.github.funasrjava.kernels.cuda.CudaRecording.Table;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Passes as CUDA graphs. The first pass of a key runs operation by operation, which brings weights and grows buffers; the
 * second is captured; from then on the tables of a pass are written into device memory and the graph is launched. A graph
 * goes when memory that it touches is freed, and the next pass captures again.
 */
final class CudaPasses implements AutoCloseable {
    /** Graphs that are kept, the least recently used going first: 16 row counts of decoding and length buckets of the encoder. */
    static final int MAX_GRAPHS = 64;
    /** Keys that are remembered. */
    private static final int MAX_KEYS = 512;
    /** Passes over more rows compute long enough to hide their launches, and rarely come again. */
    static final int MOST_ROWS = 2048;
    /** Passes with more answers than are stored at once. */
    static final int MOST_ANSWERS = 64;

    private final CudaSession session;
    private final Consumer<String> note;
    private final Map<Object, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long deviceTables;
    private long pinnedTables;
    private long answers;
    private long uploadedAt = -1;
    private boolean complained;

    private static final class Entry {
        private Optional<Graph> graph = Optional.empty();
        private boolean alone;
    }

    private record Graph(long handle, List<Table> tables, List<Consumer<Pass>> readers, Set<Long> memory) {}

    /**
     * @param note hears why passes are not captured
     */
    CudaPasses(CudaSession session, Consumer<String> note) {
        this.session = session;
        this.note = note;
        session.beforeFreeing(this::forget);
    }

    void run(Pass pass, Runnable operations) {
        if (pass.spans().totalRows() > MOST_ROWS || pass.top().length > MOST_ANSWERS) {
            operations.run();
            return;
        }
        Entry entry = entries.get(pass.key());
        if (entry == null) {
            // Running first: a pass that fails is not remembered.
            operations.run();
            entries.put(pass.key(), new Entry());
            limitKeys();
            return;
        }
        if (entry.graph.isEmpty() && !entry.alone) {
            capture(entry, pass, operations);
        }
        if (entry.graph.isPresent()) {
            replay(entry.graph.get(), pass);
        } else {
            operations.run();
        }
    }

    /** Graphs that are held. */
    int graphs() {
        return (int) entries.values().stream().filter(entry -> entry.graph.isPresent()).count();
    }

    private void capture(Entry entry, Pass pass, Runnable operations) {
        allocateTables();
        limitGraphs();
        CudaRecording recording = new CudaRecording(pass, deviceTables, answers);
        String refusal = "";
        long handle = 0;
        try {
            session.beginRecording(recording);
            try {
                operations.run();
            } finally {
                handle = session.endRecording();
            }
        } catch (NotRepeatable e) {
            refusal = e.getMessage();
        } catch (KernelsUnavailableException e) {
            if (session.lost().isPresent()) {
                throw e;
            }
            refusal = e.getMessage();
        } catch (RuntimeException e) {
            destroy(handle);
            throw e;
        }
        if (refusal.isEmpty()) {
            entry.graph = Optional.of(new Graph(handle, recording.tables(), recording.readers(), recording.memory()));
        } else {
            destroy(handle);
            entry.alone = true;
            if (!complained) {
                complained = true;
                note.accept("passes run operation by operation on the GPU, because one could not be recorded: " + refusal);
            }
        }
    }

    /** What is there already stays where memory runs out in between. */
    private void allocateTables() {
        long bytes = (long) CudaRecording.TABLE_INTS * Integer.BYTES;
        if (deviceTables == 0) {
            deviceTables = session.allocate(CudaSession.Use.WORKSPACE, bytes);
        }
        if (pinnedTables == 0) {
            pinnedTables = session.call(() -> session.driver().allocatePinned(bytes));
        }
        if (answers == 0) {
            answers = session.call(() -> session.driver().allocatePinned(CudaRecording.ANSWER_BYTES));
        }
    }

    private void replay(Graph graph, Pass pass) {
        // The tables of the pass before may still be on their way.
        if (uploadedAt == session.waits()) {
            session.synchronize();
        }
        MemorySegment all = MemorySegment.ofAddress(pinnedTables).reinterpret((long) CudaRecording.TABLE_INTS * Integer.BYTES);
        int end = 0;
        int blocks = 0;
        for (Table table : graph.tables) {
            int[] values = table.values().apply(pass);
            if (table.at() == CudaRecording.BLOCKS_AT) {
                blocks = values.length;
                if (table.at() + blocks > CudaRecording.TABLE_INTS) {
                    throw new IllegalArgumentException("the sequences of one pass take " + blocks + " blocks of the cache, too many");
                }
            } else {
                if (values.length != table.length()) {
                    throw new IllegalArgumentException("a table of the pass has " + values.length + " values, and " + table.length()
                            + " were recorded");
                }
                end = Math.max(end, table.at() + values.length);
            }
            MemorySegment.copy(values, 0, all, ValueLayout.JAVA_INT, (long) table.at() * Integer.BYTES, values.length);
        }
        upload(0, end);
        upload(CudaRecording.BLOCKS_AT, blocks);
        uploadedAt = session.waits();
        session.call(() -> session.driver().launchGraph(graph.handle, session.stream()));
        if (!graph.readers.isEmpty()) {
            session.synchronize();
            graph.readers.forEach(reader -> reader.accept(pass));
        }
    }

    private void upload(int at, int count) {
        if (count > 0) {
            long offset = (long) at * Integer.BYTES;
            session.call(() -> session.driver().copyToDevice(deviceTables + offset, pinnedTables + offset, (long) count * Integer.BYTES,
                    session.stream()));
        }
    }

    private void limitGraphs() {
        int excess = graphs() - MAX_GRAPHS + 1;
        for (Iterator<Entry> i = entries.values().iterator(); excess > 0; ) {
            Entry oldest = i.next();
            if (oldest.graph.isPresent()) {
                drop(oldest);
                excess--;
            }
        }
    }

    private void limitKeys() {
        if (entries.size() > MAX_KEYS) {
            Iterator<Entry> i = entries.values().iterator();
            drop(i.next());
            i.remove();
        }
    }

    /** Memory is about to be freed; nothing runs any more. */
    private void forget(long allocation) {
        for (Entry entry : entries.values()) {
            if (entry.graph.filter(graph -> graph.memory.contains(allocation)).isPresent()) {
                drop(entry);
            }
        }
    }

    private void drop(Entry entry) {
        entry.graph.ifPresent(graph -> {
            session.synchronize();
            destroy(graph.handle);
        });
        entry.graph = Optional.empty();
    }

    private void destroy(long handle) {
        if (handle != 0) {
            session.call(() -> session.driver().destroyGraph(handle));
        }
    }

    @Override
    public void close() {
        if (session.lost().isEmpty()) {
            entries.values().forEach(this::drop);
            for (long pinned : new long[] {pinnedTables, answers}) {
                if (pinned != 0) {
                    session.call(() -> session.driver().freePinned(pinned));
                }
            }
        }
        entries.clear();
    }
}
