package io.github.funasrjava.audio;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Reads a RIFF, RF64 or BW64 header up to its first sample. Follows the Microsoft multimedia specification, EBU Tech 3306
 * (RF64), and what writers do in practice: sizes left open by a pipe, chunks without their padding byte.
 */
final class WavHeader {
    private static final int PCM = 1;
    private static final int FLOAT = 3;
    private static final int ALAW = 6;
    private static final int MULAW = 7;
    private static final int EXTENSIBLE = 0xfffe;
    /** KSDATAFORMAT_SUBTYPE: the format tag, then these bytes. */
    private static final byte[] GUID_TAIL = HexFormat.of().parseHex("000000001000800000aa00389b71");
    /** The tail of the ambisonic B-format subtypes, tag 1 or 3 before it. */
    private static final byte[] AMBISONIC_TAIL = HexFormat.of().parseHex("00002107d3118644c8c1ca000000");
    private static final long UINT32_MAX = 0xffffffffL;
    /** sox and arecord put sizes a little below 2^31 where they do not know them. */
    private static final long OPEN_SIZE = 0x7fff0000L;
    private static final int MAX_FORMAT_BYTES = 1 << 16;

    private final ByteInput input;
    private final AudioLimits limits;
    private final WarningLog warnings;
    private long riffBytes;
    private long longRiffBytes;
    private long longDataBytes = -1;

    private WavHeader(ByteInput input, AudioLimits limits, WarningLog warnings) {
        this.input = input;
        this.limits = limits;
        this.warnings = warnings;
    }

    /** The format tag, layout and encoding of a {@code fmt } chunk. */
    private record Format(SampleEncoding encoding, int sampleRateHz, int channels) {}

    /** Reads the header from the beginning of {@code input}, and returns the samples. */
    static PcmSource open(ByteInput input, AudioLimits limits, WarningLog warnings) {
        return new WavHeader(input, limits, warnings).read();
    }

    private PcmSource read() {
        byte[] head = new byte[12];
        if (input.readUpTo(head, 0, 12) < 12) {
            throw corrupt("the file ends inside the RIFF header");
        }
        String kind = fourCc(head, 0);
        riffBytes = uint32(head, 4);
        Format format = null;
        while (true) {
            if (input.position() > limits.maxHeaderBytes()) {
                throw AudioException.limit(input.name(), "no samples within the first " + limits.maxHeaderBytes()
                        + " bytes (limit maxHeaderBytes)");
            }
            byte[] chunk = new byte[8];
            long at = input.position();
            int got = input.readUpTo(chunk, 0, 8);
            if (got < 8) {
                throw format == null ? corrupt("the file ends at byte " + (at + got) + " without a 'fmt ' chunk")
                        : new AudioException(AudioException.Kind.NO_SAMPLES,
                                input.name() + ": no audio samples: the file ends at byte " + (at + got) + " without a 'data' chunk");
            }
            String id = fourCc(chunk, 0);
            long size = uint32(chunk, 4);
            switch (id) {
                case "data" -> {
                    if (format == null) {
                        throw corrupt("the 'data' chunk at byte " + at + " comes before any 'fmt ' chunk");
                    }
                    return data(kind, format, size);
                }
                case "fmt " -> format = format(body(id, at, size, MAX_FORMAT_BYTES));
                case "ds64" -> longSizes(body(id, at, size, MAX_FORMAT_BYTES));
                default -> skip(id, at, size);
            }
        }
    }

