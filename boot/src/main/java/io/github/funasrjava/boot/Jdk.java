package io.github.funasrjava.boot;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An installed JDK, known by its {@code release} file; nothing is started to find out. */
final class Jdk {
    /** Directories (of JDKs, or JDKs themselves) searched instead of the usual places; separated like a class path. */
    static final String SEARCH_PROPERTY = "funasr.jdks";

    /** A release file holds some 2 KB; anything much larger is something else. */
    private static final long MAX_RELEASE_BYTES = 1 << 20;

    /** Where tools keep the JDKs that they install, below the user's home. */
    private static final String[] HOME_FOLDERS = {
        ".sdkman/candidates/java", ".jdks", ".gradle/jdks", ".asdf/installs/java", ".local/share/mise/installs/java",
        "Library/Java/JavaVirtualMachines"
    };

    private static final String[] SYSTEM_FOLDERS = {
        "/usr/lib/jvm", "/usr/lib64/jvm", "/usr/java", "/opt/java", "/opt/jdk", "/Library/Java/JavaVirtualMachines",
        "C:\\Program Files\\Java", "C:\\Program Files\\Eclipse Adoptium", "C:\\Program Files\\Microsoft",
        "C:\\Program Files\\Zulu"
    };

    final File home;

    /** 25 for {@code JAVA_VERSION="25.0.3"}, 8 for {@code "1.8.0_402"}. */
    final int feature;

    final boolean hasVectorModule;

    private Jdk(File home, int feature, boolean hasVectorModule) {
        this.home = home;
        this.feature = feature;
        this.hasVectorModule = hasVectorModule;
    }

    /**
     * The JDK to run on: the required release exactly if there is one, else the nearest newer one; the first found
     * among equals, and one without the Vector API only if there is no other.
     *
     * @return null if none is installed in a known place
     */
    static Jdk best() {
        Jdk best = null;
        for (File place : places()) {
            Jdk jdk = at(place);
            if (jdk == null || jdk.feature < Boot.REQUIRED) {
                continue;
            }
            if (jdk.feature == Boot.REQUIRED && jdk.hasVectorModule) {
                return jdk;
            }
            if (best == null || jdk.betterThan(best)) {
                best = jdk;
            }
        }
        return best;
    }

    private boolean betterThan(Jdk other) {
        if (hasVectorModule != other.hasVectorModule) {
            return hasVectorModule;
        }
        return feature < other.feature;
    }

    /** Reads what is installed in a directory; null if it is no JDK that can be started. */
    static Jdk at(File home) {
        File release = new File(home, "release");
        if (!release.isFile() || release.length() > MAX_RELEASE_BYTES || !launcher(home).canExecute()) {
            return null;
        }
        String text;
        try {
            text = new String(Files.readAllBytes(release.toPath()), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return null;
        }
        int feature = feature(value(text, "JAVA_VERSION"));
        String modules = value(text, "MODULES");
        // Some vendors leave the list out; then the JVM itself will tell.
        boolean vector = modules.isEmpty() || (" " + modules + " ").contains(" " + VectorApi.MODULE + " ");
        return feature == 0 ? null : new Jdk(home, feature, vector);
    }

    static File launcher(File home) {
        return new File(home, File.separatorChar == '\\' ? "bin\\java.exe" : "bin/java");
    }

    /** The feature release of a version text, such as 17 of {@code 17.0.15} and 8 of {@code 1.8}; 0 if it has none. */
    static int feature(String version) {
        String text = version.startsWith("1.") ? version.substring(2) : version;
        int end = 0;
        while (end < text.length() && end < 5 && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end == 0 ? 0 : Integer.parseInt(text.substring(0, end));
    }

    private static String value(String release, String key) {
        for (String line : release.split("\r?\n")) {
            if (line.startsWith(key + "=")) {
                return line.substring(key.length() + 1).replace("\"", "").trim();
            }
        }
        return "";
    }

    /** Every directory that may be a JDK, most specific first. */
    private static List<File> places() {
        List<File> places = new ArrayList<File>();
        String given = System.getProperty(SEARCH_PROPERTY);
        if (given != null) {
            for (String folder : given.split(File.pathSeparator)) {
                addFolder(places, new File(folder));
            }
            return places;
        }
        String javaHome = System.getenv("JAVA_HOME");
        if (javaHome != null && !javaHome.isEmpty()) {
            addJdk(places, new File(javaHome));
        }
        for (Map.Entry<String, String> variable : System.getenv().entrySet()) {
            // JAVA_HOME_25_X64 and the like, as build services set them.
            if (variable.getKey().startsWith("JAVA") && variable.getKey().contains("HOME")) {
                addJdk(places, new File(variable.getValue()));
            }
        }
        File running = new File(System.getProperty("java.home"));
        if (running.getName().equals("jre") && running.getParentFile() != null) {
            running = running.getParentFile();
        }
        if (running.getParentFile() != null) {
            addFolder(places, running.getParentFile());
        }
        String userHome = System.getProperty("user.home");
        for (String folder : HOME_FOLDERS) {
            addFolder(places, new File(userHome, folder));
        }
        for (String folder : SYSTEM_FOLDERS) {
            addFolder(places, new File(folder));
        }
        return places;
    }

    private static void addFolder(List<File> places, File folder) {
        addJdk(places, folder);
        File[] children = folder.listFiles();
        if (children != null) {
            java.util.Arrays.sort(children);
            for (File child : children) {
                addJdk(places, child);
            }
        }
    }

    private static void addJdk(List<File> places, File home) {
        places.add(home);
        // The layout of macOS bundles.
        places.add(new File(home, "Contents/Home"));
    }
}
