package io.github.funasrjava.kernels;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where to compute.
 *
 * @param kind the processor, or the first NVIDIA GPU when there is one that can be used
 * @param index which GPU, as the driver numbers those that {@code CUDA_VISIBLE_DEVICES} leaves; 0 for the other kinds
 */
public record DeviceChoice(Kind kind, int index) {
    /** A GPU that can be used, else the processor. */
    public static final DeviceChoice AUTO = new DeviceChoice(Kind.AUTO, 0);
    /** The processor; nothing that belongs to a GPU is looked for. */
    public static final DeviceChoice CPU = new DeviceChoice(Kind.CPU, 0);

    private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,4}))?");

    /** Kinds of devices. */
    public enum Kind {
        AUTO,
        CPU,
        CUDA
    }

    public DeviceChoice {
        if (index < 0 || index > 0 && kind != Kind.CUDA) {
            throw new IllegalArgumentException("device " + kind + " has no index " + index);
        }
    }

    /** The GPU of this number. */
    public static DeviceChoice cuda(int index) {
        return new DeviceChoice(Kind.CUDA, index);
    }

    /**
     * Reads {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}.
     *
     * @throws IllegalArgumentException when the text is none of these
     */
    public static DeviceChoice parse(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        if (name.equals("auto")) {
            return AUTO;
        }
        if (name.equals("cpu")) {
            return CPU;
        }
        Matcher cuda = CUDA.matcher(name);
        if (!cuda.matches()) {
            throw new IllegalArgumentException("must be auto, cpu, cuda or cuda:N, not '" + text + "'");
        }
        return cuda(cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1)));
    }

    @Override
    public String toString() {
        String name = kind.name().toLowerCase(Locale.ROOT);
        return kind == Kind.CUDA ? name + ":" + index : name;
    }
}
