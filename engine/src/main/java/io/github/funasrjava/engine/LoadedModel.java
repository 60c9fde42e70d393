package io.github.funasrjava.engine;

import io.github.funasrjava.engine.decode.Generator;
import io.github.funasrjava.engine.frontend.FrontendConfig;
import io.github.funasrjava.engine.frontend.KaldiFbank;
import io.github.funasrjava.engine.frontend.LowFrameRate;
import io.github.funasrjava.engine.model.CtcHead;
import io.github.funasrjava.engine.model.DecoderWeights;
import io.github.funasrjava.engine.model.Qwen3Decoder;
import io.github.funasrjava.engine.model.SanmEncoder;
import io.github.funasrjava.engine.model.TransformerProjector;
import io.github.funasrjava.engine.text.LanguageTable;
import io.github.funasrjava.engine.text.PromptBuilder;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.DeviceChoice;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelSelector;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.tokenizer.CtcTokenizer;
import io.github.funasrjava.tokenizer.QwenTokenizer;
import io.github.funasrjava.tokenizer.TokenizerException;
import io.github.funasrjava.weights.AdaptorConfig;
import io.github.funasrjava.weights.DecoderConfig;
import io.github.funasrjava.weights.ModelConfig;
import io.github.funasrjava.weights.ModelDirectory;
import io.github.funasrjava.weights.ModelWeights;
import io.github.funasrjava.weights.OpenOptions;
import io.github.funasrjava.weights.Precision;
import io.github.funasrjava.weights.WeightsException;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The stages of one model on one set of kernels, built from its weights. Owns the kernels and the weights. One forward
 * pass at a time; the {@link Transcriber} sees to that.
 */
final class LoadedModel implements AutoCloseable {
    /** Positions of keys and values that a device must have room for at the least. */
    private static final int FIRST_POSITIONS = 1024;
    /** Activations and scratch of one long segment. */
    private static final long WORKSPACE_BYTES = 256L << 20;

    final ModelWeights weights;
    final ModelConfig config;
    final KaldiFbank fbank;
    final LowFrameRate lowFrameRate;
    final DecoderWeights decoderWeights;
    final QwenTokenizer tokenizer;
    final PromptBuilder promptBuilder;
    final LanguageTable languages;
    final Optional<CtcTokenizer> ctcTokenizer;
    // Replaced together when a device is lost, by whoever holds the model.
    volatile Kernels kernels;
    SanmEncoder encoder;
    TransformerProjector adaptor;
    Qwen3Decoder decoder;
    Generator generator;
    Optional<CtcHead> ctc;
    private final EngineOptions options;
    private final Supplier<Kernels> opener;
    private final int batchSize;
    private int losses;
    private boolean stagesOpen;
    private final Arena quantized = Arena.ofShared();
    private Optional<LoadedModel> scalar = Optional.empty();
    private boolean closed;

    /**
     * Opens a model and kernels for it; failures come as the engine's own exceptions. Kernels, weights and tokenizers
     * are opened side by side, because a cold start waits for each of them.
     */
    static LoadedModel open(ModelSource source, EngineOptions options) {
        return open(source, options, kernels -> kernels);
    }

    /** As {@link #open(ModelSource, EngineOptions)}, with something put around the kernels. */
    static LoadedModel open(ModelSource source, EngineOptions options, UnaryOperator<Kernels> around) {
        Supplier<Kernels> opener =
                () -> around.apply(KernelSelector.open(options.kernels(), options.device(), options.listener()::message));
        CompletableFuture<Kernels> kernels = beside(opener);
        ModelWeights weights = null;
        boolean complete = false;
        try {
            weights = openWeights(source, options);
            LoadedModel model = new LoadedModel(weights, kernels, opener, options);
            complete = true;
            return model;
        } catch (WeightsException | TokenizerException e) {
            throw new ModelException(e.getMessage(), e);
        } catch (KernelsUnavailableException e) {
            throw new DeviceException(e.getMessage(), e);
        } finally {
            if (!complete) {
                kernels.thenAccept(Kernels::close);
                Optional.ofNullable(weights).ifPresent(ModelWeights::close);
            }
        }
    }

