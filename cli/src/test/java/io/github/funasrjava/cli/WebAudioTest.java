package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recordings behind addresses, from a server in this JVM. */
class WebAudioTest {
    @TempDir
    Path folder;

    private HttpServer server;
    private World world;

    @BeforeEach
    void begin() throws IOException {
        world = new World(folder.resolve("cache"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] wav = Files.readAllBytes(EngineJar.ENGLISH);
        // No length: the body comes in chunks.
        server.createContext("/a.wav", exchange -> answer(exchange, 200, wav));
        server.createContext("/moved", exchange -> redirect(exchange, "/a.wav"));
        server.createContext("/loop", exchange -> redirect(exchange, "/loop"));
        server.createContext("/local", exchange -> redirect(exchange, "file:///etc/passwd"));
        server.createContext("/none", exchange -> answer(exchange, 404, new byte[0]));
        server.start();
    }

    @AfterEach
    void end() {
        server.stop(0);
    }

    @Test
    void recordingIsReadAsItComesAndRedirectsAreFollowed() {
        for (String path : new String[] {"/a.wav", "/moved"}) {
            assertEquals(ExitCode.OK, run(path), world.err());
            assertEquals("Set a timer for 47 minutes.\n", world.out());
        }
    }

    @Test
    void loopsOtherSchemesAndMissingPagesAreRefused() {
        refuses("/loop", "more than 5 redirects");
        refuses("/local", "no http or https address");
        refuses("/none", "the server answers 404");
    }

    @Test
    void serverThatIsNotThereIsOneSentence() {
        String address = address("/a.wav");
        server.stop(0);
        assertEquals(ExitCode.INPUT, world.run("transcribe", "--quiet", "--model", "demo", address));
        assertEquals(1, world.err().lines().count(), world.err());
        assertTrue(world.err().contains(address + " cannot be read"), world.err());
    }

    private void refuses(String path, String reason) {
        assertEquals(ExitCode.INPUT, run(path), world.err());
        assertTrue(world.err().contains(reason), world.err());
    }

    private ExitCode run(String path) {
        return world.run("transcribe", "--quiet", "--model", "demo", address(path));
    }

    private String address(String path) {
        return "http://localhost:" + server.getAddress().getPort() + path;
    }

    private static void redirect(HttpExchange exchange, String location) throws IOException {
        exchange.getResponseHeaders().add("Location", location);
        answer(exchange, 302, new byte[0]);
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : 0);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }
}
