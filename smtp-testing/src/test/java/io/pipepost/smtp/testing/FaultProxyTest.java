/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static io.pipepost.smtp.testing.Direction.TO_CLIENT;
import static io.pipepost.smtp.testing.Direction.TO_SERVER;
import static io.pipepost.smtp.testing.ProxiedPair.expect;
import static io.pipepost.smtp.testing.ProxiedPair.expectEnd;
import static io.pipepost.smtp.testing.ProxiedPair.expectReset;
import static io.pipepost.smtp.testing.ProxiedPair.expectSilence;
import static io.pipepost.smtp.testing.ProxiedPair.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.Verb;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the two ends see of each fault. */
@ExtendWith(Leaks.class)
class FaultProxyTest {
    private static final Duration SHORTLY = Duration.ofMillis(50);
    private static final String ENVELOPE = "MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n";

    private static Socket sender(ProxiedPair pair, Direction direction) {
        return direction == TO_SERVER ? pair.client : pair.server;
    }

    private static Socket receiver(ProxiedPair pair, Direction direction) {
        return direction == TO_SERVER ? pair.server : pair.client;
    }

    private static Direction other(Direction direction) {
        return direction == TO_SERVER ? TO_CLIENT : TO_SERVER;
    }

    @Test
    void passesOnWhatComesAndHowItEnds() throws Exception {
        try (ProxiedPair pair = new ProxiedPair()) {
            send(pair.server, "220 hello\r\n");
            expect(pair.client, "220 hello\r\n");
            send(pair.client, "QUIT\r\n");
            pair.client.shutdownOutput();
            expect(pair.server, "QUIT\r\n");
            expectEnd(pair.server);
            send(pair.server, "221 bye\r\n");
            pair.server.close();
            expect(pair.client, "221 bye\r\n");
            expectEnd(pair.client);
            assertThat(pair.proxy.log()).isEmpty();
            assertThat(pair.proxy.connections()).isEqualTo(1);
        }
    }

    @Test
    void passesOnResets() throws Exception {
        try (ProxiedPair pair = new ProxiedPair()) {
            pair.server.setSoLinger(true, 0);
            pair.server.close();
            expectReset(pair.client);
        }
    }

    @ParameterizedTest
    @EnumSource
    void cutsBehindAnOctet(Direction direction) throws Exception {
        try (ProxiedPair pair = new ProxiedPair(Fault.cutAfter(direction, 4))) {
            send(sender(pair, direction), "abcdef");
            expect(receiver(pair, direction), "abcd");
            expectEnd(pair.client);
            expectEnd(pair.server);
            assertThat(pair.proxy.log())
                    .singleElement()
                    .asString()
                    .contains("connection 1: cut after 4 octets " + direction);
        }
    }

    @Test
    void cutsBeforeTheFirstOctet() throws Exception {
        try (ProxiedPair pair = new ProxiedPair(Fault.cutAfter(TO_CLIENT, 0))) {
            expectEnd(pair.client);
            expectEnd(pair.server);
        }
    }

    @ParameterizedTest
    @EnumSource
    void resetsBehindAnOctet(Direction direction) throws Exception {
        try (ProxiedPair pair = new ProxiedPair(Fault.resetAfter(direction, 4))) {
            send(sender(pair, direction), "abcdef");
            expectReset(sender(pair, direction));
        }
    }

    @ParameterizedTest
    @EnumSource
    void endsOneDirectionOnly(Direction direction) throws Exception {
        try (ProxiedPair pair = new ProxiedPair(Fault.halfCloseAfter(direction, 3))) {
            send(sender(pair, direction), "abcdef");
            expect(receiver(pair, direction), "abc");
            expectEnd(receiver(pair, direction));
            send(sender(pair, direction), "more");
            send(receiver(pair, direction), "still there");
            expect(sender(pair, direction), "still there");
        }
    }

    @ParameterizedTest
    @EnumSource
    void stallsOneDirectionForAWhile(Direction direction) throws Exception {
        try (ProxiedPair pair =
                new ProxiedPair(Fault.stallAfter(direction, 3, SHORTLY), Fault.cutAfter(direction, 5))) {
            long before = System.nanoTime();
            send(sender(pair, direction), "abcdef");
            expect(receiver(pair, direction), "abcd");
            assertThat(System.nanoTime() - before).isGreaterThan(SHORTLY.toNanos());
            expect(receiver(pair, direction), "e");
            expectEnd(receiver(pair, direction));
        }
    }

