package io.github.funasrjava.boot;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The same jar in a second JVM, so that the user sees one program: standard streams, exit code, {@code -X} and
 * {@code -D} flags and signals pass through, and the second JVM does not outlive the first.
 */
final class Relay {
    /** Set on the second JVM: the process id of the first, or 0 where it is not known. */
    static final String PARENT_PROPERTY = "funasr.boot.parent";

    private static final int EXIT_TERMINATED = 143;
    private static final int PARENT_POLL_MS = 500;
    private static final String[] FORWARDED_SIGNALS = {"INT", "TERM", "HUP"};

    private Relay() {}

    /** Runs the jar on a JDK until it ends, and returns its exit code. */
    static int run(Jdk jdk, List<String> flags, String[] args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<String>();
        command.add(Jdk.launcher(jdk.home).getPath());
        command.addAll(flags);
        command.add(parentFlag());
        // The manifest of the jar brings native access and exports; the same as flags would cost 15 ms each, because
        // they rule out the archived module graph.
        command.add("-jar");
        command.add(System.getProperty("java.class.path"));
        command.addAll(Arrays.asList(args));
        Process process = new ProcessBuilder(command).inheritIO().start();
        forwardSignals(process);
        return process.waitFor();
    }

    /** Tells another JVM of this jar not to outlive this one. */
    static String parentFlag() {
        return "-D" + PARENT_PROPERTY + "=" + ownPid();
    }

    /**
     * Flags of this JVM that its successor needs: {@code -X…}, {@code -D…} and assertions. Flags in the environment
     * ({@code JAVA_TOOL_OPTIONS} and the like) are inherited anyway.
     */
    static List<String> ownFlags() {
        List<String> handedOn = new ArrayList<String>();
        boolean tuned = false;
        for (String flag : flagsBeforeJar()) {
            if (flag.startsWith("-X") || flag.startsWith("-D") || flag.matches("-(ea|da|esa|dsa)(:.*)?")) {
                handedOn.add(flag);
                tuned |= flag.startsWith("-XX:");
            }
        }
        if (tuned) {
            // This JVM has accepted them; a newer one may have dropped some.
            handedOn.add("-XX:+IgnoreUnrecognizedVMOptions");
        }
        return handedOn;
    }

    private static List<String> flagsBeforeJar() {
        try {
            // 30 ms sooner than the management interface.
            byte[] line = Files.readAllBytes(Paths.get("/proc/self/cmdline"));
            List<String> words = Arrays.asList(new String(line, nativeCharset()).split("\0"));
            int jar = words.indexOf("-jar");
            boolean argumentFile = false;
            for (String word : words.subList(0, Math.max(jar, 0))) {
                argumentFile |= word.startsWith("@");
            }
            if (jar > 0 && !argumentFile) {
                return words.subList(1, jar);
            }
        } catch (IOException e) {
            // No /proc here: the slow way below answers too.
        }
        return java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments();
    }

    private static Charset nativeCharset() {
        String name = System.getProperty("sun.jnu.encoding");
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
    }

    private static long ownPid() {
        try {
            return pid(processHandle("current").invoke(null));
        } catch (ReflectiveOperationException e) {
            // Java 8 does not know its own process id; /proc does.
        }
        try {
            return Long.parseLong(new File("/proc/self").getCanonicalFile().getName());
        } catch (IOException e) {
            return 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static Method processHandle(String method) throws ReflectiveOperationException {
        return Class.forName("java.lang.ProcessHandle").getMethod(method);
    }

    private static long pid(Object handle) throws ReflectiveOperationException {
        return ((Long) processHandle("pid").invoke(handle)).longValue();
    }

    /**
     * Sends what arrives here to the child, whose exit code then ends this JVM too. After Ctrl-C in a terminal the
     * child gets the signal twice: from the terminal, and from here.
     */
    private static void forwardSignals(final Process process) {
        final long childPid = childPid(process);
        try {
            final Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            handleSignals(Proxy.newProxyInstance(null, new Class<?>[] {handlerType}, new InvocationHandler() {
                @Override
                public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
                    if (method.getName().equals("handle")) {
                        send(process, childPid, (String) signal.getMethod("getName").invoke(arguments[0]));
                    }
                    return null;
                }
            }));
        } catch (ReflectiveOperationException e) {
            // No signal API in this JVM: the default stays, and the child sees us go.
        }
    }

    /** Once the child has ended, signals end this JVM. */
    static void stopForwardingSignals() {
        try {
            handleSignals(Class.forName("sun.misc.SignalHandler").getField("SIG_DFL").get(null));
        } catch (ReflectiveOperationException e) {
            // No signal API in this JVM: nothing was forwarded.
        }
    }

    private static void handleSignals(Object handler) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Method handle = signal.getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"));
        for (String name : FORWARDED_SIGNALS) {
            try {
                handle.invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
            } catch (ReflectiveOperationException e) {
                // Not a signal of this system, or kept by -Xrs: the default stays, and the child sees us go.
            }
        }
    }

    private static void send(Process process, long childPid, String signal) throws InterruptedException {
        if (childPid > 0 && File.separatorChar == '/') {
            try {
                int sent = new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + childPid).start().waitFor();
                if (sent == 0) {
                    return;
                }
            } catch (IOException e) {
                // No shell: fall through.
            }
        }
        process.destroy();
    }

    private static long childPid(Process process) {
        try {
            return ((Long) Process.class.getMethod("pid").invoke(process)).longValue();
        } catch (ReflectiveOperationException e) {
            // Java 8: the number is in a field of its Unix implementation.
        }
        try {
            java.lang.reflect.Field field = process.getClass().getDeclaredField("pid");
            field.setAccessible(true);
            return field.getLong(process);
        } catch (ReflectiveOperationException e) {
            return 0;
        }
    }

    /**
     * In a second JVM, begins to watch the first one and ends this JVM when it is gone (killed with {@code -9}, say).
     *
     * @return whether this is a second JVM
     */
    static boolean watchParent() {
        String value = System.getProperty(PARENT_PROPERTY);
        if (value == null) {
            return false;
        }
        final long expected = Long.parseLong(value);
        if (expected > 0) {
            Thread watch = new Thread("boot-parent-watch") {
                @Override
                public void run() {
                    try {
                        while (parentPid() == expected) {
                            Thread.sleep(PARENT_POLL_MS);
                        }
                        System.exit(EXIT_TERMINATED);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (ReflectiveOperationException e) {
                        // Older than Java 9; such a JVM is never a second one.
                    }
                }
            };
            watch.setDaemon(true);
            watch.start();
        }
        return true;
    }

    private static long parentPid() throws ReflectiveOperationException {
        Object parent = processHandle("parent").invoke(processHandle("current").invoke(null));
        // An Optional, whose type Java 8 knows.
        java.util.Optional<?> handle = (java.util.Optional<?>) parent;
        return handle.isPresent() ? pid(handle.get()) : 0;
    }
}
