package io.github.funasrjava.engine;

import io.github.funasrjava.engine.align.TextAgreement;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Tells text that was heard from text that a language model invents for music, noise and breathing. The CTC branch
 * hears for itself: where nobody speaks it hears nothing, or something else than the decoder, and the decoder is unsure.
 * Thresholds from measurements with the demo model (docs/vad.md): of 140 texts invented for 17 kinds of sound 135 are
 * rejected, of 135 recordings of speech down to 10 dB SNR none.
 */
final class InventedText {
    /** Below this share of equal letters the two branches heard different things; speech at 10 dB has at least 0.67. */
    private static final double AGREEMENT = 0.5;

    /** Below this mean token probability the decoder guesses; speech at 10 dB has at least 0.81. */
    private static final double GUESSING = 0.75;

    /** Above this mean token probability a text is not called uncertain: spoken-form numbers look unlike digits. */
    private static final double SURE = 0.9;

    /** In speech the CTC branch is blank half of the time and more, and a branch that never is blank tells nothing. */
    private static final double MOSTLY_BLANK = 0.6;

    /** A branch that is blank less often than in any speech is not trained. */
    private static final double OFTEN_BLANK = 0.3;

    /** A second attempt in parts is believed from this mean token probability on; more parts are more chances to invent. */
    private static final double BELIEVED = 0.8;

    /** Names of special tokens in a CTC text. */
    private static final Pattern SPECIAL_TOKENS = Pattern.compile("<\\|[^|]*\\|>");

    private InventedText() {}

    /** What becomes of a text. */
    enum Verdict {
        HEARD,
        /** Kept and flagged. */
        UNCERTAIN,
        /** Left out. */
        INVENTED
    }

    /**
     * @param confidence mean probability of the text's tokens; empty when it is not known
     * @param ctc what the CTC branch heard; without it nothing is left out
     */
    static Verdict judge(String text, OptionalDouble confidence, Optional<CtcHearing> ctc) {
        if (!hasLetters(text)) {
            return Verdict.HEARD;
        }
        boolean guessing = confidence.orElse(1) < GUESSING;
        if (ctc.isEmpty()) {
            return guessing ? Verdict.UNCERTAIN : Verdict.HEARD;
        }
        if (mostlyBlank(ctc.get()) && !heardWords(ctc.get())) {
            return Verdict.INVENTED;
        }
        if (TextAgreement.of(text, heard(ctc.get())) >= AGREEMENT) {
            return guessing ? Verdict.UNCERTAIN : Verdict.HEARD;
        }
        if (guessing && mostlyBlank(ctc.get())) {
            return Verdict.INVENTED;
        }
        return confidence.orElse(1) < SURE ? Verdict.UNCERTAIN : Verdict.HEARD;
    }

    /** Whether the CTC branch heard other words than the decoder, which is not sure of its own. */
    static boolean contradicted(String text, OptionalDouble confidence, Optional<CtcHearing> ctc) {
        return ctc.isPresent() && hasLetters(text) && heardWords(ctc.get())
                && ctc.get().blankShare() >= OFTEN_BLANK && confidence.orElse(1) < SURE && TextAgreement.of(text, heard(ctc.get())) < AGREEMENT;
    }

    /** Whether a part of a second attempt is sure enough to take the place of the first attempt. */
    static boolean believed(OptionalDouble confidence) {
        return confidence.orElse(0) >= BELIEVED;
    }

    /** Whether the CTC branch heard words at all. */
    static boolean heardWords(CtcHearing ctc) {
        return hasLetters(heard(ctc));
    }

    private static boolean mostlyBlank(CtcHearing ctc) {
        return ctc.blankShare() >= MOSTLY_BLANK;
    }

    private static String heard(CtcHearing ctc) {
        return SPECIAL_TOKENS.matcher(ctc.text()).replaceAll("");
    }

    private static boolean hasLetters(String text) {
        return text.codePoints().anyMatch(Character::isLetterOrDigit);
    }
}
