package io.github.funasrjava.boot;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** A jar of this module and its tests that is packed like engine.jar, to be started in JVMs of its own. */
final class PackedJar {
    private static final Duration PATIENCE = Duration.ofSeconds(300);

    private PackedJar() {}

    record Outcome(int exitCode, String output, String error) {}

    static void pack(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, Boot.class.getName());
        attributes.put(new Attributes.Name("Add-Exports"), "java.base/jdk.internal.module java.base/jdk.internal.vm.vector");
        attributes.put(new Attributes.Name("Enable-Native-Access"), "ALL-UNNAMED");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (String root : System.getProperty("java.class.path").split(File.pathSeparator)) {
                if (Path.of(root).endsWith(Path.of("target", "classes")) || Path.of(root).endsWith(Path.of("target", "test-classes"))) {
                    addFolder(out, Path.of(root));
                }
            }
        }
    }

    private static void addFolder(JarOutputStream out, Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(root.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, out);
            }
        }
    }

    /** Starts {@code java -jar} with a cache that is not the user's. */
    static Process start(Path jar, Path home, List<String> flags, Path cache, String... args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Jdk.launcher(home.toFile()).getPath());
        command.addAll(flags);
        command.addAll(List.of("-jar", jar.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        // Surefire's own JVM may run under these; they are not what is tested here.
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        return builder.start();
    }

    static Outcome finish(Process process) throws Exception {
        String output;
        String error;
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
            output = out.readAllAsString();
            error = err.readAllAsString();
        }
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("did not end: " + output + error);
        }
        return new Outcome(process.exitValue(), output, error);
    }
}
