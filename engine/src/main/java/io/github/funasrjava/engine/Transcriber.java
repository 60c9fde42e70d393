package io.github.funasrjava.engine;

import io.github.funasrjava.audio.AudioException;
import io.github.funasrjava.audio.AudioReader;
import io.github.funasrjava.audio.AudioStream;
import io.github.funasrjava.audio.AudioWarning;
import io.github.funasrjava.audio.SourceInfo;
import io.github.funasrjava.audio.Waveform;
import io.github.funasrjava.engine.decode.Draft;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.engine.text.Hotwords;
import io.github.funasrjava.engine.text.Language;
import io.github.funasrjava.engine.text.Prompt;
import io.github.funasrjava.engine.text.PromptRequest;
import io.github.funasrjava.kernels.Kernels;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Speech to text: samples or a file in, {@link Transcript} out. Knows the whole way: audio, features, encoder, adaptor,
 * prompt, decoder, text.
 *
 * <p>Thread-safe. One forward pass runs at a time; concurrent callers queue in the order of their calls, those that ask
 * the same way share a pass, and each gets the same text as if it were alone. Close it when no call is running; it owns the model's native memory.
 */
public final class Transcriber implements AutoCloseable {
    /** Samples that are read at a time: one second. */
    private static final int BLOCK_SAMPLES = Waveform.SAMPLE_RATE_HZ;

    /** The other published copies leave the CTC weights out. */
    private static final String WHERE_CTC_IS = "; among the published models, Fun-ASR-Nano-2512 from ModelScope has one";

    private final LoadedModel model;
    private final EngineOptions options;
    private final ReentrantLock forwardPass = new ReentrantLock(true);
    private final BatchQueue queue;
    private final Detectors detectors;
    private boolean closed;

    private Transcriber(LoadedModel model, EngineOptions options) {
        this.model = model;
        this.options = options;
        this.queue = new BatchQueue(model, forwardPass, model.batchSize());
        this.detectors = new Detectors(options.limits());
    }

    /**
     * Opens a model directory, published ({@code model.pt}) or converted ({@code model.safetensors}). A published one is
     * converted into the cache on first use, which takes a while and is announced.
     *
     * @throws ModelException when the directory is not a usable model
     * @throws DeviceException when the kernels asked for do not run here
     */
    public static Transcriber open(Path modelDirectory, EngineOptions options) {
        return open(ModelSource.directory(modelDirectory), options);
    }

    /**
     * Opens a model from wherever it lies.
     *
     * @throws ModelException when the source is not a usable model
     * @throws DeviceException when the kernels asked for do not run here
     */
    public static Transcriber open(ModelSource source, EngineOptions options) {
        return open(source, options, kernels -> kernels);
    }

    /** Opens a model with something put around its kernels, for measuring. */
    static Transcriber open(ModelSource source, EngineOptions options, UnaryOperator<Kernels> around) {
        return new Transcriber(LoadedModel.open(source, options, around), options);
    }

    /** Which model and kernels this engine has. */
    public ModelInfo info() {
        String stored = model.decoderWeights.dtype().name();
        return new ModelInfo(model.weights.metadata().model(), model.weights.metadata().sourceSha256(),
                stored.toLowerCase(Locale.ROOT), model.kernels.tier());
    }

    /** One line about the kernels and why they were chosen. */
    public String kernelsDescription() {
        return model.kernels.description();
    }

    /** What there is to say about the model itself, such as an incomplete CTC branch. */
    public List<String> modelNotices() {
        return model.weights.warnings();
    }

    /**
     * Transcribes a file of any length.
     *
     * @throws InputException when it is not usable audio
     * @throws LimitException when it exceeds a limit
     * @throws UsageException when an option has a value that this model does not know
     * @throws CancelledException when the options said so
     */
    public Transcript transcribe(Path file, TranscribeOptions request) {
        StageClock clock = new StageClock();
        try (AudioStream stream = AudioReader.open(file, options.audio())) {
            return transcribe(stream, request, clock);
        } catch (AudioException e) {
            throw AudioFailures.translate(e);
        }
    }

