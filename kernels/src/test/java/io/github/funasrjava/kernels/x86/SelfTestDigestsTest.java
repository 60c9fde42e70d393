package io.github.funasrjava.kernels.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.kernels.internal.Operations;
import io.github.funasrjava.kernels.internal.WorkerPool;
import io.github.funasrjava.kernels.scalar.ScalarOperations;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The numbers that the self-test compares with are those of the scalar operations. */
class SelfTestDigestsTest {
    @Test
    void theDigestsAreWhatScalarComputes() {
        List<String> digests = new ArrayList<>();
        try (WorkerPool pool = new WorkerPool(1); Operations scalar = new ScalarOperations(pool);
                SelfTest test = new SelfTest(scalar)) {
            for (SelfTest.Check check : SelfTest.Check.values()) {
                digests.add(String.valueOf((float) test.digest(check)));
            }
        }
        assertEquals(SelfTest.digests(), digests);
    }
}
