/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static io.pipepost.smtp.testing.Direction.TO_SERVER;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The pieces and the moments in which octets pass, on frozen time. */
@ExtendWith(Leaks.class)
class LaneTest {
    private final EmbeddedChannel client = new EmbeddedChannel();
    private final EmbeddedChannel server = new EmbeddedChannel();

    private void open(Fault... faults) {
        client.freezeTime();
        new FaultedConnection(1, List.of(faults), new FaultLog(), client, server).open();
    }

    private void send(String text) {
        client.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
    }

    private void later(long millis) {
        client.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        client.runScheduledPendingTasks();
    }

    private List<String> written() {
        List<String> pieces = new ArrayList<>();
        for (ByteBuf piece = server.readOutbound(); piece != null; piece = server.readOutbound()) {
            pieces.add(piece.toString(US_ASCII));
            piece.release();
        }
        return pieces;
    }

    private void close() {
        client.close();
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void splits() {
        open(Fault.split(TO_SERVER, 3));
        send("abcdefgh");
        assertThat(written()).containsExactly("abc", "def", "gh");
        close();
    }

    @Test
    void drips() {
        open(Fault.drip(TO_SERVER, 2, Duration.ofMillis(10)));
        send("abcde");
        assertThat(written()).containsExactly("ab");
        later(9);
        assertThat(written()).isEmpty();
        later(1);
        assertThat(written()).containsExactly("cd");
        close();
    }

    @Test
    void mergesUntilThereIsEnough() {
        open(Fault.merge(TO_SERVER, 5, Duration.ofMillis(10)));
        send("ab");
        send("cd");
        assertThat(written()).isEmpty();
        send("ef");
        assertThat(written()).containsExactly("abcdef");
        close();
    }

    @Test
    void mergesUntilItIsLate() {
        open(Fault.merge(TO_SERVER, 5, Duration.ofMillis(10)));
        send("ab");
        later(9);
        send("cd");
        assertThat(written()).isEmpty();
        later(1);
        assertThat(written()).containsExactly("abcd");
        close();
    }

    @Test
    void delaysEachReadByTheSame() {
        open(Fault.delay(TO_SERVER, Duration.ofMillis(10)));
        send("ab");
        later(6);
        send("cd");
        later(4);
        assertThat(written()).containsExactly("ab");
        later(6);
        assertThat(written()).containsExactly("cd");
        close();
    }

    @Test
    void holdsBackAtAStopAndGoesOn() {
        open(Fault.stallAfter(TO_SERVER, 3, Duration.ofMillis(10)));
        send("abcd");
        assertThat(written()).containsExactly("abc");
        assertThat(client.config().isAutoRead()).isFalse();
        later(10);
        assertThat(written()).containsExactly("d");
        assertThat(client.config().isAutoRead()).isTrue();
        close();
    }

    @Test
    void stopsReadingWhenEnoughIsHeld() {
        open(Fault.delay(TO_SERVER, Duration.ofMillis(10)));
        send("x".repeat(Lane.HELD - 1));
        assertThat(client.config().isAutoRead()).isTrue();
        send("x");
        assertThat(client.config().isAutoRead()).isFalse();
        later(10);
        assertThat(client.config().isAutoRead()).isTrue();
        written();
        close();
    }
}
