package io.github.funasrjava.cli;

import io.github.funasrjava.engine.CancelledException;
import io.github.funasrjava.engine.Coverage;
import io.github.funasrjava.engine.DeviceException;
import io.github.funasrjava.engine.FinishReason;
import io.github.funasrjava.engine.InputException;
import io.github.funasrjava.engine.ModelException;
import io.github.funasrjava.engine.SegmentTranscript;
import io.github.funasrjava.engine.StageTimings;
import io.github.funasrjava.engine.TranscribeOptions;
import io.github.funasrjava.engine.Transcriber;
import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.engine.Warning;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Recordings, several at once: results are written in the order of the list, each when it is there, and a failure stops
 * only its own.
 */
final class TranscribeRun {
    /** Shorter runs end before their garbage matters. */
    private static final long SHORT_RUN_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

    private final Transcriber transcriber;
    private final TranscribeOptions request;
    private final ResultTarget target;
    private final Console console;
    private final ProgressBar bar;
    private final boolean quiet;
    private final BooleanSupplier interrupted;
    private final int most;
    /** Of the recordings that are under way, in the order of the list. */
    private final ArrayDeque<TranscribeProgress> underWay = new ArrayDeque<>();
    /** Whether what is still running is of no use any more. */
    private volatile boolean givenUp;
    private int done;
    private int failed;
    private final long beginNanos = System.nanoTime();
    private boolean heapSettled;

    /**
     * @param batchSize segments that are recognised together
     * @param bar shows how far it is
     * @param quiet whether warnings and notes are left out
     * @param interrupted whether to stop, writing only what is finished
     */
    TranscribeRun(Transcriber transcriber, TranscribeOptions request, int batchSize, ResultTarget target, Console console, ProgressBar bar,
            boolean quiet, BooleanSupplier interrupted) {
        this.transcriber = transcriber;
        this.request = request.withCancelled(() -> givenUp || interrupted.getAsBoolean());
        // One batch is recognised while the next one is read.
        this.most = 2 * batchSize;
        this.target = target;
        this.console = console;
        this.bar = bar;
        this.quiet = quiet;
        this.interrupted = interrupted;
    }

    /** One recording; its failure is the caller's. */
    ExitCode one(Recording recording, boolean resume) {
        if (resume && target.has(recording)) {
            note("note: the result of " + recording.place() + " is there already.");
            return ExitCode.OK;
        }
        target.refusal(recording).ifPresent(sentence -> {
            throw new OutputException(recording.place() + ": " + sentence);
        });
        try (SideBySide threads = new SideBySide(1, this::draw)) {
            begin(threads, recording, "", (progress, transcript) -> finishOnly(recording, progress, transcript));
            threads.finish();
        } finally {
            givenUp = true;
        }
        return ExitCode.OK;
    }

    private void finishOnly(Recording recording, TranscribeProgress progress, Supplier<Transcript> transcript) {
        try {
            finish(recording, transcript.get(), "");
        } catch (OutputException e) {
            throw e;
        } catch (RuntimeException e) {
            // A pipe that was interrupted with us may end as damaged audio.
            if (!interrupted.getAsBoolean()) {
                // The engine knows samples, not where they came from.
                throw e instanceof InputException ? new InputException(at(recording, e.getMessage()), e) : e;
            }
            if (progress.finished().isEmpty()) {
                throw new CancelledException("Interrupted before anything of " + recording.label() + " was finished.");
            }
            // What is finished of a long recording is worth keeping; the warning in the result says what it is.
            target.writePartial(recording, partial(progress));
            throw new CancelledException("Interrupted after " + Math.round(progress.doneSeconds()) + " s of " + recording.label()
                    + "; what was finished is written.");
        }
    }

    /** Several, each on its own. */
    ExitCode all(List<ListEntry> entries, boolean resume) {
        int number = 0;
        int skipped = 0;
        try (SideBySide threads = new SideBySide(most, this::draw)) {
            for (ListEntry entry : entries) {
                number++;
                if (interrupted.getAsBoolean()) {
                    break;
                }
                switch (entry) {
                    case ListEntry.Bad(var sentence) -> fail(sentence);
                    case ListEntry.Found(var recording) when resume && target.has(recording) -> skipped++;
                    case ListEntry.Found(var recording) when target.refusal(recording).isPresent() ->
                        fail(recording.place() + ": " + target.refusal(recording).orElseThrow());
                    case ListEntry.Found(var recording) -> begin(threads, recording, number + "/" + entries.size() + " " + recording.label() + " ",
                            (progress, transcript) -> finishOne(recording, transcript));
                }
            }
            threads.finish();
        } finally {
            givenUp = true;
        }
        bar.clear();
        if (interrupted.getAsBoolean() && done + skipped + failed < entries.size()) {
            throw new CancelledException(
                    "Interrupted: " + done + " of " + entries.size() + " recordings are done and written; --resume goes on from there.");
        }
        if (failed > 0 || skipped > 0) {
            note("note: " + done + " done" + (skipped > 0 ? ", " + skipped + " done before" : "") + ", " + failed + " failed.");
        }
        return failed == 0 ? ExitCode.OK : ExitCode.SOME_FAILED;
    }

