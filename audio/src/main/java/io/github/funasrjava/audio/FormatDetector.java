package io.github.funasrjava.audio;

import java.util.Optional;

/** Finds the format of an input by its content and opens the decoder for it. */
final class FormatDetector {
    /** Enough for every magic number and for telling text from data; little, so that a live pipe is not waited for. */
    private static final int HEAD_BYTES = 1 << 12;

    private FormatDetector() {}

    static PcmSource open(ByteInput input, AudioOptions options, WarningLog warnings) {
        ContentType type = detect(input, options.limits(), warnings);
        if (!type.audio()) {
            throw new AudioException(AudioException.Kind.NOT_AUDIO, input.name() + ": not audio: it is " + type.label());
        }
        try {
            return decoder(type, input, options, warnings);
        } catch (NoClassDefFoundError e) {
            AudioException missing = new AudioException(AudioException.Kind.DECODER_MISSING, input.name() + ": to read "
                    + type.label() + ", add " + type.library(), e);
            return FfmpegSource.open(input, type, options, warnings, missing, path());
        } catch (AudioException e) {
            if (e.kind() != AudioException.Kind.UNSUPPORTED) {
                throw e;
            }
            return FfmpegSource.open(input, type, options, warnings, e, path());
        }
    }

    private static String path() {
        return Optional.ofNullable(System.getenv("PATH")).orElse("");
    }

    private static PcmSource decoder(ContentType type, ByteInput input, AudioOptions options, WarningLog warnings) {
        return switch (type) {
            case WAV -> WavHeader.open(input, options.limits(), warnings);
            case FLAC -> new FlacSource(input, options.limits(), warnings);
            case OGG -> new OggSource(input, options.limits(), warnings);
            case WEBM -> new WebmSource(input, options.limits(), warnings);
            case MP4 -> new Mp4Source(input, options.limits(), warnings);
            case ADTS -> new AdtsSource(input, options.limits(), warnings);
            case MP3 -> new Mp3Source(input, warnings);
            default -> throw AudioException.unsupported(input.name(), type.label());
        };
    }

    private static ContentType detect(ByteInput input, AudioLimits limits, WarningLog warnings) {
        skipId3(input, limits);
        ContentType type = ContentType.detect(input.peek(HEAD_BYTES));
        if (type != ContentType.UNKNOWN && type != ContentType.ZEROS) {
            return type;
        }
        if (FrameReader.mpeg(input, warnings).found(1)) {
            return ContentType.MP3;
        }
        if (FrameReader.adts(input, warnings).found(1)) {
            return ContentType.ADTS;
        }
        if (FrameReader.mpeg(input, warnings).found(FrameReader.SEARCH_BYTES)) {
            return ContentType.MP3;
        }
        return FrameReader.adts(input, warnings).found(FrameReader.SEARCH_BYTES) ? ContentType.ADTS : type;
    }

    /** An ID3v2 tag may precede MP3, AAC and (against its specification) FLAC; a picture in it is stepped over. */
    private static void skipId3(ByteInput input, AudioLimits limits) {
        while (input.ensure(10) && input.at(0) == 'I' && input.at(1) == 'D' && input.at(2) == '3') {
            long size = FrameReader.id3Bytes(input, 0);
            if (input.position() + size > limits.maxHeaderBytes()) {
                throw AudioException.limit(input.name(), "the ID3 tag has " + size + " bytes; at most " + limits.maxHeaderBytes()
                        + " are accepted (limit maxHeaderBytes)");
            }
            if (input.skip(size) < size || !input.ensure(1)) {
                throw new AudioException(AudioException.Kind.NO_SAMPLES, input.name() + ": no audio samples: the input ends with its ID3 tag");
            }
        }
    }
}
