package io.github.funasrjava.engine;

/**
 * Wall time per stage in milliseconds, by the monotonic clock.
 *
 * @param audioMs reading, decoding and resampling the file
 * @param fbankMs filter bank and low-frame-rate stacking
 * @param encoderMs SAN-M encoder
 * @param adaptorMs adaptor
 * @param ctcMs CTC branch, 0 when it did not run
 * @param prefillMs prompt and audio rows through the decoder
 * @param decodeMs token by token
 * @param totalMs from the call to the result
 */
public record StageTimings(
        double audioMs,
        double fbankMs,
        double encoderMs,
        double adaptorMs,
        double ctcMs,
        double prefillMs,
        double decodeMs,
        double totalMs) {}
