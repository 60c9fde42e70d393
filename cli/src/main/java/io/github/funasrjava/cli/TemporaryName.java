package io.github.funasrjava.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Names of files that are being written: they say who writes, so that a later run can take away what a process left that
 * was killed between writing and renaming.
 */
final class TemporaryName {
    private static final Pattern NAME = Pattern.compile("\\.fun-asr-(\\d{1,18})-\\d+\\.tmp");

    /** On a shared disk the process may be alive on another machine; it does not write one result for so long. */
    private static final Duration YOUNG = Duration.ofMinutes(1);

    /** More is no folder of results; there the rest is left alone. */
    private static final int MOST_ENTRIES = 100_000;

    private TemporaryName() {}

    /** One that no other file has, beside a file. */
    static Path beside(Path file) {
        // A name of its own: the file's may have letters that this locale cannot write.
        return file.resolveSibling(".fun-asr-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".tmp");
    }

    /** Deletes what processes that are gone have left in a folder and so many levels of folders from it on. */
    static void sweep(Path folder, int levels) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(folder, levels)) {
            for (Path file : entries.limit(MOST_ENTRIES).filter(TemporaryName::isLeftOver).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            // Whether results can be written there is found out when they are.
            System.getLogger(TemporaryName.class.getName()).log(System.Logger.Level.DEBUG, "cannot sweep " + folder, e);
        }
    }

    private static boolean isLeftOver(Path file) {
        Path name = file.getFileName();
        Matcher matcher = NAME.matcher(name == null ? "" : name.toString());
        try {
            return matcher.matches() && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()
                    && Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(YOUNG));
        } catch (IOException e) {
            return false; // gone already
        }
    }
}
