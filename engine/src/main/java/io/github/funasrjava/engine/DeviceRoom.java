package io.github.funasrjava.engine;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.weights.DecoderConfig;
import io.github.funasrjava.weights.ProgressListener;

/** How many segments a device's free memory holds beside the weights. */
final class DeviceRoom {
    /** Prompt positions around the audio, hotwords aside. */
    private static final int PROMPT_POSITIONS = 64;
    /** Values per low-frame-rate row that are alive at once in encoder, adaptor and prefill, generously. */
    private static final long VALUES_PER_ROW = 16_384;
    private static final double ROWS_PER_SECOND = 1000.0 / 60;

    private DeviceRoom() {}

    /** The batch size of the limits, or what there is room for on a device; at least 1. */
    static int batchSize(LoadedModel model, Limits limits, ProgressListener listener) {
        long room = model.kernels.roomBytes();
        if (room == Long.MAX_VALUE) {
            return limits.batchSize();
        }
        DecoderConfig decoder = model.config.decoder();
        int rows = (int) Math.ceil(limits.maxSegmentSeconds() * ROWS_PER_SECOND);
        long caches = KvCache.bytes(decoder.layers(), decoder.keyValueHeads(), decoder.headDim(),
                PROMPT_POSITIONS + model.config.adaptor().audioTokens(rows) + limits.maxNewTokens());
        // A pool that grows holds its old and its new memory for a moment.
        int fitting = fitting(room, 2 * caches + rows * VALUES_PER_ROW * Float.BYTES);
        if (fitting < limits.batchSize()) {
            listener.message("the GPU has room for " + fitting + " segments at a time, not for " + limits.batchSize());
        }
        return Math.min(fitting, limits.batchSize());
    }

    static int fitting(long room, long segmentBytes) {
        return (int) Math.clamp(room / segmentBytes, 1, Integer.MAX_VALUE);
    }
}
