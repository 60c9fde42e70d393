package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The published weights of a model directory, mapped: {@code model.pt}, or {@code model.safetensors} with plain rows.
 *
 * @param identity which file it is
 * @param bytes the whole file
 * @param tensors its tensors, by name
 */
record Checkpoint(FileIdentity identity, MemorySegment bytes, Map<String, SourceTensor> tensors) {
    static final String TORCH_FILE = "model.pt";
    static final String SAFETENSORS_FILE = "model.safetensors";

    /** The checkpoint file of a published model directory. */
    static Path locate(Path directory) {
        Path torch = directory.resolve(TORCH_FILE);
        if (Files.exists(torch)) {
            return torch;
        }
        Path safetensors = directory.resolve(SAFETENSORS_FILE);
        if (Files.exists(safetensors)) {
            return safetensors;
        }
        throw new WeightsException(Kind.MISSING, directory + " holds neither " + TORCH_FILE + " nor " + SAFETENSORS_FILE
                + "; it must be a model's folder, published or converted.");
    }

    /** Maps a checkpoint into {@code arena} and reads its table of tensors. */
    static Checkpoint open(Path file, Arena arena) {
        if (file.getFileName().toString().equals(SAFETENSORS_FILE)) {
            SafetensorsFile safetensors = SafetensorsFile.open(file, arena);
            Map<String, SourceTensor> tensors = new LinkedHashMap<>();
            safetensors.tensors().forEach((name, info) -> tensors.put(
                    name, SourceTensor.contiguous(name, info.type(), info.shape(), safetensors.data(name))));
            return new Checkpoint(safetensors.identity().orElseThrow(), safetensors.bytes(), tensors);
        }
        FileIdentity identity = identity(file);
        MemorySegment bytes = map(file, identity, arena);
        return new Checkpoint(identity, bytes, TorchCheckpoint.read(bytes, file.toString()));
    }

    /** Name of the file. */
    String fileName() {
        return identity.path().getFileName().toString();
    }

    static FileIdentity identity(Path file) {
        try {
            return FileIdentity.of(file);
        } catch (IOException e) {
            throw IoFaults.reading(file, e);
        }
    }

    static MemorySegment map(Path file, FileIdentity identity, Arena arena) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() != identity.size()) {
                throw new WeightsException(Kind.CHANGED, file + " changed its length while it was being opened.");
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, identity.size(), arena);
        } catch (IOException e) {
            throw IoFaults.reading(file, e);
        }
    }
}
