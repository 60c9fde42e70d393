package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SpeechGateTest {
    @Test
    void silenceAndAConstantAreNoSpeech() {
        float[] samples = new float[1600];
        assertTrue(SpeechGate.cannotBeSpeech(samples, 0, samples.length));
        Arrays.fill(samples, 0.37f);
        assertTrue(SpeechGate.cannotBeSpeech(samples, 0, samples.length));
        assertTrue(SpeechGate.cannotBeSpeech(samples, 5, 5));
    }

    @Test
    void aToneClippedMostOfTheTimeIsNoSpeech() {
        assertTrue(SpeechGate.cannotBeSpeech(tone(2.5), 0, 16000));
        assertFalse(SpeechGate.cannotBeSpeech(tone(1.05), 0, 16000));
    }

    @Test
    void theFaintestSpeechPasses() {
        assertFalse(SpeechGate.cannotBeSpeech(tone(0.0002), 0, 16000));
    }

    private static float[] tone(double amplitude) {
        float[] samples = new float[16000];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) Math.clamp(amplitude * Math.sin(i * 0.3), -1, 1);
        }
        return samples;
    }
}