    @ParameterizedTest
    @EnumSource
    void stallsOneDirectionForGood(Direction direction) throws Exception {
        try (ProxiedPair pair = new ProxiedPair(Fault.stallAfter(direction, 3))) {
            send(sender(pair, direction), "abcdef");
            expect(receiver(pair, direction), "abc");
            expectSilence(receiver(pair, direction));
            send(receiver(pair, direction), "x");
            expect(sender(pair, direction), "x");
            assertThat(writeUntilBlocked(sender(pair, direction))).isPositive();
        }
    }

    @Test
    void swallowsAsMuchAsIsSent() throws Exception {
        try (ProxiedPair pair = new ProxiedPair(Fault.swallowAfter(TO_SERVER, 3))) {
            send(pair.client, "abcdef");
            pair.client.getOutputStream().write(new byte[64 << 20]);
            expect(pair.server, "abc");
            expectSilence(pair.server);
            send(pair.server, "x");
            expect(pair.client, "x");
        }
    }

    /** Fills the way with octets; tells how many it took until a whole second brought no room for more. */
    private static long writeUntilBlocked(Socket from) throws Exception {
        AtomicLong written = new AtomicLong();
        Thread writer = new Thread(() -> {
            byte[] piece = new byte[16 * 1024];
            try {
                while (true) {
                    from.getOutputStream().write(piece);
                    written.addAndGet(piece.length);
                }
            } catch (IOException e) {
                // The socket was closed.
            }
        });
        writer.setDaemon(true);
        writer.start();
        long before = -1;
        while (written.get() != before) {
            before = written.get();
            writer.join(1_000);
        }
        assertThat(writer.isAlive()).isTrue();
        return before;
    }

    @Test
    void readsNoFurtherThanTheOtherSideTakes() throws Exception {
        int total = 64 << 20;
        try (ProxiedPair pair = new ProxiedPair()) {
            Thread writer = new Thread(() -> {
                try {
                    pair.client.getOutputStream().write(new byte[total]);
                    pair.client.shutdownOutput();
                } catch (IOException e) {
                    // Seen by the reader, who finds too few.
                }
            });
            writer.start();
            // On a busy machine nothing may have arrived in the first second.
            for (int seconds = 0; seconds < 1 || seconds < 10 && pair.proxy.heldOctets() == 0; seconds++) {
                writer.join(1_000);
            }
            assertThat(writer.isAlive()).isTrue();
            assertThat(pair.proxy.heldOctets()).isBetween(1L, 4L * Lane.HELD);
            assertThat(pair.server.getInputStream().readAllBytes()).hasSize(total);
        }
    }

    @Test
    void dripsAndStillPassesEverything() throws Exception {
        Duration pause = Duration.ofMillis(5);
        try (ProxiedPair pair = new ProxiedPair(
                Fault.drip(TO_CLIENT, 1, pause),
                Fault.split(TO_SERVER, 2),
                Fault.delay(TO_SERVER, SHORTLY),
                Fault.merge(TO_SERVER, 5, SHORTLY))) {
            long before = System.nanoTime();
            send(pair.server, "0123456789");
            expect(pair.client, "0123456789");
            assertThat(System.nanoTime() - before).isGreaterThan(9 * pause.toNanos());
            before = System.nanoTime();
            send(pair.client, "abcdefg");
            expect(pair.server, "abcdefg");
            assertThat(System.nanoTime() - before).isGreaterThan(SHORTLY.toNanos());
            assertThat(pair.proxy.log()).hasSize(4);
        }
    }

