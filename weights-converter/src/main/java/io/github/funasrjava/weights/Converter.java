package io.github.funasrjava.weights;

import io.github.funasrjava.weights.StoredTensor.SourcePart;
import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Turns a published model directory into a converted one: {@code model.safetensors} in the layout that the kernels read,
 * beside copies of the small files. Weights stream from the mapped checkpoint to the new file; the heap holds none. The
 * new folder appears under its name only when everything in it is on the disk.
 */
public final class Converter {
    private static final long SPACE_RESERVE_BYTES = 16 << 20;

    private final Path source;
    private final Path target;
    private final ConvertOptions options;

    private Converter(Path source, Path target, ConvertOptions options) {
        this.source = source;
        this.target = target.toAbsolutePath().normalize();
        this.options = options;
    }

    /**
     * Converts {@code source} into the new folder {@code target}.
     *
     * @throws WeightsException if the model is not acceptable, the target is there already, or writing fails
     */
    public static ModelMetadata convert(Path source, Path target, ConvertOptions options) {
        Converter converter = new Converter(source, target, options);
        try (ConversionLock _ = converter.lock()) {
            try {
                converter.requireFree();
                return converter.run();
            } finally {
                converter.removeLock();
            }
        }
    }

    /**
     * Converts into a cache: the folder that is there already, perhaps because another process has just made it, is
     * used as it is unless {@code replace} says that it is damaged.
     */
    static void convertOnce(Path source, Path target, ConvertOptions options, boolean replace) {
        Converter converter = new Converter(source, target, options);
        try (ConversionLock _ = converter.lock()) {
            if (replace || !Files.exists(target.resolve(Checkpoint.SAFETENSORS_FILE))) {
                converter.run();
            }
        }
    }

    private void requireFree() {
        try (Stream<Path> content = Files.isDirectory(target) ? Files.list(target) : Stream.empty()) {
            boolean emptyFolder = Files.isDirectory(target) && content.findAny().isEmpty();
            if (Files.exists(target) && !emptyFolder) {
                throw new WeightsException(Kind.IO,
                        target + " is there already; remove it or choose another folder with --out.");
            }
        } catch (IOException e) {
            throw IoFaults.reading(target, e);
        }
    }

    /** In a cache the lock file stays; beside a folder that somebody chose it would be litter. Call it while holding it. */
    private void removeLock() {
        try {
            Files.deleteIfExists(lockFile());
        } catch (IOException e) {
            options.listener().message("Cannot remove " + lockFile() + ".");
        }
    }

    private Path lockFile() {
        return HiddenName.beside(target, ".lock");
    }

    private ConversionLock lock() {
        Path parent = target.getParent();
        if (parent == null) {
            throw new WeightsException(Kind.IO, "Cannot convert into " + target + "; choose a folder with a name.");
        }
        try {
            Files.createDirectories(parent);
        } catch (IOException e) {
            throw IoFaults.writing(parent, e);
        }
        return ConversionLock.acquire(lockFile(), source.toString(), options.lockTimeout(), options.listener());
    }

    private ModelMetadata run() {
        long start = System.nanoTime();
        try (Arena arena = Arena.ofShared()) {
            ModelFiles files = new ModelFiles.InDirectory(source);
            ModelKind kind = ModelKind.of(files);
            Path file = Checkpoint.locate(source);
            Checkpoint checkpoint = Checkpoint.open(file, arena);
            if (kind == ModelKind.NANO) {
                TokenizerFilesCheck.check(files, ModelConfig.read(files));
                options.check().accept(files);
            }
            ConversionPlan plan = ConversionPlan.of(
                    kind.catalog(files), checkpoint.tensors(), options.precision(), file.toString());
            options.listener().message("Converting " + file + " (" + Messages.bytes(checkpoint.identity().size()) + ") into "
                    + target + ".");
            ModelMetadata metadata = write(kind, checkpoint, plan);
            options.listener().message(String.format(java.util.Locale.ROOT, "Converted %s in %.1f s.", metadata.model(),
                    (System.nanoTime() - start) / 1e9));
            return metadata;
        } catch (InternalError e) {
            // The JVM reports a page of the mapped checkpoint that is no longer there.
            throw new WeightsException(Kind.CHANGED, source + " was cut while it was being read; convert it again.", e);
        }
    }

    private ModelMetadata write(ModelKind kind, Checkpoint checkpoint, ConversionPlan plan) {
        try (DirectorySwap swap = DirectorySwap.begin(target)) {
            Map<String, String> files = SmallFiles.copy(source, SmallFiles.list(source, kind), swap.temporary());
            ModelMetadata draft = metadata(kind, checkpoint, plan, files);
            ModelMetadata metadata = writeWeights(
                    swap.temporary().resolve(Checkpoint.SAFETENSORS_FILE), checkpoint, plan, draft);
            if (!checkpoint.identity().unchanged()) {
                throw new WeightsException(Kind.CHANGED,
                        checkpoint.identity().path() + " was changed while it was being read; convert it again.");
            }
            swap.commit();
            return metadata;
        } catch (IOException e) {
            throw IoFaults.writing(target, e);
        }
    }

