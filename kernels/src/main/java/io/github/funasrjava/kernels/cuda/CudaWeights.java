package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.PanelMatrix;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Copies of what does not change: weights and, out of read-only memory, norms and biases. Each is made when it is first
 * used, through two pinned buffers of which one is filled while the other is on its way, and kept as long as the memory
 * that it was made from lives. What lies in a file that is brought as a whole is found there.
 */
final class CudaWeights implements AutoCloseable {
    private static final long CHUNK_BYTES = 8L << 20;

    private final CudaSession session;
    private final Map<Key, Copy> copies = new HashMap<>();
    private final long[] pinned = new long[2];
    private final long[] streams = new long[2];
    private int turn;
    private Optional<CudaWeightFile> file = Optional.empty();

    private record Key(long address, long bytes, MemorySegment.Scope scope) {}

    /**
     * Weights on the device.
     *
     * @param address the values
     * @param scales of output rows, where there are any
     */
    record Copy(long address, long scales) {}

    CudaWeights(CudaSession session) {
        this.session = session;
    }

    /** Begins to bring a file of weights to the device as a whole. */
    void prefetch(MemorySegment data) {
        if (file.isEmpty()) {
            file = Optional.of(new CudaWeightFile(session, data));
        }
    }

    private OptionalLong inFile(MemorySegment data) {
        return file.isEmpty() ? OptionalLong.empty() : file.get().find(data);
    }

    /** Packed weights, as they are in the file; bf16 becomes scaled f16 where the device has no bf16. */
    Copy of(PanelMatrix w) {
        Key key = new Key(w.panels().address(), w.panels().byteSize(), w.panels().scope());
        Copy known = copies.get(key);
        if (known != null) {
            return known;
        }
        forgetClosed();
        OptionalLong there = inFile(w.panels());
        Copy copy;
        if (w.layout().dtype() == DType.BF16 && !session.multipliesBf16()) {
            copy = toF16(w, there);
        } else {
            copy = new Copy(there.orElseGet(() -> upload(w.panels())), w.scales().byteSize() > 0 ? constant(w.scales()) : 0);
        }
        copies.put(key, copy);
        return copy;
    }

    /** Bytes of memory that do not change. */
    long constant(MemorySegment data) {
        Key key = new Key(data.address(), data.byteSize(), data.scope());
        Copy known = copies.get(key);
        if (known == null) {
            forgetClosed();
            known = new Copy(inFile(data).orElseGet(() -> upload(data)), 0);
            copies.put(key, known);
        }
        return known.address;
    }

    /** Memory that is closed may come again with other content. */
    private void forgetClosed() {
        session.notWhileRecording("uses weights for the first time");
        for (Iterator<Map.Entry<Key, Copy>> i = copies.entrySet().iterator(); i.hasNext();) {
            Map.Entry<Key, Copy> entry = i.next();
            if (!entry.getKey().scope.isAlive()) {
                // Nothing is freed at an address within a file, which nobody allocated by itself.
                session.free(entry.getValue().address);
                if (entry.getValue().scales != 0) {
                    session.free(entry.getValue().scales);
                }
                i.remove();
            }
        }
    }

    private long upload(MemorySegment data) {
        session.notWhileRecording("uses weights for the first time");
        long to = session.allocate(CudaSession.Use.WEIGHTS, data.byteSize());
        copy(data, to);
        return to;
    }

    private void copy(MemorySegment data, long to) {
        session.call(() -> {
            CudaDriver driver = session.driver();
            for (long at = 0; at < data.byteSize(); at += CHUNK_BYTES) {
                long bytes = Math.min(CHUNK_BYTES, data.byteSize() - at);
                if (streams[turn] == 0) {
                    streams[turn] = driver.createStream();
                }
                if (pinned[turn] == 0) {
                    pinned[turn] = driver.allocatePinned(CHUNK_BYTES);
                }
                driver.synchronize(streams[turn]);
                MemorySegment.copy(data, at, MemorySegment.ofAddress(pinned[turn]).reinterpret(bytes), 0, bytes);
                driver.copyToDevice(to + at, pinned[turn], bytes, streams[turn]);
                turn = 1 - turn;
            }
            // Kernels run in another stream, which must find the whole copy.
            for (long stream : streams) {
                if (stream != 0) {
                    driver.synchronize(stream);
                }
            }
        });
    }

    /** Every thread of the kernel writes the words that it read, so that weights are converted where they are. */
    private Copy toF16(PanelMatrix w, OptionalLong there) {
        int rows = w.layout().paddedN();
        long values = there.orElseGet(() -> upload(w.panels()));
        long scales = session.allocate(CudaSession.Use.WEIGHTS, (long) rows * Float.BYTES);
        session.arguments().pointer(values).pointer(values).integer(w.layout().paddedK() / 2).pointer(scales);
        session.launch("weights_to_f16", rows, 1, 128);
        return new Copy(values, scales);
    }

    @Override
    public void close() {
        file.ifPresent(CudaWeightFile::close);
        if (session.lost().isPresent()) {
            return;
        }
        session.call(() -> {
            for (int i = 0; i < pinned.length; i++) {
                if (pinned[i] != 0) {
                    session.driver().freePinned(pinned[i]);
                }
                if (streams[i] != 0) {
                    session.driver().destroyStream(streams[i]);
                }
            }
        });
        copies.clear();
    }
}
