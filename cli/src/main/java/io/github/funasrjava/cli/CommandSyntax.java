package io.github.funasrjava.cli;

import io.github.funasrjava.engine.UsageException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The grammar of one command, by picocli. Built from the description rather than from annotations, which cost another
 * 100 ms of reflection at a cold start; values stay text here and are understood in {@link Arguments}.
 */
final class CommandSyntax {
    private final CommandDescription description;

    CommandSyntax(CommandDescription description) {
        this.description = description;
    }

    Arguments parse(List<String> args) {
        ParseResult result;
        try {
            result = commandLine().parseArgs(args.toArray(new String[0]));
        } catch (ParameterException e) {
            throw new UsageException(description.name() + ": " + e.getMessage().replaceAll("\\s*\\R\\s*", " "), e);
        }
        Map<String, String> values = new HashMap<>();
        for (OptionSpec option : result.matchedOptions()) {
            values.put(option.longestName(), option.stringValues().isEmpty() ? "" : option.stringValues().get(0));
        }
        List<String> operands = result.matchedPositionals().stream().flatMap(p -> p.stringValues().stream()).toList();
        CommandDescription.Operands expected = description.operands();
        if (operands.size() < expected.min() && !values.containsKey("--help")) {
            throw new UsageException(description.name() + " needs " + expected.label() + ", and none is given.");
        }
        if (operands.size() > expected.max()) {
            throw new UsageException(description.name() + " takes "
                    + (expected.max() == 0 ? "no arguments besides options" : expected.max() == 1 ? "one " + expected.label() : "at most " + expected.max() + " of " + expected.label())
                    + ", and '" + operands.get(expected.max()) + "' is one too many.");
        }
        return new Arguments(values, operands);
    }

    CommandLine commandLine() {
        CommandSpec spec = CommandSpec.create().name(description.name());
        spec.usageMessage().description(description.summary());
        for (Option option : description.options()) {
            OptionSpec.Builder builder = OptionSpec.builder(option.name()).description(option.description());
            spec.addOption(option.valueLabel().isPresent()
                    ? builder.type(String.class).arity("1").paramLabel(option.valueLabel().get()).build()
                    : builder.type(boolean.class).arity("0").build());
        }
        spec.addOption(OptionSpec.builder("-h", "--help").type(boolean.class).arity("0").description("Print this help.").build());
        spec.addOption(OptionSpec.builder(Program.DEBUG).type(boolean.class).arity("0")
                .description("Print the trace of an error.").build());
        // Always present, so that a surplus argument is our error and not picocli's.
        spec.addPositional(PositionalParamSpec.builder().paramLabel(description.operands().label())
                .description(description.operands().description()).type(List.class).auxiliaryTypes(String.class)
                .arity("0..*").hidden(description.operands().max() == 0).build());
        CommandLine line = new CommandLine(spec);
        // A file may be called @list, and an option may be told something that looks like an option's name.
        line.setExpandAtFiles(false);
        line.setAllowOptionsAsOptionParameters(false);
        return line;
    }
}
