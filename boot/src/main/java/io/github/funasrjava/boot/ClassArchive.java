package io.github.funasrjava.boot;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The classes of a short run as an archive of the JVM (class data sharing), so that the next one need not load and verify them:
 * a fifth of the time from {@code java -jar} to the end with the demo model ({@code docs/adr/0008-class-archive.md}).
 *
 * <p>It is made after the second short run has ended well, by a third JVM that transcribes a second of sound: a machine that runs the jar
 * once never pays for it. What fails here changes nothing about the run: there is no archive then. The file belongs to one jar and one
 * JDK, whose own checks refuse it for any other, and is used only where nobody but the user can write.
 */
final class ClassArchive {
    private static final int KEY_BYTES = 8;
    private static final long MAX_MAKING_SECONDS = 30;
    /** What an interrupted attempt left is no reason for ever. */
    private static final long RETRY_MILLIS = TimeUnit.DAYS.toMillis(1);
    private static final int SAMPLE_RATE_HZ = 16_000;
    private static final int WAV_HEADER_BYTES = 44;
    private static final double TONE_HZ = 120;
    private static final int HARMONICS = 19;

    private final Jdk jdk;
    private final File jar;
    private final Path folder;
    private final String jarKey;
    private final String key;

    private ClassArchive(Jdk jdk, File jar, Path folder, String jarKey, String key) {
        this.jdk = jdk;
        this.jar = jar;
        this.folder = folder;
        this.jarKey = jarKey;
        this.key = key;
    }

    /** The archive of a jar on a JDK, whether it exists or not; null where none can be. */
    static ClassArchive of(Jdk jdk, File jar, File cache) {
        try {
            File real = jar.getCanonicalFile();
            if (!real.isFile() || !cache.isAbsolute()) {
                return null;
            }
            String release = new String(Files.readAllBytes(new File(jdk.home, "release").toPath()), StandardCharsets.ISO_8859_1);
            return new ClassArchive(jdk, jar, cache.toPath().resolve("classes"), hash(real.getPath()),
                    hash(real.length() + " " + real.lastModified() + " " + jdk.home.getCanonicalPath() + " " + release));
        } catch (IOException e) {
            return null;
        } catch (InvalidPathException e) {
            return null; // letters that the locale does not have
        }
    }

    /** Where this user's programs keep what can be made again: the folder of the converted models. */
    static File userCache() {
        String given = System.getenv("XDG_CACHE_HOME");
        File base = given != null && new File(given).isAbsolute() ? new File(given) : new File(System.getProperty("user.home"), ".cache");
        return new File(base, "fun-asr-java");
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            StringBuilder hex = new StringBuilder();
            for (int i = 0; i < KEY_BYTES; i++) {
                hex.append(String.format("%02x", digest[i] & 0xff));
            }
            return hex.toString();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** Flags of a JVM that takes its classes from the archive; none where there is no archive to trust. */
    List<String> flags() {
        if (!ownAlone(folder) || !ownAlone(file("jsa"))) {
            return Collections.emptyList();
        }
        // A JVM that refuses the archive goes on without it, and would say so in the midst of the text. Damage is found by its checksums.
        return Arrays.asList("-XX:+IgnoreUnrecognizedVMOptions", "-Xlog:disable", "-XX:+UnlockDiagnosticVMOptions", "-XX:+VerifySharedSpaces",
                "-XX:SharedArchiveFile=" + file("jsa"));
    }

    private static boolean ownAlone(Path path) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
            return Files.getOwner(path).getName().equals(System.getProperty("user.name"))
                    && !permissions.contains(PosixFilePermission.GROUP_WRITE) && !permissions.contains(PosixFilePermission.OTHERS_WRITE);
        } catch (IOException e) {
            return false;
        } catch (UnsupportedOperationException e) {
            return false;
        }
    }

    /** To be called after a short run that has ended well: notes the first one, and makes the archive after the second. */
    void afterRun() throws InterruptedException {
        try {
            if (Files.exists(file("jsa"))) {
                return;
            }
            Files.createDirectories(folder.getParent());
            if (!Files.exists(folder)) {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            if (!ownAlone(folder) || file("run").toFile().createNewFile()) {
                return;
            }
            File attempt = file("making").toFile();
            if (attempt.lastModified() < System.currentTimeMillis() - RETRY_MILLIS) {
                Files.deleteIfExists(attempt.toPath());
            }
            if (attempt.createNewFile()) {
                Relay.stopForwardingSignals();
                make();
            }
        } catch (IOException e) {
            return; // no place for an archive here
        } catch (UnsupportedOperationException e) {
            return; // a file system without owners
        }
    }

    private void make() throws IOException, InterruptedException {
        sweep();
        Path sound = Files.createTempFile(folder, jarKey + "-" + key, ".wav");
        Path made = Files.createTempFile(folder, jarKey + "-" + key, ".tmp");
        try {
            Files.write(sound, hum());
            // The JVM wants to create the file itself.
            Files.delete(made);
            List<String> command = new ArrayList<String>(Arrays.asList(Jdk.launcher(jdk.home).getPath(), "-Xlog:disable",
                    "-XX:ArchiveClassesAtExit=" + made));
            command.addAll(ShortRun.FLAGS);
            command.addAll(Arrays.asList(Relay.parentFlag(), "-jar", jar.getPath(), "transcribe", "--quiet", "--format", "json",
                    sound.toString()));
            File nothing = new File("/dev/null");
            Process process = new ProcessBuilder(command).redirectInput(nothing).redirectOutput(nothing).redirectError(nothing).start();
            if (!process.waitFor(MAX_MAKING_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            } else if (process.exitValue() == 0 && Files.isRegularFile(made)) {
                Files.move(made, file("jsa"), StandardCopyOption.ATOMIC_MOVE);
            }
        } finally {
            Files.deleteIfExists(sound);
            Files.deleteIfExists(made);
        }
    }

    /** Deletes what belongs to an earlier state of this jar, or to another JDK, and what a killed attempt left. */
    private void sweep() throws IOException {
        File[] files = folder.toFile().listFiles();
        if (files == null) {
            return;
        }
        for (File file : files) {
            boolean current = file.toPath().equals(file("run")) || file.toPath().equals(file("making"));
            if (file.getName().startsWith(jarKey) && !current) {
                Files.deleteIfExists(file.toPath());
            }
        }
    }

    /** A second of a hum that takes the way of speech, through the detector and all stages. */
    private static byte[] hum() {
        int dataBytes = 2 * SAMPLE_RATE_HZ;
        ByteBuffer wav = ByteBuffer.allocate(WAV_HEADER_BYTES + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        wav.put(ascii("RIFF")).putInt(WAV_HEADER_BYTES - 8 + dataBytes).put(ascii("WAVEfmt ")).putInt(16).putShort((short) 1).putShort((short) 1)
                .putInt(SAMPLE_RATE_HZ).putInt(2 * SAMPLE_RATE_HZ).putShort((short) 2).putShort((short) 16).put(ascii("data")).putInt(dataBytes);
        for (int i = 0; i < SAMPLE_RATE_HZ; i++) {
            double seconds = i / (double) SAMPLE_RATE_HZ;
            double sum = 0;
            for (int k = 1; k <= HARMONICS; k++) {
                sum += Math.sin(2 * Math.PI * TONE_HZ * k * seconds) / k;
            }
            wav.putShort((short) (0.15 * Short.MAX_VALUE * Math.sin(Math.PI * seconds) * sum));
        }
        return wav.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private Path file(String suffix) {
        return folder.resolve(jarKey + "-" + key + "." + suffix);
    }
}