    private PcmSource data(String kind, Format format, long size) {
        long dataBytes = size;
        boolean open = size >= OPEN_SIZE && !kind.equals("RF64") && !kind.equals("BW64");
        if (size == UINT32_MAX) {
            dataBytes = Math.max(0, longDataBytes);
            // A writer into a pipe cannot come back to fill in the 'ds64' chunk; one that can counts itself there at least.
            open = longDataBytes < 0 || longDataBytes == 0 && longRiffBytes == 0 && input.peek(1).length > 0;
        }
        if (size == 0) {
            // A writer that stopped properly counts the chunks behind an empty 'data' chunk, one that never came back does not.
            long riffEnd = riffBytes + 8;
            boolean closed = riffBytes != 0 && riffBytes < OPEN_SIZE && riffEnd > input.position();
            if (closed || input.peek(1).length == 0) {
                throw new AudioException(AudioException.Kind.NO_SAMPLES, input.name() + ": no audio samples: the 'data' chunk is empty");
            }
            open = true;
        }
        if (open && input.seekable() && size != 0 && size < UINT32_MAX && size <= input.size() - input.position()) {
            open = !endsBehind(size);
        }
        if (open) {
            dataBytes = PcmBlockSource.TO_END;
            warnings.add(AudioWarning.Code.STREAMED_SIZE,
                    input.name() + ": the header does not say how long the recording is; read to the end of the input");
        }
        String name = kind.equals("RIFF") ? "WAV" : kind;
        return new PcmBlockSource(input, name + " (" + format.encoding().label() + ")", format.encoding(), format.sampleRateHz(),
                format.channels(), dataBytes, warnings);
    }

    /** Whether the file ends behind that many bytes, or a chunk begins there: then they are no stand-in for an unknown length. */
    private boolean endsBehind(long size) {
        long begin = input.position();
        input.seek(Math.min(input.size(), begin + size + (size & 1)));
        byte[] next = input.peek(4);
        input.seek(begin);
        return next.length < 4 || isName(fourCc(next, 0));
    }

