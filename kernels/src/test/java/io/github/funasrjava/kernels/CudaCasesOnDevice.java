package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.internal.TierAttempt;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Runs the case tables on a real GPU, without a test runner. */
public final class CudaCasesOnDevice {
    private CudaCasesOnDevice() {}

    /** Prints one line per group of cases; returns how many failed. */
    public static int run(int device, int multiprocessors) {
        String name;
        try (Kernels kernels = KernelSelector.open(KernelOptions.defaults(), DeviceChoice.cuda(device), note -> { })) {
            name = kernels.tier();
        }
        TierUnderTest tier = new TierUnderTest(name, new KernelOptions(Tier.AUTO, 1, 0, Accuracy.FULL), 0x1p-16, false,
                options -> new TierAttempt.Opened(KernelSelector.open(options, DeviceChoice.cuda(device), note -> { })));
        CudaCasesTest cases = new CudaCasesTest();
        Map<String, Consumer<TierUnderTest>> groups = new LinkedHashMap<>();
        groups.put("embed, fsmn", cases::embedAndFsmn);
        groups.put("norms, swiglu, log-softmax", cases::normsSwigluAndLogSoftmax);
        groups.put("linear", cases::linear);
        groups.put("argmax", cases::argmaxLinear);
        groups.put("attention, KV cache", cases::attention);
        groups.put("batch invariance", cases::batchInvariance);
        groups.put("one order of K for up to 16 rows", cases::theSkinnyProductKeepsItsOrderWhereKIsLong);
        groups.put("tiles of both sizes", under -> cases.tilesOfBothSizesGiveTheSameBits(under, multiprocessors));
        groups.put("norm and SwiGLU inside products", cases::normAndSwigluInsideAProductGiveTheBitsOfOneAfterTheOther);
        int failures = 0;
        for (Map.Entry<String, Consumer<TierUnderTest>> group : groups.entrySet()) {
            try {
                group.getValue().accept(tier);
                System.out.println("passed  " + group.getKey());
            } catch (AssertionError | RuntimeException e) {
                failures++;
                System.out.println("FAILED  " + group.getKey() + ": " + e.getMessage());
            }
        }
        return failures;
    }
}
