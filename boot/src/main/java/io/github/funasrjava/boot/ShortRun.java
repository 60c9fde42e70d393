package io.github.funasrjava.boot;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Transcribing a few short recordings with kernels that are machine code: over before the optimising compiler (C2) pays, which takes
 * the processor away from the kernels meanwhile. Such a run gets a JVM with the quick compiler alone.
 *
 * <p>What the quick JVM must not do is long work in bytecode: the vector tier, a conversion, weights quantised in memory. All that is only known
 * once the model is opened; {@link #giveUp} then ends the quick JVM before it has written anything, and the run begins again without
 * the flag.
 */
final class ShortRun {
    /** Set on the quick JVM. */
    static final String PROPERTY = "funasr.boot.short";

    /** Of the quick JVM. */
    static final List<String> FLAGS = Collections.unmodifiableList(Arrays.asList("-XX:TieredStopAtLevel=1", "-D" + PROPERTY + "=true"));

    /** What the quick JVM ends with to be replaced: EX_TEMPFAIL of sysexits. No user sees it. */
    static final int EXIT_AGAIN = 75;

    /** More audio than this is not a short run: 4 minutes of 16 kHz PCM. */
    static final long MOST_BYTES = 8 << 20;

    /** Enough of /proc/cpuinfo for one processor. */
    private static final int CPU_BYTES = 8192;
    private static final int READ_BYTES = 1024;

    /** What the AVX-512 kernels ask CPUID for ({@code CpuFeatures.missingForAvx512}), in the kernel's words. */
    private static final List<String> CPU_FLAGS =
            Arrays.asList("fma", "bmi2", "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512_vnni");

    /** Suffixes of recordings; a list of recordings is short, what it names need not be. */
    private static final List<String> RECORDINGS = Arrays.asList(
            ".wav", ".flac", ".mp3", ".ogg", ".opus", ".oga", ".m4a", ".mp4", ".aac", ".aiff", ".aif", ".webm", ".mka");

    private ShortRun() {}

    /** Flags for the JVM of a short run; none where the arguments or the processor ask for an ordinary one. */
    static List<String> flags(String[] args) {
        if (!suits(args) || !hasMachineCodeKernels()) {
            return Collections.emptyList();
        }
        return FLAGS;
    }

    /** Whether the arguments name recordings alone, and little audio. */
    static boolean suits(String[] args) {
        if (args.length == 0 || !args[0].equals("transcribe")) {
            return false;
        }
        long bytes = 0;
        boolean value = false;
        for (String word : Arrays.asList(args).subList(1, args.length)) {
            if (word.startsWith("--kernels") || word.startsWith("--device") || word.equals("-")) {
                return false;
            }
            boolean operand = !word.startsWith("-") && !value;
            // The word after an option without '=' may be its value, or an operand after a flag; a folder is no short run as one.
            value = word.startsWith("--") && word.indexOf('=') < 0;
            if (isRecording(word)) {
                bytes += new File(word).length();
            } else if (operand) {
                return false;
            }
        }
        return bytes > 0 && bytes <= MOST_BYTES;
    }

    private static boolean isRecording(String word) {
        String name = word.toLowerCase(Locale.ROOT);
        int dot = name.lastIndexOf('.');
        return dot >= 0 && RECORDINGS.contains(name.substring(dot)) && new File(word).isFile();
    }

    private static boolean hasMachineCodeKernels() {
        if (!System.getProperty("os.name").equals("Linux") || !System.getProperty("os.arch").equals("amd64")) {
            return false;
        }
        String text;
        try {
            text = beginning(new File("/proc/cpuinfo"));
        } catch (IOException e) {
            return false; // an ordinary run finds out what the processor has
        }
        for (String line : text.split("\n")) {
            if (line.startsWith("flags")) {
                Set<String> flags = new HashSet<String>(Arrays.asList(line.split("\\s+")));
                return flags.containsAll(CPU_FLAGS);
            }
        }
        return false;
    }

    private static String beginning(File file) throws IOException {
        byte[] bytes = new byte[CPU_BYTES];
        int length = 0;
        FileInputStream in = new FileInputStream(file);
        try {
            for (int n = 0; n >= 0 && length < bytes.length; n = in.read(bytes, length, Math.min(READ_BYTES, bytes.length - length))) {
                length += n;
            }
        } finally {
            in.close();
        }
        return new String(bytes, 0, length, StandardCharsets.US_ASCII);
    }

    /**
     * Whether this JVM was started as {@code java -jar engine.jar …}: who gives flags, in the command or in the environment, has chosen a
     * JVM and gets that one. So does who names a file with letters beyond ASCII: this JVM reads the bytes of its own command as they are, but
     * would hand on what its locale makes of them.
     */
    static boolean mayReplaceThisJvm() {
        for (String variable : Arrays.asList("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")) {
            if (System.getenv(variable) != null) {
                return false;
            }
        }
        try {
            byte[] command = Files.readAllBytes(Paths.get("/proc/self/cmdline"));
            for (byte b : command) {
                if (b < 0) {
                    return false;
                }
            }
            String[] words = new String(command, StandardCharsets.US_ASCII).split("\0");
            return words.length > 2 && words[1].equals("-jar");
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether this JVM has the quick compiler alone. */
    static boolean running() {
        return System.getProperty(PROPERTY) != null;
    }

    /** Ends a quick JVM so that an ordinary one takes over; to be called before anything is written. */
    static void giveUp() {
        if (running()) {
            System.exit(EXIT_AGAIN);
        }
    }
}
