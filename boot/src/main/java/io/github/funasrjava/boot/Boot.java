package io.github.funasrjava.boot;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What {@code java -jar engine.jar} starts, whatever {@code java} is. On a JDK 25 or newer it loads the incubating
 * Vector API module, which no manifest can ask for ({@link VectorApi}), and calls the command line in the same process.
 * On an older JVM it finds a suitable JDK ({@link Jdk}) and runs the same jar there ({@link Relay}). A run that will be short
 * gets a second JVM too, with flags that make it shorter ({@link ShortRun}).
 *
 * <p>This package is compiled for Java 8 and is the only place in the project where reflection is allowed: everything
 * newer than Java 8 is reached by name. It has no lambdas and no streams, because their first use costs some 20 ms.
 */
public final class Boot {
    /** Exit code when no JDK is found: EX_CONFIG of sysexits. */
    static final int EXIT_NO_JDK = 78;

    /** The first Java release that the engine runs on. */
    static final int REQUIRED = 25;

    private static final VectorApi VECTOR_API = new VectorApi();

    /** What engine.jar, benchmarks.jar and compare.jar hold. */
    private static final String[] MAIN_CLASSES = {
        "io.github.funasrjava.cli.Main", "org.openjdk.jmh.Main", "io.github.funasrjava.bench.compare.CompareMain"
    };

    private Boot() {}

    public static void main(String[] args) throws Throwable {
        boolean child = Relay.watchParent();
        String version = System.getProperty("java.specification.version");
        if (Jdk.feature(version) < REQUIRED) {
            Jdk jdk = child ? null : Jdk.best();
            if (jdk == null) {
                System.err.println("fun-asr-java needs a JDK " + REQUIRED + " or newer, and only Java " + version + " in "
                        + System.getProperty("java.home") + " was found: install one (the package "
                        + "openjdk-25-jdk-headless, or Temurin 25) or set JAVA_HOME to it.");
                System.exit(EXIT_NO_JDK);
            }
            try {
                System.exit(shortOrOrdinary(jdk, ShortRun.flags(args), args));
            } catch (IOException e) {
                System.exit(notStarted(jdk, e));
            }
        }
        List<String> shorter = !child && ShortRun.mayReplaceThisJvm() ? ShortRun.flags(args) : Collections.<String>emptyList();
        if (!shorter.isEmpty()) {
            Jdk own = Jdk.at(new File(System.getProperty("java.home")));
            try {
                if (own != null) {
                    System.exit(shortOrOrdinary(own, shorter, args));
                }
            } catch (IOException e) {
                // No second process can be had here; the run is as good in this JVM, only slower.
            }
        }
        VECTOR_API.begin(args, child);
        try {
            mainClass().getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static Class<?> mainClass() throws ClassNotFoundException {
        for (int i = 0; i < MAIN_CLASSES.length - 1; i++) {
            try {
                return Class.forName(MAIN_CLASSES[i]);
            } catch (ClassNotFoundException e) {
                continue; // another of our jars
            }
        }
        return Class.forName(MAIN_CLASSES[MAIN_CLASSES.length - 1]);
    }

    /**
     * Waits until classes of the Vector API can be used, if they can be here; to be called once before the engine is
     * opened. Where the JVM refuses, this does not return: the same jar runs again with {@code --add-modules}, and this
     * JVM ends with its exit code.
     */
    public static void awaitVectorApi() {
        VECTOR_API.await();
    }

    /**
     * To be called when opening a model turns out to be more than opening it, before anything is written. In the JVM of a short run, which
     * has no optimising compiler, this does not return: the same jar runs again in an ordinary one.
     */
    public static void needOptimisingCompiler() {
        ShortRun.giveUp();
    }

    private static int shortOrOrdinary(Jdk jdk, List<String> flags, String[] args) throws IOException, InterruptedException {
        if (flags.isEmpty()) {
            return run(jdk, flags, args);
        }
        // Flags of the user (an older JVM hands them on) may be at odds with an archive.
        ClassArchive archive = Relay.ownFlags().isEmpty()
                ? ClassArchive.of(jdk, new File(System.getProperty("java.class.path")), ClassArchive.userCache()) : null;
        List<String> quick = new ArrayList<String>(flags);
        if (archive != null) {
            quick.addAll(archive.flags());
        }
        int exitCode = run(jdk, quick, args);
        if (exitCode == 0 && archive != null) {
            archive.afterRun();
        }
        return exitCode == ShortRun.EXIT_AGAIN ? run(jdk, Collections.<String>emptyList(), args) : exitCode;
    }

    private static int run(Jdk jdk, List<String> extraFlags, String[] args) throws IOException, InterruptedException {
        List<String> flags = new ArrayList<String>(Relay.ownFlags());
        flags.addAll(extraFlags);
        return Relay.run(jdk, flags, args);
    }

    static int execute(Jdk jdk, List<String> extraFlags, String[] args) throws InterruptedException {
        try {
            return run(jdk, extraFlags, args);
        } catch (IOException e) {
            return notStarted(jdk, e);
        }
    }

    private static int notStarted(Jdk jdk, IOException e) {
        System.err.println("The JDK in " + jdk.home + " could not be started (" + e.getMessage()
                + "): set JAVA_HOME to a JDK " + REQUIRED + " or newer.");
        return EXIT_NO_JDK;
    }
}
