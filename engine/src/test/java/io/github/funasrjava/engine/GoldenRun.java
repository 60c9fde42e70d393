package io.github.funasrjava.engine;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import io.github.funasrjava.engine.decode.Draft;
import io.github.funasrjava.engine.decode.Generation;
import io.github.funasrjava.engine.decode.GenerationRequest;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.CtcHead;
import io.github.funasrjava.engine.text.Language;
import io.github.funasrjava.engine.text.LanguageTable;
import io.github.funasrjava.engine.text.Prompt;
import io.github.funasrjava.engine.text.PromptRequest;
import io.github.funasrjava.engine.text.TextCleanup;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.KernelSelector;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.weights.SafetensorsFile;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Runs one golden set on one set of kernels and notes every difference. */
final class GoldenRun {
    /** Runs whose two best logits come closer than this may differ on tiers that split activations. */
    private static final double CLOSE_CALL = 0.004;

    private final GoldenSet set;
    private final Path cache;
    private final KernelOptions kernelOptions;
    private final UnaryOperator<Kernels> around;
    private final StageErrors errors = new StageErrors();
    private final List<String> differences = new ArrayList<>();
    private int runs;

    GoldenRun(GoldenSet set, Path cache, KernelOptions kernelOptions) {
        this(set, cache, kernelOptions, kernels -> kernels);
    }

    /** With other kernels put in the place of those that the options name. */
    GoldenRun(GoldenSet set, Path cache, KernelOptions kernelOptions, UnaryOperator<Kernels> around) {
        this.around = around;
        this.set = set;
        this.cache = cache;
        this.kernelOptions = kernelOptions;
    }

    record Outcome(String tier, int recordings, int runs, StageErrors errors, List<String> differences) {}

    static boolean x86Runs() {
        try (Kernels kernels = KernelSelector.open(KernelOptions.defaults().withTier(Tier.X86).withThreads(1))) {
            return !kernels.tier().isEmpty();
        } catch (KernelsUnavailableException e) {
            System.out.println("x86 kernels are left out of this test: " + e.getMessage());
            return false;
        }
    }

    Outcome check() {
        JsonNode manifest = set.manifest();
        EngineOptions options = EngineOptions.DEFAULT.withKernels(kernelOptions).withCacheDir(cache);
        int maxNewTokens = manifest.path("max_new_tokens").asInt(0);
        try (LoadedModel model = LoadedModel.open(ModelSource.directory(set.model()), options, around)) {
            int recordings = 0;
            for (Map.Entry<String, JsonNode> file : manifest.path("files").properties()) {
                recordings++;
                check(model, file.getKey(), file.getValue(), maxNewTokens);
            }
            return new Outcome(model.kernels.tier(), recordings, runs, errors, differences);
        }
    }

    private void check(LoadedModel model, String recording, JsonNode file, int maxNewTokens) {
        try (Arena arena = Arena.ofConfined()) {
            Path tensorFile = set.golden().resolve(recording + ".safetensors");
            SafetensorsFile tensors = SafetensorsFile.open(tensorFile, arena);
            float[] samples = AudioReader.read(set.audio().resolve(recording + ".wav"), AudioOptions.DEFAULT).samples();
            count(recording, file, "samples", samples.length);
            Features fbank = model.fbank.compute(samples);
            count(recording, file, "fbank_frames", fbank.rows());
            Features rows = model.lowFrameRate.apply(fbank);
            count(recording, file, "lfr_frames", rows.rows());

            Map<String, float[]> seen = new TreeMap<>();
            seen.put("fbank", Arrays.copyOf(fbank.data(), fbank.rows() * fbank.cols()));
            seen.put("lfr", Arrays.copyOf(rows.data(), rows.rows() * rows.cols()));
            RowSpans spans = RowSpans.ofLengths(rows.rows());
            Matrix encoded = model.encoder.encode(List.of(rows), spans, (name, m) -> keep(model, seen, name, m));
            Optional<int[]> ctcFrames = model.ctc.map(head -> ctc(model, head, encoded, spans, seen, tensors));
            int adaptorRows = model.adaptor.outputRows(rows.rows());
            Matrix audio = model.adaptor.project(encoded, spans, RowSpans.ofLengths(adaptorRows), "adp",
                    (name, m) -> keep(model, seen, name, m));
            Matrix heard = audio.rows(0, model.config.adaptor().audioTokens(adaptorRows));
            List<JsonNode> runNodes = new ArrayList<>(file.path("runs").values());
            if (runNodes.isEmpty()) {
                runNodes.add(file);
            }
            for (int k = 0; k < runNodes.size(); k++) {
                check(model, recording + " run " + k, runNodes.get(k), heard, maxNewTokens, k, seen);
                int[] frames = ctcFrames.orElse(new int[0]);
                if (runNodes.get(k).has("ctc")) {
                    checkCtc(model, recording + " run " + k, runNodes.get(k).path("ctc"), frames);
                }
            }
            compareStages(recording, tensors, seen);
        }
    }

