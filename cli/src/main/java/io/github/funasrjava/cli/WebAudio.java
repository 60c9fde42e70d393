package io.github.funasrjava.cli;

import io.github.funasrjava.engine.CancelledException;
import io.github.funasrjava.engine.FunAsrException;
import io.github.funasrjava.engine.InputException;
import io.github.funasrjava.engine.LimitException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * A recording behind an address, read as it comes. Bounded in bytes, redirects, silence and time; a public address may
 * not send the reader to a private one.
 */
final class WebAudio implements AutoCloseable {
    private static final int MAX_REDIRECTS = 5;
    private static final int CONNECT_MILLIS = 10_000;
    private static final int MILLIS_PER_SECOND = 1000;

    /**
     * How long a recording may take to come.
     *
     * @param maxBytes of the recording
     * @param maxMillis from the request to the last byte
     * @param silenceMillis without a byte
     */
    record Bounds(long maxBytes, long maxMillis, int silenceMillis) {
        static final Bounds DEFAULT = new Bounds(4L << 30, 6 * 3600 * (long) MILLIS_PER_SECOND, 30 * MILLIS_PER_SECOND);
    }

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
    static WebAudio open(URI address, Bounds bounds, BooleanSupplier interrupted) {
        URI current = address;
        try {
            for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
                HttpURLConnection connection = (HttpURLConnection) current.toURL().openConnection();
                connection.setInstanceFollowRedirects(false);
                connection.setConnectTimeout(CONNECT_MILLIS);
                connection.setReadTimeout(bounds.silenceMillis());
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
                if (connection.getContentLengthLong() > bounds.maxBytes()) {
                    connection.disconnect();
                    throw new LimitException(address + " has " + connection.getContentLengthLong() + " bytes, more than the limit, " + bounds.maxBytes()
                            + " bytes; download it first.");
                }
                return new WebAudio(connection, new Bounded(connection.getInputStream(), address, bounds, interrupted));
            }
            throw new InputException(address + " cannot be read: more than " + MAX_REDIRECTS + " redirects.");
        } catch (FunAsrException e) {
            throw e;
        } catch (UnknownHostException e) {
            throw new InputException(address + " cannot be read: there is no host " + e.getMessage() + ".", e);
        } catch (IOException e) {
            throw new InputException(address + " cannot be read: " + ResultWriter.reason(e) + ".", e);
        } catch (RuntimeException e) {
            // The JDK's connection throws them, one in the other, for hosts and ports that it cannot use.
            throw new InputException(address + " cannot be read: " + (e.getCause() == null ? e : e.getCause()).getMessage() + ".", e);
        }
    }

    /** Refuses other schemes, and the way from a public address to a private one. */
    static void requireAllowed(URI from, URI to) throws IOException {
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
        private final Bounds bounds;
        private final BooleanSupplier interrupted;
        private final long startNanos = System.nanoTime();
        private long bytes;

        Bounded(InputStream in, URI address, Bounds bounds, BooleanSupplier interrupted) {
            super(in);
            this.bounds = bounds;
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
            if (bytes > bounds.maxBytes()) {
                throw new LimitException(address + " is longer than the limit, " + bounds.maxBytes() + " bytes; download it first.");
            }
            if ((System.nanoTime() - startNanos) / 1_000_000 > bounds.maxMillis()) {
                throw new LimitException(address + " takes longer than the limit, " + bounds.maxMillis() / MILLIS_PER_SECOND + " s; download it first.");
            }
            if (interrupted.getAsBoolean()) {
                throw new CancelledException("cancelled while reading");
            }
        }
    }
}
