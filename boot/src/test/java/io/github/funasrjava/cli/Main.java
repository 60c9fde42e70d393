package io.github.funasrjava.cli;

import io.github.funasrjava.boot.Boot;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Stands in for the real command line, which is above this module: does what its first argument says. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "describe" -> {
                System.out.println("feature=" + Runtime.version().feature());
                System.out.println("args=" + Arrays.asList(args));
                System.out.println("property=" + System.getProperty("some.property"));
                System.out.println("maxMemoryMb=" + (Runtime.getRuntime().maxMemory() >> 20));
            }
            case "transcribe" -> {
                if (Arrays.asList(args).contains("--odd")) {
                    Boot.needOptimisingCompiler();
                }
                System.out.println("flags=" + ManagementFactory.getRuntimeMXBean().getInputArguments() + (mapsAnArchive() ? " archive mapped" : ""));
                if (Arrays.asList(args).contains("--fail")) {
                    System.exit(3);
                }
            }
            case "lanes" -> {
                Boot.awaitVectorApi();
                System.out.println("lanes=" + Lanes.preferred());
            }
            case "echo" -> System.out.print(new String(System.in.readAllBytes(), StandardCharsets.UTF_8));
            case "exit" -> System.exit(Integer.parseInt(args[1]));
            case "throw" -> throw new IllegalStateException("thrown by the command line");
            case "wait" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook ran")));
                System.out.println("pid=" + ProcessHandle.current().pid());
                Thread.sleep(900_000);
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static boolean mapsAnArchive() throws IOException {
        Path maps = Path.of("/proc/self/maps");
        return Files.exists(maps) && Files.readAllLines(maps).stream().anyMatch(line -> line.contains("/fun-asr-java/classes/"));
    }

    /** Kept apart so that only this case needs the Vector API. */
    private static final class Lanes {
        static int preferred() {
            return jdk.incubator.vector.FloatVector.SPECIES_PREFERRED.length();
        }
    }
}
