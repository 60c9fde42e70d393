package io.github.funasrjava.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lays out a safetensors file: its header, padded with spaces so that the data begin on a page. */
final class ConvertedHeader {
    /** Checksums are known only after the data; their header is written last and must fit the place kept for it. */
    private static final int SPARE_BYTES = 512;

    /**
     * The first tensors are panels, of whole pages each in the published models, and kernels read them page by page: measured on x86 with AMX, 64 rows
     * take 4 % less than with panels that begin within a page, one row 1 %.
     */
    private static final int PAGE_BYTES = 4096;

    /** One tensor of the file. */
    record Slot(String name, ElementType type, List<Long> shape, long bytes) {}

    private final List<Slot> slots;
    private final long dataStart;

    /** Plans a file of these tensors in this order, with room for {@code metadata} of about the given length. */
    ConvertedHeader(List<Slot> slots, Map<String, String> metadata) {
        this.slots = List.copyOf(slots);
        long length = json(metadata).length + SPARE_BYTES;
        this.dataStart = roundUp(8 + length);
    }

    /** First byte of each tensor, in order. */
    List<Long> offsets() {
        List<Long> offsets = new ArrayList<>();
        long at = dataStart;
        for (Slot slot : slots) {
            offsets.add(at);
            at += slot.bytes;
        }
        return offsets;
    }

    /** Length of the file. */
    long fileBytes() {
        return dataStart + slots.stream().mapToLong(Slot::bytes).sum();
    }

    /** Everything before the first tensor. */
    ByteBuffer encode(Map<String, String> metadata) {
        byte[] json = json(metadata);
        if (8 + json.length > dataStart) {
            throw new IllegalStateException("the header outgrew its place: " + json.length + " bytes for " + (dataStart - 8));
        }
        ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(dataStart)).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(dataStart - 8).put(json);
        while (out.hasRemaining()) {
            out.put((byte) ' ');
        }
        return out.flip();
    }

    private byte[] json(Map<String, String> metadata) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("__metadata__", metadata);
        long at = 0;
        for (Slot slot : slots) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", slot.type.name());
            entry.put("shape", slot.shape);
            entry.put("data_offsets", List.of(at, at + slot.bytes));
            root.put(slot.name, entry);
            at += slot.bytes;
        }
        return Json.write(root).getBytes(StandardCharsets.UTF_8);
    }

    private static long roundUp(long bytes) {
        return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    }
}
