package io.github.funasrjava.cli;

import io.github.funasrjava.audio.AudioException;
import io.github.funasrjava.engine.CancelledException;
import io.github.funasrjava.engine.DeviceException;
import io.github.funasrjava.engine.FunAsrException;
import io.github.funasrjava.engine.InputException;
import io.github.funasrjava.engine.LimitException;
import io.github.funasrjava.engine.ModelException;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import io.github.funasrjava.weights.WeightsException;

/** How the program ends. The only table from failures to exit codes; the numbers never change. */
enum ExitCode {
    OK(0, "the result is complete"),
    SOME_FAILED(1, "some inputs of a list failed, the others are done"),
    USAGE(2, "an option or argument is not allowed"),
    INPUT(3, "the audio cannot be used"),
    MODEL(4, "the model cannot be used"),
    LIMIT(5, "a limit was exceeded, or memory was not enough"),
    DEVICE(6, "the kernels or the device asked for do not run here"),
    INTERNAL(70, "an error of this program"),
    OUTPUT(74, "the result could not be written"),
    NO_JDK(78, "no suitable JDK was found"),
    INTERRUPTED(130, "interrupted");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    int number() {
        return number;
    }

    /** Half a sentence for the help text. */
    String meaning() {
        return meaning;
    }

    static ExitCode of(Throwable failure) {
        return switch (failure) {
            case FunAsrException e -> switch (e) {
                case UsageException u -> USAGE;
                case InputException i -> INPUT;
                case ModelException m -> MODEL;
                case LimitException l -> LIMIT;
                case DeviceException d -> DEVICE;
                case CancelledException c -> INTERRUPTED;
            };
            case WeightsException e -> e.kind() == WeightsException.Kind.CANCELLED ? INTERRUPTED : MODEL;
            case AudioException e -> switch (e.kind()) {
                case LIMIT, TIME_LIMIT -> LIMIT;
                case INTERRUPTED -> INTERRUPTED;
                default -> INPUT;
            };
            case KernelsUnavailableException e -> DEVICE;
            case OutputException e -> OUTPUT;
            case OutOfMemoryError e -> LIMIT;
            default -> INTERNAL;
        };
    }
}
