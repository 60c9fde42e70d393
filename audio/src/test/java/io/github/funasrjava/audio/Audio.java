package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.util.List;

/** Reading bytes in tests, and what every refusal must look like. */
final class Audio {
    /** The default options without ffmpeg, so that tests mean the same on every machine. */
    static final AudioOptions OWN = AudioOptions.DEFAULT.withExternalDecoder(false);

    private Audio() {}

    static Waveform read(byte[] bytes) {
        return read(bytes, OWN);
    }

    static Waveform read(byte[] bytes, AudioOptions options) {
        return AudioReader.read(new ByteArrayInputStream(bytes), "input", options);
    }

    static AudioException refused(AudioException.Kind kind, byte[] bytes) {
        return refused(kind, () -> read(bytes));
    }

    static AudioException refused(AudioException.Kind kind, Runnable reading) {
        AudioException e = assertThrows(AudioException.class, reading::run);
        assertEquals(kind, e.kind(), e.getMessage());
        assertTrue(e.getMessage().length() < 400 && !e.getMessage().contains("\n"), "one sentence: " + e.getMessage());
        return e;
    }

    static AudioException refused(AudioException.Kind kind, String inMessage, byte[] bytes) {
        AudioException e = refused(kind, bytes);
        assertTrue(e.getMessage().contains(inMessage), e.getMessage());
        return e;
    }

    static List<AudioWarning.Code> codes(Waveform w) {
        return w.warnings().stream().map(AudioWarning::code).toList();
    }

    static long count(Waveform w, AudioWarning.Code code) {
        return w.warnings().stream().filter(x -> x.code() == code).mapToLong(AudioWarning::count).sum();
    }
}
