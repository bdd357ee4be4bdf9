/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.assertFailure;
import static io.pipepost.smtp.client.Sessions.await;
import static io.pipepost.smtp.client.Sessions.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.uring.IoUring;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.testing.ScriptedServer;
import io.pipepost.smtp.testing.SmtpSink;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Event loops, addresses and names. */
@ExtendWith(Leaks.class)
class TransportTest {
    private static final String SESSION = "S: 220 x\nC: EHLO client.test\nS: 250 x\nC: QUIT\nS: 221 bye\nEOF";
    private static final Security CLEAR = Security.of(TlsMode.NONE);
    private static final Message MESSAGE =
            Message.of("a@b.test", List.of("c@d.test"), Content.of("x\r\n".repeat(20_000)));

    private static boolean available(TransportType type) {
        return switch (type) {
            case EPOLL -> Epoll.isAvailable();
            case IO_URING -> IoUring.isAvailable();
            case KQUEUE -> false;
            case AUTO, NIO -> true;
        };
    }

    @ParameterizedTest
    @EnumSource(TransportType.class)
    void eachTransportWorksOrSaysWhyNot(TransportType type) throws Exception {
        if (available(type)) {
            assertWorks(type);
            return;
        }
        SmtpClient.Builder builder =
                SmtpClient.builder("localhost", 25).security(CLEAR).transport(type, 1);
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Transport " + type + " is not available: ");
    }

