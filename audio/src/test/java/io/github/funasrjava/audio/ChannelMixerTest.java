package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.audio.AudioWarning.Code;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Row 18 of the reliability list: channels that are silent, opposite or unrelated. */
class ChannelMixerTest {
    private static Waveform mixed(float[]... channels) {
        short[] x = new short[channels[0].length * channels.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = (short) (channels[i % channels.length][i / channels.length] * 32767);
        }
        return Audio.read(WavBytes.pcm16(16000, channels.length, x));
    }

    private static float[] negated(float[] x, float factor) {
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = -x[i] * factor;
        }
        return y;
    }

    private final float[] voice = Signals.noise(16000, 0.5, 1);
    private final float[] other = Signals.noise(16000, 0.5, 2);
    private final float[] silence = new float[16000];

    @Test
    void row18WarnsWhenChannelsCancelEachOther() {
        for (Waveform w : List.of(mixed(voice, negated(voice, 1)), mixed(voice, negated(voice, 0.7f)),
                mixed(voice, other, negated(voice, 1), negated(other, 1)))) {
            assertEquals(List.of(Code.ANTI_CORRELATED_CHANNELS), Audio.codes(w));
            assertTrue(w.warnings().getFirst().message().contains("choose one"), w.warnings().toString());
        }
    }

    @Test
    void row18IsSilentOnOrdinaryChannels() {
        for (Waveform w : List.of(mixed(voice, voice), mixed(voice, silence), mixed(silence, voice), mixed(voice, other),
                mixed(silence, silence), mixed(voice, other, silence, silence, voice, other), mixed(silence, negated(voice, 1)))) {
            assertEquals(List.of(), w.warnings());
        }
    }

    @Test
    void row18KeepsHalfOfTheOnlyChannelWithSound() {
        Waveform w = mixed(voice, silence);
        assertEquals(Signals.power(voice, 0, 16000) / 4, Signals.power(w.samples(), 0, 16000), 1e-4);
    }

    @Test
    void row18ChoosingAChannelAvoidsCancelling() {
        short[] x = new short[3200];
        for (int i = 0; i < 1600; i++) {
            x[2 * i] = (short) (i * 10);
            x[2 * i + 1] = (short) (-i * 10);
        }
        byte[] wav = WavBytes.pcm16(16000, 2, x);
        assertEquals(0, Signals.power(Audio.read(wav).samples(), 0, 1600));
        Waveform left = Audio.read(wav, AudioOptions.DEFAULT.withChannel(1));
        assertEquals(15990 / 32768f, left.samples()[1599]);
        assertEquals(List.of(), left.warnings());
    }
}
