package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Row 16 of the reliability list: long inputs in bounded memory, and the behaviour of the stream itself. */
class AudioStreamTest {

    /** A streamed stereo 44.1 kHz WAV that never lies in memory. */
    static InputStream longWav(long seconds) {
        byte[] head = new WavBytes().riff("RIFF", 0xffffffffL).format(1, 2, 44100, 16).ascii("data").u32(0xffffffffL).bytes();
        byte[] block = WavBytes.shorts(Signals.int16(Signals.noise(1 << 16, 0.5, 3)));
        return new InputStream() {
            private final long size = head.length + seconds * 44100 * 4;
            private long at;

            @Override
            public int read() {
                throw new AssertionError("bytes are read in blocks");
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                if (at == size) {
                    return -1;
                }
                byte[] from = at < head.length ? head : block;
                int p = (int) (at < head.length ? at : (at - head.length) % block.length);
                int n = (int) Math.min(Math.min(length, from.length - p), size - at);
                System.arraycopy(from, p, into, offset, n);
                at += n;
                return n;
            }
        };
    }

    static void readInBoundedMemory(InputStream input, long seconds, long maxAllocatedBytes) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        float[] block = new float[16000];
        long samples = 0;
        try (AudioStream stream = AudioReader.open(input, "long", AudioOptions.DEFAULT)) {
            int n;
            while ((n = stream.read(block, 0, block.length)) >= 0) {
                samples += n;
            }
            assertEquals(seconds * 1000, stream.source().durationMs());
        }
        assertEquals(seconds * 16000, samples);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < maxAllocatedBytes, allocated + " bytes allocated");
    }

    @Test
    void row16ReadsHalfAnHourWithinTwoMegabytes() {
        readInBoundedMemory(longWav(1800), 1800, 2 << 20);
    }

    @Test
    @Tag("long")
    void row16ReadsADayWithinTwoMegabytes() {
        readInBoundedMemory(longWav(86400), 86400, 2 << 20);
    }

    @Test
    void row16RefusesWhatDoesNotFitIntoMemory() {
        AudioOptions options = AudioOptions.DEFAULT.withLimits(AudioLimits.DEFAULT.withMaxWaveformSeconds(10));
        AudioException e = Audio.refused(AudioException.Kind.LIMIT, () -> AudioReader.read(longWav(11), "long", options));
        assertTrue(e.getMessage().contains("maxWaveformSeconds"), e.getMessage());
        assertEquals(160_000, AudioReader.read(longWav(10), "long", options).samples().length);
    }

    @Test
    void deliversTheSameSamplesHoweverItIsRead() {
        byte[] wav = WavBytes.pcm16(44100, 1, Signals.int16(Signals.noise(30000, 0.5, 4)));
        float[] whole = Audio.read(wav).samples();
        for (int step : new int[] {1, 160, 5000, 100_000}) {
            float[] parts = new float[whole.length];
            int n = 0;
            try (AudioStream s = AudioReader.open(new ByteArrayInputStream(wav), "input", AudioOptions.DEFAULT)) {
                int got;
                while ((got = s.read(parts, n, Math.min(step, Math.max(1, parts.length - n)))) >= 0) {
                    n += got;
                    if (n == parts.length) {
                        assertEquals(-1, s.read(new float[1], 0, 1));
                        assertEquals(-1, s.read(new float[1], 0, 1));
                        break;
                    }
                }
                assertEquals(n, s.samplesRead());
            }
            assertArrayEquals(whole, parts);
        }
    }

    @Test
    void saysWhatTheHeaderPromisesBeforeItIsRead() {
        byte[] wav = WavBytes.pcm16(8000, 2, new short[16000]);
        try (AudioStream s = AudioReader.open(new ByteArrayInputStream(wav), "input", AudioOptions.DEFAULT)) {
            assertEquals(new SourceInfo("WAV (PCM 16 bit)", 8000, 2, 1000), s.source());
        }
        try (AudioStream s = AudioReader.open(longWav(1), "input", AudioOptions.DEFAULT)) {
            assertEquals(SourceInfo.UNKNOWN_DURATION, s.source().durationMs());
        }
    }

    @Test
    void endsAtItsTimeLimit() {
        AudioOptions options = AudioOptions.DEFAULT.withLimits(AudioLimits.DEFAULT.withMaxDecodeTime(Duration.ofMillis(1)));
        Audio.refused(AudioException.Kind.TIME_LIMIT, () -> AudioReader.read(longWav(600), "long", options));
    }

    @Test
    void refusesRangesOutsideTheCallersArray() {
        byte[] wav = WavBytes.pcm16(16000, 1, new short[10]);
        try (AudioStream s = AudioReader.open(new ByteArrayInputStream(wav), "input", AudioOptions.DEFAULT)) {
            assertThrows(IndexOutOfBoundsException.class, () -> s.read(new float[4], 2, 3));
            assertEquals(0, s.read(new float[4], 4, 0));
        }
    }

    @Test
    void limitsMustBePositive() {
        assertThrows(IllegalArgumentException.class, () -> AudioLimits.DEFAULT.withMaxFileBytes(0));
        assertThrows(IllegalArgumentException.class, () -> AudioLimits.DEFAULT.withMaxDecodedSeconds(-1));
        assertThrows(IllegalArgumentException.class, () -> AudioLimits.DEFAULT.withMaxDecodeTime(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> AudioOptions.DEFAULT.withChannel(0));
    }

    @Test
    void pairsOfEqualInputsGiveEqualSamples() {
        byte[] wav = WavBytes.pcm16(44100, 2, Signals.int16(Signals.noise(10000, 0.5, 6)));
        assertTrue(Arrays.equals(Audio.read(wav).samples(), Audio.read(wav).samples()));
    }
}
