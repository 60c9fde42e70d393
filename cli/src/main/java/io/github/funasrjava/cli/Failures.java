package io.github.funasrjava.cli;

/** Failures as one sentence for a person. */
final class Failures {
    private Failures() {}

    static String sentence(Throwable failure) {
        return switch (ExitCode.of(failure)) {
            case INTERNAL -> "Internal error: " + failure + " at " + where(failure) + ". Please report it; " + Program.DEBUG
                    + " prints more.";
            case LIMIT -> failure instanceof OutOfMemoryError ? memory(failure) : failure.getMessage();
            default -> failure.getMessage();
        };
    }

    /** The JVM speaks of memory where the system refuses a thread, too; more heap would make that worse. */
    private static String memory(Throwable failure) {
        String reason = String.valueOf(failure.getMessage());
        return reason.contains("native thread")
                ? "The system does not let this program start another thread: raise its limit on processes and threads (ulimit -u, "
                        + "or pids.max of the container), or ask for fewer with --threads."
                : "Out of memory (" + reason + "): give the JVM more with -Xmx, or the machine more of it.";
    }

    private static String where(Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        return trace.length == 0 ? "an unknown place" : trace[0].toString();
    }
}
