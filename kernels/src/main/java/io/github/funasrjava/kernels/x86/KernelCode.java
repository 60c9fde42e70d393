package io.github.funasrjava.kernels.x86;

import java.lang.foreign.MemorySegment;

/** Entry points of the kernels; the assembly sources document their arguments. */
record KernelCode(MemorySegment bf16Split, MemorySegment amxLinearBf16) {
    static KernelCode of(MachineCode code) {
        return new KernelCode(code.function("bf16_split"), code.function("amx_linear_bf16"));
    }
}
