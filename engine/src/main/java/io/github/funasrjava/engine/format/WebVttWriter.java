package io.github.funasrjava.engine.format;

import io.github.funasrjava.engine.subtitle.Cue;
import java.io.IOException;

/** Writes subtitles as WebVTT (.vtt), one after the other. The caller owns the output and writes UTF-8. */
public final class WebVttWriter {
    private final Appendable out;

    /** Writes the header. */
    public WebVttWriter(Appendable out) throws IOException {
        this.out = out;
        out.append("WEBVTT\n\n");
    }

    /** Writes the next subtitle; what would be mark-up is escaped. */
    public void write(Cue cue) throws IOException {
        out.append(ClockTime.of(cue.startMs(), '.')).append(" --> ").append(ClockTime.of(cue.endMs(), '.')).append('\n');
        for (String line : cue.lines()) {
            out.append(line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")).append('\n');
        }
        out.append('\n');
    }
}
