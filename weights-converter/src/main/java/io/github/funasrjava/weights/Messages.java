package io.github.funasrjava.weights;

/** How text that comes from a file is shown in messages: short, on one line, without control characters. */
final class Messages {
    private static final int MAX_CHARS = 120;

    private Messages() {}

    /** {@code text} in quotation marks. */
    static String quote(String text) {
        return '"' + plain(text) + '"';
    }

    /** {@code text} with control characters and lone surrogates replaced, cut after 120 characters. */
    static String plain(String text) {
        StringBuilder out = new StringBuilder();
        int end = Math.min(text.length(), MAX_CHARS);
        for (int i = 0; i < end; ) {
            int point = text.codePointAt(i);
            i += Character.charCount(point);
            int type = Character.getType(point);
            boolean shown = type != Character.CONTROL && type != Character.FORMAT && type != Character.SURROGATE
                    && type != Character.LINE_SEPARATOR && type != Character.PARAGRAPH_SEPARATOR;
            out.appendCodePoint(shown ? point : '?');
        }
        return end < text.length() ? out.append("...").toString() : out.toString();
    }

    /** A byte count for people: {@code 2.1 GB}, {@code 350 kB}. */
    static String bytes(long count) {
        if (count < 1000) {
            return count + " bytes";
        }
        String[] units = {"kB", "MB", "GB", "TB", "PB", "EB"};
        double value = count;
        int unit = -1;
        do {
            value /= 1000;
            unit++;
        } while (value >= 999.5 && unit < units.length - 1);
        return (value < 9.95 ? String.format(java.util.Locale.ROOT, "%.1f", value) : Math.round(value)) + " " + units[unit];
    }
}