    /**
     * Transcribes what a stream of bytes holds, in any format that files may have. The stream is not closed.
     *
     * @param name stands for the input in messages
     * @throws InputException when it is not usable audio
     * @throws LimitException when it exceeds a limit
     * @throws UsageException when an option has a value that this model does not know
     * @throws CancelledException when the options said so
     */
    public Transcript transcribe(InputStream input, String name, TranscribeOptions request) {
        StageClock clock = new StageClock();
        try (AudioStream stream = AudioReader.open(input, name, options.audio())) {
            return transcribe(stream, request, clock);
        } catch (AudioException e) {
            throw AudioFailures.translate(e);
        }
    }

    /**
     * Transcribes samples.
     *
     * @param samples 16 kHz mono, nominally in [-1, 1); values that are not finite count as 0, with a warning
     * @throws InputException when there is too little to recognise
     * @throws LimitException when it exceeds a limit
     * @throws UsageException when an option has a value that this model does not know
     * @throws CancelledException when the options said so
     */
    public Transcript transcribe(float[] samples, TranscribeOptions request) {
        List<Warning> warnings = new ArrayList<>();
        StageClock clock = new StageClock();
        float[] finite = FiniteSamples.of(samples, warnings);
        Transcription transcription = begin(request, OptionalDouble.of(finite.length / (double) Waveform.SAMPLE_RATE_HZ),
                clock, warnings);
        transcription.accept(finite, finite.length);
        return finish(transcription, clock, warnings);
    }

    private Transcript transcribe(AudioStream stream, TranscribeOptions request, StageClock clock) {
        List<Warning> warnings = new ArrayList<>();
        long durationMs = stream.source().durationMs();
        OptionalDouble totalSeconds =
                durationMs == SourceInfo.UNKNOWN_DURATION ? OptionalDouble.empty() : OptionalDouble.of(durationMs / 1000.0);
        Transcription transcription = begin(request, totalSeconds, clock, warnings);
        float[] block = new float[BLOCK_SAMPLES];
        while (true) {
            long begin = System.nanoTime();
            int count = stream.read(block, 0, block.length);
            clock.audioNanos += System.nanoTime() - begin;
            if (count < 0) {
                break;
            }
            transcription.accept(block, count);
        }
        for (AudioWarning warning : stream.warnings()) {
            warnings.add(new Warning(warning.code().name().toLowerCase(Locale.ROOT), warning.message()));
        }
        return finish(transcription, clock, warnings);
    }

    private Transcription begin(TranscribeOptions request, OptionalDouble totalSeconds, StageClock clock,
            List<Warning> warnings) {
        Recognizer.Task task = task(request, warnings);
        Recognizer.Task plainTask = request.hotwords().isEmpty() ? task
                : task(request.withHotwords(List.of()), new ArrayList<>());
        requirePositions(task);
        SegmentRecognizer recognizer = new SegmentRecognizer(model, queue, task, plainTask, request, clock);
        return new Transcription(recognizer, request, options.limits(), detectors.find(request.vad()), totalSeconds);
    }

    private Transcript finish(Transcription transcription, StageClock clock, List<Warning> warnings) {
        List<SegmentTranscript> segments = transcription.finish();
        String text = segments.stream().map(SegmentTranscript::text).filter(one -> !one.isEmpty()).collect(Collectors.joining(" "));
        return new Transcript(text.isBlank() ? "" : text, segments, warnings, info(), clock.timings(),
                transcription.coverage(), audioTokensPerSecond());
    }

