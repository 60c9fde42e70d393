package io.github.funasrjava.engine.vad;

import java.util.ArrayList;
import java.util.List;

/** No detection: the whole recording is one segment. */
public final class WholeRecording implements VoiceActivityDetector {
    @Override
    public VadStream openStream() {
        return new Stream();
    }

    @Override
    public long lookBackMs() {
        return 0;
    }

    private static final class Stream implements VadStream {
        private long samplesSeen;
        private boolean closed;

        @Override
        public List<SpeechEvent> accept(float[] samples, boolean last) {
            if (closed) {
                throw new IllegalStateException("the recording has ended; open another stream");
            }
            closed = last;
            List<SpeechEvent> events = new ArrayList<>();
            if (samplesSeen == 0 && samples.length > 0) {
                events.add(new SpeechEvent.Started(0));
            }
            samplesSeen += samples.length;
            if (last && samplesSeen > 0) {
                long endMs = (samplesSeen * 1000 + SAMPLE_RATE_HZ - 1) / SAMPLE_RATE_HZ;
                events.add(new SpeechEvent.Ended(new SpeechSegment(0, endMs)));
            }
            return events;
        }
    }
}
