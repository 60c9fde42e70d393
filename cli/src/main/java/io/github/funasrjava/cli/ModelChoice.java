package io.github.funasrjava.cli;

import io.github.funasrjava.engine.ModelException;
import io.github.funasrjava.engine.ModelSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What {@code --model} means. */
final class ModelChoice {
    static final Option OPTION = Option.value("--model", "MODEL",
            "A directory with a published or converted model, or one of the names fun-asr-nano, fun-asr-mlt-nano "
                    + "(looked up in the cache) and demo. Without it: a published model from the cache, else demo.").offering(nameList());

    private static final String DEMO = "demo";

    private ModelChoice() {}

    /**
     * Finds the model.
     *
     * @param given the option's value
     * @throws ModelException when it is not there, with what to do about it
     */
    static ModelSource resolve(Optional<String> given, Console console, boolean quiet) {
        if (given.isEmpty()) {
            return standard(console, quiet);
        }
        String name = given.get();
        if (name.equals(DEMO)) {
            return DemoModel.source();
        }
        Optional<PublishedModel> published = PublishedModel.named(name);
        if (published.isPresent()) {
            PublishedModel model = published.get();
            if (!model.isPresent(console.cacheDir())) {
                throw new ModelException("The model " + name + " is not in " + model.directory(console.cacheDir())
                        + "; download it with one of these commands, or name another directory with --model:"
                        + model.howToGet(console.cacheDir()));
            }
            return ModelSource.directory(model.directory(console.cacheDir()));
        }
        Path directory = RawArguments.path(name);
        if (!Files.exists(directory)) {
            throw new ModelException("There is no model directory " + directory + "; --model takes a directory, or one of the names "
                    + names() + ".");
        }
        return ModelSource.directory(directory);
    }

    private static ModelSource standard(Console console, boolean quiet) {
        for (PublishedModel model : PublishedModel.values()) {
            if (model.isPresent(console.cacheDir())) {
                return ModelSource.directory(model.directory(console.cacheDir()));
            }
        }
        ModelSource demo = DemoModel.source();
        if (!quiet) {
            noteChosen(demo, console);
        }
        return demo;
    }

    /** Says so where nobody named a model and it is the demo's turn. */
    static void noteChosen(ModelSource model, Console console) {
        if (!(model instanceof ModelSource.Directory)) {
            console.say("note: using the bundled demo model, which knows only synthesised home commands in English and Mandarin; "
                    + "for real speech: transcribe --model " + PublishedModel.NANO.id() + " says how to get the real model.");
        }
    }

    static String names() {
        return String.join(", ", nameList());
    }

    static List<String> nameList() {
        return Stream.concat(Arrays.stream(PublishedModel.values()).map(PublishedModel::id), Stream.of(DEMO)).toList();
    }
}
