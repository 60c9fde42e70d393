package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The small files of a model (configuration, tokenizer), wherever they are: in a directory or in a jar. */
public sealed interface ModelFiles {
    /** Largest file that is read whole. Qwen3's tokenizer.json is 11.4 MB. */
    int MAX_BYTES = 64 << 20;

    /** Whether there is a file {@code name}, given with forward slashes relative to the model. */
    boolean has(String name);

    /** All bytes of file {@code name}; {@link Kind#MISSING} if it is not there. */
    byte[] bytes(String name);

    /** The file in messages. */
    String describe(String name);

    /** The directory, if the files are in one. */
    Optional<Path> directory();

    /** Files in a directory. */
    record InDirectory(Path root) implements ModelFiles {
        @Override
        public boolean has(String name) {
            return Files.isRegularFile(root.resolve(name));
        }

        @Override
        public byte[] bytes(String name) {
            Path file = root.resolve(name);
            try {
                FileIdentity identity = FileIdentity.of(file);
                if (identity.size() > MAX_BYTES) {
                    throw new WeightsException(Kind.LIMIT, file + " is " + Messages.bytes(identity.size())
                            + " long; the limit is " + Messages.bytes(MAX_BYTES) + ".");
                }
                return Files.readAllBytes(file);
            } catch (IOException e) {
                throw IoFaults.reading(file, e);
            }
        }

        @Override
        public String describe(String name) {
            return root.resolve(name).toString();
        }

        @Override
        public Optional<Path> directory() {
            return Optional.of(root);
        }
    }

    /** Files that a program carries, found by name. */
    record InProgram(String label, Resources resources) implements ModelFiles {
        @Override
        public boolean has(String name) {
            try {
                Optional<InputStream> in = resources.open(name);
                if (in.isPresent()) {
                    in.get().close();
                }
                return in.isPresent();
            } catch (IOException e) {
                throw unreadable(name, e);
            }
        }

        @Override
        public byte[] bytes(String name) {
            try (InputStream in = resources.open(name).orElseThrow(() -> new WeightsException(Kind.MISSING,
                    describe(name) + " does not exist."))) {
                byte[] bytes = in.readNBytes(MAX_BYTES + 1);
                if (bytes.length > MAX_BYTES) {
                    throw new WeightsException(Kind.LIMIT,
                            describe(name) + " is longer than the limit, " + Messages.bytes(MAX_BYTES) + ".");
                }
                return bytes;
            } catch (IOException e) {
                throw unreadable(name, e);
            }
        }

        @Override
        public String describe(String name) {
            return label + ":" + name;
        }

        @Override
        public Optional<Path> directory() {
            return Optional.empty();
        }

        private WeightsException unreadable(String name, IOException e) {
            return new WeightsException(Kind.IO, "Cannot read " + describe(name) + ".", e);
        }
    }

    /** How a program finds the files that it carries, for example {@code Class.getResourceAsStream}. */
    @FunctionalInterface
    interface Resources {
        /** A new stream over file {@code name}, or empty if there is none. */
        Optional<InputStream> open(String name) throws IOException;
    }
}
