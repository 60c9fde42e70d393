package io.github.funasrjava.bench.compare;

import io.github.funasrjava.boot.Boot;
import io.github.funasrjava.engine.ModelException;
import io.github.funasrjava.engine.TokenizerCheck;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import io.github.funasrjava.kernels.StolenTime;
import io.github.funasrjava.weights.ModelDirectory;
import io.github.funasrjava.weights.ModelWeights;
import io.github.funasrjava.weights.OpenOptions;
import io.github.funasrjava.weights.WeightsException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The command line of {@code compare.jar}. Exit codes are those of {@code engine.jar}. */
public final class CompareMain {
    private static final int OK = 0;
    private static final int USAGE = 2;
    private static final int MODEL = 4;
    private static final int DEVICE = 6;
    private static final int INTERNAL = 70;
    private static final int OUTPUT = 74;
    private static final int INTERRUPTED = 130;

    private CompareMain() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    /** Compares and prints; gives the exit code. */
    static int run(String[] arguments, PrintStream out, PrintStream messages) {
        if (List.of(arguments).contains("--help")) {
            out.print(CompareOptions.HELP);
            return OK;
        }
        try {
            CompareOptions options = CompareOptions.parse(arguments);
            Boot.awaitVectorApi();
            try (ModelWeights weights = open(options.model())) {
                if (options.llama().isPresent()) {
                    out.print(decoders(weights, options, messages));
                    return OK;
                }
                StolenTime.Counter counter = StolenTime.start();
                Comparison.Result result = Comparison.run(weights, options, messages::println);
                StolenTime stolen = counter.stop();
                out.print(options.json() ? ComparisonReport.json(result, stolen) : ComparisonReport.table(result) + stolen.remark());
                return OK;
            }
        } catch (UsageException e) {
            return fail(messages, e.getMessage(), USAGE);
        } catch (WeightsException | ModelException e) {
            return fail(messages, e.getMessage(), MODEL);
        } catch (KernelsUnavailableException e) {
            return fail(messages, e.getMessage(), DEVICE);
        } catch (OnnxRuntimeEncoder.OnnxRuntimeFailure | LlamaLibrary.LlamaFailure | Comparison.DifferenceException e) {
            return fail(messages, e.getMessage(), INTERNAL);
        } catch (IOException e) {
            return fail(messages, "The model could not be written for the other engine into the temporary folder " + System.getProperty("java.io.tmpdir")
                    + " (" + e.getMessage() + "); a full-size model takes 1 to 1.2 GB, and -Djava.io.tmpdir=DIR names another folder.", OUTPUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return fail(messages, "Interrupted.", INTERRUPTED);
        }
    }

    private static ModelWeights open(Path model) {
        return ModelDirectory.open(model, OpenOptions.defaults().withCheck(TokenizerCheck::check));
    }

    private static String decoders(ModelWeights weights, CompareOptions options, PrintStream messages) throws IOException, InterruptedException {
        Optional<ModelWeights> quantized = options.modelInt8().map(CompareMain::open);
        try {
            StolenTime.Counter counter = StolenTime.start();
            DecoderComparison.Result result = DecoderComparison.run(weights, quantized, options, messages::println);
            StolenTime stolen = counter.stop();
            return options.json() ? DecoderReport.json(result, stolen) : DecoderReport.table(result) + stolen.remark();
        } finally {
            quantized.ifPresent(ModelWeights::close);
        }
    }

    private static int fail(PrintStream messages, String sentence, int code) {
        messages.println("error: " + sentence);
        return code;
    }
}
