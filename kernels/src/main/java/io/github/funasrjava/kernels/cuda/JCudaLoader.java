package io.github.funasrjava.kernels.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Loads JCuda's native binding. JCuda unpacks it under a fixed name into the shared folder for temporary files, where
 * another user could have put a file of that name; so that folder is replaced by one of our own while it does so.
 */
final class JCudaLoader {
    private static final String TEMPORARY = "java.io.tmpdir";
    private static final Object LOADING = new Object();

    private JCudaLoader() {}

    static CudaDriver load() {
        try {
            synchronized (LOADING) {
                return inPrivateFolder();
            }
        } catch (IOException e) {
            throw unavailable("its native library could not be unpacked into the folder for temporary files ("
                    + System.getProperty(TEMPORARY) + ", set by -Djava.io.tmpdir): " + e.getMessage(), e);
        } catch (NoClassDefFoundError e) {
            throw unavailable("its classes are not there or failed before; add org.jcuda:jcuda and its native library to the class path", e);
        } catch (UnsatisfiedLinkError e) {
            throw unavailable("its native library could not be loaded: " + firstLine(e), e);
        }
    }

    private static CudaDriver inPrivateFolder() throws IOException {
        String shared = System.getProperty(TEMPORARY);
        // createTempDirectory gives the folder to this user alone.
        Path folder = Files.createTempDirectory("fun-asr-java-cuda");
        System.setProperty(TEMPORARY, folder.toString());
        try {
            return JCudaDriverBinding.load();
        } finally {
            System.setProperty(TEMPORARY, shared);
            deleteFolder(folder);
        }
    }

    /** A loaded library stays loaded when its file is removed. */
    private static void deleteFolder(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static CudaUnavailableException unavailable(String why, Throwable cause) {
        return new CudaUnavailableException("the NVIDIA driver is there, but JCuda, the binding to it, is not usable: " + why, cause);
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given").strip();
    }
}
