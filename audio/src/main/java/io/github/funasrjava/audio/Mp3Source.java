package io.github.funasrjava.audio;

import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import javazoom.jl.decoder.Bitstream;
import javazoom.jl.decoder.Decoder;
import javazoom.jl.decoder.Header;
import javazoom.jl.decoder.JavaLayerException;
import javazoom.jl.decoder.Obuffer;

/**
 * MPEG audio layer III, decoded by jlayer. Frames are cut by {@link FrameReader}, so that jlayer never has to look for
 * one; its output is taken as float before it is clipped to 16 bit.
 */
final class Mp3Source extends PacketSource {
    /** jlayer's full scale is 32700, not 32768. */
    private static final float SCALE = 1 / 32700f;
    /** Samples by which every layer III decoder is late. */
    private static final int DECODER_DELAY = 529;
    private static final int MAX_FRAME_SAMPLES = 1152;

    private final ByteInput input;
    private final WarningLog warnings;
    private final FrameReader<MpegHeader> reader;
    private final MpegHeader first;
    private final Output output = new Output();
    private final float[] interleaved = new float[MAX_FRAME_SAMPLES * 2];
    private Feed feed = new Feed();
    private Optional<Bitstream> bitstream = Optional.empty();
    private Decoder decoder = new Decoder();
    private Optional<MpegHeader> pending;
    private int codedChannels;
    private long expectedFrames = UNKNOWN_FRAMES;
    private long good;
    private long lost;

    Mp3Source(ByteInput input, WarningLog warnings) {
        this.input = input;
        this.warnings = warnings;
        reader = FrameReader.mpeg(input, warnings);
        first = reader.next().orElseThrow(() -> AudioException.corrupt(input.name(), "no complete MPEG audio frame"));
        if (first.layer() != 3) {
            // Compared with ffmpeg, jlayer's layer II has 9 dB of signal to noise (mono, 64 kbit/s), and none for MPEG-2.
            throw AudioException.unsupported(input.name(), "MPEG audio layer " + first.layer());
        }
        pending = Optional.of(first);
        if (input.seekable()) {
            expectedFrames = (input.size() - input.position()) / first.frameBytes() * first.samplesPerFrame();
        }
        readInfoFrame();
    }

    /** The first frame of most files holds no sound but tells length, encoder delay and padding (Xing, Info, LAME; VBRI). */
    private void readInfoFrame() {
        byte[] frame = input.peek(first.frameBytes());
        int at = MpegHeader.BYTES + first.sideInfoBytes();
        if (!tagged(frame, at, "Xing") && !tagged(frame, at, "Info")) {
            at += 2;
        }
        if (tagged(frame, at, "Xing") || tagged(frame, at, "Info")) {
            skipInfoFrame();
            readXing(frame, at);
        } else if (tagged(frame, 36, "VBRI")) {
            skipInfoFrame();
            if (frame.length >= 54) {
                expectedFrames = uint32(frame, 50) * first.samplesPerFrame();
            }
        }
    }

    private void skipInfoFrame() {
        input.skip(first.frameBytes());
        pending = Optional.empty();
    }

    private void readXing(byte[] frame, int at) {
        if (frame.length < at + 8) {
            return;
        }
        long flags = uint32(frame, at + 4);
        int p = at + 8;
        long frames = -1;
        if ((flags & 1) != 0 && frame.length >= p + 4) {
            frames = uint32(frame, p);
            expectedFrames = frames * first.samplesPerFrame();
        }
        p += ((flags & 1) != 0 ? 4 : 0) + ((flags & 2) != 0 ? 4 : 0) + ((flags & 4) != 0 ? 100 : 0) + ((flags & 8) != 0 ? 4 : 0);
        boolean encoderKnown = tagged(frame, p, "LAME") || tagged(frame, p, "Lavf") || tagged(frame, p, "Lavc");
        if (!encoderKnown || frame.length < p + 24) {
            return;
        }
        int delay = (frame[p + 21] & 0xff) << 4 | (frame[p + 22] & 0xff) >> 4;
        int padding = (frame[p + 22] & 15) << 8 | frame[p + 23] & 0xff;
        drop(0, delay + DECODER_DELAY);
        if (frames > 0 && padding > DECODER_DELAY) {
            long end = frames * first.samplesPerFrame();
            drop(end - (padding - DECODER_DELAY), end);
        }
        if (frames > 0) {
            expectedFrames = Math.max(0, expectedFrames - delay - padding);
        }
    }

