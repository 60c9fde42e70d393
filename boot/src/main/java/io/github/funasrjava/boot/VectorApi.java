package io.github.funasrjava.boot;

import java.io.File;
import java.util.Collections;

/**
 * Makes the Vector API visible to classes on the class path, as {@code --add-modules} would (50 ms instead of 80, and
 * without its warning), in a thread of its own while the command line starts.
 */
final class VectorApi {
    static final String MODULE = "jdk.incubator.vector";

    private Loader loader;
    private String[] args;
    private boolean mayRunAgain;

    private static final class Loader extends Thread {
        private boolean usable;

        Loader() {
            super("boot-vector-api");
            setDaemon(true);
        }

        @Override
        public void run() {
            usable = load();
        }
    }

    /** Begins to load the module. */
    void begin(String[] args, boolean child) {
        this.args = args;
        this.mayRunAgain = !child;
        loader = new Loader();
        loader.start();
    }

    /** Waits for the module; runs the jar again with a flag if this JVM has it and does not load it. */
    void await() {
        if (loader == null) {
            return; // not started by Boot: whoever did has given the flag, or wants no Vector API
        }
        try {
            loader.join();
            if (loader.usable || !mayRunAgain) {
                return;
            }
            // Only a JVM that has the module does better with a flag; without one the engine's other tiers run here.
            Jdk own = Jdk.at(new File(System.getProperty("java.home")));
            Jdk jdk = own != null && own.hasVectorModule ? own : Jdk.best();
            if (jdk != null && jdk.hasVectorModule) {
                System.exit(Boot.execute(jdk, Collections.singletonList("--add-modules=" + MODULE), args));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Loads the module and asks the JVM for the number of float lanes that compiled code may use.
     *
     * @return false when this JVM cannot do it: no such module, no {@code Add-Exports} from the manifest, or no
     *     compiler that knows vectors
     */
    private static boolean load() {
        try {
            Class.forName("jdk.internal.module.Modules").getMethod("loadModule", String.class).invoke(null, MODULE);
            Class.forName("jdk.incubator.vector.VectorSpecies", false, null);
            Object lanes = Class.forName("jdk.internal.vm.vector.VectorSupport")
                    .getMethod("getMaxLaneCount", Class.class)
                    .invoke(null, float.class);
            return ((Integer) lanes).intValue() > 1;
        } catch (ReflectiveOperationException e) {
            return false;
        } catch (RuntimeException e) {
            return false;
        } catch (LinkageError e) {
            return false;
        }
    }
}
