package io.github.funasrjava.engine;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/**
 * What the caller wants of one transcription. Immutable; begin with {@link #DEFAULT} and change what differs.
 *
 * @param language code or name from the model's closed list; empty lets the model find out
 * @param hotwords words that are likely to be said
 * @param textNormalization whether numbers and punctuation come in written form (the reference calls it ITN)
 * @param maxNewTokens tokens per segment, empty for the engine's limit
 * @param allowShort whether input below {@link Limits#minAudioMs()} gives empty text instead of an error
 * @param draft where guesses for speculative decoding come from; the text is the same with any
 * @param vad how speech is found
 * @param wordTimes whether words get times; an error when the model has no CTC branch, since times are never invented
 * @param listener hears segments as they are finished
 * @param cancelled asked between steps; {@code true} stops the work with {@link CancelledException}
 */
public record TranscribeOptions(
        Optional<String> language,
        List<String> hotwords,
        boolean textNormalization,
        OptionalInt maxNewTokens,
        boolean allowShort,
        DraftSource draft,
        Vad vad,
        boolean wordTimes,
        TranscriptionListener listener,
        BooleanSupplier cancelled) {
    /** Automatic language, no hotwords, written form. */
    public static final TranscribeOptions DEFAULT = new TranscribeOptions(
            Optional.empty(), List.of(), true, OptionalInt.empty(), false, DraftSource.AUTO, new Vad.Automatic(),
            false, TranscriptionListener.SILENT, () -> false);

    /** Where drafts for speculative decoding come from. */
    public enum DraftSource {
        /** The CTC branch where the model has one, else none. */
        AUTO,
        /** The CTC branch; an error when the model has none. */
        CTC,
        /** Plain greedy decoding. */
        NONE
    }

    public TranscribeOptions {
        Objects.requireNonNull(language);
        Objects.requireNonNull(maxNewTokens);
        Objects.requireNonNull(draft);
        Objects.requireNonNull(vad);
        Objects.requireNonNull(listener);
        Objects.requireNonNull(cancelled);
        hotwords = List.copyOf(hotwords);
        if (maxNewTokens.isPresent() && maxNewTokens.getAsInt() < 1) {
            throw new UsageException("max-new-tokens must be at least 1, got " + maxNewTokens.getAsInt());
        }
    }

    /** These options for speech in {@code newLanguage}; {@code auto} lets the model find out. */
    public TranscribeOptions withLanguage(String newLanguage) {
        Optional<String> chosen = newLanguage.equalsIgnoreCase("auto") ? Optional.empty() : Optional.of(newLanguage);
        return new TranscribeOptions(chosen, hotwords, textNormalization, maxNewTokens, allowShort, draft, vad,
                wordTimes, listener, cancelled);
    }

    /** These options with other hotwords. */
    public TranscribeOptions withHotwords(List<String> newHotwords) {
        return new TranscribeOptions(language, newHotwords, textNormalization, maxNewTokens, allowShort, draft, vad,
                wordTimes, listener, cancelled);
    }

    /** These options with or without written-form numbers and punctuation. */
    public TranscribeOptions withTextNormalization(boolean normalize) {
        return new TranscribeOptions(language, hotwords, normalize, maxNewTokens, allowShort, draft, vad,
                wordTimes, listener, cancelled);
    }

    /** These options with another token limit per segment. */
    public TranscribeOptions withMaxNewTokens(int tokens) {
        return new TranscribeOptions(language, hotwords, textNormalization, OptionalInt.of(tokens), allowShort, draft, vad,
                wordTimes, listener, cancelled);
    }

    /** These options with short input allowed or not. */
    public TranscribeOptions withAllowShort(boolean allow) {
        return new TranscribeOptions(language, hotwords, textNormalization, maxNewTokens, allow, draft, vad,
                wordTimes, listener, cancelled);
    }

    /** These options with another draft source. */
    public TranscribeOptions withDraft(DraftSource source) {
        return new TranscribeOptions(language, hotwords, textNormalization, maxNewTokens, allowShort, source, vad,
                wordTimes, listener, cancelled);
    }

    /** These options with a way to stop the work. */
    public TranscribeOptions withCancelled(BooleanSupplier whether) {
        return new TranscribeOptions(language, hotwords, textNormalization, maxNewTokens, allowShort, draft, vad,
                wordTimes, listener, whether);
    }

    /** These options with another way to find speech. */
    public TranscribeOptions withVad(Vad detector) {
        return new TranscribeOptions(language, hotwords, textNormalization, maxNewTokens, allowShort, draft, detector,
                wordTimes, listener, cancelled);
    }

    /** These options with or without word times. */
    public TranscribeOptions withWordTimes(boolean wanted) {
        return new TranscribeOptions(language, hotwords, textNormalization, maxNewTokens, allowShort, draft, vad,
                wanted, listener, cancelled);
    }

    /** These options with a listener. */
    public TranscribeOptions withListener(TranscriptionListener newListener) {
        return new TranscribeOptions(language, hotwords, textNormalization, maxNewTokens, allowShort, draft, vad,
                wordTimes, newListener, cancelled);
    }
}
