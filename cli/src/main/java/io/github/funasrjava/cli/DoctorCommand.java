package io.github.funasrjava.cli;

import io.github.funasrjava.boot.Boot;
import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.kernels.DeviceChoice;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelSelector;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code doctor}: what is here, what runs on what, and why. */
final class DoctorCommand implements Command {
    /** What the kernels and their users care about, as Linux calls it. */
    private static final List<String> CPU_FLAGS = List.of("avx2", "fma", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16",
            "amx_tile", "amx_bf16", "amx_int8", "asimd", "sve", "sve2");

    @Override
    public CommandDescription description() {
        return new CommandDescription("doctor", "Tell what was found on this machine, what runs on what, and why.", Operands.NONE,
                List.of(), List.of(new Example("doctor", "worth adding to a bug report")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        Boot.awaitVectorApi();
        StringBuilder text = new StringBuilder();
        row(text, "program", "fun-asr-java " + Version.number());
        row(text, "java", Runtime.version() + ", " + System.getProperty("java.vm.name") + ", " + System.getProperty("java.vendor"));
        row(text, "", System.getProperty("java.home"));
        row(text, "system", System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + System.getProperty("os.arch"));
        row(text, "cpu", Runtime.getRuntime().availableProcessors() + " processors" + cpuFlags().map(flags -> ", " + flags).orElse(""));
        row(text, "memory", memory());
        for (KernelOptions.Tier tier : KernelOptions.Tier.values()) {
            String name = tier.name().toLowerCase(Locale.ROOT);
            row(text, tier == KernelOptions.Tier.AUTO ? "kernels" : "", name + ": " + kernels(tier));
        }
        row(text, "device", "cpu");
        row(text, "", "cuda: " + gpu());
        row(text, "models", "demo: in the jar");
        for (PublishedModel model : PublishedModel.values()) {
            Path directory = model.directory(console.cacheDir());
            row(text, "", model.id() + ": " + (model.isPresent(console.cacheDir()) ? "in " : "not in ") + directory);
        }
        row(text, "ffmpeg", onPath(console, "ffmpeg").map(Path::toString).orElse("not on the PATH"));
        ResultWriter.write(console.out(), text.toString().getBytes(StandardCharsets.UTF_8));
        return ExitCode.OK;
    }

    private static String kernels(KernelOptions.Tier tier) {
        try (Kernels kernels = KernelSelector.open(KernelOptions.defaults().withTier(tier))) {
            return kernels.description();
        } catch (KernelsUnavailableException e) {
            return "no; " + e.getMessage();
        }
    }

    /** What {@code --device cuda} would say. */
    private static String gpu() {
        try (Kernels kernels = KernelSelector.open(KernelOptions.defaults(), DeviceChoice.cuda(0), note -> { })) {
            return kernels.description();
        } catch (KernelsUnavailableException e) {
            return "no; " + e.getMessage();
        }
    }

    private static Optional<String> cpuFlags() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("flags") || line.startsWith("Features")).findFirst()
                    .map(line -> List.of(line.split("\\s+")))
                    .map(found -> String.join(" ", CPU_FLAGS.stream().filter(found::contains).toList()));
        } catch (IOException e) {
            return Optional.empty(); // not Linux
        }
    }

    private static String memory() {
        String heap = gigabytes(Runtime.getRuntime().maxMemory()) + " for the heap";
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("MemTotal:")).findFirst()
                    .map(line -> gigabytes(Long.parseLong(line.replaceAll("\\D", "")) * 1024) + ", " + heap).orElse(heap);
        } catch (IOException e) {
            return heap; // not Linux
        }
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }

    private static Optional<Path> onPath(Console console, String program) {
        String name = File.separatorChar == '\\' ? program + ".exe" : program;
        return Stream.of(console.environment().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty()).map(folder -> RawArguments.resolve(RawArguments.path(folder), name)).filter(Files::isExecutable).findFirst();
    }

    private static void row(StringBuilder text, String label, String value) {
        text.append(label).append(" ".repeat(10 - label.length())).append(value).append('\n');
    }
}
