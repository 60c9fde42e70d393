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
        "mp3-lame-joint-stereo.mp3, MP3, 80",
        "mp3-lame-vbr-16k.mp3, MP3, 80",
        "mp3-lame-mpeg25-8k.mp3, MP3, 80",
        "mp3-without-info.mp3, MP3, 80",
        "mp3-lavf.mp3, MP3, 80",
        "flac-16bit.flac, FLAC (16 bit), Infinity",
        "flac-24bit.flac, FLAC (24 bit), Infinity",
        "flac-stereo.flac, FLAC (16 bit), Infinity",
    })
    void equalsTheReferenceDecoder(String name, String format, double minSnr) {
        Encoded.Reference expected = Encoded.reference(name);
        Encoded.Pcm actual = Encoded.decode(Encoded.bytes(name));
        assertEquals(format, actual.format());
        assertEquals(expected.rate(), actual.rate());
        assertEquals(expected.channels(), actual.channels());
        assertEquals(List.of(), actual.warnings());
        assertEquals(expected.frames(), actual.frames());
        for (Encoded.Window w : expected.windows()) {
            double snr = Encoded.snr(w.samples(), actual.samples(), w.start() * actual.channels());
            System.out.println(name + " from " + w.start() + ": " + snr);
            assertTrue(snr >= minSnr, name + " from frame " + w.start() + ": " + snr + " dB");
        }
    }
}