    private int[] ctc(LoadedModel model, CtcHead head, Matrix encoded, RowSpans spans, Map<String, float[]> seen,
            SafetensorsFile tensors) {
        Matrix decoded = head.decode(encoded, spans, (name, m) -> keep(model, seen, name, m));
        TopToken[] best = head.best(decoded);
        float[] logProbabilities = new float[best.length];
        int[] ids = new int[best.length];
        for (int t = 0; t < best.length; t++) {
            ids[t] = best[t].id();
            logProbabilities[t] = best[t].logProbability();
        }
        seen.put("ctc_argmax_logprob", logProbabilities);
        if (tensors.has("ctc_logprobs")) {
            try (Arena arena = Arena.ofShared()) {
                Matrix all = Matrix.allocate(arena, decoded.rows(), head.classes());
                head.logProbabilities(decoded, all);
                keep(model, seen, "ctc_logprobs", all);
            }
        }
        return ids;
    }

    private void checkCtc(LoadedModel model, String where, JsonNode ctc, int[] frames) {
        CtcHead head = model.ctc.orElseThrow(() -> new AssertionError(where + " has CTC results, the model has no CTC"));
        equal(where + " blank_id", ctc.path("blank_id").asInt(), head.blankId());
        equal(where + " ctc argmax", ints(ctc.path("argmax")), frames);
        int[] collapsed = head.collapse(frames);
        equal(where + " collapsed_ids", ints(ctc.path("collapsed_ids")), collapsed);
        equal(where + " ctc_text", ctc.path("ctc_text").asString(), model.ctcTokenizer.orElseThrow().transcript(collapsed));
    }