    /** What a request asks of the decoder. */
    Recognizer.Task task(TranscribeOptions request, List<Warning> warnings) {
        Optional<Language> language;
        try {
            language = request.language().flatMap(model.languages::resolve);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
        requireCtcWhereAsked(request);
        Limits limits = options.limits();
        Hotwords hotwords = Hotwords.of(request.hotwords());
        PromptRequest plain = new PromptRequest(List.of(), language, request.textNormalization(), "");
        Optional<HotwordPrompts> choice = Optional.empty();
        if (model.ctcTokenizer.isPresent() && hotwords.words().size() > HotwordPrompts.WHOLE_LIST) {
            choice = Optional.of(new HotwordPrompts(model, model.ctcTokenizer.get(), plain, hotwords, limits.maxHotwordTokens()));
        } else {
            hotwords = hotwords.within(model::hotwordTokens, limits.maxHotwordTokens());
        }
        hotwords.notices().forEach(notice -> warnings.add(new Warning("hotwords_left_out", notice)));
        List<String> fixed = choice.isPresent() ? List.of() : hotwords.words();
        Prompt prompt = model.promptBuilder.build(new PromptRequest(fixed, language, request.textNormalization(), ""));
        return new Recognizer.Task(prompt.prefixIds(), prompt.suffixIds(), fixed, choice, maxNewTokens(request), false,
                model.ctc.isPresent(), request.wordTimes(),
                request.draft() == TranscribeOptions.DraftSource.NONE ? Recognizer.Task.NO_DRAFT : Optional.empty());
    }

    private int maxNewTokens(TranscribeOptions request) {
        return Math.min(options.limits().maxNewTokens(), request.maxNewTokens().orElse(options.limits().maxNewTokens()));
    }

    private void requireCtcWhereAsked(TranscribeOptions request) {
        if (model.ctc.isPresent()) {
            return;
        }
        if (request.draft() == TranscribeOptions.DraftSource.CTC) {
            throw new UsageException("a CTC draft needs a model with a CTC branch; " + model.ctcMissingReason() + WHERE_CTC_IS);
        }
        if (request.wordTimes()) {
            throw new UsageException("word times need a model with a CTC branch; " + model.ctcMissingReason() + WHERE_CTC_IS);
        }
    }

    /** The prompt, the audio and the longest answer together must fit into the decoder. */
    private void requirePositions(Recognizer.Task task) {
        int samples = (int) Math.ceil(options.limits().maxSegmentSeconds() * Waveform.SAMPLE_RATE_HZ);
        int rows = model.adaptor.outputRows(model.lowFrameRate.rows(model.fbank.frames(samples)));
        int positions = task.choice().map(HotwordPrompts::longestPrefix).orElse(task.prefixIds().length) + model.config.adaptor().audioTokens(rows) + task.suffixIds().length
                + task.maxNewTokens();
        int most = Math.min(options.limits().maxPromptPositions(), model.config.decoder().maxPositions());
        if (positions > most) {
            throw new LimitException("prompt, audio and answer may take " + positions + " positions, the limit is " + most
                    + "; use fewer hotwords, shorter segments or a lower max-new-tokens");
        }
    }

    /** Audio positions per second that this model's decoder sees. */
    private double audioTokensPerSecond() {
        double adaptorRowsPerSecond = 1000.0 / model.config.frontend().frameShiftMs() / model.config.frontend().lfrStride()
                / model.config.adaptor().downsampleRate();
        return model.config.adaptor().useLowFrameRate() ? adaptorRowsPerSecond / 8 : adaptorRowsPerSecond;
    }

    /** A task for measuring: the default prompt and a forced number of tokens. */
    Recognizer.Task measuredTask(int tokens, Optional<IntFunction<Draft>> draft) {
        Prompt prompt = model.promptBuilder.build(PromptRequest.DEFAULT);
        return Recognizer.Task.plain(prompt, tokens, true, false, draft);
    }

    /** Runs a measuring task on samples without looking whether they are speech. */
    Recognizer.Answer measure(float[] samples, Recognizer.Task task, StageClock clock) {
        forwardPass.lock();
        try {
            model.requireOpen();
            Recognizer recognizer = new Recognizer(model, clock, StageTap.NONE);
            Features rows = recognizer.features(samples, 0, samples.length);
            return recognizer.recognize(List.of(rows), task, () -> false).getFirst();
        } finally {
            forwardPass.unlock();
        }
    }

    /** Gives the model to a measurement while nobody else computes. */
    <T> T withModel(Function<LoadedModel, T> work) {
        forwardPass.lock();
        try {
            model.requireOpen();
            return work.apply(model);
        } finally {
            forwardPass.unlock();
        }
    }

    /** Threads that compute. */
    public int threads() {
        return model.kernels.threads();
    }

    /**
     * Frees the model's memory. A pass in progress finishes first; a call that needs another one ends with an
     * {@link IllegalStateException}.
     */
    @Override
    public void close() {
        forwardPass.lock();
        try {
            if (!closed) {
                closed = true;
                model.close();
            }
        } finally {
            forwardPass.unlock();
        }
    }
}