    private static <T> CompletableFuture<T> beside(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, task -> Thread.ofPlatform().daemon().name("open").start(task));
    }

    /** The result, or the failure as it was thrown. */
    private static <T> T join(CompletableFuture<T> work) {
        try {
            return work.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                default -> throw e;
            }
        }
    }

    private static ModelWeights openWeights(ModelSource source, EngineOptions options) {
        return switch (source) {
            case ModelSource.Directory directory -> {
                OpenOptions open = OpenOptions.defaults().withListener(options.listener()).withCheck(TokenizerCheck::check)
                        .withPrecision(options.weights() == WeightPrecision.INT8 ? Precision.INT8 : Precision.KEEP);
                yield ModelDirectory.open(directory.path(),
                        options.cacheDir().map(open::withCacheDir).orElse(open));
            }
            case ModelSource.Carried carried -> ModelDirectory.openResource(carried.name(), carried.resources());
        };
    }

    private LoadedModel(ModelWeights weights, CompletableFuture<Kernels> opening, Supplier<Kernels> opener, EngineOptions options) {
        this.opener = opener;
        this.weights = weights;
        this.options = options;
        this.config = weights.config();
        boolean complete = false;
        try {
            CompletableFuture<QwenTokenizer> text = beside(() -> QwenTokenizer.load(TokenizerCheck.in(weights.files(), config.decoderFolder() + "/")));
            CompletableFuture<Optional<CtcTokenizer>> ctcText = beside(() -> config.ctc().filter(c -> weights.ctcAvailable())
                    .map(c -> CtcTokenizer.load(TokenizerCheck.in(weights.files(), ""))));
            Kernels opened = withRoom(join(opening), weights, options);
            FrontendConfig frontend = new FrontendConfig(config.frontend().sampleRateHz(), config.frontend().melBins(),
                    config.frontend().frameLengthMs(), config.frontend().frameShiftMs(), config.frontend().lfrStack(),
                    config.frontend().lfrStride());
            this.fbank = new KaldiFbank(frontend);
            this.lowFrameRate = LowFrameRate.of(frontend);
            this.decoderWeights = decoderWeights(options);
            build(opened);
            this.batchSize = DeviceRoom.batchSize(this, options.limits(), options.listener());
            this.tokenizer = join(text);
            tokenizer.requireWithin(config.decoder().vocabSize());
            this.promptBuilder = new PromptBuilder(tokenizer, config.prompt().systemPrompt(), config.prompt().doThink());
            // The two published models differ in this key, and in nothing else that tells them apart.
            this.languages = config.adaptor().useLowFrameRate() ? LanguageTable.NANO : LanguageTable.MLT;
            this.ctcTokenizer = join(ctcText);
            complete = true;
        } finally {
            if (!complete) {
                quantized.close();
            }
        }
    }

    /** The stages on these kernels, which begin to fetch the weights. */
    private void build(Kernels on) {
        kernels = on;
        if (!quantizesInMemory()) {
            on.prefetch(weights.mapped());
        }
        encoder = new SanmEncoder(on, weights, config.encoder());
        adaptor = adaptor(on, weights);
        decoder = new Qwen3Decoder(on, decoderWeights, config.decoder());
        generator = new Generator(decoder, ends());
        ctc = config.ctc().filter(_ -> weights.ctcAvailable()).map(_ -> ctc(on, weights));
        // Last: until then the fields may still hold stages of a lost device, which are closed.
        stagesOpen = true;
    }

    /** Whether weights are computed with that are not those of the file. */
    private boolean quantizesInMemory() {
        return options.weights() == WeightPrecision.INT8 && DecoderWeights.asStored(weights).dtype() != DType.INT8;
    }

    /** Segments that are recognised together: the limit, or fewer where a device has no room for as many. */
    int batchSize() {
        return batchSize;
    }

    /**
     * Opens the device again, once, after it was lost: everything on it is gone, the weights come from the file again. Lost
     * twice, it is given up: for the processor where nobody asked for a GPU by name.
     */
    private void recover(String reason) {
        boolean auto = options.device().kind() == DeviceChoice.Kind.AUTO;
        if (losses >= 2) {
            throw new DeviceException(reason + "; the device is not opened a third time, start again or compute with --device cpu");
        }
        losses++;
        closeStages();
        try {
            if (losses == 1) {
                options.listener().message("opening the device again: " + reason);
                build(withRoom(opener.get(), weights, options));
                return;
            }
        } catch (KernelsUnavailableException e) {
            losses = 2;
            if (!auto) {
                throw new DeviceException(reason + "; opening it again failed: " + e.getMessage(), e);
            }
        }
        if (!auto) {
            throw new DeviceException(reason + "; it was lost a second time and is not opened again, start again or compute with --device cpu");
        }
        options.listener().message("computing on the CPU: " + reason);
        build(KernelSelector.open(options.kernels()));
    }

    /** The kernels, if the model fits where they compute; where nobody asked for a GPU by name, else those of the processor. */
    private static Kernels withRoom(Kernels kernels, ModelWeights weights, EngineOptions options) {
        DecoderConfig decoder = weights.config().decoder();
        try {
            kernels.requireRoom(weights.byteSize(),
                    KvCache.bytes(decoder.layers(), decoder.keyValueHeads(), decoder.headDim(), FIRST_POSITIONS), WORKSPACE_BYTES);
            return kernels;
        } catch (KernelsUnavailableException e) {
            if (options.device().kind() != DeviceChoice.Kind.AUTO) {
                throw e;
            }
            kernels.close();
            options.listener().message("computing on the CPU: " + e.getMessage());
            return KernelSelector.open(options.kernels());
        }
    }

    /** The same weights and texts with stages on other kernels, which the new one owns. */
    private LoadedModel(LoadedModel first, Kernels kernels) {
        this.opener = first.opener;
        this.batchSize = first.batchSize;
        this.weights = first.weights;
        this.options = first.options;
        this.config = first.config;
        this.fbank = first.fbank;
        this.lowFrameRate = first.lowFrameRate;
        this.decoderWeights = first.decoderWeights;
        build(kernels);
        this.tokenizer = first.tokenizer;
        this.promptBuilder = first.promptBuilder;
        this.languages = first.languages;
        this.ctcTokenizer = first.ctcTokenizer;
    }

    private static TransformerProjector adaptor(Kernels kernels, ModelWeights weights) {
        AdaptorConfig adaptor = weights.config().adaptor();
        return new TransformerProjector(kernels, weights, "audio_adaptor", adaptor.downsampleRate(), adaptor.width(),
                adaptor.layers(), adaptor.attentionHeads());
    }

    private static CtcHead ctc(Kernels kernels, ModelWeights weights) {
        return new CtcHead(kernels, weights, weights.config().ctc().orElseThrow());
    }

    private int[] ends() {
        return config.decoder().stopTokenIds().stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * The same model on the scalar kernels, for what the fast ones could not compute; opened when it is first asked for,
     * closed with this one. Empty where this one runs on them already. To be called by whoever holds the model.
     */
    Optional<LoadedModel> onScalarKernels() {
        if (kernels.tier().equals("scalar")) {
            return Optional.empty();
        }
        if (scalar.isEmpty()) {
            scalar = Optional.of(new LoadedModel(this, KernelSelector.open(options.kernels().withTier(KernelOptions.Tier.SCALAR))));
        }
        return scalar;
    }

    private DecoderWeights decoderWeights(EngineOptions options) {
        DecoderWeights stored = DecoderWeights.asStored(weights);
        boolean int8 = stored.dtype() == DType.INT8;
        if (options.weights() == WeightPrecision.BF16 && int8) {
            throw new ModelException("this model directory was converted to int8; name the published model, or one that was "
                    + "converted with precision keep, to compute with bf16 weights");
        }
        if (options.weights() != WeightPrecision.INT8 || int8) {
            return stored;
        }
        options.listener().message("Quantising the language model to int8 in memory; convert the published model with "
                + "precision int8 to start faster.");
        return DecoderWeights.int8(weights, quantized);
    }

    /** Why there is no CTC branch, as a clause. */
    String ctcMissingReason() {
        return weights.ctcUnavailableReason().orElse("this model has none");
    }

    /** Tokens that a hotword takes in a prompt. */
    int hotwordTokens(String word) {
        return tokenizer.encodeOrdinary(word).length;
    }

    /**
     * Refuses work after {@link #close} and on files that were changed, which would touch memory that is gone; opens a device
     * again that was lost.
     */
    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this transcriber is closed");
        }
        if (!weights.unchanged()) {
            throw new ModelException("the model's files were changed or replaced while it was in use; open it again");
        }
        Optional<String> lost = kernels.lost();
        if (lost.isPresent()) {
            recover(lost.get());
        }
        if (!stagesOpen) {
            throw new DeviceException("the device was lost, and the model could not be opened on it again; open the model again, or compute with --device cpu");
        }
    }

    @Override
    public void close() {
        closed = true;
        scalar.ifPresent(LoadedModel::closeStages);
        closeStages();
        quantized.close();
        weights.close();
    }

    private void closeStages() {
        if (!stagesOpen) {
            return;
        }
        stagesOpen = false;
        generator.close();
        ctc.ifPresent(CtcHead::close);
        decoder.close();
        adaptor.close();
        encoder.close();
        kernels.close();
    }
}
