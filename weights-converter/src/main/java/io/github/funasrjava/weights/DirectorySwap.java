package io.github.funasrjava.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A folder that is filled out of sight and then appears under its name at once. Whoever is killed on the way leaves only
 * a hidden folder, which the next one sweeps away. Use it while holding the {@link ConversionLock} of the target.
 */
final class DirectorySwap implements AutoCloseable {
    /** What the names of unfinished folders have behind that of the target. */
    private static final String MARK = ".tmp-";

    private final Path target;
    private final Path temporary;
    private final String suffix;

    private DirectorySwap(Path target, Path temporary, String suffix) {
        this.suffix = suffix;
        this.target = target;
        this.temporary = temporary;
    }

    /** Sweeps what earlier, killed attempts left, and makes an empty folder beside the target. */
    static DirectorySwap begin(Path target) throws IOException {
        Path parent = target.toAbsolutePath().getParent();
        Path start = HiddenName.beside(target, MARK);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, path -> HiddenName.begins(path, start))) {
            for (Path path : left) {
                delete(path);
            }
        }
        String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        String suffix = MARK + ProcessHandle.current().pid() + "-" + random;
        return new DirectorySwap(target, Files.createDirectory(HiddenName.beside(parent.resolve(target.getFileName()), suffix)), suffix);
    }

    /** The hidden folder. */
    Path temporary() {
        return temporary;
    }

    /** Makes everything durable and gives the folder its name; a folder that has it already is replaced. */
    void commit() throws IOException {
        Files.walkFileTree(temporary, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                syncDirectory(directory);
                return FileVisitResult.CONTINUE;
            }
        });
        Path parent = target.toAbsolutePath().getParent();
        if (Files.exists(target)) {
            Path old = HiddenName.beside(parent.resolve(target.getFileName()), suffix + ".old");
            Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            syncDirectory(parent);
            delete(old);
        } else {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            syncDirectory(parent);
        }
    }

    /** Removes the hidden folder unless it has been committed. */
    @Override
    public void close() throws IOException {
        if (Files.exists(temporary)) {
            delete(temporary);
        }
    }

    private static void syncDirectory(Path directory) throws IOException {
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) { // Windows cannot open folders
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static void delete(Path path) throws IOException {
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
