package io.github.funasrjava.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;

/** What {@code --help} prints. */
final class HelpText {
    private static final String PROGRAM = "java -jar engine.jar ";
    private static final int WIDTH = 110;

    private final Console console;

    HelpText(Console console) {
        this.console = console;
    }

    String overview() {
        StringBuilder text = new StringBuilder();
        text.append("Speech recognition with Fun-ASR-Nano and Fun-ASR-MLT-Nano.\n\nUsage: ").append(PROGRAM)
                .append("COMMAND [options]\n\nCommands:\n");
        for (String name : Commands.NAMES) {
            String summary = Commands.named(name).orElseThrow().description().summary();
            text.append("  ").append(name).append(" ".repeat(Math.max(1, 15 - name.length()))).append(summary).append('\n');
        }
        text.append("\nExamples:\n");
        text.append("  ").append(PROGRAM).append("transcribe recording.wav\n");
        text.append("  ").append(PROGRAM).append("transcribe --model DIR --language en --format json recording.wav\n");
        text.append("  ").append(PROGRAM).append("COMMAND --help\n\nOther options: --version, ").append(Program.DEBUG)
                .append(" (print the trace of an error)\n\nExit codes:\n");
        for (ExitCode code : ExitCode.values()) {
            text.append(" ".repeat(5 - Integer.toString(code.number()).length())).append(code.number()).append("  ")
                    .append(code.meaning()).append('\n');
        }
        return text.toString();
    }

    /** The commands whose name begins with this word. */
    String of(String group) {
        StringBuilder text = new StringBuilder();
        text.append("Usage: ").append(PROGRAM).append(group).append(" WHAT [OPTIONS]\n\n");
        List<CommandDescription> commands = Commands.NAMES.stream().filter(name -> name.startsWith(group + " "))
                .map(name -> Commands.named(name).orElseThrow().description()).toList();
        for (CommandDescription command : commands) {
            text.append("  ").append(command.name()).append(" ".repeat(Math.max(1, 16 - command.name().length()))).append(command.summary()).append('\n');
        }
        examples(text, commands.stream().map(command -> command.examples().getFirst()).toList());
        return text.append("\nOptions: ").append(PROGRAM).append(commands.getFirst().name()).append(" --help\n").toString();
    }

    String of(CommandDescription description) {
        CommandLine line = new CommandSyntax(description).commandLine();
        line.getCommandSpec().usageMessage().width(WIDTH).sortOptions(false);
        Ansi ansi = console.mayDecorate() ? Ansi.ON : Ansi.OFF;
        Help help = new Help(line.getCommandSpec(), Help.defaultColorScheme(ansi));
        StringBuilder text = new StringBuilder();
        text.append("Usage: ").append(PROGRAM).append(description.name()).append(" [OPTIONS] ")
                .append(description.operands().label()).append("\n\n").append(help.description());
        String operands = help.parameterList();
        text.append(operands.isEmpty() ? "" : "\n" + operands).append('\n').append(help.optionList());
        examples(text, description.examples());
        return text.toString();
    }

    private static void examples(StringBuilder text, List<CommandDescription.Example> examples) {
        if (!examples.isEmpty()) {
            text.append("\nExamples:\n");
        }
        for (CommandDescription.Example example : examples) {
            text.append("  # ").append(example.comment()).append("\n  ").append(PROGRAM).append(example.arguments()).append('\n');
        }
    }
}
