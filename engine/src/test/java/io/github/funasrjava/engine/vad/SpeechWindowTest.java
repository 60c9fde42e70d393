package io.github.funasrjava.engine.vad;

import static io.github.funasrjava.engine.vad.SpeechWindow.Change.SILENCE_TO_SILENCE;
import static io.github.funasrjava.engine.vad.SpeechWindow.Change.SILENCE_TO_SPEECH;
import static io.github.funasrjava.engine.vad.SpeechWindow.Change.SPEECH_TO_SILENCE;
import static io.github.funasrjava.engine.vad.SpeechWindow.Change.SPEECH_TO_SPEECH;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SpeechWindowTest {
    private final SpeechWindow window = new SpeechWindow(20, 15, 15);

    @Test
    void fifteenSpeechFramesBeginSpeech() {
        for (int i = 0; i < 14; i++) {
            assertEquals(SILENCE_TO_SILENCE, window.accept(true));
        }
        assertEquals(SILENCE_TO_SPEECH, window.accept(true));
    }

    @Test
    void rightAfterTheBeginningTheNextFrameCanFlipBack() {
        for (int i = 0; i < 15; i++) {
            window.accept(true);
        }
        assertEquals(SPEECH_TO_SILENCE, window.accept(false));
        assertEquals(SILENCE_TO_SPEECH, window.accept(false));
    }

    @Test
    void speechEndsWhenFifteenFramesAreLeftInTheWindow() {
        for (int i = 0; i < 40; i++) {
            window.accept(true);
        }
        for (int i = 0; i < 4; i++) {
            assertEquals(SPEECH_TO_SPEECH, window.accept(false));
        }
        assertEquals(SPEECH_TO_SILENCE, window.accept(false));
        assertEquals(SILENCE_TO_SPEECH, new SpeechWindow(1, 1, 0).accept(true));
    }

    @Test
    void aClearedWindowRemembersNothing() {
        for (int i = 0; i < 20; i++) {
            window.accept(true);
        }
        window.clear();
        assertEquals(SILENCE_TO_SILENCE, window.accept(true));
    }
}
