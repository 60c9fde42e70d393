package io.github.funasrjava.cli;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Runs the packed engine.jar in a JVM of its own, as a user does. Tests run in the module's folder. */
final class EngineJar {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    static final Path JAR = Path.of("target", "engine.jar").toAbsolutePath();
    static final Path ENGLISH = ROOT.resolve("samples/en_20.wav");
    static final Path MANDARIN = ROOT.resolve("samples/zh_17.wav");

    private static final long PATIENCE_SECONDS = 600;

    private EngineJar() {}

    record Outcome(int exitCode, String out, String err) {}

    /** Runs on this build's JDK. */
    static Outcome run(String... args) {
        return finish(start(Path.of(System.getProperty("java.home")), List.of(), builder -> {}, args));
    }

    static Outcome run(Path javaHome, List<String> flags, Consumer<ProcessBuilder> change, String... args) {
        return finish(start(javaHome, flags, change, args));
    }

    static Process start(Path javaHome, List<String> flags, Consumer<ProcessBuilder> change, String... args) {
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin").resolve(File.separatorChar == '\\' ? "java.exe" : "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-jar", JAR.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).directory(ROOT.toFile());
        // What a user's environment does not have, and a cache that nobody has filled.
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_HOME"));
        builder.environment().put("XDG_CACHE_HOME", Path.of("target", "it-cache").toAbsolutePath().toString());
        change.accept(builder);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Outcome finish(Process process) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try {
            process.getOutputStream().close();
            Thread reader = Thread.ofVirtual().start(() -> copy(process.getErrorStream(), err));
            copy(process.getInputStream(), out);
            reader.join();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("did not end: " + out + err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static void copy(InputStream in, ByteArrayOutputStream out) {
        try {
            in.transferTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A JVM too old for the engine, if one is installed. */
    static Optional<Path> olderJvm() {
        Stream<Path> named = Optional.ofNullable(System.getenv("FUNASR_OLD_JAVA_HOME")).map(Path::of).stream();
        Path siblings = Path.of(System.getProperty("java.home")).getParent();
        Stream<Path> found = Stream.of(siblings, Path.of("/usr/lib/jvm")).flatMap(folder -> {
            File[] children = folder.toFile().listFiles();
            return children == null ? Stream.of() : Stream.of(children).map(File::toPath).sorted();
        });
        return Stream.concat(named, found).filter(EngineJar::isOld).findFirst();
    }

    private static boolean isOld(Path home) {
        try {
            return Files.isExecutable(home.resolve("bin/java")) && Files.readString(home.resolve("release"))
                    .lines().anyMatch(line -> line.matches("JAVA_VERSION=\"(1\\.8|9|1\\d|2[0-4]).*"));
        } catch (IOException e) {
            return false;
        }
    }
}
