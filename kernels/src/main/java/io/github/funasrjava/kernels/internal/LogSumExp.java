package io.github.funasrjava.kernels.internal;

import io.github.funasrjava.kernels.TopToken;

/**
 * The largest of a run of logits and the logarithm of the sum of their exponentials, added one by one or block by
 * block. The sum is kept relative to the largest logit so far. Ties go to the lowest id; a NaN takes everything.
 */
public final class LogSumExp {
    private int id = -1;
    private float max = Float.NEGATIVE_INFINITY;
    private double sum;

    /** Adds one logit; ids come in rising order. */
    public void add(int newId, float logit) {
        merge(newId, logit, 1);
    }

    /** Adds a block whose ids are all higher than those before. */
    public void merge(LogSumExp block) {
        merge(block.id, block.max, block.sum);
    }

    /**
     * Adds a block whose ids are all higher than those before.
     *
     * @param blockId id of the largest logit, -1 when one was NaN
     * @param blockMax the largest logit
     * @param blockSum sum of {@code exp(logit - blockMax)}
     */
    public void merge(int blockId, float blockMax, double blockSum) {
        if (Float.isNaN(max)) {
            return;
        }
        if (Float.isNaN(blockMax)) {
            id = -1;
            max = Float.NaN;
            sum = Double.NaN;
        } else if (blockMax > max || id < 0) {
            // exp(-infinity - max) is 0, but -infinity - -infinity is NaN.
            sum = (max == blockMax ? sum : sum * Math.exp((double) max - blockMax)) + blockSum;
            max = blockMax;
            id = blockId;
        } else {
            sum += max == blockMax ? blockSum : blockSum * Math.exp((double) blockMax - max);
        }
    }

    /** The best class of everything added. */
    public TopToken result() {
        return new TopToken(id, max, (float) (max + Math.log(sum)));
    }
}
