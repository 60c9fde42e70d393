package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.audio.AudioException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The external decoder: what it reads, and that a missing, broken or endless one is only an error. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class FfmpegSourceTest {
    private static final float[] SOUND = Signals.noise(16000, 0.5, 11);

    @TempDir
    private Path dir;

    /** Runs {@code script} in the place of ffmpeg, on an AIFF header. */
    private Encoded.Pcm decodeWith(String script, AudioLimits limits) throws IOException {
        assumeTrue(Files.exists(Path.of("/bin/sh")), "needs a POSIX shell to stand for ffmpeg");
        Path program = Files.writeString(dir.resolve("ffmpeg"), "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        byte[] aiff = "FORM0000AIFF and so on".getBytes();
        ByteInput input = ByteInput.of(new ByteArrayInputStream(aiff), "a.aiff", limits);
        AudioException reason = AudioException.unsupported("a.aiff", "AIFF");
        WarningLog warnings = new WarningLog(false);
        try (input; PcmSource s = FfmpegSource.open(input, ContentType.AIFF, AudioOptions.DEFAULT.withLimits(limits), warnings, reason, dir.toString())) {
            float[] block = new float[1000];
            int n = 0;
            int got;
            while ((got = s.read(block, 1000)) >= 0) {
                n += got;
            }
            return new Encoded.Pcm(s.format(), s.sampleRateHz(), s.channels(), new float[n], warnings.toList());
        }
    }

    @Test
    void saysInOneSentenceThatFfmpegWouldBeNeeded() {
        byte[] aiff = "FORM0000AIFF and so on".getBytes();
        ByteInput input = ByteInput.of(new ByteArrayInputStream(aiff), "a.aiff", AudioLimits.DEFAULT);
        AudioException reason = AudioException.unsupported("a.aiff", "AIFF");
        AudioException e = Audio.refused(Kind.UNSUPPORTED,
                () -> FfmpegSource.open(input, ContentType.AIFF, AudioOptions.DEFAULT, new WarningLog(false), reason, "/nowhere:relative"));
        assertEquals("a.aiff: AIFF, which cannot be decoded here; install ffmpeg, which can, or convert it to WAV", e.getMessage());
        assertEquals("input: AIFF, which cannot be decoded here; convert it to WAV", Audio.refused(Kind.UNSUPPORTED, aiff).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"a.aiff,-c:a pcm_s16be", "a.au,-c:a pcm_s16be", "a.w64,-c:a pcm_s16le", "adpcm.wav,-c:a pcm_s16le -f w64", "a.caf,-c:a pcm_s16le",
        "alac.m4a,-c:a alac", "a.wv,-c:a wavpack", "a.tta,-c:a tta", "pcm.mkv,-c:a pcm_s16le", "flac.mka,-c:a flac", "pcm.mov,-c:a pcm_s16le"})
    void decodesLosslessFormatsExactly(String name, String arguments) throws Exception {
        Path file = Ffmpeg.encode(SOUND, 1, 16000, dir.resolve(name), arguments.split(" "));
        Waveform w = AudioReader.read(file, AudioOptions.DEFAULT);
        assertArrayEquals(AudioReader.read(dir.resolve(name + ".source.wav"), AudioOptions.DEFAULT).samples(), w.samples());
        assertEquals(List.of(AudioWarning.Code.EXTERNAL_DECODER), Audio.codes(w));
        assertTrue(w.source().format().endsWith(", decoded by ffmpeg"), w.source().format());
        if (!name.endsWith(".mov") && !name.endsWith(".m4a")) {
            assertArrayEquals(w.samples(), AudioReader.read(Files.newInputStream(file), "pipe", AudioOptions.DEFAULT).samples(), "through a pipe");
        }
    }

    @Test
    void passesNamesToItAsTheyAre() throws Exception {
        Path file = Ffmpeg.encode(SOUND, 1, 16000, dir.resolve("a.aiff"));
        for (String name : List.of("-i.aiff", "a b'\"$(touch x);.aiff", "%03d.aiff", "concat:a|b.aiff", "http:x.aiff")) {
            Path odd = Files.copy(file, dir.resolve(name));
            assertEquals(16000, AudioReader.read(odd, AudioOptions.DEFAULT).samples().length, name);
        }
        assertFalse(Files.exists(dir.resolve("x")) || Files.exists(Path.of("x")));
    }

    @Test
    void keepsTheDelayOfTheSoundInAVideo() throws Exception {
        Path file = Ffmpeg.encode(SOUND, 1, 16000, dir.resolve("late.mkv"), "-f", "lavfi", "-i", "color=black:s=16x16:r=10:d=2",
                "-map", "0:a", "-map", "1:v", "-c:v", "mpeg4", "-c:a", "pcm_s16le", "-af", "asetpts=PTS+0.5/TB");
        float[] x = AudioReader.read(file, AudioOptions.DEFAULT).samples();
        assertEquals(24000, x.length, 20);
        assertEquals(0, Signals.power(x, 0, 7900));
    }

    @Test
    void row22SaysThatAVideoHasNoSound() throws Exception {
        Path file = dir.resolve("v.avi");
        Ffmpeg.encode(SOUND, 1, 16000, file, "-f", "lavfi", "-i", "color=black:s=16x16:r=10:d=1", "-map", "1:v", "-c:v", "mpeg4");
        AudioException e = Audio.refused(Kind.NO_AUDIO_STREAM, () -> AudioReader.read(file, AudioOptions.DEFAULT));
        assertTrue(e.getMessage().contains("no audio stream"), e.getMessage());
    }

    @Test
    void neverReadsPlayLists() throws Exception {
        Path secret = Ffmpeg.encode(SOUND, 1, 16000, dir.resolve("secret.aiff"));
        Path list = Files.writeString(dir.resolve("list.aiff"), "#EXTM3U\n#EXTINF:1,\nfile://" + secret + "\n");
        Audio.refused(Kind.NOT_AUDIO, () -> AudioReader.read(list, AudioOptions.DEFAULT));
        Path concat = Files.writeString(dir.resolve("c.aiff"), "ffconcat version 1.0\nfile secret.aiff\n");
        Audio.refused(Kind.NOT_AUDIO, () -> AudioReader.read(concat, AudioOptions.DEFAULT));
    }

    @Test
    void reportsAFailureInOneSentence() throws IOException {
        AudioException e = Audio.refused(Kind.CORRUPT, () -> unchecked("cat > /dev/null; echo 'a.aiff: Invalid data found' >&2; exit 1", AudioLimits.DEFAULT));
        assertTrue(e.getMessage().contains("ffmpeg cannot decode it: Invalid data found"), e.getMessage());
        Audio.refused(Kind.CORRUPT, () -> unchecked("cat > /dev/null; exit 139", AudioLimits.DEFAULT));
        Audio.refused(Kind.CORRUPT, () -> unchecked("cat > /dev/null; echo this is no WAV at all, and long enough to be read", AudioLimits.DEFAULT));
    }

    private Encoded.Pcm unchecked(String script, AudioLimits limits) {
        try {
            return decodeWith(script, limits);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String header() {
        StringBuilder octal = new StringBuilder("printf '");
        for (byte b : new WavBytes().riff("RIFF", 0xffffffffL).format(3, 1, 16000, 32).ascii("data").u32(0xffffffffL).bytes()) {
            octal.append(String.format("\\%03o", b & 0xff));
        }
        return octal.append("'; ").toString();
    }

    @Test
    void keepsWhatCameBeforeACrashAndSaysSo() throws IOException {
        Encoded.Pcm pcm = decodeWith("cat > /dev/null; " + header() + "head -c 4000 /dev/zero; echo boom >&2; exit 1", AudioLimits.DEFAULT);
        assertEquals(1000, pcm.frames());
        assertEquals(List.of(AudioWarning.Code.LOST_FRAMES, AudioWarning.Code.EXTERNAL_DECODER), pcm.warnings().stream().map(AudioWarning::code).toList());
    }

    @Test
    void stopsOneThatHangs() {
        AudioLimits limits = AudioLimits.DEFAULT.withMaxDecodeTime(Duration.ofSeconds(1));
        Audio.refused(Kind.TIME_LIMIT, () -> unchecked("exec sleep 300", limits));
        Audio.refused(Kind.TIME_LIMIT, () -> unchecked(header() + "exec sleep 300", limits));
        assertNoneLeft();
    }

    @Test
    void stopsOneThatNeverEnds() throws IOException {
        assumeTrue(Files.exists(Path.of("/dev/zero")), "this system has no /dev/zero");
        Path program = Files.writeString(dir.resolve("ffmpeg"), "#!/bin/sh\n" + header() + "exec cat /dev/zero");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        AudioOptions options = AudioOptions.DEFAULT.withLimits(AudioLimits.DEFAULT.withMaxDecodedSeconds(30));
        ByteInput input = ByteInput.of(new ByteArrayInputStream("FORM0000AIFF".getBytes()), "a.aiff", options.limits());
        WarningLog warnings = new WarningLog(false);
        PcmSource s = FfmpegSource.open(input, ContentType.AIFF, options, warnings, AudioException.unsupported("a", "AIFF"), dir.toString());
        try (AudioStream stream = new AudioStream(input, s, options, warnings)) {
            Audio.refused(Kind.LIMIT, () -> {
                float[] block = new float[16000];
                while (stream.read(block, 0, block.length) >= 0) {
                    assertEquals(0, block[0]);
                }
            });
        }
        assertNoneLeft();
    }

    private static void assertNoneLeft() {
        for (int i = 0; i < 1500 && ProcessHandle.current().children().anyMatch(ProcessHandle::isAlive); i++) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        assertEquals(0, ProcessHandle.current().children().filter(ProcessHandle::isAlive).count(), "child processes left");
    }
}
