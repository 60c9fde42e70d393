package io.github.funasrjava.engine.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.funasrjava.engine.subtitle.Cue;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class WritersTest {
    private final StringBuilder out = new StringBuilder();

    @Test
    void writesSubRip() throws IOException {
        SubRipWriter writer = new SubRipWriter(out);
        writer.write(new Cue(0, 1500, List.of("Turn on", "the light.")));
        writer.write(new Cue(3_725_004, 360_000_000, List.of("打开灯。")));
        assertEquals("""
                1
                00:00:00,000 --> 00:00:01,500
                Turn on
                the light.

                2
                01:02:05,004 --> 100:00:00,000
                打开灯。

                """, out.toString());
    }

    @Test
    void neverWritesASecondTimeLineIntoASubRipText() throws IOException {
        new SubRipWriter(out).write(new Cue(0, 1, List.of("a --> b", "---> c")));
        assertEquals(1, out.toString().split("-->", -1).length - 1);
    }

    @Test
    void writesWebVttWithEscapedMarkUp() throws IOException {
        WebVttWriter writer = new WebVttWriter(out);
        writer.write(new Cue(61_001, 62_000, List.of("R&D <b> --> x")));
        assertEquals("""
                WEBVTT

                00:01:01.001 --> 00:01:02.000
                R&amp;D &lt;b&gt; --&gt; x

                """, out.toString());
    }

    @Test
    void writesTabSeparatedRowsOfOneLine() throws IOException {
        TableWriter writer = new TableWriter(out, TableWriter.Kind.TSV);
        writer.write(0, 1500, " a\tb\r\nc \"d\"");
        assertEquals("start\tend\ttext\n0\t1500\ta b c \"d\"\n", out.toString());
    }

    @Test
    void writesQuotedCommaSeparatedRows() throws IOException {
        TableWriter writer = new TableWriter(out, TableWriter.Kind.CSV);
        writer.write(0, 1500, "He said \"no\", twice");
        assertEquals("start,end,text\r\n0,1500,\"He said \"\"no\"\", twice\"\r\n", out.toString());
    }

    @Test
    void refusesNegativeTimes() {
        assertThrows(IllegalArgumentException.class, () -> new SubRipWriter(out).write(new Cue(-1, 1, List.of("a"))));
    }
}
