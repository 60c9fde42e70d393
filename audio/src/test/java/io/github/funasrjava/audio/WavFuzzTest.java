package io.github.funasrjava.audio;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.AfterFailureMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Any bytes in: a typed error or finite samples out, in bounded time and memory. */
class WavFuzzTest {
    private static byte[][] originals() {
        byte[] data = WavBytes.shorts(Signals.int16(Signals.noise(300, 0.9, 1)));
        List<byte[]> files = new ArrayList<>();
        files.add(WavBytes.pcm16(16000, 1, Signals.int16(Signals.noise(200, 0.9, 1))));
        for (int[] f : new int[][] {{1, 2, 44100, 16}, {1, 1, 8000, 8}, {1, 3, 48000, 24}, {1, 1, 22050, 32}, {3, 1, 16000, 32},
            {3, 2, 11025, 64}, {6, 1, 8000, 8}, {7, 2, 8000, 8}}) {
            files.add(WavBytes.wav(f[0], f[1], f[2], f[3], data));
        }
        files.add(new WavBytes().riff("RIFF", 0).extensible(1, 2, 48000, 24, 32).chunk("LIST", 5, new byte[5]).data(data).bytes());
        files.add(new WavBytes().riff("RF64", 0xffffffffL).ascii("ds64").u32(28).u32(100).u32(0).u32(data.length).u32(0).u32(1).u32(0)
                .u32(0).format(1, 1, 16000, 16).chunk("data", 0xffffffffL, data).bytes());
        files.add(new WavBytes().riff("RIFF", 0).format(1, 1, 16000, 16).chunk("data", 0, data).chunk("LIST", 4, new byte[4]).bytes());
        return files.toArray(new byte[0][]);
    }

    @Provide
    Arbitrary<byte[]> damagedWav() {
        return ByteMutations.of(originals());
    }

    @Property(tries = 20_000, shrinking = ShrinkingMode.BOUNDED, afterFailure = AfterFailureMode.RANDOM_SEED)
    void survivesDamage(@ForAll("damagedWav") byte[] bytes) {
        FuzzOracle.checkAlone(bytes, Audio.OWN);
    }

    @Test
    @Tag("long")
    void survivesTenMillionDamagedFiles() {
        FuzzLoop.run("WAV", List.of(originals()), Long.getLong("fuzz.inputs", 10_000_000), Long.MAX_VALUE);
    }

    @Test
    void replaysTheCorpus() throws IOException {
        FuzzOracle.replay("wav");
    }
}
