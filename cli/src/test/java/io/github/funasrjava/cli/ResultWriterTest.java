package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultWriterTest {
    @TempDir
    Path folder;

    @Test
    void replacesAnOldFileWhole() throws IOException {
        Path file = Files.writeString(folder.resolve("out.txt"), "old and longer");
        ResultWriter.write(file, "new".getBytes());
        assertEquals("new", Files.readString(file));
        assertEquals(List.of(file), contents());
    }

    @Test
    void writesThroughALinkInsteadOfReplacingIt() throws IOException {
        Path file = Files.writeString(folder.resolve("real.txt"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link.txt"), file);
        ResultWriter.write(link, "new".getBytes());
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("new", Files.readString(file));
    }

    @Test
    void refusesDirectories() {
        OutputException e = assertThrows(OutputException.class, () -> ResultWriter.write(folder, new byte[1]));
        assertTrue(e.getMessage().contains("it is a directory"), e.getMessage());
    }

    @Test
    void namesTheFolderThatIsMissing() {
        Path file = folder.resolve("no/such/out.txt");
        OutputException e = assertThrows(OutputException.class, () -> ResultWriter.write(file, new byte[1]));
        assertTrue(e.getMessage().contains("does not exist"), e.getMessage());
    }

    @Test
    void fullDeviceIsAnOutputError() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "no /dev/full on this system");
        OutputException e = assertThrows(OutputException.class, () -> ResultWriter.write(full, new byte[1]));
        assertEquals(ExitCode.OUTPUT, ExitCode.of(e));
    }

    @Test
    void closedStandardOutputIsAnOutputError() {
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        OutputException e = assertThrows(OutputException.class, () -> ResultWriter.write(closed, new byte[1]));
        assertTrue(e.getMessage().contains("Broken pipe"), e.getMessage());
    }

    private List<Path> contents() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
