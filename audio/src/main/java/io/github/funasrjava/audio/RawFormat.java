package io.github.funasrjava.audio;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The layout of headerless samples.
 *
 * @param encoding how a sample is written
 * @param sampleRateHz samples per second and channel
 * @param channels interleaved channels
 */
public record RawFormat(SampleEncoding encoding, int sampleRateHz, int channels) {
    private static final Pattern TEXT = Pattern.compile("([a-z0-9]+)@([0-9]{1,9})(?:x([0-9]{1,6}))?");

    /**
     * Reads {@code ENCODING@RATE} or {@code ENCODING@RATExCHANNELS}, such as {@code s16le@16000} or {@code f32le@48000x2}.
     *
     * @throws IllegalArgumentException with a sentence that lists the encodings, when the text is of another form
     */
    public static RawFormat parse(String text) {
        Matcher m = TEXT.matcher(text.toLowerCase(Locale.ROOT));
        if (m.matches()) {
            for (SampleEncoding e : SampleEncoding.values()) {
                if (e.name().toLowerCase(Locale.ROOT).equals(m.group(1))) {
                    return new RawFormat(e, Integer.parseInt(m.group(2)), m.group(3) == null ? 1 : Integer.parseInt(m.group(3)));
                }
            }
        }
        StringBuilder known = new StringBuilder();
        for (SampleEncoding e : SampleEncoding.values()) {
            known.append(known.isEmpty() ? "" : ", ").append(e.name().toLowerCase(Locale.ROOT));
        }
        throw new IllegalArgumentException("raw format '" + text + "' is not of the form s16le@16000 or f32le@48000x2; encodings are "
                + known);
    }
}
