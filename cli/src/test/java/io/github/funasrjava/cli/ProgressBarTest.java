package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.weights.Progress;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void drawsBytesRateAndRemainingTimeOnATerminal() {
        show(true, Map.of());
        assertTrue(text().contains("[###############...............] "), text());
        assertTrue(text().contains("/s") && text().contains("s left"), text());
        assertTrue(text().endsWith("\r\u001b[K"), "the line is taken away at the end");
    }

    @Test
    void drawsNothingIntoAFile() {
        show(false, Map.of());
        assertEquals("", text());
    }

    @Test
    void drawsNothingWithNoColorOrOnADumbTerminal() {
        show(true, Map.of("NO_COLOR", "1"));
        show(true, Map.of("TERM", "dumb"));
        assertEquals("", text());
    }

    @Test
    void messagesAreLinesOfTheirOwn() {
        try (ProgressBar bar = new ProgressBar(console(true, Map.of()))) {
            bar.progress(new Progress(1, 2, 1));
            bar.message("Converting.");
        }
        assertTrue(text().endsWith("\r\u001b[Knote: Converting.\n"), text());
    }

    private void show(boolean terminal, Map<String, String> environment) {
        try (ProgressBar bar = new ProgressBar(console(terminal, environment))) {
            bar.progress(new Progress(1_000_000_000, 2_000_000_000, 5e8));
        }
    }

    private Console console(boolean terminal, Map<String, String> environment) {
        return new Console(InputStream.nullInputStream(), OutputStream.nullOutputStream(), new PrintStream(err, true, StandardCharsets.UTF_8),
                environment, terminal);
    }

    private String text() {
        return err.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
    }
}
