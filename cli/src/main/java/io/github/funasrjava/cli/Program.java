package io.github.funasrjava.cli;

import io.github.funasrjava.engine.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One run of the command line: finds the command, and turns whatever happens into one sentence and an exit code. */
final class Program {
    /** Accepted by every command, before or after its name: prints the trace of an error. */
    static final String DEBUG = "--debug";

    private final Console console;

    Program(Console console) {
        this.console = console;
    }

    /** Runs; never throws. */
    ExitCode run(List<String> args) {
        boolean debug = args.contains(DEBUG) && (!args.contains("--") || args.indexOf(DEBUG) < args.indexOf("--"));
        try {
            return dispatch(args);
        } catch (Throwable failure) {
            return report(failure, debug);
        }
    }

    private ExitCode dispatch(List<String> allArgs) throws IOException {
        List<String> args = !allArgs.isEmpty() && allArgs.get(0).equals(DEBUG) ? allArgs.subList(1, allArgs.size()) : allArgs;
        String first = args.isEmpty() ? "" : args.get(0);
        switch (first) {
            case "" -> {
                console.err().print(new HelpText(console).overview());
                return ExitCode.USAGE;
            }
            case "--help", "-h", "help" -> {
                if (args.size() == 1) {
                    print(new HelpText(console).overview());
                    return ExitCode.OK;
                }
                return dispatch(List.of(withHelp(args.subList(1, args.size()))));
            }
            case "--version", "-V", "version" -> {
                print(Version.describe() + System.lineSeparator());
                return ExitCode.OK;
            }
            default -> {
                if (Commands.isGroup(first) && (args.size() == 1 || args.get(1).equals("--help") || args.get(1).equals("-h"))) {
                    String text = new HelpText(console).of(first);
                    if (args.size() == 1) {
                        console.err().print(text);
                        return ExitCode.USAGE;
                    }
                    print(text);
                    return ExitCode.OK;
                }
                int words = Commands.isGroup(first) && args.size() > 1 ? 2 : 1;
                String name = String.join(" ", args.subList(0, words));
                Command command = Commands.named(name).orElseThrow(() -> new UsageException(unknown(name)));
                return run(command, args.subList(words, args.size()));
            }
        }
    }

    private ExitCode run(Command command, List<String> args) throws IOException {
        CommandDescription description = command.description();
        Arguments arguments = new CommandSyntax(description).parse(args);
        if (arguments.flag("--help")) {
            print(new HelpText(console).of(description));
            return ExitCode.OK;
        }
        return command.run(arguments, console);
    }

    private static String[] withHelp(List<String> command) {
        String[] args = command.toArray(new String[command.size() + 1]);
        args[command.size()] = "--help";
        return args;
    }

    private static String unknown(String name) {
        if (name.startsWith("-")) {
            return "The command comes first, then its options; " + name + " stands where one of these is expected: "
                    + String.join(", ", Commands.NAMES) + ".";
        }
        String hint = name.contains(".") || name.contains("/") ? "; to transcribe a file: transcribe " + name : "";
        return "There is no command '" + name + "'; the commands are " + String.join(", ", Commands.NAMES) + hint + ".";
    }

    private void print(String text) {
        ResultWriter.write(console.out(), text.getBytes(StandardCharsets.UTF_8));
    }

    private ExitCode report(Throwable failure, boolean debug) {
        ExitCode code = ExitCode.of(failure);
        console.say("error: " + Failures.sentence(failure));
        if (code == ExitCode.USAGE) {
            console.say("Try --help.");
        }
        if (debug) {
            failure.printStackTrace(console.err());
        }
        return code;
    }
}
