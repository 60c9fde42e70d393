package io.github.funasrjava.cli;

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

    /** What ffmpeg is told, by the file that it makes. */
    private static final Map<String, String> FILES = new TreeMap<>(Map.of(
            "stereo.mp3", "-ar 44100 -ac 2 -b:a 128k", "48k.flac", "-ar 48000", "aac.m4a", "-c:a aac -b:a 96k", "vorbis.ogg", "-c:a libvorbis -q:a 6",
            "opus.opus", "-c:a libopus -b:a 48k", "browser.webm", "-c:a libopus -b:a 48k", "adts.aac", "-c:a aac -ar 44100",
            "24bit.wav", "-ar 48000 -ac 2 -c:a pcm_s24le", "float.wav", "-ar 22050 -c:a pcm_f32le", "other.wma", "-c:a wmav2"));

    @TempDir
    Path folder;

    @Test
    void everyContainerGivesTheSameText() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(FFMPEG), "no ffmpeg to make the files with");
        StringBuilder expected = new StringBuilder();
        for (Map.Entry<String, String> file : FILES.entrySet()) {
            Path made = folder.resolve("in").resolve(file.getKey());
            Files.createDirectories(made.getParent());
            List<String> command = new ArrayList<>(List.of(FFMPEG.toString(), "-v", "error", "-i", EngineJar.ENGLISH.toString()));
            command.addAll(List.of(file.getValue().split(" ")));
            command.add(made.toString());
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assumeTrue(process.waitFor() == 0, "ffmpeg cannot make " + file.getKey() + ": " + said);
            expected.append(made).append("\tSet a timer for 47 minutes.\n");
        }
        World world = new World(folder.resolve("cache"));
        world.environment.put("PATH", FFMPEG.getParent().toString());
        assertEquals(ExitCode.OK, world.run("transcribe", "--quiet", "--model", "demo", folder.resolve("in").toString()), world.err());
        assertEquals(expected.toString(), world.out());
    }
}
