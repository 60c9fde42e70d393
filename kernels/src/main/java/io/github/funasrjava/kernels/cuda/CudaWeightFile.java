package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.KernelsUnavailableException;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * A file of weights on its way to one block of device memory, in a thread of its own: a piece is copied into one pinned
 * buffer while the piece before is on its way out of the other. Whoever needs a part waits until it is there.
 */
final class CudaWeightFile implements AutoCloseable {
    static final long PIECE_BYTES = 8L << 20;
    /** What kernels read at once. */
    private static final long ALIGNMENT = 16;

    private final CudaSession session;
    private final MemorySegment file;
    private final long address;
    private final Thread thread;
    private long arrived;
    private boolean stopped;
    private String failure = "";

    /** Allocates memory for the whole file and begins to fill it. */
    CudaWeightFile(CudaSession session, MemorySegment file) {
        this.session = session;
        this.file = file;
        address = session.allocate(CudaSession.Use.WEIGHTS, file.byteSize());
        thread = Thread.ofPlatform().daemon().name("weights").start(this::bring);
    }

    /** Where a part of the file is on the device, once it is there; empty for other memory. */
    OptionalLong find(MemorySegment part) {
        long offset = part.address() - file.address();
        if (offset < 0 || offset % ALIGNMENT != 0 || offset + part.byteSize() > file.byteSize()) {
            return OptionalLong.empty();
        }
        await(offset + part.byteSize());
        return OptionalLong.of(address + offset);
    }

    private synchronized void await(long bytes) {
        boolean interrupted = false;
        while (arrived < bytes && failure.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true; // the copy takes a second at most
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!failure.isEmpty()) {
            throw new KernelsUnavailableException(failure);
        }
    }

    private synchronized void publish(long bytes) {
        arrived = Math.max(arrived, bytes);
        notifyAll();
    }

    private synchronized boolean stopped() {
        return stopped;
    }

    private synchronized void fail(String reason) {
        failure = reason;
        notifyAll();
    }

    private void bring() {
        try {
            session.driver().makeCurrent();
            copy();
        } catch (CudaException e) {
            fail(session.failureOf(e));
        } catch (RuntimeException | Error e) {
            // A file that became shorter, for one; nobody else would tell who waits.
            fail("the weights could not be copied to " + session.device() + ": " + e);
        }
    }

    private void copy() {
        CudaDriver driver = session.driver();
        long[] pinned = new long[2];
        long[] streams = new long[2];
        for (int i = 0; i < 2; i++) {
            pinned[i] = driver.allocatePinned(PIECE_BYTES);
            streams[i] = driver.createStream();
        }
        long[] ends = new long[2];
        int turn = 0;
        for (long at = 0; at < file.byteSize() && !stopped(); at += PIECE_BYTES) {
            long bytes = Math.min(PIECE_BYTES, file.byteSize() - at);
            driver.synchronize(streams[turn]);
            publish(ends[turn]);
            MemorySegment.copy(file, at, MemorySegment.ofAddress(pinned[turn]).reinterpret(bytes), 0, bytes);
            driver.copyToDevice(address + at, pinned[turn], bytes, streams[turn]);
            ends[turn] = at + bytes;
            turn = 1 - turn;
        }
        // The older piece first: what has arrived is a beginning of the file.
        for (int i = 0; i < 2; i++, turn = 1 - turn) {
            driver.synchronize(streams[turn]);
            publish(ends[turn]);
        }
        for (int i = 0; i < 2; i++) {
            driver.freePinned(pinned[i]);
            driver.destroyStream(streams[i]);
        }
    }

    /** Stops copying and waits for the thread, which reads the file; the device memory goes with the session. */
    @Override
    public void close() {
        synchronized (this) {
            stopped = true;
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
