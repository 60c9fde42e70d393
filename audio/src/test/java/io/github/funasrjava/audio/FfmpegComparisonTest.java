package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole decodes against the ffmpeg of this machine, over rates, channels and encoder settings that are not checked in. */
class FfmpegComparisonTest {
    @TempDir
    private Path dir;

    /** Something like speech: voiced harmonics, hiss, and sharp onsets that make encoders switch their windows. */
    private static float[] signal(int rate, int channels) {
        int frames = rate * 3 / 2;
        float[] hiss = Signals.noise(frames * channels, 0.1, 9);
        float[] x = new float[frames * channels];
        for (int i = 0; i < frames; i++) {
            double t = (double) i / rate;
            double envelope = Math.exp(-6 * (t % 0.25)) * (t % 0.5 < 0.25 ? 1 : 0.3);
            for (int c = 0; c < channels; c++) {
                double voice = 0;
                for (int h = 1; h < 12; h++) {
                    voice += Math.sin(2 * Math.PI * h * (110 + 40 * t + 30 * c) * t) / h;
                }
                x[i * channels + c] = (float) (envelope * (0.25 * voice + hiss[i * channels + c]));
            }
        }
        return x;
    }

    @ParameterizedTest
    @CsvSource({
        "a.mp3, 44100, 2, 100, -c:a libmp3lame -b:a 128k", "b.mp3, 48000, 1, 100, -c:a libmp3lame -q:a 5",
        "c.mp3, 24000, 2, 100, -c:a libmp3lame -b:a 48k", "d.mp3, 8000, 1, 100, -c:a libmp3lame -b:a 16k",
        "e.mp3, 32000, 2, 100, -c:a libmp3lame -b:a 64k -joint_stereo 0", "f.mp3, 44100, 1, 100, -c:a libmp3lame -write_xing 0",
        "a.flac, 44100, 2, 1000, -c:a flac", "b.flac, 8000, 1, 1000, -c:a flac -compression_level 12",
        "c.flac, 48000, 2, 1000, -c:a flac -sample_fmt s32", "d.flac, 96000, 1, 1000, -c:a flac -lpc_type cholesky",
        "a.ogg, 44100, 2, 120, -c:a libvorbis -q:a 4", "b.ogg, 8000, 1, 120, -c:a libvorbis -q:a 0", "c.ogg, 48000, 2, 120, -c:a libvorbis -q:a 8",
        "a.opus, 48000, 2, 65, -c:a libopus -b:a 96k", "b.opus, 16000, 1, 65, -c:a libopus -b:a 12k -application voip",
        "c.opus, 24000, 1, 65, -c:a libopus -b:a 24k -frame_duration 60", "d.opus, 48000, 2, 65, -c:a libopus -b:a 32k -frame_duration 2.5",
        "opus.webm, 48000, 1, 65, -c:a libopus -b:a 32k", "vorbis.webm, 32000, 2, 120, -c:a libvorbis",
        "a.m4a, 8000, 1, 90, -c:a aac -b:a 12k -aac_pns 0", "b.m4a, 11025, 2, 90, -c:a aac -b:a 24k -aac_pns 0",
        "c.m4a, 12000, 1, 90, -c:a aac -b:a 16k -aac_pns 0", "d.m4a, 16000, 2, 90, -c:a aac -b:a 32k -aac_pns 0",
        "e.m4a, 22050, 2, 90, -c:a aac -b:a 48k -aac_pns 0", "f.m4a, 24000, 1, 90, -c:a aac -b:a 32k -aac_pns 0 -aac_coder fast",
        "g.m4a, 32000, 2, 90, -c:a aac -b:a 64k -aac_pns 0", "h.m4a, 44100, 2, 90, -c:a aac -b:a 128k -aac_pns 0 -aac_tns 0",
        "i.m4a, 48000, 2, 90, -c:a aac -b:a 96k -aac_pns 0 -aac_ms 1", "j.m4a, 96000, 1, 90, -c:a aac -b:a 128k -aac_pns 0",
        "k.mp4, 44100, 2, 90, -c:a aac -b:a 64k -aac_pns 0 -movflags +frag_keyframe+empty_moov", "l.mov, 44100, 1, 90, -c:a aac -b:a 64k -aac_pns 0",
        "m.aac, 44100, 2, 90, -c:a aac -b:a 64k -aac_pns 0 -f adts"})
    void wholeDecodeEqualsFfmpegs(String name, int rate, int channels, double minSnr, String arguments) throws Exception {
        Path file = Ffmpeg.encode(signal(rate, channels), channels, rate, dir.resolve(name), arguments.split(" "));
        float[] expected = Ffmpeg.decode(file);
        Encoded.Pcm actual = Encoded.decode(ByteInput.open(file, AudioLimits.DEFAULT), Audio.OWN);
        assertEquals(channels, actual.channels());
        int common = Math.min(expected.length, actual.samples().length);
        // Old ffmpeg leaves the padding of the last AAC frame in.
        assertTrue(expected.length - actual.samples().length < 1024 * channels && actual.samples().length <= expected.length,
                expected.length + " and " + actual.samples().length + " samples");
        assertEquals(0, lag(expected, actual.samples(), common, channels), "lag");
        double signal = 0;
        double noise = 0;
        for (int i = 0; i < common; i++) {
            signal += (double) expected[i] * expected[i];
            noise += Math.pow(expected[i] - actual.samples()[i], 2);
        }
        double snr = noise == 0 ? Double.POSITIVE_INFINITY : Signals.decibels(signal / noise);
        assertTrue(snr >= minSnr, name + ": " + snr + " dB");
    }

    /** The shift in frames, of -30 to 30, at which the two signals agree best. */
    private static int lag(float[] a, float[] b, int common, int channels) {
        int best = 0;
        double bestSum = Double.NEGATIVE_INFINITY;
        for (int lag = -30; lag <= 30; lag++) {
            double sum = 0;
            for (int i = 100 * channels; i < common - 100 * channels; i++) {
                sum += (double) a[i] * b[i + lag * channels];
            }
            if (sum > bestSum) {
                bestSum = sum;
                best = lag;
            }
        }
        return best;
    }
}
