package io.github.funasrjava.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdkTest {
    @TempDir
    Path folder;

    @AfterEach
    void restoreSearch() {
        System.clearProperty(Jdk.SEARCH_PROPERTY);
    }

    @Test
    void readsFeatureReleaseOfEveryVersionForm() {
        assertEquals(8, Jdk.feature("1.8.0_402"));
        assertEquals(8, Jdk.feature("1.8"));
        assertEquals(17, Jdk.feature("17.0.15"));
        assertEquals(25, Jdk.feature("25"));
        assertEquals(26, Jdk.feature("26-ea"));
        assertEquals(0, Jdk.feature(""));
        assertEquals(0, Jdk.feature("unknown"));
    }

    @Test
    void prefersExactReleaseOverNewerOnes() throws IOException {
        install("jdk-24", "24.0.1", true);
        install("jdk-26", "26", true);
        install("jdk-25", "25.0.3", true);
        assertEquals("jdk-25", best().home.getName());
    }

    @Test
    void takesNearestNewerReleaseWithoutExactOne() throws IOException {
        install("jdk-27", "27", true);
        install("jdk-26", "26.0.1", true);
        install("jdk-17", "17.0.15", true);
        assertEquals("jdk-26", best().home.getName());
    }

    @Test
    void prefersVectorModuleOverExactRelease() throws IOException {
        install("jre-25", "25.0.3", false);
        install("jdk-26", "26", true);
        assertEquals("jdk-26", best().home.getName());
        assertTrue(best().hasVectorModule);
    }

    @Test
    void acceptsRuntimeWithoutVectorModuleIfNothingElseIsThere() throws IOException {
        install("jre-25", "25.0.3", false);
        assertFalse(best().hasVectorModule);
    }

    @Test
    void findsNothingAmongOldReleasesAndOtherFolders() throws IOException {
        install("jdk-17", "17.0.15", true);
        Files.createDirectories(folder.resolve("jdk-25-empty"));
        Files.writeString(Files.createDirectories(folder.resolve("jdk-25-without-java")).resolve("release"), "JAVA_VERSION=\"25\"\n");
        Files.writeString(folder.resolve("release"), "not a release file");
        assertNull(best());
    }

    @Test
    void looksIntoBundlesOfMacOs() throws IOException {
        install("temurin-25.jdk/Contents/Home", "25.0.3", true);
        assertEquals("Home", best().home.getName());
    }

    private Jdk best() {
        System.setProperty(Jdk.SEARCH_PROPERTY, folder.toString());
        return Jdk.best();
    }

    private void install(String name, String version, boolean vector) throws IOException {
        Path home = folder.resolve(name);
        Path launcher = Jdk.launcher(home.toFile()).toPath();
        Files.createDirectories(launcher.getParent());
        Files.writeString(launcher, "#!/bin/sh\n");
        assertTrue(launcher.toFile().setExecutable(true));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\nMODULES=\"java.base"
                + (vector ? " jdk.incubator.vector" : "") + " jdk.zipfs\"\n");
    }
}
