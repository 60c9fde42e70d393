package io.github.funasrjava.cli;

import io.github.funasrjava.boot.Boot;
import io.github.funasrjava.weights.Progress;
import io.github.funasrjava.weights.ProgressListener;

/**
 * Where opening a model has anything to say, it is more than opening: a conversion, or weights quantised in memory. That needs an
 * optimising compiler.
 */
record OpeningListener(ProgressListener next) implements ProgressListener {
    @Override
    public void message(String sentence) {
        Boot.needOptimisingCompiler();
        next.message(sentence);
    }

    @Override
    public void progress(Progress progress) {
        Boot.needOptimisingCompiler();
        next.progress(progress);
    }
}
