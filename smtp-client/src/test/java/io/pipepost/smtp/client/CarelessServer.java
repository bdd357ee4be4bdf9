/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A server that lists PIPELINING and CHUNKING and, as the {@link Manner} says, takes some of a chunk that it refuses for
 * commands. It carries out every command that it sees, and stores what comes of that. Refused are senders and recipients
 * named {@code no...}, and content that says {@code X-Refuse}.
 */
final class CarelessServer implements AutoCloseable {
    /** What becomes of the octets of a chunk that is refused. */
    enum Manner {
        /** They are read and dropped. */
        CAREFUL,
        /** They are commands. */
        READS_NOTHING,
        /** BDAT is no command, and what follows it are commands. */
        KNOWS_NO_BDAT,
        /** They are read, but those of the next chunk are commands. */
        READS_FIRST,
        /** Half of them is read. */
        READS_HALF
    }

    /**
     * A message that the server has stored.
     *
     * @param from the reverse-path
     * @param to the recipients that were accepted
     * @param content its octets, as ISO 8859-1
     */
    record Stored(String from, List<String> to, String content) {}

    private final Manner manner;
    private final RawServer server;
    private final Queue<Stored> stored = new ConcurrentLinkedQueue<>();
    private final AtomicInteger chunks = new AtomicInteger();

    CarelessServer(Manner manner) {
        this.manner = manner;
        this.server = new RawServer(connection -> new Dialogue(
                        connection.socket().getInputStream(),
                        connection.socket().getOutputStream())
                .run());
    }

    int port() {
        return server.port();
    }

    List<Stored> stored() {
        return new ArrayList<>(stored);
    }

    /** Chunks that were taken for what they are, and accepted. */
    int chunks() {
        return chunks.get();
    }

    @Override
    public void close() {
        server.close();
    }

    private final class Dialogue {
        private final InputStream in;
        private final OutputStream out;
        private @Nullable String from;
        private final List<String> to = new ArrayList<>();
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private boolean refused;

        Dialogue(InputStream in, OutputStream out) {
            this.in = new BufferedInputStream(in, 1 << 16);
            this.out = out;
        }

        void run() throws IOException {
            say("220 careless.test");
            for (String line = line(); line != null; line = line()) {
                String verb = line.split("[ \t]", 2)[0].toUpperCase(Locale.ROOT);
                if (verb.equals("QUIT")) {
                    say("221 bye");
                    return;
                }
                carryOut(verb, line);
            }
        }

        private void carryOut(String verb, String line) throws IOException {
            switch (verb) {
                case "EHLO" -> say("250-careless.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 CHUNKING");
                case "MAIL" -> mail(path(line));
                case "RCPT" -> rcpt(path(line));
                case "DATA" -> data();
                case "BDAT" -> bdat(line);
                case "RSET" -> {
                    reset();
                    say("250 forgotten");
                }
                case "NOOP" -> say("250 ok");
                default -> say("500 what is that");
            }
        }

        private void mail(String path) throws IOException {
            if (from != null) {
                say("503 one at a time");
            } else if (path.startsWith("no")) {
                say("550 not you");
            } else {
                from = path;
                say("250 ok");
            }
        }

        private void rcpt(String path) throws IOException {
            if (from == null) {
                say("503 who writes");
            } else if (path.startsWith("no")) {
                say("550 nobody");
            } else {
                to.add(path);
                say("250 ok");
            }
        }

        private void data() throws IOException {
            if (to.isEmpty()) {
                say("503 to whom");
                return;
            }
            say("354 go on");
            for (String line = line(); line != null && !line.equals("."); line = line()) {
                append((line.startsWith(".") ? line.substring(1) : line) + "\r\n");
            }
            endMessage();
        }

        private void bdat(String line) throws IOException {
            String[] words = line.split(" ", -1);
            int length = words.length < 2 || !words[1].matches("\\d{1,9}") ? -1 : Integer.parseInt(words[1]);
            if (manner == Manner.KNOWS_NO_BDAT) {
                say("500 what is BDAT");
            } else if (length < 0) {
                say("501 how much");
            } else if (refused) {
                // Only one that looks at chunks which it refuses gets here with content to drop.
                drop(manner == Manner.READS_FIRST ? 0 : length);
                say("503 refused before");
            } else if (to.isEmpty()) {
                drop(length);
                refused = true;
                say("503 to whom");
            } else {
                chunk(length, words.length > 2);
            }
        }

        private void chunk(int length, boolean last) throws IOException {
            byte[] octets = in.readNBytes(length);
            chunks.incrementAndGet();
            append(new String(octets, StandardCharsets.ISO_8859_1));
            if (last) {
                endMessage();
            } else if (content.toString(StandardCharsets.ISO_8859_1).contains("X-Refuse")) {
                refused = true;
                say("550 not that");
            } else {
                say("250 more");
            }
        }

        /** Drops as much of a refused chunk as this server reads. */
        private void drop(int length) throws IOException {
            in.readNBytes(
                    switch (manner) {
                        case CAREFUL, READS_FIRST -> length;
                        case READS_HALF -> length / 2;
                        default -> 0;
                    });
        }

        private void endMessage() throws IOException {
            String text = content.toString(StandardCharsets.ISO_8859_1);
            if (text.contains("X-Refuse")) {
                reset();
                say("550 not that");
            } else {
                stored.add(new Stored(String.valueOf(from), List.copyOf(to), text));
                reset();
                say("250 taken");
            }
        }

        private void append(String text) {
            content.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        private void reset() {
            from = null;
            to.clear();
            content.reset();
            refused = false;
        }

        private static String path(String line) {
            return line.substring(line.indexOf('<') + 1, Math.max(line.indexOf('<') + 1, line.indexOf('>')));
        }

        private @Nullable String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    return null;
                }
                line.append((char) c);
            }
            return line.toString().replace("\r", "");
        }

        /** Answers what came in one segment in one segment, as far as that is known. */
        private void say(String reply) throws IOException {
            out.write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
    }
}