    private static boolean tagged(byte[] b, int at, String ascii) {
        if (at + ascii.length() > b.length) {
            return false;
        }
        for (int i = 0; i < ascii.length(); i++) {
            if (b[at + i] != ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static long uint32(byte[] b, int p) {
        return (b[p] & 0xffL) << 24 | (b[p + 1] & 0xff) << 16 | (b[p + 2] & 0xff) << 8 | b[p + 3] & 0xff;
    }

    @Override
    public String format() {
        return "MP3";
    }

    @Override
    public int sampleRateHz() {
        return first.sampleRateHz();
    }

    @Override
    public int channels() {
        return first.channels();
    }

    @Override
    public long expectedFrames() {
        return expectedFrames;
    }

    @Override
    protected boolean decodeMore() {
        Optional<MpegHeader> header = pending.isPresent() ? pending : reader.next();
        pending = Optional.empty();
        if (header.isEmpty()) {
            if (good == 0 && lost > 0) {
                throw AudioException.corrupt(input.name(), "none of its " + lost + " MPEG audio frames could be decoded");
            }
            return false;
        }
        decode(header.get(), reader.framesSkipped());
        return true;
    }

    /** @param missing frames that were destroyed before this one; silence keeps their place */
    private void decode(MpegHeader header, int missing) {
        if (missing > 0) {
            lose(missing);
            appendSilence((long) missing * header.samplesPerFrame());
        }
        byte[] frame = new byte[header.frameBytes()];
        input.readUpTo(frame, 0, frame.length);
        int samples = header.samplesPerFrame();
        output.reset();
        try {
            decodeInto(header, frame);
        } catch (JavaLayerException | RuntimeException e) {
            output.reset();
            bitstream = Optional.empty();
        }
        if (output.samples() < samples) {
            lose(1);
            appendSilence(samples);
            return;
        }
        good++;
        output.interleave(header.channels(), channels(), samples, interleaved);
        append(interleaved, samples);
    }

    private void lose(int frames) {
        lost += frames;
        if (good > 0) {
            // Before the first good frame this is only the bit reservoir of a recording cut from a longer one.
            warnings.add(AudioWarning.Code.LOST_FRAMES, input.name() + ": MPEG audio frames could not be decoded; silence stands for them",
                    frames);
        }
    }

    private void decodeInto(MpegHeader header, byte[] frame) throws JavaLayerException {
        feed.load(frame);
        if (bitstream.isEmpty() || header.channels() != codedChannels) {
            feed = new Feed();
            feed.load(frame);
            bitstream = Optional.of(new Bitstream(feed));
            decoder = new Decoder();
            decoder.setOutputBuffer(output);
            codedChannels = header.channels();
        }
        Bitstream bits = bitstream.get();
        Header parsed = bits.readFrame();
        if (parsed != null) {
            decoder.decodeFrame(parsed, bits);
        }
        bits.closeFrame();
    }

    /** One frame at a time; its end looks like the end of the stream until the next one is loaded. */
    private static final class Feed extends InputStream {
        private byte[] frame = new byte[0];
        private int at;

        void load(byte[] next) {
            frame = next;
            at = 0;
        }

        @Override
        public int read() {
            return at == frame.length ? -1 : frame[at++] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (at == frame.length) {
                return -1;
            }
            int n = Math.min(length, frame.length - at);
            System.arraycopy(frame, at, into, offset, n);
            at += n;
            return n;
        }
    }

    /** Collects the samples of one frame per channel. */
    private static final class Output extends Obuffer {
        private final float[][] channel = new float[2][MAX_FRAME_SAMPLES + 32];
        private final int[] count = new int[2];

        void reset() {
            Arrays.fill(count, 0);
        }

        int samples() {
            return count[0];
        }

        void interleave(int coded, int wanted, int samples, float[] into) {
            for (int i = 0, p = 0; i < samples; i++) {
                float left = channel[0][i] * SCALE;
                float right = coded == 2 ? channel[1][i] * SCALE : left;
                if (wanted == 2) {
                    into[p++] = left;
                    into[p++] = right;
                } else {
                    into[p++] = (left + right) / 2;
                }
            }
        }

        @Override
        public void appendSamples(int which, float[] samples) {
            System.arraycopy(samples, 0, channel[which], count[which], 32);
            count[which] += 32;
        }

        @Override
        public void append(int which, short sample) {
            channel[which][count[which]++] = sample;
        }

        @Override
        public void write_buffer(int value) {}

        @Override
        public void close() {}

        @Override
        public void clear_buffer() {}

        @Override
        public void set_stop_flag() {}
    }
}
