package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelCachePlaceTest {
    @Test
    void isBelowTheVariableWhereThatIsAbsoluteElseBelowTheHome() {
        assertEquals(Path.of("/cache/fun-asr-java"), ModelCache.usual(Optional.of("/cache"), "/home/a"));
        for (Optional<String> unused : List.of(Optional.<String>empty(), Optional.of(" "), Optional.of("relative"))) {
            assertEquals(Path.of("/home/a/.cache/fun-asr-java"), ModelCache.usual(unused, "/home/a"));
        }
    }

    @Test
    void saysInOneSentenceThatTheLocaleCannotWriteIt() {
        for (Optional<String> xdg : List.of(Optional.<String>empty(), Optional.of("/\ud800"))) {
            WeightsException e = assertThrows(WeightsException.class, () -> ModelCache.usual(xdg, "/\ud800"));
            assertTrue(e.getMessage().contains("letters that this locale cannot write"), e.getMessage());
        }
    }
}
