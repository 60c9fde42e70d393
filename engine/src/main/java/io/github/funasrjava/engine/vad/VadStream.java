package io.github.funasrjava.engine.vad;

import java.util.List;

/**
 * Detection on one recording that arrives in pieces. The memory it takes does not grow with the recording. For one
 * thread.
 */
public interface VadStream {
    /**
     * Takes the next samples.
     *
     * @param samples 16 kHz mono in [-1, 1); may be empty; not kept
     * @param last whether the recording ends here; every started segment is then ended, and nothing may follow
     * @return what became known through them, in the order of time
     * @throws IllegalStateException after the last samples
     */
    List<SpeechEvent> accept(float[] samples, boolean last);
}
