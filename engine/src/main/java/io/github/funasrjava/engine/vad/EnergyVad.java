package io.github.funasrjava.engine.vad;

import io.github.funasrjava.engine.frontend.FbankStream;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.frontend.FrontendConfig;
import io.github.funasrjava.engine.frontend.KaldiFbank;
import java.util.ArrayList;
import java.util.List;

/**
 * The built-in detector: band energies over an adaptive noise floor. It finds whatever stands out of stationary noise,
 * music and bangs included; what it cannot do, and its error rates, are in docs/vad.md.
 */
public final class EnergyVad implements VoiceActivityDetector {
    private static final int FRAME_MS = 10;

    private final KaldiFbank fbank = new KaldiFbank(FrontendConfig.FUN_ASR_NANO);

    @Override
    public VadStream openStream() {
        return new Stream(fbank);
    }

    @Override
    public long lookBackMs() {
        int frameMs = fbank.config().frameLengthMs();
        return (long) (SpeechRuns.DELAY_FRAMES + SpeechExcess.AHEAD + SpeechExcess.SMOOTHING) * FRAME_MS + frameMs;
    }

    /** Its segments end at every pause of 300 ms; so joined, they end at pauses of about a second, as the FSMN-VAD's do. */
    @Override
    public long joinGapMs() {
        return 600;
    }

    private static final class Stream implements VadStream {
        private final FbankStream fbank;
        private final SpeechExcess excess = new SpeechExcess();
        private final SpeechRuns runs = new SpeechRuns();
        private long samplesSeen;
        private boolean closed;

        private Stream(KaldiFbank fbank) {
            this.fbank = new FbankStream(fbank);
        }

        @Override
        public List<SpeechEvent> accept(float[] samples, boolean last) {
            if (closed) {
                throw new IllegalStateException("the recording has ended; open another stream");
            }
            closed = last;
            samplesSeen += samples.length;
            List<SpeechEvent> events = new ArrayList<>();
            Features features = fbank.accept(samples, last);
            for (float frame : excess.accept(features, last)) {
                runs.accept(frame, events);
            }
            if (last) {
                runs.finish(samplesSeen * 1000 / SAMPLE_RATE_HZ, events);
            }
            return List.copyOf(events);
        }
    }
}
