package io.github.funasrjava.boot;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C while something runs that can end in order: the first is remembered, the second ends the JVM at once. Where
 * the JVM has no signal API every Ctrl-C ends it at once.
 */
public final class Interrupts implements AutoCloseable {
    private static final int EXIT_INTERRUPTED = 130;

    /** A JVM that relays signals passes on what the terminal has sent already; that is the same Ctrl-C. */
    private static final long SAME_PRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

    private final Runnable onFirst;
    private volatile boolean requested;
    private long firstNanos;
    private final Thread installer;
    private volatile Object previous;

    private Interrupts(Runnable onFirst) {
        this.onFirst = onFirst;
        this.installer = new Thread("boot-interrupts") {
            @Override
            public void run() {
                begin();
            }
        };
        installer.setDaemon(true);
    }

    /**
     * Watches from now on, until it is closed.
     *
     * @param onFirst told of the first Ctrl-C, on a thread of the JVM
     */
    public static Interrupts watch(Runnable onFirst) {
        Interrupts interrupts = new Interrupts(onFirst);
        // Making a proxy costs some 20 ms, which pass while a model is opened.
        interrupts.installer.start();
        return interrupts;
    }

    private void begin() {
        try {
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            previous = install(Proxy.newProxyInstance(null, new Class<?>[] {handlerType}, new InvocationHandler() {
                @Override
                public Object invoke(Object proxy, Method method, Object[] arguments) {
                    if (method.getName().equals("handle")) {
                        press();
                        return null;
                    }
                    return method.getName().equals("hashCode") ? (Object) Integer.valueOf(System.identityHashCode(proxy))
                            : method.getName().equals("equals") ? (Object) Boolean.valueOf(proxy == arguments[0]) : "interrupts";
                }
            }));
        } catch (ReflectiveOperationException e) {
            // No signal API, or kept by -Xrs: the default stays.
        }
    }

    /** Whether Ctrl-C was pressed. */
    public boolean requested() {
        return requested;
    }

    /** Gives Ctrl-C back to whom it belonged before. */
    @Override
    public void close() {
        try {
            installer.join();
            if (previous != null) {
                install(previous);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ReflectiveOperationException e) {
            // What could be installed once can be replaced.
            throw new IllegalStateException(e);
        }
    }

    private synchronized void press() {
        long now = System.nanoTime();
        if (!requested) {
            firstNanos = now;
            requested = true;
            onFirst.run();
        } else if (now - firstNanos > SAME_PRESS_NANOS) {
            Runtime.getRuntime().halt(EXIT_INTERRUPTED);
        }
    }

    private static Object install(Object handler) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        try {
            return signal.getMethod("handle", signal, handlerType).invoke(null, signal.getConstructor(String.class).newInstance("INT"), handler);
        } catch (InvocationTargetException e) {
            throw new ReflectiveOperationException(e.getCause());
        }
    }
}
