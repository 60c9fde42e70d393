package io.github.funasrjava.cli;

import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code completion bash|zsh}: a script that completes commands, options and file names. */
final class CompletionCommand implements Command {
    private static final String DEFAULT_NAME = "fun-asr";

    @Override
    public CommandDescription description() {
        return new CommandDescription("completion", "Print a completion script for bash or zsh.",
                new Operands("SHELL", 1, 1, "bash or zsh."),
                List.of(Option.value("--name", "NAME", "The alias or script that starts the program (default fun-asr).")),
                List.of(
                        new Example("completion bash > ~/.local/share/bash-completion/completions/fun-asr",
                                "with alias fun-asr='java -jar /path/to/engine.jar'"),
                        new Example("completion zsh > ~/.zfunc/_fun-asr", "in a folder of $fpath, before compinit")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        String name = arguments.text("--name").orElse(DEFAULT_NAME);
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
            throw new UsageException("--name must be letters, digits, dots, dashes and underscores, not '" + name + "'.");
        }
        String shell = arguments.operands().get(0);
        String script = switch (shell.toLowerCase(Locale.ROOT)) {
            case "bash" -> bash(name);
            case "zsh" -> zsh(name);
            default -> throw new UsageException("completion knows bash and zsh, not '" + shell + "'.");
        };
        ResultWriter.write(console.out(), script.getBytes(StandardCharsets.UTF_8));
        return ExitCode.OK;
    }

    private static String bash(String name) {
        String function = function(name);
        StringBuilder text = new StringBuilder();
        text.append("# bash completion for ").append(name).append('\n');
        text.append(function).append("() {\n");
        text.append("    local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD - 1]}\"\n");
        text.append("    local command=\"${COMP_WORDS[1]}\" options=\"\" values=\"\" files=yes\n");
        // --option=value comes as three words.
        text.append("    if [ \"$cur\" = = ]; then cur=\"\"\n");
        text.append("    elif [ \"$prev\" = = ]; then prev=\"${COMP_WORDS[COMP_CWORD - 2]}\"; fi\n");
        text.append("    COMPREPLY=()\n");
        text.append("    if [ \"$COMP_CWORD\" -gt 1 ] && [ \"$command\" = help ]; then\n");
        text.append("        COMPREPLY=($(compgen -W '").append(String.join(" ", firstWords())).append("' -- \"$cur\"))\n        return\n    fi\n");
        text.append("    if [ \"$COMP_CWORD\" -eq 1 ]; then\n");
        text.append("        COMPREPLY=($(compgen -W '").append(String.join(" ", firstWords())).append(" --help --version' -- \"$cur\"))\n");
        text.append("        return\n    fi\n");
        for (String group : groups()) {
            text.append("    if [ \"$command\" = ").append(group).append(" ]; then\n");
            text.append("        if [ \"$COMP_CWORD\" -eq 2 ]; then\n");
            text.append("            COMPREPLY=($(compgen -W '").append(String.join(" ", secondWords(group))).append(" --help' -- \"$cur\"))\n");
            text.append("            return\n        fi\n");
            text.append("        command=\"$command ${COMP_WORDS[2]}\"\n    fi\n");
        }
        text.append("    case \"$command\" in\n");
        for (CommandDescription command : descriptions()) {
            text.append("        '").append(command.name()).append("') options='")
                    .append(command.options().stream().map(Option::name).collect(Collectors.joining(" "))).append(" --help'");
            List<String> operands = operandValues(command);
            if (!operands.isEmpty()) {
                text.append("; values='").append(String.join(" ", operands)).append('\'');
            }
            text.append(" ;;\n");
        }
        text.append("    esac\n");
        text.append("    case \"$command $prev\" in\n");
        for (CommandDescription command : descriptions()) {
            for (Option option : command.options()) {
                if (option.valueLabel().isPresent()) {
                    text.append("        '").append(command.name()).append(' ').append(option.name()).append("') options=\"\" values='")
                            .append(String.join(" ", option.values())).append("' files=").append(option.takesPath() ? "yes" : "").append(" ;;\n");
                }
            }
        }
        text.append("    esac\n");
        text.append("    case \"$cur\" in\n");
        text.append("        -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n");
        text.append("        *) local IFS=$' \\n'; COMPREPLY=($(compgen -W \"$values\" -- \"$cur\"))\n");
        text.append("            IFS=$'\\n'; [ -z \"$files\" ] || COMPREPLY+=($(compgen -f -- \"$cur\")) ;;\n");
        text.append("    esac\n}\n");
        text.append("complete -o filenames -F ").append(function).append(' ').append(name).append('\n');
        return text.toString();
    }

    private static String function(String name) {
        return "_" + name.replaceAll("[^A-Za-z0-9]", "_");
    }

    /** What the command takes beside its options, where that is a word. */
    private static List<String> operandValues(CommandDescription command) {
        return switch (command.operands().label()) {
            case "SHELL" -> List.of("bash", "zsh");
            case "MODEL" -> ModelChoice.nameList();
            default -> List.of();
        };
    }

    private static String zsh(String name) {
        String function = function(name);
        StringBuilder text = new StringBuilder();
        text.append("#compdef ").append(name).append('\n');
        text.append(function).append("() {\n");
        text.append("    local command=\"$words[2]\"\n");
        text.append("    if (( CURRENT > 2 )) && [[ \"$command\" == help ]]; then\n        compadd -- ").append(String.join(" ", firstWords()))
                .append("\n        return\n    fi\n");
        text.append("    if (( CURRENT == 2 )); then\n        compadd -- ").append(String.join(" ", firstWords())).append("\n        return\n    fi\n");
        for (String group : groups()) {
            text.append("    if [[ \"$command\" == ").append(group).append(" ]]; then\n");
            text.append("        if (( CURRENT == 3 )); then\n            compadd -- ").append(String.join(" ", secondWords(group)))
                    .append("\n            return\n        fi\n");
            text.append("        command=\"$command $words[3]\"\n    fi\n");
        }
        text.append("    case \"$command\" in\n");
        for (CommandDescription command : descriptions()) {
            text.append("        '").append(command.name()).append("') _arguments");
            for (Option option : command.options()) {
                text.append(" \\\n            '").append(option.name()).append(option.valueLabel().isPresent() ? "=" : "")
                        .append('[').append(escaped(option.description())).append(']')
                        .append(option.valueLabel().map(label -> ":" + label + ":" + zshValues(option.values(), option.takesPath())).orElse(""))
                        .append('\'');
            }
            text.append(" \\\n            '--help[Print this help.]'");
            text.append(" \\\n            '*:").append(command.operands().label().isEmpty() ? "nothing" : command.operands().label().toLowerCase(Locale.ROOT)).append(':')
                    .append(command.operands().max() == 0 ? "{ true }"
                            : zshValues(operandValues(command), !command.operands().label().equals("SHELL"))).append("' ;;\n");
        }
        text.append("    esac\n}\n");
        // In a folder of $fpath the file is the body of the first call; sourced, it only announces itself.
        text.append("if [[ \"$funcstack[1]\" == _").append(name).append(" ]]; then\n    ").append(function).append(" \"$@\"\nelse\n    compdef ")
                .append(function).append(' ').append(name).append("\nfi\n");
        return text.toString();
    }

    /** What follows the label in a specification of {@code _arguments}: words, files, both or nothing. */
    private static String zshValues(List<String> values, boolean files) {
        List<String> escaped = values.stream().map(value -> value.replace(":", "\\:")).toList();
        if (values.isEmpty()) {
            return files ? "_files" : "";
        }
        return files ? "{ compadd -- " + String.join(" ", values) + "; _files }" : "(" + String.join(" ", escaped) + ")";
    }

    /** Description text inside single quotes and brackets. */
    private static String escaped(String description) {
        return description.replace("'", "").replace("\\", "").replace("[", "(").replace("]", ")").replace(":", "\\:");
    }

    private static List<CommandDescription> descriptions() {
        return Commands.NAMES.stream().map(name -> Commands.named(name).orElseThrow().description()).toList();
    }

    private static Set<String> firstWords() {
        Set<String> words = new LinkedHashSet<>();
        Commands.NAMES.forEach(name -> words.add(name.split(" ")[0]));
        words.add("help");
        return words;
    }

    private static List<String> groups() {
        return firstWords().stream().filter(Commands::isGroup).toList();
    }

    private static List<String> secondWords(String group) {
        List<String> words = new ArrayList<>();
        Commands.NAMES.stream().filter(name -> name.startsWith(group + " ")).forEach(name -> words.add(name.substring(group.length() + 1)));
        return words;
    }
}
