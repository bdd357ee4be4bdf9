/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Peers that go away, or stand still, at every state of a session. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class DeadPeerTest {
    private static final Duration A_SECOND = Duration.ofSeconds(1);
    private static final String LOOPS = EventLoopGuard.LOOP_PREFIX + "peer";

    /** S-35 concerns epoll; elsewhere NIO must do. */
    private static final EventLoopGroup GROUP = new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory(LOOPS, true),
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());

    @AfterAll
    static void stop() {
        GROUP.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** How far the server goes before it stands still. */
    enum State {
        GREETING,
        EHLO,
        MAIL,
        RCPT,
        DATA,
        END_OF_DATA;

        Phase phase() {
            return Phase.valueOf(name());
        }

        Disposition disposition() {
            return this == END_OF_DATA ? Disposition.INDETERMINATE : Disposition.NOT_SENT;
        }

        void reach(RawServer.Connection connection) throws IOException {
            if (this == GREETING) {
                return;
            }
            connection.send("220 mx.test");
            connection.readLine();
            for (int i = 0; i < ordinal() - EHLO.ordinal() && i < 3; i++) {
                connection.send("250 ok");
                connection.readLine();
            }
            if (this == END_OF_DATA) {
                connection.send("354 go");
                connection.readContent();
            }
        }
    }

    private static SmtpClient.Builder client(RawServer server) {
        return Mails.client(server.port())
                .eventLoops(GROUP)
                .flight(FlightOptions.DEFAULT.withChunking(false))
                .drainTimeout(Duration.ZERO);
    }

    @ParameterizedTest
    @EnumSource(State.class)
    void s35_endThenResetEndsTheConnectionAtOnce(State state) {
        try (RawServer server = new RawServer(connection -> {
                    state.reach(connection);
                    connection.socket().shutdownOutput();
                    connection.reset();
                });
                SmtpClient client = client(server).build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(Mails.message(1)), A_SECOND.plusSeconds(2));
            assertThat(outcome.disposition()).isEqualTo(state.disposition());
            // A reset can be there before the client knows that it is connected.
            boolean connected = state != State.GREETING || outcome.failure().cause() != FailureCause.CONNECT_FAILED;
            if (connected) {
                assertThat(outcome.failure().cause()).isEqualTo(FailureCause.CONNECTION_LOST);
                assertThat(outcome.failure().phase()).isEqualTo(state.phase());
            }
            Mails.await("gone", () -> client.stats().equals(new PoolStats(0, 0, 0, 0)));
        }
    }

    @Test
    void s35_endThenResetWhileIdle() {
        try (RawServer server = new RawServer(connection -> {
                    connection.open();
                    connection.takeMessage();
                    connection.socket().shutdownOutput();
                    connection.reset();
                });
                SmtpClient client = client(server).build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
            Mails.await("gone", () -> client.stats().equals(new PoolStats(0, 0, 0, 0)));
        }
    }

    @ParameterizedTest
    @EnumSource(State.class)
    void s33_silenceEndsInATimeoutOfItsPhase(State state) {
        try (RawServer server = new RawServer(connection -> {
                    state.reach(connection);
                    connection.awaitEnd();
                });
                SmtpClient client = client(server)
                        .timeouts(Timeouts.DEFAULT.with(state.phase(), Duration.ofMillis(100)))
                        .build()) {
            Mails.Outcome outcome = Mails.outcome(client.send(Mails.message(1)));
            assertThat(outcome.disposition()).isEqualTo(state.disposition());
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.TIMEOUT);
            assertThat(outcome.failure().phase()).isEqualTo(state.phase());
            Mails.await("gone", () -> client.stats().equals(new PoolStats(0, 0, 0, 0)));
        }
    }

    /** What was refused is told at once; the connection that cannot be used again is not. */
    @Test
    void s33_silenceBehindReset() {
        try (RawServer server = new RawServer(connection -> {
                    connection.open();
                    if (connection.number() == 1) {
                        connection.readLine();
                        connection.send("550 no");
                    } else {
                        connection.takeMessage();
                    }
                    connection.awaitEnd();
                });
                SmtpClient client = client(server)
                        .timeouts(Timeouts.DEFAULT.with(Phase.RSET, Duration.ofMillis(100)))
                        .build()) {
            assertThat(Mails.outcome(client.send(Mails.message(1))).disposition())
                    .isEqualTo(Disposition.REJECTED_PERMANENT);
            Mails.await("gone", () -> client.stats().equals(new PoolStats(0, 0, 0, 0)));
            assertThat(Mails.outcome(client.send(Mails.message(2))).isAccepted())
                    .isTrue();
            assertThat(server.connections()).hasSize(2);
        }
    }

    @Test
    void s33_silenceBehindAChunk() {
        byte[] octets = "x\r\n".repeat(100_000).getBytes(US_ASCII);
        try (RawServer server = new RawServer(connection -> {
                    connection.open("PIPELINING", "CHUNKING");
                    connection.readLines(2);
                    connection.send("250 ok", "250 ok");
                    connection.awaitEnd();
                });
                SmtpClient client = Mails.client(server.port())
                        .eventLoops(GROUP)
                        .drainTimeout(Duration.ZERO)
                        .flight(FlightOptions.DEFAULT.withMaxFlightOctets(0).withChunkOctets(64 * 1024))
                        .timeouts(Timeouts.DEFAULT.with(Phase.WRITE, Duration.ofMillis(200)))
                        .build()) {
            Message message = Message.of("a@a.test", List.of("b@b.test"), Content.of(octets));
            Mails.Outcome outcome = Mails.outcome(client.send(message));
            assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.TIMEOUT);
            assertThat(outcome.failure().phase()).isEqualTo(Phase.WRITE);
        }
    }

    /** Linux drops what does not fit into the queue of a listener that never accepts. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void s33_silenceInPlaceOfAConnection() throws IOException {
        List<SocketChannel> others = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                SmtpClient client = SmtpClient.builder("127.0.0.1", full.getLocalPort())
                        .security(Security.of(TlsMode.NONE))
                        .eventLoops(GROUP)
                        .timeouts(Timeouts.DEFAULT.with(Phase.CONNECT, Duration.ofMillis(200)))
                        .build()) {
            for (int i = 0; i < 10; i++) {
                SocketChannel other = SocketChannel.open();
                others.add(other);
                other.configureBlocking(false);
                other.connect(full.getLocalSocketAddress());
            }
            long start = System.nanoTime();
            Mails.Outcome outcome = Mails.outcome(client.send(Mails.message(1)));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(190));
            assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
            assertThat(outcome.failure().cause()).isEqualTo(FailureCause.CONNECT_FAILED);
            assertThat(outcome.failure().phase()).isEqualTo(Phase.CONNECT);
        } finally {
            for (SocketChannel other : others) {
                other.close();
            }
        }
    }
}
