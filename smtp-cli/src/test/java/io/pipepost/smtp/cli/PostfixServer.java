/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Postfix for the time of a test, run by {@code servers/postfix.sh}; {@code servers/README.md} tells what it accepts
 * and what its maildir holds.
 */
public final class PostfixServer implements AutoCloseable {
    private static final String REQUIRE = "PIPEPOST_REQUIRE_SERVERS";
    private static final int START_ATTEMPTS = 3;

    private final Path directory;
    private final Properties env;

    private PostfixServer(Path directory, Properties env) {
        this.directory = directory;
        this.env = env;
    }

    /** Whether Postfix can be started here. */
    public static boolean isInstalled() {
        return run("check").status() == 0;
    }

    /**
     * Starts a Postfix. Where it cannot run, the test is skipped with a line on standard error; it fails instead if the
     * system property or environment variable {@code PIPEPOST_REQUIRE_SERVERS} is true.
     */
    public static PostfixServer startOrSkip() throws IOException {
        Outcome check = run("check");
        if (check.status() != 0) {
            if (isRequired()) {
                throw new AssertionError(REQUIRE + " is true, but " + check.output());
            }
            System.err.println("SKIPPED: " + check.output());
            Assumptions.abort(check.output());
        }
        return start();
    }

    private static boolean isRequired() {
        return Boolean.getBoolean(REQUIRE) || Boolean.parseBoolean(System.getenv(REQUIRE));
    }

    /** A free port may be taken between our look and Postfix's, hence several attempts. */
    private static PostfixServer start() throws IOException {
        Path directory = Files.createTempDirectory("pipepost-postfix");
        String output = "";
        for (int i = 0; i < START_ATTEMPTS; i++) {
            List<String> arguments = new ArrayList<>(List.of("start", directory.toString()));
            freePorts(3).forEach(port -> arguments.add(String.valueOf(port)));
            Outcome started = run(arguments.toArray(String[]::new));
            if (started.status() == 0) {
                return new PostfixServer(directory, load(directory.resolve("env")));
            }
            output = started.output();
        }
        delete(directory);
        throw new IOException("Postfix did not start: " + output);
    }

    public String host() {
        return get("HOST");
    }

    /** The port without login, for {@link #domain()} only; offers STARTTLS. */
    public int plainPort() {
        return Integer.parseInt(get("PORT_PLAIN"));
    }

    /** The port that requires STARTTLS and AUTH. */
    public int startTlsPort() {
        return Integer.parseInt(get("PORT_STARTTLS"));
    }

    /** The port with implicit TLS that requires AUTH. */
    public int implicitTlsPort() {
        return Integer.parseInt(get("PORT_TLS"));
    }

    public String user() {
        return get("USER");
    }

    public String password() {
        return get("PASS");
    }

    /** The CA that signed the certificate, which is for localhost and 127.0.0.1. */
    public Path caPem() {
        return Path.of(get("CA_PEM"));
    }

    public String domain() {
        return get("DOMAIN");
    }

    private String get(String name) {
        return env.getProperty(name, "");
    }

    /**
     * Waits until nothing is on its way to the maildir and it holds a message with the marker.
     *
     * @return the files of all messages with the marker, one for each recipient
     */
    public List<byte[]> awaitMessage(String marker, Duration timeout) throws IOException {
        long start = System.nanoTime();
        while (System.nanoTime() - start < timeout.toNanos()) {
            List<byte[]> found = isQueueEmpty() ? storedMessages(marker) : List.of();
            if (!found.isEmpty()) {
                return found;
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        throw new AssertionError("No message with " + marker + " after " + timeout + "; Postfix's log:\n" + log());
    }

    /** The files of all messages with the marker that are in the maildir now. */
    public List<byte[]> storedMessages(String marker) throws IOException {
        List<byte[]> found = new ArrayList<>();
        for (Path file : list(Path.of(get("MAILDIR")))) {
            byte[] stored = Files.readAllBytes(file);
            if (new String(stored, StandardCharsets.ISO_8859_1).contains(marker)) {
                found.add(stored);
            }
        }
        return found;
    }

    public String log() throws IOException {
        return Files.readString(Path.of(get("LOG")));
    }

    /** Messages move from incoming to active, so this is the order in which none escapes. */
    private boolean isQueueEmpty() throws IOException {
        Path spool = directory.resolve("spool");
        return list(spool.resolve("incoming")).isEmpty()
                && list(spool.resolve("active")).isEmpty();
    }

    /** The recipient that a file of the maildir is for. */
    public static String recipientOf(byte[] stored) {
        String field = "\nDelivered-To: ";
        String text = new String(stored, StandardCharsets.UTF_8);
        int start = text.indexOf(field) + field.length();
        return text.substring(start, text.indexOf('\n', start));
    }

    /** The content of a file of the maildir as it was sent: without Postfix's own header fields, lines ending in CRLF. */
    public static byte[] contentOf(byte[] stored) {
        ByteArrayOutputStream content = new ByteArrayOutputStream(stored.length);
        for (int i = contentStart(stored); i < stored.length; i++) {
            if (stored[i] == '\n') {
                content.write('\r');
            }
            content.write(stored[i]);
        }
        return content.toByteArray();
    }

    /** Postfix's last field is its own Received; the content begins on the next line that does not continue it. */
    private static int contentStart(byte[] stored) {
        String text = new String(stored, StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\n', text.indexOf("\nReceived: ") + 1);
        while (text.startsWith("\t", end + 1)) {
            end = text.indexOf('\n', end + 1);
        }
        return end + 1;
    }

    @Override
    public void close() throws IOException {
        Outcome stopped = run("stop", directory.toString());
        delete(directory);
        if (stopped.status() != 0) {
            throw new IOException("Postfix did not stop: " + stopped.output());
        }
    }

    private record Outcome(int status, String output) {}

    private static Outcome run(String... arguments) {
        List<String> command = new ArrayList<>(List.of("bash", launcher().toString()));
        command.addAll(Arrays.asList(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(process.waitFor(), output.strip());
        } catch (IOException e) {
            return new Outcome(1, "Postfix cannot run without bash: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for " + command, e);
        }
    }

    /** Tests run in their module's directory or, in an IDE, in the project's. */
    private static Path launcher() {
        Path relative = Path.of("servers", "postfix.sh");
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.exists(at.resolve(relative))) {
                return at.resolve(relative);
            }
        }
        throw new IllegalStateException(
                "No " + relative + " above " + Path.of("").toAbsolutePath());
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    private static Properties load(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        return properties;
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
