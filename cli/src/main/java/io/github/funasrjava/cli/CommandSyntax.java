package io.github.funasrjava.cli;

import io.github.funasrjava.engine.UsageException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private static final Option HELP = Option.flag("--help", "Print this help.");
    private static final Option DEBUG = Option.flag(Program.DEBUG, "Print the trace of an error.");

    private final CommandDescription description;

    CommandSyntax(CommandDescription description) {
        this.description = description;
    }

    Arguments parse(List<String> args) {
        Arguments arguments = plain(args).orElseGet(() -> byPicocli(args));
        check(arguments);
        return arguments;
    }

    /**
     * The same for arguments that leave no question, without loading picocli (50 ms at a cold start): known long options,
     * each once, values that do not begin with a dash. Empty for everything else, errors included.
     */
    Optional<Arguments> plain(List<String> args) {
        Map<String, String> values = new HashMap<>();
        List<String> operands = new ArrayList<>();
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (arg.equals("--")) {
                operands.addAll(args.subList(i + 1, args.size()));
                break;
            }
            if (!arg.startsWith("-")) {
                operands.add(arg);
                continue;
            }
            int equals = arg.indexOf('=');
            String name = equals < 0 ? arg : arg.substring(0, equals);
            Option option = option(name);
            if (option == null || values.containsKey(name)) {
                return Optional.empty();
            }
            String value = "";
            if (option.valueLabel().isPresent()) {
                if (equals >= 0) {
                    value = arg.substring(equals + 1);
                } else if (++i < args.size() && !args.get(i).startsWith("-")) {
                    value = args.get(i);
                } else {
                    return Optional.empty();
                }
            } else if (equals >= 0) {
                return Optional.empty();
            }
            values.put(name, value);
        }
        return Optional.of(new Arguments(values, operands));
    }

    private Option option(String name) {
        for (Option option : description.options()) {
            if (option.name().equals(name)) {
                return option;
            }
        }
        return name.equals(HELP.name()) ? HELP : name.equals(DEBUG.name()) ? DEBUG : null;
    }

    Arguments byPicocli(List<String> args) {
        CommandLine line = commandLine();
        ParseResult result;
        try {
            result = line.parseArgs(args.toArray(new String[0]));
        } catch (ParameterException e) {
            throw new UsageException(description.name() + ": " + e.getMessage().replaceAll("\\s*\\R\\s*", " "), e);
        }
        Map<String, String> values = new HashMap<>();
        for (OptionSpec option : result.matchedOptions()) {
            values.put(option.longestName(), option.arity().max() > 0 ? option.stringValues().get(0) : "");
        }
        // Not matchedPositionals(), which lists the one parameter again after every option between operands.
        List<String> operands = line.getCommandSpec().positionalParameters().get(0).stringValues();
        return new Arguments(values, operands);
    }

    private void check(Arguments arguments) {
        List<String> operands = arguments.operands();
        CommandDescription.Operands expected = description.operands();
        if (operands.size() < expected.min() && !arguments.flag(HELP.name())) {
            throw new UsageException(description.name() + " needs " + expected.label() + ", and none is given.");
        }
        if (operands.size() > expected.max()) {
            throw new UsageException(description.name() + " takes "
                    + (expected.max() == 0 ? "no arguments besides options" : expected.max() == 1 ? "one " + expected.label() : "at most " + expected.max() + " of " + expected.label())
                    + ", and '" + operands.get(expected.max()) + "' is one too many.");
        }
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
        spec.addOption(OptionSpec.builder("-h", HELP.name()).type(boolean.class).arity("0").description(HELP.description()).build());
        spec.addOption(OptionSpec.builder(DEBUG.name()).type(boolean.class).arity("0").description(DEBUG.description()).build());
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