    @Test
    void says421InPlaceOfAReply() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start();
                FaultProxy proxy = proxy(sink, Fault.insert421AtReply(3));
                Peer peer = new Peer(proxy.port())) {
            peer.expect(220).send("EHLO c\r\n").expect(250).send(ENVELOPE);
            assertThat(peer.line()).startsWith("421 4.3.2 ");
            peer.expectEnd();
        }
    }

    private static FaultProxy proxy(SmtpSink sink, Fault... faults) {
        return FaultProxy.to(sink.host(), sink.port())
                .plan(FaultPlan.first(faults))
                .start();
    }

    /** R-5321-12: what 421 answers was not carried out. */
    @Test
    void leavesOnceTheServerHasAnsweredWhatItGot() throws Exception {
        int octets = ("EHLO c\r\n" + ENVELOPE).length();
        try (SmtpSink sink = SmtpSink.builder().start();
                FaultProxy proxy = proxy(sink, Fault.leaveAfter(octets));
                Peer peer = new Peer(proxy.port())) {
            peer.expect(220).send("EHLO c\r\n").expect(250).send(ENVELOPE + "BDAT 3 LAST\r\nx\r\n");
            peer.expect(250, 250, 421).expectEnd();
            assertThat(sink.counters().messages()).isZero();
            assertThat(sink.counters().commands(Verb.BDAT)).isZero();
        }
    }

    @Test
    void refusesAndBlackHolesWithoutTheServer() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start();
                FaultProxy proxy = FaultProxy.to(sink.host(), sink.port())
                        .plan(number -> switch ((int) number) {
                            case 1 -> List.of(Fault.refuse());
                            case 2 -> List.of(Fault.blackHole());
                            default -> List.of();
                        })
                        .start()) {
            try (Peer refused = new Peer(proxy.port())) {
                expectReset(refused.socket());
            }
            try (Peer alone = new Peer(proxy.port())) {
                alone.send("EHLO c\r\n");
                expectSilence(alone.socket());
            }
            try (Peer peer = new Peer(proxy.port())) {
                peer.expect(220);
            }
            assertThat(sink.counters().connections()).isEqualTo(1);
            assertThat(proxy.log()).hasSize(2);
        }
    }

    @Test
    void stopsListeningForAWhile() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start();
                FaultProxy proxy = proxy(sink);
                Peer before = new Peer(proxy.port())) {
            before.expect(220);
            proxy.stopListening();
            assertThatThrownBy(() -> new Peer(proxy.port())).isInstanceOf(ConnectException.class);
            before.send("NOOP\r\n").expect(250);
            proxy.listen();
            try (Peer peer = new Peer(proxy.port())) {
                peer.expect(220);
            }
        }
    }

    @Test
    void keepsItsPortWhileItDoesNotListen() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start();
                FaultProxy proxy = proxy(sink);
                ServerSocket another = new ServerSocket()) {
            proxy.stopListening();
            another.setReuseAddress(false);
            assertThatThrownBy(() -> another.bind(new InetSocketAddress(proxy.host(), proxy.port())))
                    .isInstanceOf(BindException.class);
            proxy.listen();
            try (Peer peer = new Peer(proxy.port())) {
                peer.expect(220);
            }
        }
    }

    @Test
    void resetsWhomTheServerDoesNotTake() throws Exception {
        SmtpSink sink = SmtpSink.builder().start();
        sink.close();
        try (FaultProxy proxy = proxy(sink);
                Peer peer = new Peer(proxy.port())) {
            expectReset(peer.socket());
        }
    }

    @Test
    void cutsBehindARecordWithoutCloseNotify() throws Exception {
        String records = "\u0016\u0003\u0003\0\2ab" + "\u0017\u0003\u0003\0\1c";
        try (ProxiedPair pair = new ProxiedPair(Fault.cutAfterRecord(TO_CLIENT, 2))) {
            send(pair.server, "220-a\r\n220 b\r\n" + records + "\u0017\u0003\u0003\0\1d");
            expect(pair.client, "220-a\r\n220 b\r\n" + records);
            expectEnd(pair.client);
        }
    }

    @Test
    void cutsAHandshake() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().startTls().start();
                FaultProxy proxy = proxy(sink, Fault.cutAfterRecord(TO_CLIENT, 1));
                Peer peer = new Peer(proxy.port())) {
            peer.expect(220).send("EHLO c\r\nSTARTTLS\r\n").expect(250, 220);
            assertThatThrownBy(() -> peer.startTls(sink.certificates())).isInstanceOf(SSLException.class);
        }
    }

    @Test
    void closingEndsAllConnectionsAndThreads() throws Exception {
        try (ProxiedPair pair = new ProxiedPair(Fault.stallAfter(TO_SERVER, 1))) {
            send(pair.client, "abc");
            expect(pair.server, "a");
            pair.proxy.close();
            assertThat(pair.server.getInputStream().read()).isEqualTo(-1);
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                if (thread.getName().startsWith("fault-proxy")) {
                    thread.join(5_000);
                    assertThat(thread.isAlive()).isFalse();
                }
            }
        }
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> Fault.cutAfter(TO_SERVER, -1)).hasMessageContaining("found -1");
        assertThatThrownBy(() -> Fault.split(TO_SERVER, 0)).hasMessageContaining("found 0");
        assertThatThrownBy(() -> Fault.drip(TO_SERVER, 1, Duration.ZERO)).hasMessageContaining("found PT0S");
        assertThatThrownBy(() -> Fault.merge(TO_SERVER, 1 << 20, SHORTLY)).hasMessageContaining("65536");
        assertThatThrownBy(() -> Fault.insert421AtReply(0)).hasMessageContaining("found 0");
        assertThatThrownBy(() -> Faults.seeded(1).share(2)).hasMessageContaining("found 2.0");
        assertThatThrownBy(() -> Faults.seeded(1).within(0)).hasMessageContaining("found 0");
    }
}
