package io.github.funasrjava.cli;

import io.github.funasrjava.engine.CancelledException;
import io.github.funasrjava.engine.InputException;
import io.github.funasrjava.engine.LimitException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * A recording behind an address, read as it comes. Bounded in bytes, redirects, silence and time; a public address may
 * not send the reader to a private one.
 */
final class WebAudio implements AutoCloseable {
    private static final int MAX_REDIRECTS = 5;
    private static final int CONNECT_MILLIS = 10_000;
    private static final int SILENCE_MILLIS = 30_000;
    private static final long MAX_BYTES = 4L << 30;
    private static final long MAX_NANOS = 6 * 3600 * 1_000_000_000L;

    private final HttpURLConnection connection;
    private final InputStream stream;

    private WebAudio(HttpURLConnection connection, InputStream stream) {
        this.connection = connection;
        this.stream = stream;
    }

    /**
     * Asks for it.
     *
     * @throws InputException when it is not to be had
     * @throws LimitException when it says that it is too long
     */
    static WebAudio open(URI address, BooleanSupplier interrupted) {
        URI current = address;
        try {
            for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
                HttpURLConnection connection = (HttpURLConnection) current.toURL().openConnection();
                connection.setInstanceFollowRedirects(false);
                connection.setConnectTimeout(CONNECT_MILLIS);
                connection.setReadTimeout(SILENCE_MILLIS);
                connection.setRequestProperty("User-Agent", "fun-asr-java");
                int status = connection.getResponseCode();
                if (status >= 300 && status < 400 && connection.getHeaderField("Location") != null) {
                    URI next = current.resolve(connection.getHeaderField("Location"));
                    connection.disconnect();
                    requireAllowed(address, next);
                    current = next;
                    continue;
                }
                if (status != HttpURLConnection.HTTP_OK) {
                    connection.disconnect();
                    throw new InputException(address + " cannot be read: the server answers " + status + ".");
                }
                if (connection.getContentLengthLong() > MAX_BYTES) {
                    connection.disconnect();
                    throw new LimitException(address + " has " + connection.getContentLengthLong() + " bytes, more than the limit, " + MAX_BYTES
                            + " bytes; download it first.");
                }
                return new WebAudio(connection, new Bounded(connection.getInputStream(), address, interrupted));
            }
            throw new InputException(address + " cannot be read: more than " + MAX_REDIRECTS + " redirects.");
        } catch (IOException | IllegalArgumentException e) {
            throw new InputException(address + " cannot be read: " + (e instanceof IOException io ? ResultWriter.reason(io) : e.getMessage()) + ".", e);
        }
    }

    private static void requireAllowed(URI from, URI to) throws IOException {
        String scheme = to.getScheme() == null ? "" : to.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https") || to.getHost() == null) {
            throw new InputException(from + " cannot be read: it redirects to " + to + ", which is no http or https address.");
        }
        if (isPrivate(to.getHost()) && !isPrivate(from.getHost())) {
            throw new InputException(from + " cannot be read: it redirects to the private address " + to.getHost() + ".");
        }
    }

    private static boolean isPrivate(String host) throws IOException {
        for (InetAddress address : InetAddress.getAllByName(host)) {
            boolean uniqueLocal = address.getAddress().length == 16 && (address.getAddress()[0] & 0xFE) == 0xFC;
            if (address.isLoopbackAddress() || address.isSiteLocalAddress() || address.isLinkLocalAddress() || address.isAnyLocalAddress()
                    || uniqueLocal) {
                return true;
            }
        }
        return false;
    }

    InputStream stream() {
        return stream;
    }

    @Override
    public void close() {
        connection.disconnect();
    }

    /** Ends with an error where a limit is. */
    private static final class Bounded extends FilterInputStream {
        private final URI address;
        private final BooleanSupplier interrupted;
        private final long startNanos = System.nanoTime();
        private long bytes;

        Bounded(InputStream in, URI address, BooleanSupplier interrupted) {
            super(in);
            this.address = address;
            this.interrupted = interrupted;
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            count(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int got = in.read(target, offset, length);
            count(Math.max(0, got));
            return got;
        }

        private void count(int more) {
            bytes += more;
            if (bytes > MAX_BYTES) {
                throw new LimitException(address + " is longer than the limit, " + MAX_BYTES + " bytes; download it first.");
            }
            if (System.nanoTime() - startNanos > MAX_NANOS) {
                throw new LimitException(address + " takes longer than the limit, " + MAX_NANOS / 1_000_000_000L + " s; download it first.");
            }
            if (interrupted.getAsBoolean()) {
                throw new CancelledException("cancelled while reading");
            }
        }
    }
}
