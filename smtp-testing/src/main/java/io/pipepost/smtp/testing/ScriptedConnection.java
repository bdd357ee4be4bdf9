/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipepost.smtp.testing.Script.Step;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Plays one script on one connection, on a thread of its own. Reads no octet more than a step needs. */
final class ScriptedConnection {
    private static final int FOUND_LIMIT = 512;

    private final int number;
    private final Script script;
    private final Duration timeout;
    private final Duration gap;
    private final SSLContext tls;
    private final CountDownLatch played = new CountDownLatch(1);

    /** Written by the connection's thread, read by {@link ScriptedServer#verify()}. */
    private volatile @Nullable String failure;

    /** The TCP connection; written before the thread starts, closed by any thread. */
    private volatile @Nullable Socket raw;

    private @Nullable Socket socket;

    ScriptedConnection(int number, Script script, Duration timeout, Duration gap, SSLContext tls) {
        this.number = number;
        this.script = script;
        this.timeout = timeout;
        this.gap = gap;
        this.tls = tls;
    }

    void start(Socket accepted) {
        raw = accepted;
        Thread thread = new Thread(() -> play(accepted), "scripted-server-" + number);
        thread.setDaemon(true);
        thread.start();
    }

    /** What went wrong, or null; waits until the script has been played or the time is up. */
    @Nullable
    String outcome(long nanos) throws InterruptedException {
        if (!played.await(nanos, TimeUnit.NANOSECONDS)) {
            return raw == null
                    ? "Script " + number + ": the client did not connect"
                    : "Script " + number + ": not finished";
        }
        return failure;
    }

    void close() {
        closeQuietly(raw);
    }

