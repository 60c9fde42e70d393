package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every decoder against what ffmpeg decoded from the same file: delay, length, gain and samples, without ffmpeg at hand. */
class DecoderReferenceTest {

    @ParameterizedTest
    @CsvSource({
        "mp3-lame-joint-stereo.mp3, MP3, 100, 0",
        "mp3-lame-vbr-16k.mp3, MP3, 100, 0",
        "mp3-lame-mpeg25-8k.mp3, MP3, 100, 0",
        "mp3-without-info.mp3, MP3, 100, 0",
        "mp3-lavf.mp3, MP3, 100, 0",
        "flac-16bit.flac, FLAC (16 bit), Infinity, 0",
        "flac-24bit.flac, FLAC (24 bit), Infinity, 0",
        "flac-stereo.flac, FLAC (16 bit), Infinity, 0",
        "flac-in-ogg.oga, Ogg (FLAC (16 bit)), Infinity, 0",
        "vorbis-stereo.ogg, Ogg (Vorbis), 120, 0",
        "vorbis-mono-16k.ogg, Ogg (Vorbis), 120, 0",
        "opus-celt-stereo.opus, Ogg (Opus), 65, 0",
        "opus-silk.opus, Ogg (Opus), 65, 0",
        "opus-hybrid-60ms.opus, Ogg (Opus), 65, 0",
        "opus.webm, WebM/Matroska (Opus), 65, 0",
        "opus-with-video.webm, WebM/Matroska (Opus), 65, 0",
        "vorbis.mkv, WebM/Matroska (Vorbis), 120, 0",
        "aac.m4a, MP4 (AAC), 90, 57330",
        "aac-faststart-16k.m4a, MP4 (AAC), 90, 20800",
        "aac-fragmented.mp4, MP4 (AAC), 90, 63424",
        "aac-with-video.mp4, MP4 (AAC), 90, 62400",
        "aac-six-channels.m4a, MP4 (AAC), 90, 24000",
        "opus-six-channels.opus, Ogg (Opus), 65, 0",
        "aac-adts.aac, AAC (ADTS), 90, 0",
    })
    void equalsTheReferenceDecoder(String name, String format, double minSnr, int frames) {
        Encoded.Reference expected = Encoded.reference(name);
        Encoded.Pcm actual = Encoded.decode(Encoded.bytes(name));
        assertEquals(format, actual.format());
        assertEquals(expected.rate(), actual.rate());
        assertEquals(expected.channels(), actual.channels());
        assertEquals(List.of(), actual.warnings());
        // ffmpeg 5.1 does not trim the padding of MP4's last frame; the length is then that of what was encoded.
        assertEquals(frames == 0 ? expected.frames() : frames, actual.frames());
        double snr = Encoded.snr(expected, actual);
        assertTrue(snr >= minSnr, name + ": " + snr + " dB");
    }

    /** Noise substitution draws its own random numbers: only the energy can be compared. */
    @Test
    void substitutedNoiseHasTheRightEnergy() {
        Encoded.Reference expected = Encoded.reference("aac-noise.m4a");
        Encoded.Pcm actual = Encoded.decode(Encoded.bytes("aac-noise.m4a"));
        Encoded.Window middle = expected.windows().get(1);
        double reference = Signals.power(middle.samples(), 0, middle.samples().length);
        double ours = Signals.power(actual.samples(), middle.start(), middle.start() + middle.samples().length);
        assertEquals(0, Signals.decibels(ours / reference), 1);
    }
}
