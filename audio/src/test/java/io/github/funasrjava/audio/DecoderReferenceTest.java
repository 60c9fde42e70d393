package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every decoder against what ffmpeg decoded from the same file: delay, length, gain and samples, without ffmpeg at hand. */
class DecoderReferenceTest {

    @ParameterizedTest
    @CsvSource({
        "mp3-lame-joint-stereo.mp3, MP3, 100",
        "mp3-lame-vbr-16k.mp3, MP3, 100",
        "mp3-lame-mpeg25-8k.mp3, MP3, 100",
        "mp3-without-info.mp3, MP3, 100",
        "mp3-lavf.mp3, MP3, 100",
        "flac-16bit.flac, FLAC (16 bit), Infinity",
        "flac-24bit.flac, FLAC (24 bit), Infinity",
        "flac-stereo.flac, FLAC (16 bit), Infinity",
        "flac-in-ogg.oga, Ogg (FLAC (16 bit)), Infinity",
        "vorbis-stereo.ogg, Ogg (Vorbis), 120",
        "vorbis-mono-16k.ogg, Ogg (Vorbis), 120",
        "opus-celt-stereo.opus, Ogg (Opus), 65",
        "opus-silk.opus, Ogg (Opus), 65",
        "opus-hybrid-60ms.opus, Ogg (Opus), 65",
    })
    void equalsTheReferenceDecoder(String name, String format, double minSnr) {
        Encoded.Reference expected = Encoded.reference(name);
        Encoded.Pcm actual = Encoded.decode(Encoded.bytes(name));
        assertEquals(format, actual.format());
        assertEquals(expected.rate(), actual.rate());
        assertEquals(expected.channels(), actual.channels());
        assertEquals(List.of(), actual.warnings());
        assertEquals(expected.frames(), actual.frames());
        double snr = Encoded.snr(expected, actual);
        assertTrue(snr >= minSnr, name + ": " + snr + " dB");
    }
}
