package io.github.funasrjava.kernels;

/**
 * The best class of one row of logits.
 *
 * @param id index of the largest logit; the lowest one on ties; -1 when a logit is NaN
 * @param logit the largest logit
 * @param logSumExp {@code ln(sum(exp(logit)))} over all classes, so that {@code logit - logSumExp} is the log-probability
 */
public record TopToken(int id, float logit, float logSumExp) {
    /** Natural logarithm of the softmax probability of {@link #id}. */
    public float logProbability() {
        return logit - logSumExp;
    }
}
