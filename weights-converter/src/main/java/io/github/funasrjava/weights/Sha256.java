package io.github.funasrjava.weights;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/** The sha256 of bytes, hexadecimal. */
final class Sha256 {
    /** What stands in a header until the checksum is known; as long as one. */
    static final String UNKNOWN = "0".repeat(64);
    private static final long STEP_BYTES = 4 << 20;

    private Sha256() {}

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String of(byte[] bytes) {
        return HexFormat.of().formatHex(digest().digest(bytes));
    }

    /** The checksum of memory; {@code read} hears of every piece, in bytes. */
    static String of(MemorySegment bytes, LongConsumer read) {
        MessageDigest digest = digest();
        for (long from = 0; from < bytes.byteSize(); from += STEP_BYTES) {
            long count = Math.min(STEP_BYTES, bytes.byteSize() - from);
            digest.update(bytes.asSlice(from, count).asByteBuffer());
            read.accept(count);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
