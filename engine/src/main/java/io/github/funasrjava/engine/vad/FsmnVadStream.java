package io.github.funasrjava.engine.vad;

import io.github.funasrjava.weights.VadConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One recording on its way through scorer and state machine. The end silence changes at multiples of the chunk length,
 * wherever the caller's pieces end.
 */
final class FsmnVadStream implements VadStream {
    private static final int SAMPLES_PER_MS = VoiceActivityDetector.SAMPLE_RATE_HZ / 1000;

    private final FsmnVadOptions options;
    private final FsmnScorer scorer;
    private final Endpointer endpointer;
    private final EndSilenceClock clock;
    private final int chunkSamples;
    private int samplesInChunk;
    private boolean chunkOpen;
    private long startMs;
    private boolean closed;

    FsmnVadStream(VadConfig.Detection detection, FsmnVadOptions options, FsmnScorer scorer) {
        this.options = options;
        this.scorer = scorer;
        this.endpointer = new Endpointer(detection, options.maxSegmentMs());
        this.clock = new EndSilenceClock(detection, options);
        this.chunkSamples = SAMPLES_PER_MS * options.chunkMs();
    }

    @Override
    public List<SpeechEvent> accept(float[] samples, boolean last) {
        List<SpeechEvent> events = new ArrayList<>();
        for (Endpointer.Report report : reports(samples, last)) {
            if (report.startMs() != Endpointer.Report.UNKNOWN) {
                startMs = report.startMs();
                events.add(new SpeechEvent.Started(startMs));
            }
            if (report.endMs() != Endpointer.Report.UNKNOWN) {
                events.add(new SpeechEvent.Ended(new SpeechSegment(startMs, report.endMs())));
            }
        }
        if (last) {
            // A segment that begins in the very last frame has no end of its own.
            endpointer.openSegmentEndMs().ifPresent(
                    endMs -> events.add(new SpeechEvent.Ended(new SpeechSegment(startMs, endMs))));
        }
        return List.copyOf(events);
    }

    /** What the reference returns for the same call in its streaming mode. */
    List<Endpointer.Report> reports(float[] samples, boolean last) {
        if (closed) {
            throw new IllegalStateException("the recording has ended; open another stream");
        }
        closed = last;
        List<Endpointer.Report> reports = new ArrayList<>();
        int at = 0;
        while (at < samples.length) {
            int take = Math.min(samples.length - at, chunkSamples - samplesInChunk);
            samplesInChunk += take;
            process(Arrays.copyOfRange(samples, at, at + take), false, reports);
            at += take;
            if (samplesInChunk == chunkSamples) {
                clock.endChunk();
                chunkOpen = false;
                samplesInChunk = 0;
            }
        }
        if (last) {
            process(new float[0], true, reports);
        }
        return reports;
    }

    private void process(float[] samples, boolean last, List<Endpointer.Report> reports) {
        if (!chunkOpen) {
            clock.beginChunk(options.chunkMs(), endpointer.inSpeech());
            chunkOpen = true;
        }
        FsmnScorer.Scores scores = scorer.accept(samples, last);
        for (int i = 0; i < scores.rows(); i++) {
            endpointer.accept(scores.silence()[i], scores.decibels()[i], clock.threshold(), clock.endSilenceMs(),
                    last && i == scores.rows() - 1);
        }
        for (Endpointer.Report report : endpointer.takeReports()) {
            clock.note(report);
            reports.add(report);
        }
    }
}
