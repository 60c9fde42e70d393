package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Opens models wherever they are: a published directory (converted once into a cache), a converted directory (mapped), or
 * the resources of a program (read once into native memory; nothing is written).
 */
public final class ModelDirectory {
    private static final int PIECE_BYTES = 1 << 20;
    private static final long MAX_RESOURCE_BYTES = 256L << 20;

    private ModelDirectory() {}

    /** Opens a model whose weights live until it is closed; any thread may use them. */
    public static ModelWeights open(Path directory, OpenOptions options) {
        Arena arena = Arena.ofShared();
        try {
            return open(directory, options, arena, Optional.of(arena));
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** Opens a model whose weights live as long as {@code arena}. */
    public static ModelWeights open(Path directory, OpenOptions options, Arena arena) {
        return open(directory, options, arena, Optional.empty());
    }

    /**
     * Opens a converted model that a program carries.
     *
     * @param label name of the model in messages
     * @param resources finds {@code model.safetensors}, {@code config.yaml} and the tokenizer files by these names
     */
    public static ModelWeights openResource(String label, ModelFiles.Resources resources) {
        Arena arena = Arena.ofShared();
        try {
            ModelFiles files = new ModelFiles.InProgram(label, resources);
            String source = files.describe(Checkpoint.SAFETENSORS_FILE);
            try (InputStream in = resources.open(Checkpoint.SAFETENSORS_FILE).orElseThrow(() -> new WeightsException(
                    Kind.MISSING, source + " does not exist."))) {
                return new ModelWeights(files, SafetensorsFile.of(read(in, source, arena), source), Optional.of(arena));
            } catch (IOException e) {
                throw new WeightsException(Kind.IO, "Cannot read " + source + ".", e);
            }
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** Whether a directory holds a converted model. */
    public static boolean isConverted(Path directory) {
        try (Arena arena = Arena.ofConfined()) {
            return safetensors(directory, arena).isPresent();
        }
    }

    /** The converted folder of a model directory: itself, or its copy in the cache, which is made now if it is not there. */
    public static Path converted(Path directory, OpenOptions options) {
        requireDirectory(directory);
        if (isConverted(directory)) {
            return directory;
        }
        Path place = ModelCache.place(directory, options);
        Converter.convertOnce(directory, place, options.convert(), false);
        return place;
    }

    private static ModelWeights open(Path directory, OpenOptions options, Arena arena, Optional<Arena> owned) {
        requireDirectory(directory);
        Optional<SafetensorsFile> own = safetensors(directory, arena);
        if (own.isPresent()) {
            return new ModelWeights(new ModelFiles.InDirectory(directory), own.get(), owned);
        }
        Path place = ModelCache.place(directory, options);
        Converter.convertOnce(directory, place, options.convert(), false);
        try {
            return map(place, arena, owned);
        } catch (WeightsException e) {
            if (e.kind() == Kind.IO || e.kind() == Kind.LIMIT) {
                throw e;
            }
            options.convert().listener().message("The converted copy " + place + " is damaged (" + e.getMessage()
                    + ") and is made again.");
            Converter.convertOnce(directory, place, options.convert(), true);
            return map(place, arena, owned);
        }
    }

    private static ModelWeights map(Path directory, Arena arena, Optional<Arena> owned) {
        SafetensorsFile weights = SafetensorsFile.open(directory.resolve(Checkpoint.SAFETENSORS_FILE), arena);
        return new ModelWeights(new ModelFiles.InDirectory(directory), weights, owned);
    }

    /** The directory's converted weights, if it holds such. */
    private static Optional<SafetensorsFile> safetensors(Path directory, Arena arena) {
        Path file = directory.resolve(Checkpoint.SAFETENSORS_FILE);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        return Optional.of(SafetensorsFile.open(file, arena)).filter(f -> ModelMetadata.isConverted(f.metadata()));
    }

    private static void requireDirectory(Path directory) {
        if (!Files.exists(directory)) {
            throw new WeightsException(Kind.MISSING, directory + " does not exist.");
        }
        if (!Files.isDirectory(directory)) {
            throw new WeightsException(Kind.IO, directory + " is a file; give the folder that holds it.");
        }
    }

    /** The length of a resource is not known beforehand, so pieces are collected until its end. */
    private static MemorySegment read(InputStream in, String source, Arena arena) throws IOException {
        List<byte[]> pieces = new ArrayList<>();
        long length = 0;
        for (byte[] piece = in.readNBytes(PIECE_BYTES); piece.length > 0; piece = in.readNBytes(PIECE_BYTES)) {
            pieces.add(piece);
            length += piece.length;
            if (length > MAX_RESOURCE_BYTES) {
                throw new WeightsException(Kind.LIMIT, source + " is longer than " + Messages.bytes(MAX_RESOURCE_BYTES)
                        + ", the limit for a model inside a program.");
            }
        }
        MemorySegment memory = arena.allocate(length, PlannedTensor.LINE_BYTES);
        long at = 0;
        for (byte[] piece : pieces) {
            MemorySegment.copy(piece, 0, memory, ValueLayout.JAVA_BYTE, at, piece.length);
            at += piece.length;
        }
        ForeignFiles.refuse(memory, source, "a safetensors file");
        return memory;
    }
}
