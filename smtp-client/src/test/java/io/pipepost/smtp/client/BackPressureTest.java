/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large content and servers that are slower than its source (S-34, R-5321-70). */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class BackPressureTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 50 * MIB;

    /** What both kernels' buffers may hold, and the client on top of them. */
    private static final int BOUND = 12 * MIB;

    @TempDir
    Path directory;

    /** Lines that fill the size exactly. */
    private static byte[] lines(int size) {
        byte[] octets = new byte[size];
        Arrays.fill(octets, (byte) 'x');
        for (int end = 64; end <= size; end += 64) {
            octets[end - 2] = '\r';
            octets[end - 1] = '\n';
        }
        return octets;
    }

    /** Publishes blocks as they are asked for, on the asking thread, and counts. */
    private static final class Blocks implements Flow.Publisher<ByteBuffer>, Flow.Subscription {
        private final byte[] block = lines(64 * 1024);
        private final AtomicLong published = new AtomicLong();
        private final AtomicBoolean cancelled = new AtomicBoolean();
        private Flow.@Nullable Subscriber<? super ByteBuffer> subscriber;

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> to) {
            subscriber = to;
            to.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            assertThat(n).as("buffers asked for at once").isEqualTo(1);
            Flow.Subscriber<? super ByteBuffer> to = subscriber;
            if (to == null || cancelled.get()) {
                return;
            }
            if (published.get() == SIZE) {
                to.onComplete();
            } else {
                published.addAndGet(block.length);
                to.onNext(ByteBuffer.wrap(block));
            }
        }

        @Override
        public void cancel() {
            cancelled.set(true);
        }
    }

    /** Counts the octets of content that were given to the channel. */
    private static final class Counter implements SmtpObserver {
        private final AtomicLong octets = new AtomicLong();

        @Override
        public void contentSent(long session, long count, @Nullable ByteBuffer content, boolean last) {
            octets.addAndGet(count);
        }
    }

    private static void goOnReadingNothing(RawServer.Connection connection) throws IOException {
        connection.open();
        for (int i = 0; i < 3; i++) {
            String line = connection.readLine();
            connection.send(line.equals("DATA") ? "354 go" : "250 ok");
        }
        while (!connection.isClosed()) {
            pause(20);
        }
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Message message(Content content) {
        return Message.of("a@a.test", List.of("b@b.test"), content);
    }

    private static SmtpClient.Builder client(int port, Counter counter) {
        return Mails.client(port)
                .observer(counter)
                .drainTimeout(Duration.ZERO)
                .timeouts(Timeouts.DEFAULT.with(Phase.WRITE, Duration.ofMillis(600)));
    }

    @Test
    void s34_publisherWaitsForAServerThatStopsReading() {
        Blocks blocks = new Blocks();
        Counter counter = new Counter();
        try (RawServer server = new RawServer(BackPressureTest::goOnReadingNothing);
                SmtpClient client = client(server.port(), counter).build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(message(Content.ofPublisher(() -> blocks))));
            assertTimedOutInWriting(outcome);
            assertThat(blocks.published).hasValueLessThan(BOUND);
            assertThat(counter.octets).hasValueLessThan(BOUND);
            assertThat(blocks.published.get() - counter.octets.get()).isLessThanOrEqualTo(64 * 1024);
            Mails.await("cancelled", blocks.cancelled::get);
        }
    }

    private static void assertTimedOutInWriting(Mails.Outcome outcome) {
        assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
        assertThat(outcome.failure().cause()).as("%s", outcome).isEqualTo(FailureCause.TIMEOUT);
        assertThat(outcome.failure().phase()).isEqualTo(Phase.WRITE);
    }

    @Test
    void s34_fileWaitsForAServerThatStopsReading() throws IOException {
        Path file = Files.write(directory.resolve("large"), lines(SIZE));
        Counter counter = new Counter();
        try (RawServer server = new RawServer(BackPressureTest::goOnReadingNothing);
                SmtpClient client = client(server.port(), counter).build()) {
            assertTimedOutInWriting(Mails.outcome(client.send(message(Content.ofFile(file)))));
            assertThat(counter.octets).hasValueLessThan(BOUND);
        }
    }

    @Test
    void r5321_70_slowServerGetsEverything() {
        byte[] octets = lines(16 * MIB);
        try (RawServer server = new RawServer(connection -> {
                    connection.open("CHUNKING", "PIPELINING");
                    connection.readLines(2);
                    connection.send("250 ok", "250 ok");
                    connection.readLine();
                    readSlowly(connection.socket().getInputStream(), octets.length);
                    connection.send("250 taken");
                    connection.awaitEnd();
                });
                SmtpClient client = client(server.port(), new Counter())
                        .flight(FlightOptions.DEFAULT.withMaxFlightOctets(octets.length))
                        .build()) {
            assertThat(Mails.outcome(client.send(message(Content.of(octets)))).isAccepted())
                    .isTrue();
        }
    }

    private static void readSlowly(InputStream in, int octets) throws IOException {
        for (int left = octets; left > 0; pause(2)) {
            left -= in.readNBytes(Math.min(left, 64 * 1024)).length;
        }
    }

    @Tag("exhaustive")
    @Test
    void largeContentArrivesAsItIs() throws IOException {
        Path file = Files.write(directory.resolve("large"), lines(SIZE));
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                SmtpClient client = Mails.client(sink.port()).build()) {
            Blocks blocks = new Blocks();
            assertThat(Mails.outcome(client.send(message(Content.ofFile(file)))).isAccepted())
                    .isTrue();
            assertThat(Mails.outcome(client.send(message(Content.ofPublisher(() -> blocks))))
                            .isAccepted())
                    .isTrue();
            assertThat(sink.messages())
                    .allMatch(received -> Arrays.equals(received.content(), lines(SIZE)))
                    .hasSize(2);
        }
    }

    /** R-3030-06: a source that ends with a full chunk leaves an empty last one, which is an empty write to TLS. */
    @Test
    void r3030_06_emptyLastChunkOverTls() throws IOException {
        List<String> transcript = new CopyOnWriteArrayList<>();
        try (SmtpSink sink = SmtpSink.builder().startTls().keepMessages().start();
                SmtpClient client = SmtpClient.builder(
                                Relay.of("localhost", sink.port()).withTrust(Trust.FLIGHT))
                        .security(Security.of(TlsMode.STARTTLS)
                                .trust(Files.writeString(
                                        directory.resolve("ca.pem"),
                                        sink.certificates().authorityPem())))
                        .observer(Transcript.to(transcript::add))
                        .build()) {
            assertThat(Mails.outcome(client.send(message(Content.ofPublisher(Blocks::new))))
                            .isAccepted())
                    .isTrue();
            assertThat(sink.messages().get(0).content()).isEqualTo(lines(SIZE));
            assertThat(transcript).anyMatch(line -> line.contains("BDAT 0 LAST"));
        }
    }

    /** A flush can make the channel writable at once, which calls the writer from within itself. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void contentThatFillsTheChannelEndsOnce(boolean chunking) {
        try (SmtpSink sink = SmtpSink.builder().start();
                SmtpClient client = Mails.client(sink.port())
                        .flight(FlightOptions.DEFAULT.withChunking(chunking))
                        .build()) {
            for (int blocks = 1; blocks <= 12; blocks++) {
                Content content = Content.of(lines(blocks * 32 * 1024));
                assertThat(Mails.outcome(client.send(message(content))).isAccepted())
                        .isTrue();
            }
            assertThat(sink.counters().connections()).isEqualTo(1);
            assertThat(sink.counters().unknownCommands()).isZero();
        }
    }

    /** S-45: what was checked is not what would be sent. */
    @ParameterizedTest
    @ValueSource(ints = {-64, 64, -65_536})
    void s45_fileThatChangesIsNeverDelivered(int change) throws IOException {
        int size = 3 * 64 * 1024;
        Path file = Files.write(directory.resolve("changing"), lines(size));
        StringBuilder tail = new StringBuilder();
        try (RawServer server = new RawServer(connection -> {
                    takeEnvelope(connection, () -> change(file, size, change));
                    connection.readLine();
                    connection.send("354 go");
                    receive(connection, tail);
                });
                SmtpClient client =
                        Mails.client(server.port()).drainTimeout(Duration.ZERO).build()) {
            assertContentFailed(Mails.outcome(client.send(message(Content.ofFile(file)))));
            Mails.await("closed", () -> server.connections().get(0).isClosed());
            assertThat(tail.toString()).doesNotContain("\r\n.\r\n");
        }
    }

    /** S-45, R-3030-08: by BDAT it is noticed between two chunks, and costs no connection. */
    @ParameterizedTest
    @ValueSource(ints = {-64, 64, 65_536})
    void s45_fileThatChangesIsGivenUpBetweenChunks(int change) throws IOException {
        int size = 16 * 64 * 1024;
        Path file = Files.write(directory.resolve("changing"), lines(size));
        List<String> lines = new CopyOnWriteArrayList<>();
        try (RawServer server = new RawServer(connection -> {
                    takeEnvelope(connection, () -> {}, "CHUNKING", "PIPELINING");
                    for (String line = connection.readLine(); !line.equals("RSET"); line = connection.readLine()) {
                        lines.add(line);
                        connection.socket().getInputStream().readNBytes(Integer.parseInt(line.split(" ")[1]));
                        if (lines.size() == 1) {
                            change(file, size, change);
                        }
                        connection.send("250 ok");
                    }
                    connection.send("250 ok");
                    connection.readLine();
                    connection.send("221 bye");
                });
                SmtpClient client = Mails.client(server.port())
                        .flight(FlightOptions.DEFAULT.withChunkOctets(64 * 1024))
                        .build()) {
            assertContentFailed(Mails.outcome(client.send(message(Content.ofFile(file)))));
            assertThat(lines).isNotEmpty().noneMatch(line -> line.endsWith("LAST"));
        }
    }

    private static void assertContentFailed(Mails.Outcome outcome) {
        assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
        assertThat(outcome.failure().cause()).isEqualTo(FailureCause.CONTENT_FAILED);
    }

    private interface Change {
        void make() throws IOException;
    }

    private static void takeEnvelope(RawServer.Connection connection, Change change, String... keywords)
            throws IOException {
        connection.open(keywords);
        connection.readLine();
        change.make();
        connection.send("250 ok");
        connection.readLine();
        connection.send("250 ok");
    }

    private static void change(Path file, int size, int by) throws IOException {
        if (by > 0) {
            Files.write(file, lines(by), StandardOpenOption.APPEND);
        } else {
            Files.write(file, lines(size + by));
        }
    }

    private static void receive(RawServer.Connection connection, StringBuilder tail) throws IOException {
        byte[] block = new byte[64 * 1024];
        InputStream in = connection.socket().getInputStream();
        for (int n = in.read(block); n >= 0; n = in.read(block)) {
            tail.append(new String(block, 0, n, StandardCharsets.ISO_8859_1));
        }
    }

    /** R-2920-08: a server that answers at length, and reads no more while it cannot write, must not lock the client up. */
    @Test
    void r2920_08_readsWhileWriting() throws Exception {
        List<String> recipients = IntStream.range(0, 1_000).mapToObj(Mails::to).toList();
        try (ServerSocket listener = new ServerSocket()) {
            listener.setReceiveBufferSize(4096);
            listener.bind(new InetSocketAddress("127.0.0.1", 0));
            Thread server = new Thread(() -> answerAtLength(listener));
            server.start();
            try (SmtpClient client = Mails.client(listener.getLocalPort())
                    .pool(PoolOptions.DEFAULT.withMaxRecipients(1_000))
                    .build()) {
                Message message = Message.of("a@b.test", recipients, Content.of("x\r\n"));
                assertThat(client.send(message).get(30, TimeUnit.SECONDS).allAccepted())
                        .isTrue();
            }
            server.join(10_000);
        }
    }

    /** One thread for both directions: while it writes, it does not read. */
    private static void answerAtLength(ServerSocket listener) {
        String padding = "x".repeat(500);
        try (Socket socket = listener.accept()) {
            socket.setSendBufferSize(4096);
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            OutputStream out = socket.getOutputStream();
            String reply = "220 mx.test";
            boolean content = false;
            while (reply != null) {
                if (!reply.isEmpty()) {
                    out.write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
                }
                String line = in.readLine();
                if (line == null) {
                    return;
                }
                if (content) {
                    content = !line.equals(".");
                    reply = content ? "" : "250 " + padding;
                } else if (line.startsWith("EHLO")) {
                    reply = "250-mx.test\r\n250 PIPELINING";
                } else if (line.equals("DATA")) {
                    content = true;
                    reply = "354 go";
                } else {
                    reply = (line.equals("QUIT") ? "221 " : "250 ") + padding;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
