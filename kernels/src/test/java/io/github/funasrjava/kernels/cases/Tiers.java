package io.github.funasrjava.kernels.cases;

import static org.junit.jupiter.api.Assumptions.abort;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.KernelSelector;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import io.github.funasrjava.kernels.cuda.InterpretedCuda;
import io.github.funasrjava.kernels.internal.TierAttempt;
import io.github.funasrjava.kernels.x86.WithoutAmx;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** The one list of implementations that every case table is run on. A new tier is an entry here. */
public final class Tiers {
    /** All tiers, widths and thread counts. One that does not run here is skipped with its reason. */
    public static final List<TierUnderTest> ALL = List.of(
            f32("scalar-1", Tier.SCALAR, 1, 0),
            f32("scalar-2", Tier.SCALAR, 2, 0),
            f32("vector-512-1", Tier.VECTOR, 1, 512),
            f32("vector-512-2", Tier.VECTOR, 2, 512),
            f32("vector-256-2", Tier.VECTOR, 2, 256),
            f32("vector-128-2", Tier.VECTOR, 2, 128),
            x86("x86-1", 1, Accuracy.FULL),
            x86("x86-2", 2, Accuracy.FULL),
            x86("x86-fast", 2, Accuracy.FAST),
            new TierUnderTest("x86-avx512", new KernelOptions(Tier.X86, 2, 0, Accuracy.FULL), 0, true, WithoutAmx::open));

    /** The CUDA kernels, run by an interpreter of their PTX, which takes its time; {@code CudaCasesTest} has them. */
    public static final List<TierUnderTest> CUDA = List.of(cuda(80, Accuracy.FULL), cuda(75, Accuracy.FULL));

    /** As {@link #CUDA}, and the file for sm_90, too: the same text, so the long set has it. */
    public static final List<TierUnderTest> ALL_CUDA = Stream.concat(CUDA.stream(), Stream.of(cuda(90, Accuracy.FULL))).toList();

    private Tiers() {}

    /**
     * One implementation.
     *
     * @param name shown in the test report
     * @param options how to open it
     * @param bf16InputError relative error of an activation that is multiplied with bf16 weights; 0 where it enters
     *     as f32
     * @param linearEqualsScalar whether f32 and bf16 products are the same chain of fused multiply-adds as in scalar,
     *     and so equal bit for bit (int8 products are in every tier)
     * @param opener how it is opened
     */
    public record TierUnderTest(String name, KernelOptions options, double bf16InputError, boolean linearEqualsScalar,
            Function<KernelOptions, TierAttempt> opener) {
        public TierUnderTest(String name, KernelOptions options, double bf16InputError, boolean linearEqualsScalar) {
            this(name, options, bf16InputError, linearEqualsScalar, TierUnderTest::select);
        }

        /** Opens the tier, or aborts the running test with the reason why it does not run here. */
        public Kernels open() {
            return switch (opener.apply(options)) {
                case TierAttempt.Opened(Kernels kernels) -> kernels;
                case TierAttempt.Refused(String reason) -> abort(name + " skipped: " + reason);
            };
        }

        /**
         * Relative error of a product in attention: where bf16 is multiplied, three of four products of two terms are
         * added; in fast accuracy one, of terms that are rounded or cut off.
         */
        public double attentionSplitError() {
            if (bf16InputError == 0) {
                return 0;
            }
            return options.accuracy() == Accuracy.FAST ? 0x1p-6 : 3 * 0x1p-16;
        }

        /**
         * Error per term of a product with bf16 weights, relative to the row's largest activation times its largest
         * weight. Where these are multiplied as f16, scaled by row, values far below the largest lose bits.
         */
        public double scaledTermError() {
            return name.startsWith("cuda-sm_75") ? 0x1p-38 : 0;
        }

        /** The same with another number of threads. */
        public TierUnderTest withThreads(int threads) {
            return new TierUnderTest(name, options.withThreads(threads), bf16InputError, linearEqualsScalar, opener);
        }

        private static TierAttempt select(KernelOptions options) {
            try {
                return new TierAttempt.Opened(KernelSelector.open(options));
            } catch (KernelsUnavailableException e) {
                return new TierAttempt.Refused(e.getMessage());
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** For {@code @MethodSource}. */
    public static Stream<TierUnderTest> all() {
        return ALL.stream();
    }

    /** Those with two threads or more, for tests that compare rows and threads. */
    public static Stream<TierUnderTest> threaded() {
        return ALL.stream().filter(tier -> tier.options().threads() > 1);
    }

    /** The CUDA kernels. */
    public static Stream<TierUnderTest> cuda() {
        return CUDA.stream();
    }

    /** The CUDA kernels of every architecture. */
    public static Stream<TierUnderTest> allCuda() {
        return ALL_CUDA.stream();
    }

    /** The reference. */
    public static Kernels scalar() {
        return ALL.getFirst().open();
    }

    /** Two bf16 terms leave half a unit of the second one, 2^-16 of the value; one term leaves 2^-8. */
    private static TierUnderTest x86(String name, int threads, Accuracy accuracy) {
        double inputError = accuracy == Accuracy.FULL ? 0x1p-16 : 0x1p-8;
        return new TierUnderTest(name, new KernelOptions(Tier.X86, threads, 0, accuracy), inputError, false);
    }

    private static TierUnderTest cuda(int architecture, Accuracy accuracy) {
        return new TierUnderTest("cuda-sm_" + architecture + (accuracy == Accuracy.FAST ? "-fast" : ""),
                new KernelOptions(Tier.AUTO, 1, 0, accuracy), accuracy == Accuracy.FULL ? 0x1p-16 : 0x1p-8, false,
                options -> InterpretedCuda.attempt(architecture, options));
    }

    private static TierUnderTest f32(String name, Tier tier, int threads, int bits) {
        return new TierUnderTest(name, new KernelOptions(tier, threads, bits, Accuracy.FULL), 0, true);
    }
}
