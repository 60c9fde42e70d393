package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;

/** Where converted copies of published models are kept. */
final class ModelCache {
    private static final int KEY_BYTES = 8;
    private static final long MAX_CONTENT_BYTES = 1 << 16;

    private ModelCache() {}

    /** The cache of this user: {@code fun-asr-java} below {@code $XDG_CACHE_HOME} or {@code ~/.cache}. */
    static Path usual() {
        return usual(Optional.ofNullable(System.getenv("XDG_CACHE_HOME")), System.getProperty("user.home"));
    }

    static Path usual(Optional<String> xdgCacheHome, String home) {
        try {
            return xdgCacheHome.filter(value -> !value.isBlank())
                    .map(Path::of)
                    .filter(Path::isAbsolute) // the XDG rules say to ignore relative paths
                    .orElseGet(() -> Path.of(home, ".cache"))
                    .resolve("fun-asr-java");
        } catch (InvalidPathException e) {
            throw new WeightsException(Kind.IO, "The cache folder below " + e.getInput() + " has letters that this locale cannot write; set LC_ALL to one"
                    + " with UTF-8, or name another folder.", e);
        }
    }

    /**
     * The folder of the converted copy. Its name holds the model's and a key of everything that the copy depends on: the
     * table of the checkpoint (with the checksums that it holds), its length and time, the small files, and how it is
     * converted. A checkpoint that is replaced so gets a new copy.
     */
    static Path place(Path source, OpenOptions options) {
        MessageDigest digest = Sha256.digest();
        ModelKind kind = ModelKind.of(new ModelFiles.InDirectory(source));
        add(digest, ModelMetadata.FORMAT_VERSION + ModelMetadata.LAYOUT + options.convert().precision());
        add(digest, options.convert().modelName() + " " + options.convert().licence());
        Path checkpoint = Checkpoint.locate(source);
        FileIdentity identity = Checkpoint.identity(checkpoint);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mapped = Checkpoint.map(checkpoint, identity, arena);
            MemorySegment table = checkpoint.getFileName().toString().equals(Checkpoint.TORCH_FILE)
                    ? TorchCheckpoint.fingerprint(mapped, checkpoint.toString())
                    : mapped.asSlice(0, Math.min(mapped.byteSize(), 1 << 20));
            digest.update(table.asByteBuffer());
        }
        addStamp(digest, checkpoint);
        for (String name : SmallFiles.list(source, kind)) {
            addFile(digest, source.resolve(name), name);
        }
        Path folder = source.toAbsolutePath().normalize().getFileName();
        String name = options.convert().modelName().orElse(folder == null ? "model" : folder.toString());
        String plain = name.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[.-]+", "");
        String key = HexFormat.of().formatHex(digest.digest(), 0, KEY_BYTES);
        String start = plain.isEmpty() ? "model" : plain.substring(0, Math.min(64, plain.length()));
        return options.cacheDir().orElseGet(ModelCache::usual).toAbsolutePath().resolve(start + "-" + key);
    }

    /** Configurations count with their content; vocabularies, which are megabytes, with length and time. */
    private static void addFile(MessageDigest digest, Path file, String name) {
        add(digest, name);
        if (Checkpoint.identity(file).size() <= MAX_CONTENT_BYTES) {
            digest.update(new ModelFiles.InDirectory(file.getParent()).bytes(file.getFileName().toString()));
        } else {
            addStamp(digest, file);
        }
    }

    private static void addStamp(MessageDigest digest, Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            add(digest, attributes.size() + " " + attributes.lastModifiedTime());
        } catch (IOException e) {
            throw IoFaults.reading(file, e);
        }
    }

    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }
}
