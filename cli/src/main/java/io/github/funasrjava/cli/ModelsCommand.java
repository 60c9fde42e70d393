package io.github.funasrjava.cli;

import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.ModelException;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.weights.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code models}: which models are here, whether they arrived whole, and where to get the others. */
final class ModelsCommand implements Command {
    private static final int BLOCK_BYTES = 1 << 20;
    private static final int CACHE_DEPTH = 4;

    @Override
    public CommandDescription description() {
        return new CommandDescription("models", "List models: which are here, and where to get the others.",
                new Operands("MODEL", 0, 1, "fun-asr-nano or fun-asr-mlt-nano; without it all."),
                List.of(Option.flag("--verify", "Compare the sha256 of model.pt with the published ones (reads 2 GB)."),
                        Option.flag("--quiet", "No progress.")),
                List.of(new Example("models", "what is in the cache"), new Example("models --verify fun-asr-nano", "after a download")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) throws IOException {
        List<PublishedModel> asked = arguments.operands().isEmpty() ? List.of(PublishedModel.values())
                : List.of(PublishedModel.named(arguments.operands().get(0)).orElseThrow(() -> new UsageException("There is no published model '"
                        + arguments.operands().get(0) + "'; the names are "
                        + Stream.of(PublishedModel.values()).map(PublishedModel::id).collect(Collectors.joining(", ")) + ".")));
        Path cache = console.cacheDir();
        StringBuilder text = new StringBuilder();
        StringBuilder faults = new StringBuilder();
        try (ProgressBar bar = arguments.flag("--quiet") ? ProgressBar.hidden(console) : new ProgressBar(console)) {
            for (PublishedModel model : asked) {
                if (!model.isPresent(cache)) {
                    text.append(model.id()).append(": not in ").append(model.directory(cache)).append(model.howToGet(cache)).append('\n');
                    continue;
                }
                text.append(model.id()).append(": in ").append(model.directory(cache)).append('\n');
                Path published = model.directory(cache).resolve("model.pt");
                if (arguments.flag("--verify") && Files.exists(published)) {
                    String fault = verify(model, published, bar, text);
                    faults.append(fault.isEmpty() || faults.isEmpty() ? "" : " ").append(fault);
                }
            }
        }
        if (arguments.operands().isEmpty()) {
            text.append("demo: in the jar\n");
            converted(cache, text);
        }
        ResultWriter.write(console.out(), text.toString().getBytes(StandardCharsets.UTF_8));
        if (!faults.isEmpty()) {
            throw new ModelException(faults.toString());
        }
        return ExitCode.OK;
    }

    /** Adds what was found, and returns a sentence if that is no published file. */
    private static String verify(PublishedModel model, Path file, ProgressBar bar, StringBuilder text) {
        String sha256 = sha256(file, bar);
        bar.clear();
        text.append("  model.pt has sha256 ").append(sha256);
        Optional<PublishedModel.Copy> copy = model.copies().stream().filter(one -> one.sha256().equals(sha256)).findFirst();
        if (copy.isPresent()) {
            text.append(": as published, ").append(copy.get().remark()).append('\n');
            return "";
        }
        text.append(": not a published file\n");
        return file + " is not the published file of " + model.id() + ": its sha256 is " + sha256 + "; download it again, or keep it if you trained it.";
    }

    private static String sha256(Path file, ProgressBar bar) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] block = new byte[BLOCK_BYTES];
            long total = Files.size(file);
            long done = 0;
            long begin = System.nanoTime();
            int got;
            while ((got = in.read(block)) >= 0) {
                digest.update(block, 0, got);
                done += got;
                bar.progress(new Progress(done, Math.max(total, done), done * 1e9 / Math.max(1, System.nanoTime() - begin)));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + ResultWriter.reason(e) + ".", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void converted(Path cache, StringBuilder text) throws IOException {
        if (!Files.isDirectory(cache)) {
            return;
        }
        try (Stream<Path> found = Files.find(cache, CACHE_DEPTH, (path, attributes) -> attributes.isRegularFile()
                && path.getFileName().toString().equals("model.safetensors"))) {
            for (Path file : found.sorted().toList()) {
                text.append("converted: ").append(file.getParent())
                        .append(String.format(Locale.ROOT, ", %.1f GB", Files.size(file) / 1e9)).append('\n');
            }
        }
    }
}
