/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.testing.SmtpSink;
import io.pipepost.smtp.testing.TestCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bounds that docs/architecture.md states, in JVMs that have no more memory than that. */
@Tag("exhaustive")
class MemoryBoundsTest {
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** What a client holds beside its connections' content and its queue. */
    private static final long BASE = 16 * MIB;

    @TempDir
    Path directory;

    private static long[] numbers(String line) {
        return Arrays.stream(line.split(" ")).mapToLong(Long::parseLong).toArray();
    }

    // ---- servers that stop reading

    /** Reads the envelope, and the content only much later, or never. */
    private static final class StallingServer implements RawServer.Behaviour {
        private final CountDownLatch goOn = new CountDownLatch(1);
        private final CountDownLatch over = new CountDownLatch(1);
        private final AtomicInteger complete = new AtomicInteger();

        @Override
        public void run(RawServer.Connection connection) throws IOException {
            boolean chunking = connection.number() % 2 == 0;
            connection.open("PIPELINING", chunking ? "CHUNKING" : "8BITMIME");
            boolean goesOn = connection.readLine().contains(StalledSender.GOES_ON);
            connection.readLine();
            connection.send("250 ok", "250 ok");
            if (!chunking) {
                connection.readLine();
                connection.send("354 go");
            }
            awaitQuietly(goesOn ? goOn : over);
            long octets = chunking ? readChunks(connection) : readData(connection);
            complete.addAndGet(octets == StalledSender.SIZE ? 1 : 0);
            connection.send("250 taken");
            connection.awaitEnd();
        }

        private static long readChunks(RawServer.Connection connection) throws IOException {
            byte[] buffer = new byte[64 * 1024];
            long octets = 0;
            while (true) {
                String line = connection.readLine();
                int size = Integer.parseInt(line.split(" ")[1]);
                for (int left = size; left > 0; ) {
                    left -= connection.socket().getInputStream().read(buffer, 0, Math.min(left, buffer.length));
                }
                octets += size;
                if (line.endsWith("LAST")) {
                    return octets;
                }
                connection.send("250 more");
            }
        }

        /** Of content without a dot: the first one is its end. */
        private static long readData(RawServer.Connection connection) throws IOException {
            InputStream in = connection.socket().getInputStream();
            byte[] buffer = new byte[64 * 1024];
            long octets = 0;
            while (true) {
                int n = in.read(buffer);
                if (n < 0) {
                    throw new IOException("The client has closed");
                }
                int dot = indexOfDot(buffer, n);
                octets += dot;
                if (dot < n) {
                    return octets;
                }
            }
        }

        private static int indexOfDot(byte[] octets, int end) {
            int i = 0;
            while (i < end && octets[i] != '.') {
                i++;
            }
            return i;
        }

        private static void awaitQuietly(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Path largeFile() throws IOException {
        Path file = directory.resolve("large");
        byte[] block = StalledSender.block();
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int left = StalledSender.SIZE; left > 0; left -= block.length) {
                out.write(block);
            }
        }
        return file;
    }

    /** S-34: by DATA and by BDAT, from files and publishers. */
    @Test
    void s34_largeContentForServersThatStopReading() throws IOException {
        assertBounded(ServerSocketFactory.getDefault());
    }

    /** S-34: what is encrypted already waits in front of the socket, too. */
    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void s34_largeContentOverTlsForServersThatStopReading(TlsEngine engine) throws IOException {
        TestCertificates certificates = TestCertificates.shared();
        Path authority = Files.writeString(directory.resolve("ca.pem"), certificates.authorityPem());
        assertBounded(certificates.serverContext().getServerSocketFactory(), authority, engine);
    }

    private void assertBounded(ServerSocketFactory sockets, Object... tls) throws IOException {
        StallingServer behaviour = new StallingServer();
        try (RawServer server = new RawServer(sockets, behaviour);
                ChildJvm child = startStalledSender(server.port(), tls)) {
            long[] held = numbers(child.await("stalled", LIMIT));
            assertThat(held[0] + held[1]).isLessThan(BASE + StalledSender.CONNECTIONS * (long) MIB);
            behaviour.goOn.countDown();
            int accepted = 0;
            for (int i = 0; i < StalledSender.CONNECTIONS; i++) {
                String outcome = child.await("outcome", LIMIT);
                assertThat(outcome).isIn("accepted", "expired");
                accepted += outcome.equals("accepted") ? 1 : 0;
            }
            assertThat(accepted).isEqualTo(2 * StalledSender.GO_ON);
            assertThat(behaviour.complete).hasValue(2 * StalledSender.GO_ON);
            child.awaitEnd(LIMIT);
        } finally {
            behaviour.over.countDown();
        }
    }

    private ChildJvm startStalledSender(int port, Object... tls) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of(port, largeFile()));
        Collections.addAll(arguments, tls);
        return ChildJvm.start(
                StalledSender.class,
                List.of("-Xmx128m", "-XX:MaxDirectMemorySize=64m", "-XX:+ExitOnOutOfMemoryError"),
                arguments.toArray());
    }

    // ---- more messages than the queue holds

    @Test
    void millionMessagesForAFullQueueThatRejects() throws Exception {
        int messages = 1_000_000;
        try (RawServer server = RawServer.silent();
                ChildJvm child = startManyQueued(server.port(), PoolOptions.WhenFull.REJECT, messages)) {
            assertThat(number(child, "queued")).isLessThanOrEqualTo(kept());
            assertThat(number(child, "heap")).isLessThan(BASE + kept() * 2_048);
            assertThat(number(child, "accepted")).isZero();
            assertThat(number(child, FailureCause.CLIENT_CLOSED.toString())).isEqualTo(kept());
            assertThat(number(child, FailureCause.OVERLOADED.toString())).isEqualTo(messages - kept());
            assertThat(number(child, "unsettled")).isZero();
            child.awaitEnd(LIMIT);
        }
    }

    /** The queue, and one for each connection that is being opened. */
    private static int kept() {
        return ManyQueued.QUEUE + PoolOptions.DEFAULT.maxConnections();
    }

    @Test
    void manyMessagesForAFullQueueThatMakesThreadsWait() throws Exception {
        int messages = 200_000;
        try (SmtpSink sink = SmtpSink.builder().maxSize(ManyQueued.MAX_SIZE).start();
                ChildJvm child = startManyQueued(sink.port(), PoolOptions.WhenFull.WAIT, messages)) {
            int sent = messages / ManyQueued.SENT_EVERY;
            assertThat(number(child, "queued")).isLessThanOrEqualTo(kept());
            assertThat(number(child, "heap")).isLessThan(BASE + kept() * 2_048);
            assertThat(number(child, "accepted")).isEqualTo(sent);
            assertThat(number(child, FailureCause.MESSAGE_TOO_LARGE.toString())).isEqualTo(messages - sent);
            assertThat(number(child, FailureCause.OVERLOADED.toString())).isZero();
            assertThat(number(child, "unsettled")).isZero();
            child.awaitEnd(LIMIT);
            assertThat(sink.counters().messages()).isEqualTo(sent);
        }
    }

    private static ChildJvm startManyQueued(int port, PoolOptions.WhenFull mode, int messages) {
        return ChildJvm.start(
                ManyQueued.class,
                List.of("-Xmx48m", "-XX:MaxDirectMemorySize=16m", "-XX:+ExitOnOutOfMemoryError"),
                port,
                mode,
                messages);
    }

    private static long number(ChildJvm child, String word) {
        return Long.parseLong(child.await(word, LIMIT));
    }
}
