package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.funasrjava.engine.InputException;
import io.github.funasrjava.engine.LimitException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
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
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
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
    void row27RedirectLoopsAndFilesAreRefused() {
        loopsOtherSchemesAndMissingPagesAreRefused();
        assertEquals(ExitCode.INPUT, world.run("transcribe", "--quiet", "--model", "demo", "file:///etc/passwd"));
        assertTrue(world.err().startsWith("error: "), world.err());
    }

    @Test
    void row27PublicAddressCannotSendToAPrivateOne() throws IOException {
        URI from = URI.create("http://93.184.215.14/a.wav");
        for (String to : new String[] {"http://127.0.0.1/a.wav", "http://10.0.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest", "http://[::1]/",
            "http://[fd00::1]/", "http://0.0.0.0/"}) {
            InputException e = assertThrows(InputException.class, () -> WebAudio.requireAllowed(from, URI.create(to)), to);
            assertTrue(e.getMessage().contains("private address"), e.getMessage());
        }
        WebAudio.requireAllowed(from, URI.create("https://93.184.215.15/a.wav"));
        WebAudio.requireAllowed(URI.create("http://10.0.0.1/"), URI.create("http://10.0.0.2/"));
    }

    @Test
    void row27SlowDripsEndlessBodiesAndSilenceEndAtTheirLimits() throws IOException {
        server.createContext("/drip", exchange -> send(exchange, 1, 20));
        server.createContext("/endless", exchange -> send(exchange, 4096, 0));
        server.createContext("/silent", exchange -> send(exchange, 1, 5000));
        assertTrue(fails("/drip", new WebAudio.Bounds(1 << 20, 300, 4000)) instanceof LimitException);
        assertTrue(fails("/endless", new WebAudio.Bounds(1 << 16, 10_000, 4000)) instanceof LimitException);
        assertTrue(fails("/silent", new WebAudio.Bounds(1 << 20, 10_000, 200)) instanceof IOException);
    }

    private Exception fails(String path, WebAudio.Bounds bounds) throws IOException {
        try (WebAudio audio = WebAudio.open(URI.create(address(path)), bounds, () -> false)) {
            return assertThrows(Exception.class, () -> audio.stream().readAllBytes());
        }
    }

    /** Sends blocks with pauses until nobody listens. */
    private static void send(HttpExchange exchange, int blockBytes, int pauseMs) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        try (exchange) {
            while (true) {
                exchange.getResponseBody().write(new byte[blockBytes]);
                exchange.getResponseBody().flush();
                Thread.sleep(pauseMs);
            }
        } catch (IOException e) {
            // The reader has left, as it should.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void serverThatIsNotThereIsOneSentence() {
        String address = address("/a.wav");
        server.stop(0);
        assertEquals(ExitCode.INPUT, world.run("transcribe", "--quiet", "--model", "demo", address));
        assertEquals(1, world.err().lines().count(), world.err());
        assertTrue(world.err().contains(address + " cannot be read"), world.err());
    }

    /** The JDK's client throws what is no IOException for some of them. */
    @Test
    void addressesThatNoConnectionCanBeMadeToAreOneSentence() {
        for (String address : List.of("http:///a.wav", "http://127.0.0.1:99999/a.wav", "http://under_score:99999/a.wav", "http://no-such-host.invalid/a.wav")) {
            ExitCode code = world.run("transcribe", "--quiet", "--model", "demo", address);
            assertTrue(code == ExitCode.USAGE || code == ExitCode.INPUT, address + ": " + code + " " + world.err());
            assertTrue(world.err().startsWith("error: ") && world.err().contains(address) && !world.err().contains("Exception"), world.err());
        }
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
