package io.github.funasrjava.cli;

/** Failures as one sentence for a person. */
final class Failures {
    private Failures() {}

    static String sentence(Throwable failure) {
        return switch (ExitCode.of(failure)) {
            case INTERNAL -> "Internal error: " + failure + " at " + where(failure) + ". Please report it; " + Program.DEBUG
                    + " prints more.";
            case LIMIT -> failure instanceof OutOfMemoryError
                    ? "Out of memory (" + failure.getMessage() + "): give the JVM more with -Xmx, or the machine more of it."
                    : failure.getMessage();
            default -> failure.getMessage();
        };
    }

    private static String where(Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        return trace.length == 0 ? "an unknown place" : trace[0].toString();
    }
}
