package io.github.funasrjava.audio;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Damages files as a bad disk, a broken download or an attacker would. */
final class ByteMutations {
    private static final int[] NASTY = {0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0};

    private ByteMutations() {}

    /** One change: where (in thousandths of the file, or in its first 64 bytes), what kind, with which value. */
    record Change(int where, boolean nearStart, int kind, int value) {
        byte[] apply(byte[] b) {
            if (b.length == 0) {
                return b;
            }
            int p = nearStart ? where % Math.min(b.length, 64) : (int) ((long) where * b.length / 1000);
            p = Math.min(p, b.length - 1);
            return switch (kind % 7) {
                case 0 -> put(b, p, 1, value);
                case 1 -> put(b, p, 1, b[p] ^ 1 << (value & 7));
                case 2 -> put(b, p, 2, NASTY[Math.floorMod(value, NASTY.length)]);
                case 3 -> put(b, p, 4, NASTY[Math.floorMod(value, NASTY.length)]);
                case 4 -> Arrays.copyOf(b, p);
                case 5 -> spliced(b, p, Math.floorMod(value, 16), true);
                default -> spliced(b, p, Math.floorMod(value, 300), false);
            };
        }

        private static byte[] put(byte[] b, int p, int bytes, int value) {
            byte[] r = b.clone();
            for (int i = 0; i < bytes && p + i < r.length; i++) {
                r[p + i] = (byte) (value >> 8 * i);
            }
            return r;
        }

        private static byte[] spliced(byte[] b, int p, int n, boolean insert) {
            if (insert) {
                byte[] r = Arrays.copyOf(b, b.length + n);
                System.arraycopy(b, p, r, p + n, b.length - p);
                return r;
            }
            int from = Math.min(b.length, p + n);
            byte[] r = Arrays.copyOf(b, b.length - (from - p));
            System.arraycopy(b, from, r, p, b.length - from);
            return r;
        }
    }

    /** One of {@code originals} with up to six changes. */
    static Arbitrary<byte[]> of(byte[]... originals) {
        Arbitrary<Change> change = Combinators.combine(Arbitraries.integers().between(0, 1000), Arbitraries.of(true, true, false),
                Arbitraries.integers().between(0, 6), Arbitraries.integers()).as(Change::new);
        return Combinators.combine(Arbitraries.of(originals), change.list().ofMaxSize(6)).as((bytes, changes) -> {
            byte[] b = bytes;
            for (Change c : changes) {
                b = c.apply(b);
            }
            return b;
        });
    }

    /** {@code original} with one to six changes, checksums of Ogg pages put right again half of the time. */
    static byte[] damaged(byte[] original, SplittableRandom random) {
        byte[] b = original;
        for (int n = random.nextInt(1, 7); n > 0; n--) {
            b = new Change(random.nextInt(1001), random.nextInt(3) == 0, random.nextInt(7), random.nextInt()).apply(b);
        }
        return b.length > 4 && b[0] == 'O' && random.nextBoolean() ? OggBytes.withChecksums(b) : b;
    }
}