    private void check(LoadedModel model, String where, JsonNode run, Matrix audio, int maxNewTokens, int k,
            Map<String, float[]> seen) {
        runs++;
        JsonNode asked = run.path("prompt");
        List<String> hotwords = new ArrayList<>();
        asked.path("hotwords").values().forEach(word -> hotwords.add(word.asString()));
        String previous = asked.path("prev_text").asString("");
        Optional<Language> language = asked.path("language").isNull() ? Optional.empty()
                : LanguageTable.MLT.resolve(asked.path("language").asString());
        Prompt prompt = model.promptBuilder.build(
                new PromptRequest(hotwords, language, asked.path("itn").asBoolean(), previous));
        equal(where + " fake_token_len", run.path("fake_token_len").asInt(), audio.rows());
        equal(where + " audio_begin", run.path("audio_begin").asInt(), prompt.prefixIds().length);
        int[] ids = Stream.of(IntStream.of(prompt.prefixIds()), IntStream.generate(() -> 0).limit(audio.rows()),
                IntStream.of(prompt.suffixIds())).flatMapToInt(s -> s).toArray();
        equal(where + " source_ids", ints(run.path("source_ids")), ids);

        int[] expected = ints(run.path("greedy_tokens"));
        int limit = maxNewTokens > 0 ? maxNewTokens : expected.length;
        GenerationRequest request =
                new GenerationRequest(prompt.prefixIds(), audio, prompt.suffixIds(), Draft.NONE, limit, false);
        String prefix = k == 0 ? "" : "run" + k + ".";
        Generation generation = model.generator.generate(List.of(request), (name, m) -> {
            model.kernels.finish();
            switch (name) {
                case "prompt_rows" -> seen.put(prefix + "inputs_embeds", values(m));
                case "last_rows" -> seen.put(prefix + "prefill_logits_last", logits(model, m));
                default -> seen.put(prefix + name + "_last", m.row(m.rows() - 1));
            }
        }, () -> false).getFirst();
        boolean stopped = run.path("stopped_at_eos").asBoolean();
        int[] wanted = stopped ? Arrays.copyOf(expected, expected.length - 1) : expected;
        boolean closeCall = run.path("min_margin").asDouble(1) < CLOSE_CALL && kernelOptions.tier() == Tier.X86;
        if (!Arrays.equals(wanted, generation.tokens()) && closeCall) {
            System.out.println(where + ": tokens differ on a run whose smallest margin is " + run.path("min_margin"));
            return;
        }
        equal(where + " tokens", wanted, generation.tokens());
        equal(where + " finish reason", stopped ? FinishReason.STOP : FinishReason.LENGTH, generation.finishReason());
        String response = previous + model.tokenizer.decode(generation.tokens(), true);
        equal(where + " decoded", previous + run.path("decoded_skip_special").asString(), response);
        equal(where + " text", run.path("text").asString(), TextCleanup.text(response));
        equal(where + " text_tn", run.path("text_tn").asString(), TextCleanup.textWithoutPunctuation(response));
    }

    private static float[] logits(LoadedModel model, Matrix rows) {
        try (Arena arena = Arena.ofShared()) {
            Matrix out = Matrix.allocate(arena, rows.rows(), model.config.decoder().vocabSize());
            model.decoder.logits(rows, out);
            return out.row(0);
        }
    }

    private void compareStages(String recording, SafetensorsFile tensors, Map<String, float[]> seen) {
        for (String name : tensors.tensors().keySet()) {
            float[] expected = tensors.floats(name);
            float[] actual = seen.get(name);
            if (name.endsWith("_first")) {
                // Only the first rows of a stage are kept at full size.
                actual = Arrays.copyOf(seen.get(name.substring(0, name.length() - "_first".length())), expected.length);
            }
            if (actual == null) {
                differences.add(recording + " " + name + ": the engine has no such stage");
            } else if (name.endsWith("inputs_embeds") && actual.length < expected.length) {
                // A cached prefix is not run again; the audio and the suffix are the end of the prompt.
                errors.compare(recording, name,
                        Arrays.copyOfRange(expected, expected.length - actual.length, expected.length), actual);
            } else {
                errors.compare(recording, name, expected, actual);
            }
        }
    }

    /** The full-size manifest leaves the counts out. */
    private void count(String recording, JsonNode file, String name, int actual) {
        if (file.has(name)) {
            equal(recording + " " + name, file.path(name).asInt(), actual);
        }
    }

    private void equal(String what, Object expected, Object actual) {
        if (!expected.equals(actual)) {
            differences.add(what + ": expected " + expected + ", got " + actual);
        }
    }

    private void equal(String what, int[] expected, int[] actual) {
        if (!Arrays.equals(expected, actual)) {
            differences.add(what + ": expected " + Arrays.toString(expected) + ", got " + Arrays.toString(actual));
        }
    }

    private static void keep(LoadedModel model, Map<String, float[]> seen, String name, Matrix rows) {
        model.kernels.finish();
        seen.put(name, values(rows));
    }

    private static float[] values(Matrix rows) {
        float[] values = new float[rows.rows() * rows.cols()];
        for (int r = 0; r < rows.rows(); r++) {
            System.arraycopy(rows.row(r), 0, values, r * rows.cols(), rows.cols());
        }
        return values;
    }

    private static int[] ints(JsonNode array) {
        return array.values().stream().mapToInt(JsonNode::asInt).toArray();
    }
}
