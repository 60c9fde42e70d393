package io.github.funasrjava.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A world for the program to run in: streams in memory, a cache of its own, no terminal. */
final class World {
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();
    final Map<String, String> environment = new HashMap<>();

    byte[] in = new byte[0];

    World(Path cache) {
        environment.put("XDG_CACHE_HOME", cache.toString());
    }

    Console console() {
        return new Console(new ByteArrayInputStream(in), out, new PrintStream(err, true, StandardCharsets.UTF_8), environment, false);
    }

    ExitCode run(String... args) {
        out.reset();
        err.reset();
        return new Program(console()).run(List.of(args));
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