    private static void closeQuietly(@Nullable Socket socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            // It is gone, which is all that was wanted.
        }
    }

    private void play(Socket accepted) {
        socket = accepted;
        int next = 0;
        try {
            accepted.setTcpNoDelay(true);
            boolean sent = false;
            for (; next < script.steps().size(); next++) {
                Step step = script.steps().get(next);
                boolean sends = step instanceof Script.Send;
                if (sends && sent) {
                    Thread.sleep(gap.toMillis());
                }
                play(accepted, step);
                sent = sends;
            }
            played.countDown();
            awaitEnd(accepted);
        } catch (ScriptFailure e) {
            failure = "Script " + number + ", " + e.getMessage();
        } catch (IOException | InterruptedException e) {
            failure = "Script " + number + ", " + at(next) + ": " + e;
        } finally {
            played.countDown();
            closeQuietly(socket);
            closeQuietly(accepted);
        }
    }

    private String at(int step) {
        return step < script.steps().size() ? "line " + script.steps().get(step).line() : "end";
    }

    private void play(Socket accepted, Step step) throws IOException {
        if (step instanceof Script.Send send) {
            current().getOutputStream().write(send.octets());
        } else if (step instanceof Script.Expect expect) {
            expect(expect.line(), expect.octets());
        } else if (step instanceof Script.ExpectLine expect) {
            expectLine(expect);
        } else if (step instanceof Script.Skip skip) {
            skip(skip);
        } else if (step instanceof Script.Silence silence) {
            silence(silence);
        } else if (step instanceof Script.Action action) {
            act(accepted, action);
        }
    }

    private Socket current() throws IOException {
        Socket current = socket;
        if (current == null) {
            throw new IOException("not connected");
        }
        return current;
    }

    private void expect(int line, byte[] expected) throws IOException {
        byte[] found = new byte[expected.length];
        int length = 0;
        while (length < expected.length) {
            int read = read(found, length, timeout);
            if (read <= 0) {
                throw unexpected(line, Octets.escape(expected), Arrays.copyOf(found, length), read);
            }
            length += read;
            if (!Arrays.equals(found, 0, length, expected, 0, length)) {
                throw unexpected(line, Octets.escape(expected), withRest(found, length), read);
            }
        }
    }

    private void expectLine(Script.ExpectLine expected) throws IOException {
        ByteArrayOutputStream found = new ByteArrayOutputStream();
        byte[] octet = new byte[1];
        do {
            int read = read(octet, 0, timeout);
            if (read <= 0) {
                throw unexpected(expected.line(), "/" + expected.pattern() + "/", found.toByteArray(), read);
            }
            found.write(octet[0]);
        } while (octet[0] != '\n');
        String text = found.toString(UTF_8);
        if (!text.endsWith("\r\n")
                || !expected.pattern()
                        .matcher(text.substring(0, text.length() - 2))
                        .matches()) {
            throw unexpected(expected.line(), "/" + expected.pattern() + "/", found.toByteArray(), 1);
        }
    }

    private void skip(Script.Skip skip) throws IOException {
        byte[] found = new byte[skip.octets()];
        int length = 0;
        while (length < found.length) {
            int read = read(found, length, timeout);
            if (read <= 0) {
                throw unexpected(skip.line(), skip.octets() + " octets", Arrays.copyOf(found, length), read);
            }
            length += read;
        }
    }

    private void silence(Script.Silence silence) throws IOException {
        byte[] found = new byte[FOUND_LIMIT];
        int read = read(found, 0, Duration.ofMillis(silence.millis()));
        if (read != 0) {
            throw unexpected(silence.line(), "silence", Arrays.copyOf(found, Math.max(read, 0)), read);
        }
    }

    private void act(Socket accepted, Script.Action action) throws IOException {
        switch (action.kind()) {
            case TLS -> {
                SSLSocket secured = (SSLSocket) tls.getSocketFactory().createSocket(accepted, null, true);
                socket = secured;
                secured.setSoTimeout((int) timeout.toMillis());
                secured.startHandshake();
            }
            case CLOSE -> {
                current().shutdownOutput();
                if (!accepted.isOutputShutdown()) {
                    accepted.shutdownOutput();
                }
            }
            case RESET -> {
                accepted.setSoLinger(true, 0);
                accepted.close();
            }
            case EOF -> expectEof(action.line());
            case DRAIN -> {
                if (drain() == 0) {
                    throw unexpected(action.line(), "the end of the connection", new byte[0], 0);
                }
            }
        }
    }

    /** Reads to the end; 0 if it does not come in time. */
    private int drain() throws IOException {
        byte[] ignored = new byte[8192];
        int read;
        do {
            read = read(ignored, 0, timeout);
        } while (read > 0);
        return read;
    }

    private void expectEof(int line) throws IOException {
        byte[] found = new byte[FOUND_LIMIT];
        int read = read(found, 0, timeout);
        if (read >= 0) {
            throw unexpected(line, "the end of the connection", Arrays.copyOf(found, read), read);
        }
    }

    /**
     * Behind the last step the client may keep the connection or close it, but say nothing more. Behind a last CLOSE it
     * may: a socket closed with octets unread would be reset, and take the last reply with it.
     */
    private void awaitEnd(Socket accepted) throws IOException {
        Script.Action.@Nullable Kind last = lastAction();
        if (last == Script.Action.Kind.CLOSE) {
            drain();
        } else if (last == null || last == Script.Action.Kind.TLS) {
            byte[] found = new byte[FOUND_LIMIT];
            int read = read(found, 0, Duration.ZERO);
            if (read > 0 && !accepted.isClosed()) {
                throw new ScriptFailure(
                        "end: expected nothing more\n  found " + Octets.escape(Arrays.copyOf(found, read)));
            }
        }
    }

    private Script.Action.@Nullable Kind lastAction() {
        int last = script.steps().size() - 1;
        return last >= 0 && script.steps().get(last) instanceof Script.Action action ? action.kind() : null;
    }

    /** Octets read; 0 if none came in time, -1 at the end, in whichever way the client ended the connection. */
    private int read(byte[] to, int offset, Duration within) throws IOException {
        current().setSoTimeout((int) within.toMillis());
        try {
            return current().getInputStream().read(to, offset, to.length - offset);
        } catch (SocketTimeoutException e) {
            return 0;
        } catch (IOException e) {
            return -1;
        }
    }

    /** What has come plus what is there already, for the message. */
    private byte[] withRest(byte[] found, int length) throws IOException {
        int more = Math.min(current().getInputStream().available(), FOUND_LIMIT);
        byte[] all = Arrays.copyOf(found, length + more);
        int read = more == 0 ? 0 : Math.max(0, read(all, length, timeout));
        return Arrays.copyOf(all, length + read);
    }

    private static ScriptFailure unexpected(int line, String expected, byte[] found, int read) {
        String end = read < 0 ? ", then the end" : read == 0 ? ", then nothing in time" : "";
        return new ScriptFailure(
                "line " + line + ":\n  expected " + expected + "\n  found    " + Octets.escape(found) + end);
    }

    /** The client did something else than the script says. */
    private static final class ScriptFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ScriptFailure(String message) {
            super(message, null, false, false);
        }
    }
}