    private static boolean isName(String id) {
        return id.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    private byte[] body(String id, long at, long size, int max) {
        if (size > max) {
            throw corrupt("chunk '" + id + "' at byte " + at + " claims " + size + " bytes; at most " + max + " make sense");
        }
        byte[] body = new byte[(int) size];
        int got = input.readUpTo(body, 0, body.length);
        if (got < body.length) {
            throw runsPastEnd(id, at, size, input.position());
        }
        skipPadding(size);
        return body;
    }

    private void skip(String id, long at, long size) {
        if (!isName(id)) {
            throw corrupt("no chunk begins at byte " + at + ", where one must; the chunk before it has a wrong length");
        }
        if (size > limits.maxHeaderBytes() && !(input.seekable() && size > input.size() - input.position())) {
            throw AudioException.limit(input.name(), "chunk '" + id + "' at byte " + at + " has " + size + " bytes before the samples; at most "
                    + limits.maxHeaderBytes() + " are accepted (limit maxHeaderBytes)");
        }
        if (input.skip(size) < size) {
            throw runsPastEnd(id, at, size, input.position());
        }
        skipPadding(size);
    }

    /** Chunks are padded to an even length, but some writers forget it: a pad byte is 0, a chunk name never begins so. */
    private void skipPadding(long size) {
        if ((size & 1) == 1) {
            byte[] next = input.peek(1);
            if (next.length == 1 && next[0] == 0) {
                input.skip(1);
            }
        }
    }

    private void longSizes(byte[] body) {
        if (body.length < 28) {
            throw corrupt("the 'ds64' chunk has " + body.length + " bytes; at least 28 are needed");
        }
        longRiffBytes = uint32(body, 0) | uint32(body, 4) << 32;
        longDataBytes = uint32(body, 8) | uint32(body, 12) << 32;
        if (longDataBytes < 0) {
            throw corrupt("the 'ds64' chunk claims 2^63 or more bytes of samples");
        }
    }

    private Format format(byte[] body) {
        if (body.length < 14) {
            throw corrupt("the 'fmt ' chunk has " + body.length + " bytes; at least 14 are needed");
        }
        int tag = uint16(body, 0);
        int channels = uint16(body, 2);
        long rate = uint32(body, 4);
        int blockAlign = uint16(body, 12);
        int bits = body.length >= 16 ? uint16(body, 14) : 0;
        limits.checkChannels(input.name(), channels);
        if (rate == 0) {
            throw corrupt("the header says a sample rate of 0 Hz");
        }
        limits.checkRate(input.name(), rate);
        if (tag == EXTENSIBLE) {
            if (body.length < 40) {
                throw corrupt("the extensible 'fmt ' chunk has " + body.length + " bytes; 40 are needed");
            }
            tag = uint16(body, 24);
            byte[] tail = Arrays.copyOfRange(body, 26, 40);
            if (!Arrays.equals(tail, GUID_TAIL) && !Arrays.equals(tail, AMBISONIC_TAIL)) {
                throw AudioException.unsupported(input.name(), "WAV with the unknown subformat "
                        + HexFormat.of().formatHex(body, 24, 40));
            }
        }
        return new Format(encoding(tag, bits, blockAlign, channels), (int) rate, channels);
    }

    /** A sample fills {@code blockAlign / channels} bytes, whatever number of bits is said to be valid in it (the upper ones). */
    private SampleEncoding encoding(int tag, int bits, int blockAlign, int channels) {
        if (tag != PCM && tag != FLOAT && tag != ALAW && tag != MULAW) {
            throw AudioException.unsupported(input.name(), "WAV with " + tagName(tag) + " coding");
        }
        if (blockAlign == 0 || blockAlign % channels != 0) {
            throw corrupt("the header says " + blockAlign + " bytes per frame of " + channels + " channel(s)");
        }
        int bytes = blockAlign / channels;
        if (bits == 0 || bits > bytes * 8) {
            throw corrupt("the header says " + bits + " bits per sample in " + bytes + " byte(s)");
        }
        SampleEncoding found = switch (tag) {
            case PCM -> switch (bytes) {
                case 1 -> SampleEncoding.U8;
                case 2 -> SampleEncoding.S16LE;
                case 3 -> SampleEncoding.S24LE;
                case 4 -> SampleEncoding.S32LE;
                default -> null;
            };
            case FLOAT -> switch (bytes) {
                case 4 -> SampleEncoding.F32LE;
                case 8 -> SampleEncoding.F64LE;
                default -> null;
            };
            case ALAW -> bytes == 1 ? SampleEncoding.ALAW : null;
            default -> bytes == 1 ? SampleEncoding.MULAW : null;
        };
        if (found == null) {
            throw AudioException.unsupported(input.name(), "WAV with " + tagName(tag) + " samples of " + bits + " bits");
        }
        return found;
    }

    private static String tagName(int tag) {
        return switch (tag) {
            case PCM -> "PCM";
            case FLOAT -> "float";
            case ALAW -> "A-law";
            case MULAW -> "µ-law";
            case 0x02 -> "Microsoft ADPCM";
            case 0x11 -> "IMA ADPCM";
            case 0x31 -> "GSM 6.10";
            case 0x40, 0x45, 0x64, 0x65 -> "G.72x ADPCM";
            case 0x50 -> "MPEG";
            case 0x55 -> "MP3";
            case 0xff, 0x1600, 0x1610 -> "AAC";
            case 0x160, 0x161, 0x162, 0x163 -> "Windows Media Audio";
            case 0x2000 -> "AC-3";
            default -> "unknown (format tag 0x" + Integer.toHexString(tag) + ")";
        };
    }

    private AudioException runsPastEnd(String id, long at, long size, long fileEnd) {
        return corrupt("chunk '" + id + "' at byte " + at + " claims " + size + " bytes and the file ends at byte " + fileEnd);
    }

    private AudioException corrupt(String what) {
        return AudioException.corrupt(input.name(), what);
    }

    private static String fourCc(byte[] b, int p) {
        return new String(b, p, 4, StandardCharsets.ISO_8859_1);
    }

    private static int uint16(byte[] b, int p) {
        return b[p] & 0xff | (b[p + 1] & 0xff) << 8;
    }

    private static long uint32(byte[] b, int p) {
        return (b[p] & 0xff | (b[p + 1] & 0xff) << 8 | (b[p + 2] & 0xff) << 16 | b[p + 3] << 24) & UINT32_MAX;
    }
}
