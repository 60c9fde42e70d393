package io.github.funasrjava.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintStream;

/** The command line's entry point in a running JVM; {@code engine.jar} comes here through {@code Boot}. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Console console = new Console(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, Terminals.charset("stderr.encoding")),
                RawArguments.environment(),
                Terminals.standardErrorIsTerminal());
        System.exit(new Program(console).run(RawArguments.recover(args)).number());
    }
}
