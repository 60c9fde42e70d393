package io.github.funasrjava.weights;

import io.github.funasrjava.weights.TensorSpec.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Configuration of an FSMN voice activity detector.
 *
 * @param frontend features
 * @param inputDim {@code input_dim}: columns of the features
 * @param inputAffineDim columns after the first linear layer
 * @param linearDim columns of the layers' inputs and outputs
 * @param projDim columns of the memory
 * @param layers {@code fsmn_layers}
 * @param leftOrder {@code lorder}: taps of the memory
 * @param outputAffineDim columns before the last linear layer
 * @param outputDim classes
 * @param detection thresholds and times of the detector
 */
public record VadConfig(
        FrontendConfig frontend, int inputDim, int inputAffineDim, int linearDim, int projDim, int layers, int leftOrder,
        int outputAffineDim, int outputDim, Detection detection) {
    /**
     * {@code model_conf}.
     *
     * @param maxEndSilenceMs silence that ends a segment
     * @param maxSingleSegmentMs longest segment
     * @param windowMs length of the detector's window
     * @param silToSpeechMs speech within the window that begins a segment
     * @param speechToSilMs speech within the window below which silence begins
     * @param lookbackMs how far a segment begins before its first speech
     * @param lookaheadMs how far it reaches after its last speech
     * @param frameMs one frame
     * @param speechNoiseThreshold by how much speech must be more probable than silence
     * @param decibelThreshold frames below are silence
     * @param snrThreshold frames by less than this over the noise are silence
     * @param noiseFrames {@code noise_frame_num_used_for_snr}: frames that the noise level is averaged over
     * @param extend {@code do_extend}
     * @param silencePdfs classes that stand for silence
     */
    public record Detection(
            int maxEndSilenceMs, int maxSingleSegmentMs, int windowMs, int silToSpeechMs, int speechToSilMs, int lookbackMs,
            int lookaheadMs, int frameMs, double speechNoiseThreshold, double decibelThreshold, double snrThreshold,
            int noiseFrames, boolean extend, List<Integer> silencePdfs) {
        public Detection {
            silencePdfs = List.copyOf(silencePdfs);
        }
    }

    private static final int MAX_MS = 24 * 3600 * 1000;

    /** Reads the configuration of a detector's directory. */
    public static VadConfig read(ModelFiles files) {
        Settings yaml = Yaml.settings(files.bytes(ModelConfig.CONFIG_FILE), files.describe(ModelConfig.CONFIG_FILE));
        yaml.requireText("model", "FsmnVADStreaming"::equals, "FsmnVADStreaming");
        yaml.requireText("frontend", "WavFrontendOnline"::equals, "WavFrontendOnline");
        yaml.requireText("encoder", "FSMN"::equals, "FSMN");
        FrontendConfig frontend = FrontendConfig.read(yaml.section("frontend_conf"));
        Settings conf = yaml.section("encoder_conf");
        if (conf.integer("rorder", 0, 1000, 0) != 0) {
            throw conf.unsupported("rorder", conf.integer("rorder", 0, 1000, 0), "0");
        }
        if (conf.integer("lstride", 1, 1000, 1) != 1) {
            throw conf.unsupported("lstride", conf.integer("lstride", 1, 1000, 1), "1");
        }
        VadConfig config = new VadConfig(
                frontend,
                conf.integer("input_dim", 1, ModelConfig.MAX_WIDTH, frontend.featureWidth()),
                conf.integer("input_affine_dim", 1, ModelConfig.MAX_WIDTH),
                conf.integer("linear_dim", 1, ModelConfig.MAX_WIDTH),
                conf.integer("proj_dim", 1, ModelConfig.MAX_WIDTH),
                conf.integer("fsmn_layers", 1, ModelConfig.MAX_LAYERS),
                conf.integer("lorder", 1, 1000),
                conf.integer("output_affine_dim", 1, ModelConfig.MAX_WIDTH),
                conf.integer("output_dim", 1, ModelConfig.MAX_WIDTH),
                detection(yaml.section("model_conf")));
        if (config.inputDim != frontend.featureWidth()) {
            throw conf.inconsistent("input_dim is " + config.inputDim + ", but the front end gives " + frontend.featureWidth()
                    + " columns");
        }
        for (int pdf : config.detection.silencePdfs) {
            if (pdf >= config.outputDim) {
                throw conf.inconsistent("sil_pdf_ids names class " + pdf + " of " + config.outputDim);
            }
        }
        return config;
    }

    private static Detection detection(Settings conf) {
        List<Integer> silence = conf.integers("sil_pdf_ids", 0, ModelConfig.MAX_WIDTH);
        return new Detection(
                conf.integer("max_end_silence_time", 0, MAX_MS, 800),
                conf.integer("max_single_segment_time", 1, MAX_MS, 60_000),
                conf.integer("window_size_ms", 10, 10_000, 200),
                conf.integer("sil_to_speech_time_thres", 0, 10_000, 150),
                conf.integer("speech_to_sil_time_thres", 0, 10_000, 150),
                conf.integer("lookback_time_start_point", 0, 10_000, 200),
                conf.integer("lookahead_time_end_point", 0, 10_000, 100),
                conf.integer("frame_in_ms", 1, 1000, 10),
                conf.number("speech_noise_thres", -1, 1, 0.6),
                conf.number("decibel_thres", -1000, 1000, -100),
                conf.number("snr_thres", -1000, 1000, -100),
                conf.integer("noise_frame_num_used_for_snr", 1, 1_000_000, 100),
                conf.integer("do_extend", 0, 1, 1) == 1,
                silence.isEmpty() ? List.of(0) : silence);
    }

    /** The tensors of a detector of these sizes. */
    TensorCatalog catalog() {
        List<TensorSpec> specs = new ArrayList<>();
        linear(specs, "encoder.in_linear1", inputAffineDim, inputDim);
        linear(specs, "encoder.in_linear2", linearDim, inputAffineDim);
        for (int i = 0; i < layers; i++) {
            String layer = "encoder.fsmn." + i;
            rows(specs, layer + ".linear.linear.weight", projDim, linearDim);
            rows(specs, layer + ".fsmn_block.conv_left.weight", projDim, 1, leftOrder, 1);
            linear(specs, layer + ".affine", linearDim, projDim);
        }
        linear(specs, "encoder.out_linear1", outputAffineDim, linearDim);
        linear(specs, "encoder.out_linear2", outputDim, outputAffineDim);
        return new TensorCatalog(specs, List.of(), Optional.empty(), true);
    }

    private static void linear(List<TensorSpec> specs, String name, long n, long k) {
        rows(specs, name + ".linear.weight", n, k);
        rows(specs, name + ".linear.bias", n);
    }

    private static void rows(List<TensorSpec> specs, String name, long... shape) {
        List<Long> sizes = new ArrayList<>();
        for (long size : shape) {
            sizes.add(size);
        }
        specs.add(new TensorSpec(name, false, List.of(new Part(name, sizes))));
    }
}
