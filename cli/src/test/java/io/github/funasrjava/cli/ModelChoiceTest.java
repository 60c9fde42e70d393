package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelChoiceTest {
    @TempDir
    Path cache;

    private World world;

    @BeforeEach
    void begin() {
        world = new World(cache);
    }

    @Test
    void demoIsTheDefaultAndSaysSoOnce() {
        assertInstanceOf(ModelSource.Carried.class, ModelChoice.resolve(Optional.empty(), world.console(), false));
        assertEquals(1, world.err().lines().count(), world.err());
        assertTrue(world.err().contains("demo") && world.err().contains("--model fun-asr-nano"), world.err());
    }

    @Test
    void demoByNameNeedsNoExplanation() {
        assertInstanceOf(ModelSource.Carried.class, ModelChoice.resolve(Optional.of("demo"), world.console(), false));
        assertEquals("", world.err());
    }

    @Test
    void quietDemoSaysNothing() {
        ModelChoice.resolve(Optional.empty(), world.console(), true);
        assertEquals("", world.err());
    }

    @Test
    void modelInTheCacheIsPreferredToTheDemo() throws IOException {
        Path directory = Files.createDirectories(cache.resolve("fun-asr-java/models/fun-asr-nano"));
        Files.createFile(directory.resolve("model.pt"));
        assertEquals(ModelSource.directory(directory), ModelChoice.resolve(Optional.empty(), world.console(), false));
        assertEquals("", world.err());
        assertEquals(ModelSource.directory(directory), ModelChoice.resolve(Optional.of("fun-asr-nano"), world.console(), false));
    }

    @Test
    void absentPublishedModelTellsExactCommandsAndChecksums() {
        assertEquals(ExitCode.MODEL, world.run("transcribe", "--model", "fun-asr-nano", "a.wav"));
        String directory = cache.resolve("fun-asr-java/models/fun-asr-nano").toString();
        assertTrue(world.err().contains("modelscope download --model FunAudioLLM/Fun-ASR-Nano-2512 --local_dir " + directory), world.err());
        assertTrue(world.err().contains("hf download FunAudioLLM/Fun-ASR-Nano-2512 --local-dir " + directory), world.err());
        assertTrue(world.err().contains("81fec8616083c69377f3ceef36aba3655660ee0ca69a5d4a1e9810cd340ca499"), world.err());
        assertTrue(world.err().contains("55ae0d2fee369f0f11cce0795f6927934ad17cf11b278a7e56a51272074160bb"), world.err());

        assertEquals(ExitCode.MODEL, world.run("transcribe", "--model", "fun-asr-mlt-nano", "a.wav"));
        assertTrue(world.err().contains("hf download FunAudioLLM/Fun-ASR-MLT-Nano-2512 "), world.err());
        assertTrue(world.err().contains("f7ddbef5ff8c57254e6a045f0b316501b704fe2b774f962efc6e402364e8fe37"), world.err());
    }

    @Test
    void missingDirectoryNamesTheAlternatives() {
        assertEquals(ExitCode.MODEL, world.run("transcribe", "--model", cache.resolve("nowhere").toString(), "a.wav"));
        assertTrue(world.err().contains("There is no model directory") && world.err().contains("fun-asr-mlt-nano"), world.err());
    }

    @Test
    void relativeCacheVariableIsIgnored() {
        world.environment.put("XDG_CACHE_HOME", "relative");
        assertEquals(Path.of(System.getProperty("user.home"), ".cache", "fun-asr-java"), world.console().cacheDir());
    }
}
