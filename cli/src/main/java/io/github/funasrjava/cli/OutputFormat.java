package io.github.funasrjava.cli;

import io.github.funasrjava.engine.SegmentTranscript;
import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.Word;
import io.github.funasrjava.engine.WordTime;
import io.github.funasrjava.engine.align.TimedWord;
import io.github.funasrjava.engine.format.SubRipWriter;
import io.github.funasrjava.engine.format.TableWriter;
import io.github.funasrjava.engine.format.WebVttWriter;
import io.github.funasrjava.engine.subtitle.Cue;
import io.github.funasrjava.engine.subtitle.SubtitleLimits;
import io.github.funasrjava.engine.subtitle.SubtitleSplitter;
import io.github.funasrjava.engine.subtitle.TimedText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How a result looks. */
enum OutputFormat {
    TEXT("txt"),
    JSON("json"),
    SRT("srt"),
    VTT("vtt"),
    TSV("tsv"),
    CSV("csv"),
    /** As JSON; the results of a list are lines of one file. */
    JSONL("jsonl"),
    /** Every format that is one file per recording. */
    ALL("");

    private static final List<OutputFormat> EACH = List.of(TEXT, JSON, SRT, VTT, TSV, CSV);

    private final String extension;

    OutputFormat(String extension) {
        this.extension = extension;
    }

    /** Ending of a file's name, without the dot. */
    String extension() {
        return extension;
    }

    /** Whether results of several recordings can follow each other in one stream. */
    boolean isLine() {
        return this == TEXT || this == JSON || this == JSONL;
    }

    /** The formats that are written: one, or those that {@link #ALL} stands for. */
    List<OutputFormat> each() {
        return this == ALL ? EACH : List.of(this);
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The result as UTF-8.
     *
     * @param limits what a subtitle may be
     */
    byte[] render(Transcript transcript, Recording recording, SubtitleLimits limits) {
        StringBuilder text = new StringBuilder();
        try {
            switch (this) {
                case TEXT -> text.append(transcript.text()).append('\n');
                case SRT -> {
                    SubRipWriter writer = new SubRipWriter(text);
                    for (Cue cue : cues(transcript, limits)) {
                        writer.write(cue);
                    }
                }
                case VTT -> {
                    WebVttWriter writer = new WebVttWriter(text);
                    for (Cue cue : cues(transcript, limits)) {
                        writer.write(cue);
                    }
                }
                case TSV -> table(transcript, new TableWriter(text, TableWriter.Kind.TSV));
                case CSV -> table(transcript, new TableWriter(text, TableWriter.Kind.CSV));
                case JSON, JSONL -> {
                    return TranscriptJson.write(transcript, recording);
                }
                case ALL -> throw new IllegalStateException("all is several formats");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static List<Cue> cues(Transcript transcript, SubtitleLimits limits) {
        return new SubtitleSplitter(limits)
                .split(transcript.segments().stream().filter(segment -> !segment.text().isBlank()).map(OutputFormat::timed).toList());
    }

    private static void table(Transcript transcript, TableWriter writer) throws IOException {
        for (SegmentTranscript segment : transcript.segments()) {
            if (!segment.text().isBlank()) {
                writer.write(segment.startMs(), segment.endMs(), segment.text());
            }
        }
    }

    private static TimedText timed(SegmentTranscript segment) {
        List<TimedWord> words = new ArrayList<>();
        int end = 0;
        for (Word word : segment.hasWordTimes() ? segment.words() : List.<Word>of()) {
            int begin = segment.text().indexOf(word.text(), end);
            if (begin < 0) {
                throw new IllegalStateException("the word '" + word.text() + "' is not in its segment's text");
            }
            end = begin + word.text().length();
            WordTime time = word.time().orElseThrow();
            words.add(new TimedWord(begin, end, time.startMs(), time.endMs(), time.alignmentScore()));
        }
        return new TimedText(segment.text(), segment.startMs(), segment.endMs(), words);
    }
}
