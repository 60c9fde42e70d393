package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an embedder sees who did not add a codec library: its name, and the other formats still read. */
class MissingLibraryTest {

    /** Runs inside a class loader that sees this module and nothing else. */
    public static final class Reader implements Function<byte[], String> {
        @Override
        public String apply(byte[] bytes) {
            try {
                return "read " + AudioReader.read(new ByteArrayInputStream(bytes), "input",
                        AudioOptions.DEFAULT.withExternalDecoder(false)).samples().length;
            } catch (AudioException e) {
                return e.kind() + " " + e.getMessage();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"mp3-without-info.mp3, jlayer", "vorbis-mono-16k.ogg, jorbis", "opus-silk.opus, concentus", "opus.webm, concentus",
        "vorbis.mkv, jorbis", "aac.m4a, javasound-aac", "aac-adts.aac, javasound-aac"})
    void namesTheArtifactToAdd(String file, String artifact) throws Exception {
        String answer = alone(Encoded.bytes(file));
        assertTrue(answer.startsWith("DECODER_MISSING input: to read ") && answer.contains(artifact), answer);
    }

    @ParameterizedTest
    @CsvSource({"flac-16bit.flac, 9600", "flac-in-ogg.oga, 9600"})
    void readsWhatNeedsNoLibrary(String file, int samples) throws Exception {
        assertEquals("read " + samples, alone(Encoded.bytes(file)));
    }

    private static String alone(byte[] bytes) throws Exception {
        URL[] places = {AudioReader.class.getProtectionDomain().getCodeSource().getLocation(),
            MissingLibraryTest.class.getProtectionDomain().getCodeSource().getLocation()};
        try (URLClassLoader loader = new URLClassLoader(places, ClassLoader.getPlatformClassLoader())) {
            @SuppressWarnings("unchecked")
            Function<byte[], String> reader = (Function<byte[], String>) loader.loadClass(Reader.class.getName()).getConstructor().newInstance();
            return reader.apply(bytes);
        }
    }
}
