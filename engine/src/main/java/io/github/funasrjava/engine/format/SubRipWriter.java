package io.github.funasrjava.engine.format;

import io.github.funasrjava.engine.subtitle.Cue;
import java.io.IOException;

/** Writes subtitles as SubRip (.srt), one after the other. The caller owns the output and writes UTF-8. */
public final class SubRipWriter {
    private final Appendable out;
    private int number;

    /** A writer whose first subtitle is number 1. */
    public SubRipWriter(Appendable out) {
        this.out = out;
    }

    /** Writes the next subtitle. */
    public void write(Cue cue) throws IOException {
        out.append(Integer.toString(++number)).append('\n')
                .append(ClockTime.of(cue.startMs(), ',')).append(" --> ").append(ClockTime.of(cue.endMs(), ',')).append('\n');
        for (String line : cue.lines()) {
            // An arrow at the beginning of a text line would read as a time line.
            out.append(line.replaceAll("--+>", "->")).append('\n');
        }
        out.append('\n');
    }
}