    private void finishOne(Recording recording, Supplier<Transcript> transcript) {
        try {
            finish(recording, transcript.get(), recording.label() + ": ");
            done++;
        } catch (UsageException | ModelException | DeviceException | OutputException e) {
            // Would fail for every other recording, too.
            throw e;
        } catch (RuntimeException e) {
            // A pipe that was interrupted with us may end as damaged audio.
            if (!interrupted.getAsBoolean()) {
                fail(at(recording, Failures.sentence(e)));
            }
        }
    }

    private void begin(SideBySide threads, Recording recording, String prefix,
            BiConsumer<TranscribeProgress, Supplier<Transcript>> delivery) {
        TranscribeProgress progress = new TranscribeProgress(prefix);
        underWay.add(progress);
        threads.add(read -> transcribe(recording, progress.whenRead(read)), transcript -> {
            underWay.removeFirst();
            delivery.accept(progress, transcript);
        });
    }

    /** Called a few times a second while work is under way. */
    private void draw() {
        if (!heapSettled && System.nanoTime() - beginNanos > SHORT_RUN_NANOS) {
            heapSettled = true;
            // The JVM begins with a heap of 1/64 of the machine and fills it with garbage before it collects any. After a
            // collection on request it keeps what is in use, some MB, and grows by need; how long a recording is does not matter then.
            System.gc();
        }
        if (!underWay.isEmpty()) {
            bar.draw(underWay.getFirst().line());
        }
    }

    private Transcript transcribe(Recording recording, TranscribeProgress progress) {
        TranscribeOptions heard = request.withListener(progress);
        return switch (recording.source()) {
            case Recording.Source.File(var path) -> transcriber.transcribe(path, heard);
            case Recording.Source.StandardInput() -> transcriber.transcribe(console.in(), recording.label(), heard);
            case Recording.Source.Web(var address) -> {
                try (WebAudio audio = WebAudio.open(address, WebAudio.Bounds.DEFAULT, interrupted)) {
                    yield transcriber.transcribe(audio.stream(), recording.label(), heard);
                }
            }
        };
    }

    private void finish(Recording recording, Transcript transcript, String prefix) {
        bar.clear();
        if (!quiet) {
            Stream.concat(transcript.warnings().stream().map(Warning::message), SegmentWarnings.sentences(transcript).stream())
                    .forEach(message -> console.say("warning: " + (message.startsWith(prefix) ? "" : prefix) + message));
        }
        target.write(recording, transcript);
    }

    private Transcript partial(TranscribeProgress progress) {
        List<SegmentTranscript> segments = progress.finished();
        double transcribed = segments.stream().filter(segment -> segment.finishReason() != FinishReason.NO_SPEECH).mapToLong(segment -> segment.endMs() - segment.startMs()).sum() / 1000.0;
        String text = segments.stream().map(SegmentTranscript::text).filter(one -> !one.isEmpty()).collect(Collectors.joining(" "));
        return new Transcript(text, segments,
                List.of(new Warning("interrupted", "Interrupted: the recording goes on after " + Math.round(progress.doneSeconds()) + " s.")),
                transcriber.info(), new StageTimings(0, 0, 0, 0, 0, 0, 0, progress.elapsedMs()),
                new Coverage(Math.max(progress.doneSeconds(), transcribed), transcribed, transcribed), 0);
    }

    private static String at(Recording recording, String sentence) {
        boolean named = sentence.contains(recording.label());
        if (named) {
            return recording.origin().isEmpty() ? sentence : recording.origin() + ": " + sentence;
        }
        return recording.place() + ": " + sentence;
    }

    private void fail(String sentence) {
        failed++;
        bar.clear();
        console.say("error: " + sentence);
    }

    private void note(String sentence) {
        if (!quiet) {
            bar.clear();
            console.say(sentence);
        }
    }
}
