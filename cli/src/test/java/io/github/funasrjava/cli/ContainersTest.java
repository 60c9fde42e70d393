package io.github.funasrjava.cli;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A clean recording gives its exact text from every container, rate and number of channels; ffmpeg makes the files. */
class ContainersTest {
    private static final Path FFMPEG = Path.of("/usr/bin/ffmpeg");

    private static final String VIDEO = "-f lavfi -i color=size=64x64:rate=5 -map 0:a -map 1:v ";

    /** What ffmpeg is told, by the file that it makes. */
    private static final Map<String, String> FILES = new TreeMap<>(Map.ofEntries(
            // WAV, by the encodings and rates that people have
            entry("16k-8bit.wav", "-c:a pcm_u8"), entry("24bit.wav", "-ar 48000 -ac 2 -c:a pcm_s24le"),
            entry("32bit.wav", "-ar 32000 -c:a pcm_s32le"), entry("float.wav", "-ar 22050 -c:a pcm_f32le"), entry("double.wav", "-c:a pcm_f64le"),
            entry("alaw.wav", "-c:a pcm_alaw"), entry("mulaw-stereo.wav", "-ac 2 -c:a pcm_mulaw"), entry("rf64.wav", "-ar 44100 -rf64 always"),
            // decoded in Java
            entry("stereo.mp3", "-ar 44100 -ac 2 -b:a 128k"), entry("16k.mp3", "-b:a 64k"), entry("48k.mp3", "-ar 48000 -q:a 2"),
            entry("48k.flac", "-ar 48000"), entry("24bit-stereo.flac", "-ar 44100 -ac 2 -sample_fmt s32"), entry("flac.oga", "-c:a flac -f ogg"),
            entry("aac.m4a", "-c:a aac -b:a 96k"), entry("aac-48k-stereo.m4a", "-c:a aac -ar 48000 -ac 2 -b:a 128k"), entry("adts.aac", "-c:a aac -ar 44100"),
            entry("vorbis.ogg", "-c:a libvorbis -q:a 6"), entry("vorbis-stereo-44k.ogg", "-ar 44100 -ac 2 -c:a libvorbis -q:a 5"),
            entry("opus.opus", "-c:a libopus -b:a 48k"), entry("opus-stereo.ogg", "-ac 2 -c:a libopus -b:a 64k"),
            entry("browser.webm", "-c:a libopus -b:a 48k"), entry("vorbis.webm", "-c:a libvorbis -q:a 6"),
            entry("video.mp4", VIDEO + "-c:v mpeg4 -c:a aac -ar 44100 -b:a 96k -shortest"),
            // decoded by ffmpeg
            entry("video.mkv", VIDEO + "-c:v mpeg4 -c:a ac3 -ar 48000 -b:a 192k -shortest"), entry("video.avi", VIDEO + "-c:v mpeg4 -c:a mp2 -ar 48000 -shortest"),
            entry("other.wma", "-c:a wmav2 -ar 44100 -b:a 128k"), entry("alac.m4a", "-c:a alac"), entry("other.aiff", "-ar 22050"), entry("other.au", "-c:a pcm_s16be")));

    @TempDir
    Path folder;

    @Test
    void everyContainerGivesTheSameText() throws IOException, InterruptedException {
        check(FILES, "Set a timer for 47 minutes.");
    }

    /** Of telephone sound the demo model, which has only heard 16 kHz, understands something else, but always the same. */
    @Test
    void telephoneSoundIsTheSameFromEveryContainer() throws IOException, InterruptedException {
        check(new TreeMap<>(Map.of("a.wav", "-ar 8000", "b.flac", "-ar 8000", "c.au", "-ar 8000 -c:a pcm_s16be", "d.m4a", "-ar 8000 -c:a alac")), "");
    }

    /** @param text what all say; empty for what the first says */
    private void check(Map<String, String> files, String text) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(FFMPEG), "no ffmpeg to make the files with");
        StringBuilder expected = new StringBuilder();
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path made = folder.resolve("in").resolve(file.getKey());
            Files.createDirectories(made.getParent());
            List<String> command = new ArrayList<>(List.of(FFMPEG.toString(), "-v", "error", "-i", EngineJar.ENGLISH.toString()));
            command.addAll(List.of(file.getValue().split(" ")));
            command.add(made.toString());
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assumeTrue(process.waitFor() == 0, "ffmpeg cannot make " + file.getKey() + ": " + said);
            expected.append(made).append("\tTEXT\n");
        }
        World world = new World(folder.resolve("cache"));
        world.environment.put("PATH", FFMPEG.getParent().toString());
        assertEquals(ExitCode.OK, world.run("transcribe", "--quiet", "--model", "demo", folder.resolve("in").toString()), world.err());
        String first = world.out().substring(world.out().indexOf('\t') + 1, world.out().indexOf('\n'));
        assertEquals(expected.toString().replace("TEXT", text.isEmpty() ? first : text), world.out());
    }
}