    private ModelMetadata writeWeights(Path file, Checkpoint checkpoint, ConversionPlan plan, ModelMetadata draft)
            throws IOException {
        List<ConvertedHeader.Slot> slots = plan.tensors().stream()
                .map(t -> new ConvertedHeader.Slot(t.name(), t.type(), t.storedShape(), t.storedBytes())).toList();
        ConvertedHeader header = new ConvertedHeader(slots, draft.write());
        requireSpace(file, header.fileBytes());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            Sums sums = stream(channel, header, checkpoint, plan);
            ModelMetadata metadata = complete(draft, plan, checkpoint, sums);
            var bytes = header.encode(metadata.write());
            for (long at = 0; bytes.hasRemaining(); ) {
                at += channel.write(bytes, at);
            }
            return metadata;
        }
    }

    /** Checksums that are known only after the data: of the checkpoint, and of each tensor in order. */
    private record Sums(String source, List<String> tensors) {}

    /** The checksum of the checkpoint is taken by one thread while others read the same pages and pack. */
    private Sums stream(FileChannel channel, ConvertedHeader header, Checkpoint checkpoint, ConversionPlan plan)
            throws IOException {
        List<Long> offsets = header.offsets();
        long work = plan.tensors().stream().mapToLong(PlannedTensor::storedBytes).sum() + checkpoint.bytes().byteSize();
        ProgressMeter meter = new ProgressMeter(options.listener(), work);
        TensorWriter writer = new TensorWriter(channel, meter::add);
        List<Integer> largestFirst = IntStream.range(0, plan.tensors().size()).boxed()
                .sorted(Comparator.comparingLong((Integer i) -> plan.tensors().get(i).storedBytes()).reversed()).toList();
        ExecutorService pool = Executors.newFixedThreadPool(
                options.threads() + 1, Thread.ofPlatform().daemon().name("convert-", 0).factory());
        try {
            Future<String> source = pool.submit(() -> Sha256.of(checkpoint.bytes(), meter::add));
            Map<Integer, Future<String>> sums = new LinkedHashMap<>();
            for (int i : largestFirst) {
                sums.put(i, pool.submit(() -> writer.write(plan.tensors().get(i), offsets.get(i))));
            }
            List<String> ordered = new ArrayList<>();
            for (int i = 0; i < sums.size(); i++) {
                ordered.add(sums.get(i).get());
            }
            return new Sums(source.get(), ordered);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WeightsException(Kind.CANCELLED, "The conversion of " + this.source + " was cancelled.", e);
        } catch (ExecutionException e) {
            throw cause(e);
        } finally {
            stop(pool);
        }
    }

    private static IOException cause(ExecutionException e) throws IOException {
        switch (e.getCause()) {
            case IOException io -> throw io;
            case RuntimeException runtime -> throw runtime;
            case Error error -> throw error;
            default -> throw new IllegalStateException(e.getCause());
        }
    }

    /** The mappings may be closed only when no thread reads them any more. */
    private static void stop(ExecutorService pool) {
        pool.shutdownNow();
        boolean interrupted = Thread.interrupted();
        while (true) {
            try {
                if (pool.awaitTermination(1, java.util.concurrent.TimeUnit.HOURS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void requireSpace(Path file, long needed) throws IOException {
        long usable = Files.getFileStore(file.getParent()).getUsableSpace();
        if (usable < needed + SPACE_RESERVE_BYTES) {
            throw new WeightsException(Kind.IO, "No space to convert " + source + ": " + Messages.bytes(needed)
                    + " are needed at " + target.getParent() + ", " + Messages.bytes(usable)
                    + " are free; choose another folder with --out or XDG_CACHE_HOME.");
        }
    }

    private ModelMetadata metadata(ModelKind kind, Checkpoint checkpoint, ConversionPlan plan, Map<String, String> files) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        plan.tensors().forEach(t -> tensors.put(t.name(), t.stored(Sha256.UNKNOWN)));
        Path folder = source.toAbsolutePath().normalize().getFileName();
        return new ModelMetadata(
                kind.label(),
                options.modelName().orElse(folder == null ? "model" : Messages.plain(folder.toString())),
                options.licence().orElse("not stated"),
                "",
                options.precision(),
                checkpoint.fileName(),
                checkpoint.identity().size(),
                Sha256.UNKNOWN,
                checkpoint.tensors().size(),
                plan.ctcFault(),
                plan.tiedHead().map(head -> new SourcePart(head.name(), head.shape(), head.type())),
                files,
                tensors);
    }

    private ModelMetadata complete(ModelMetadata draft, ConversionPlan plan, Checkpoint checkpoint, Sums sums) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < plan.tensors().size(); i++) {
            PlannedTensor tensor = plan.tensors().get(i);
            tensors.put(tensor.name(), tensor.stored(sums.tensors.get(i)));
        }
        Optional<KnownModel> known = KnownModel.of(checkpoint.identity().size(), sums.source);
        return new ModelMetadata(
                draft.kind(),
                options.modelName().or(() -> known.map(KnownModel::title)).orElse(draft.model()),
                options.licence().or(() -> known.map(k -> KnownModel.LICENCE)).orElse(draft.licence()),
                known.map(k -> KnownModel.ATTRIBUTION).orElse(draft.attribution()),
                draft.precision(), draft.sourceFile(), draft.sourceBytes(), sums.source, draft.sourceTensors(),
                draft.ctcFault(), draft.tiedHead(), draft.files(), tensors);
    }
}
