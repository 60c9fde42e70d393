package io.github.funasrjava.kernels.cuda.ptx;

import java.util.List;
import java.util.Map;

/**
 * A kernel in the form that {@link Warp} runs.
 *
 * @param name entry point
 * @param parameterBytes bytes of each parameter, 4 or 8
 * @param words number of 32-bit registers, predicates and constants included
 * @param longs number of 64-bit registers, constants included
 * @param constants values of the registers that hold immediates
 * @param code instructions
 * @param staticShared bytes of shared memory that the kernel declares
 * @param mostThreads threads of a block that it was compiled for
 */
record PtxKernel(String name, List<Integer> parameterBytes, int words, int longs, List<Constant> constants, Instruction[] code,
        int staticShared, int mostThreads) {
    /** A register that never changes: index among words or longs. */
    record Constant(boolean wide, int register, long value) {}

    /** What a step of a warp does. */
    enum Flow { NEXT, BRANCH, EXIT, BARRIER, WARP_BARRIER }

    /** Does one instruction for the lanes of a mask. */
    @FunctionalInterface
    interface Step {
        void run(Warp warp, int mask);
    }

    /** One instruction. */
    static final class Instruction {
        final String text;
        final Flow flow;
        final int predicate;
        final boolean negated;
        final Step step;
        /** Whether all live lanes of the warp must arrive together. */
        final boolean together;
        int target = -1;

        Instruction(String text, Flow flow, int predicate, boolean negated, boolean together, Step step) {
            this.text = text;
            this.flow = flow;
            this.predicate = predicate;
            this.negated = negated;
            this.together = together;
            this.step = step;
        }
    }

    /** Registers that hold special values, by name. */
    static final Map<String, Integer> SPECIAL = Map.of("%tid.x", 0, "%ctaid.x", 1, "%ctaid.y", 2, "%ntid.x", 3, "%nctaid.x", 4,
            "%nctaid.y", 5, "%laneid", 6);
}
