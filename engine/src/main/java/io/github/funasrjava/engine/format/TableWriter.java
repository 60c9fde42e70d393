package io.github.funasrjava.engine.format;

import java.io.IOException;

/**
 * Writes segments as a table with the columns {@code start}, {@code end} (milliseconds) and {@code text}. The caller
 * owns the output and writes UTF-8.
 */
public final class TableWriter {
    /** The two kinds of tables. */
    public enum Kind {
        /** Tab-separated; tabs and line breaks in the text become spaces, nothing is quoted. */
        TSV,
        /** Comma-separated as in RFC 4180: CRLF, the text quoted, quotes doubled. */
        CSV
    }

    private final Appendable out;
    private final Kind kind;

    /** Writes the header. */
    public TableWriter(Appendable out, Kind kind) throws IOException {
        this.out = out;
        this.kind = kind;
        out.append(kind == Kind.TSV ? "start\tend\ttext\n" : "start,end,text\r\n");
    }

    /** Writes the next segment. */
    public void write(long startMs, long endMs, String text) throws IOException {
        String start = Long.toString(startMs);
        String end = Long.toString(endMs);
        switch (kind) {
            case TSV -> out.append(start).append('\t').append(end).append('\t')
                    .append(text.replaceAll("[\\t\\r\\n\\u000B\\f\\u0085\\u2028\\u2029]+", " ").strip()).append('\n');
            case CSV -> out.append(start).append(',').append(end).append(",\"")
                    .append(text.strip().replace("\"", "\"\"")).append("\"\r\n");
        }
    }
}
