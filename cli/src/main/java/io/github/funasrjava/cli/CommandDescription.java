package io.github.funasrjava.cli;

import java.util.List;

/**
 * What a command takes; parsing, help and completion all come from it.
 *
 * @param name one word, or two ({@code bench rtf})
 * @param summary sentence for help
 * @param operands what stands beside the options
 * @param options in the order of help
 * @param examples arguments after {@code java -jar engine.jar}, each with a comment
 */
record CommandDescription(String name, String summary, Operands operands, List<Option> options, List<Example> examples) {
    /**
     * Arguments without a name.
     *
     * @param label how help calls one of them
     * @param description sentence for help
     */
    record Operands(String label, int min, int max, String description) {
        static final Operands NONE = new Operands("", 0, 0, "");
    }

    record Example(String arguments, String comment) {}

    CommandDescription {
        options = List.copyOf(options);
        examples = List.copyOf(examples);
    }
}
