package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.internal.TierAttempt;
import io.github.funasrjava.kernels.x86.RefusalTest.Altered;
import io.github.funasrjava.kernels.x86.X86Kernels.Prepared;
import java.lang.foreign.MemorySegment;

/** The tier as it is on a machine with AVX-512 but without AMX, for the case tables. */
public final class WithoutAmx {
    private WithoutAmx() {}

    /** Opens the tier as if the system denied AMX. */
    public static TierAttempt open(KernelOptions options) {
        HostSystem.Opened opened = HostSystem.open();
        if (opened.system().isEmpty()) {
            return new TierAttempt.Refused(opened.reason());
        }
        HostSystem host = opened.system().get();
        return X86Kernels.open(options, Prepared.on(new Altered(host) {
            @Override
            public long requestTilePermission(MemorySegment syscallStub) {
                return -1;
            }
        }));
    }
}
