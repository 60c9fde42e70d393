package io.github.funasrjava.bench.compare;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.github.funasrjava.bench.onnx.EncoderExport;
import io.github.funasrjava.engine.frontend.Features;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The exported encoder and adaptor in ONNX Runtime: CPU, f32, every optimisation of its own. */
final class OnnxRuntimeEncoder implements AudioEncoder {
    /** ONNX Runtime could not do what it was asked for. */
    static final class OnnxRuntimeFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OnnxRuntimeFailure(String what, OrtException cause) {
            super("ONNX Runtime could not " + what + ": " + cause.getMessage().lines().findFirst().orElse("no reason given"), cause);
        }
    }

    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new HashMap<>();
    private Optional<OrtSession.Result> last = Optional.empty();

    /** @param profile how the file begins into which ONNX Runtime writes the time of every operator; slows it a little */
    OnnxRuntimeEncoder(Path model, int threads, Optional<Path> profile) {
        try (SessionOptions options = new SessionOptions()) {
            options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
            options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            if (profile.isPresent()) {
                options.enableProfiling(profile.get().toString());
            }
            session = OrtEnvironment.getEnvironment().createSession(model.toString(), options);
        } catch (OrtException e) {
            throw new OnnxRuntimeFailure("open the exported model", e);
        }
    }

    /** Version of the library. */
    static String version() {
        return OrtEnvironment.getEnvironment().getVersion();
    }

    @Override
    public void prepare(Features features, int keptRows) {
        releaseInputs();
        int values = features.rows() * features.cols();
        FloatBuffer rows = ByteBuffer.allocateDirect(values * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
        rows.put(features.data(), 0, values).flip();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try {
            inputs.put(EncoderExport.FEATURES, OnnxTensor.createTensor(environment, rows, new long[] {1, features.rows(), features.cols()}));
            inputs.put(EncoderExport.KEPT, OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[] {keptRows}), new long[] {1}));
        } catch (OrtException e) {
            throw new OnnxRuntimeFailure("take the features", e);
        }
    }

    @Override
    public void run() {
        last.ifPresent(OrtSession.Result::close);
        try {
            last = Optional.of(session.run(inputs));
        } catch (OrtException e) {
            throw new OnnxRuntimeFailure("run the exported model", e);
        }
    }

    @Override
    public float[] result() {
        OnnxTensor audio = (OnnxTensor) last.orElseThrow().get(0);
        FloatBuffer rows = audio.getFloatBuffer();
        float[] values = new float[rows.remaining()];
        rows.get(values);
        return values;
    }

    @Override
    public void close() {
        last.ifPresent(OrtSession.Result::close);
        releaseInputs();
        try {
            session.close();
        } catch (OrtException e) {
            throw new OnnxRuntimeFailure("close its session", e);
        }
    }

    private void releaseInputs() {
        inputs.values().forEach(OnnxTensor::close);
        inputs.clear();
    }
}