    private static void assertWorks(TransportType type) throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                        .startTls()
                        .credentials("user", "secret")
                        .requireAuth()
                        .threads(1)
                        .start();
                SmtpClient client = SmtpClient.builder("localhost", sink.port())
                        .transport(type, 1)
                        .security(Sessions.security(TlsMode.STARTTLS))
                        .credentials(Credentials.password("user", "secret"))
                        .build()) {
            assertThat(await(client.send(MESSAGE)).allAccepted()).isTrue();
            assertThat(await(client.send(MESSAGE)).allAccepted()).isTrue();
            sink.awaitCount(2, Duration.ofSeconds(5));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void callersLoopsStayTheCallers(boolean epoll) throws Exception {
        assumeTrue(!epoll || Epoll.isAvailable(), "epoll is not available on this machine");
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, handlers);
        try (ScriptedServer server = ScriptedServer.play(SESSION, SESSION)) {
            for (int i = 0; i < 2; i++) {
                Sessions.visit(Sessions.to(server.port(), CLEAR).eventLoops(loops));
                assertThat(loops.isShuttingDown()).isFalse();
            }
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void loopsOfAnotherKindAreRefusedClearly() throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
        try {
            SmtpClient.Builder builder = Sessions.to(25, CLEAR).eventLoops(loops);
            assertThatThrownBy(builder::build)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("Event loops of an unknown kind");
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void ownLoopsEndWithTheClient() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (ScriptedServer server = ScriptedServer.play(SESSION);
                SmtpClient client = SmtpClient.builder("localhost", server.port())
                        .ehloName("client.test")
                        .security(CLEAR)
                        .transport(TransportType.NIO, 2)
                        .build()) {
            await(await(client.connect()).quit());
            await(client.closeAsync());
            assertThat(failure(client.connect()).failure().cause()).isEqualTo(FailureCause.CLIENT_CLOSED);
        }
        // A loop says that it has ended on its own thread, which then has a few instructions left.
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (!before.contains(thread) && thread.getName().startsWith("pipepost")) {
                thread.join(5_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    // ---- addresses

    private static CompletableFuture<SmtpSession> connect(int port, Timeouts timeouts, InetAddress... addresses) {
        return Names.connect("mx.test", port, CLEAR, timeouts, List.of(addresses));
    }

    @Test
    void allAddressesAreTried() throws Exception {
        try (ScriptedServer server = ScriptedServer.play(SESSION)) {
            InetAddress six = InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
            SmtpSession session = await(connect(
                    server.port(), Timeouts.DEFAULT, six, Names.loopback(3), Names.loopback(2), Names.loopback(1)));
            assertThat(session.info().remoteAddress())
                    .isEqualTo(new InetSocketAddress(Names.loopback(1), server.port()));
            assertThat(session.info().host()).isEqualTo("mx.test");
            await(session.quit());
        }
    }

    @Test
    void everyAddressIsNamedInTheFailure() throws Exception {
        SmtpException failure =
                failure(connect(ClosedPort.take(), Timeouts.DEFAULT, Names.loopback(2), Names.loopback(3)));
        assertFailure(failure, FailureCause.CONNECT_FAILED, Phase.CONNECT);
        assertThat(failure)
                .isInstanceOf(SmtpException.Connection.class)
                .hasMessageContaining("Cannot connect to mx.test:")
                .hasMessageContaining("127.0.0.2: ")
                .hasMessageContaining("127.0.0.3: ");
        assertThat(failure.isTransient()).isTrue();
    }

    @Test
    void ofHundredsOfAddressesOnlyAFewAreNamed() throws Exception {
        InetAddress[] many = IntStream.range(0, 500)
                .mapToObj(n -> Names.loopback(n / 250, 1 + n % 250))
                .toArray(InetAddress[]::new);
        SmtpException failure = failure(connect(ClosedPort.take(), Timeouts.DEFAULT, many));
        assertFailure(failure, FailureCause.CONNECT_FAILED, Phase.CONNECT);
        assertThat(failure)
                .hasMessageContaining("127.0.0.1: Connection refused; 127.0.0.2: ")
                .hasMessageEndingWith("; and 495 more addresses");
        assertThat(failure.getMessage()).hasSizeLessThan(300);
    }

    @Test
    void refusedConnection() throws Exception {
        SmtpException failure = Sessions.refusal(Sessions.to(ClosedPort.take(), CLEAR));
        assertFailure(failure, FailureCause.CONNECT_FAILED, Phase.CONNECT);
        assertThat(failure).hasMessageContaining("Cannot connect to localhost:").hasMessageContaining("refused");
    }

    /** The budget holds for the name as well; this resolver never answers. */
    @Test
    void s33_nameThatIsNeverResolved() {
        SmtpException failure = failure(Names.connect(
                "mx.test", 25, CLEAR, Timeouts.DEFAULT.with(Phase.CONNECT, Duration.ofMillis(100)), List.of()));
        assertFailure(failure, FailureCause.CONNECT_FAILED, Phase.CONNECT);
        assertThat(failure).hasMessageContaining("Cannot connect to mx.test:25 within 100 ms");
    }

    @Test
    void unresolvableName() {
        SmtpException failure = Sessions.refusal(Sessions.to("no-such-host.invalid", 25, CLEAR)
                .timeouts(Timeouts.DEFAULT.with(Phase.CONNECT, Duration.ofSeconds(2))));
        assertFailure(failure, FailureCause.CONNECT_FAILED, Phase.CONNECT);
        assertThat(failure.getMessage()).contains("no-such-host.invalid").doesNotContain("\n");
        assertThat(failure.isTransient()).isTrue();
    }

    @Test
    void localAddressIsBound() throws Exception {
        try (ScriptedServer server =
                ScriptedServer.play("S: 220 x\nC: EHLO [127.0.0.5]\nS: 250 x\nC: QUIT\nS: 221 bye\nEOF")) {
            Sessions.visit(SmtpClient.builder("127.0.0.1", server.port())
                    .security(CLEAR)
                    .localAddress(Names.loopback(5)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\r\nX: y", "a\0b", "a\u007fb"})
    void s39_badHosts(String host) {
        assertThatThrownBy(() -> SmtpClient.builder(host, 25)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65536})
    void badPorts(int port) {
        assertThatThrownBy(() -> SmtpClient.builder("mx.test", port)).isInstanceOf(IllegalArgumentException.class);
    }
}
