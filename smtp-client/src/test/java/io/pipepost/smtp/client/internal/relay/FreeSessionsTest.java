/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.pipepost.smtp.client.GrowthOptions;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.mail.Failure;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FreeSessionsTest {
    private final Route route = new Route(Relay.of("relay.test", 25), GrowthOptions.DEFAULT, () -> 0);

    /** A place without a session. */
    private static final class Empty extends Place {
        Empty(Route route) {
            super(route);
        }

        @Override
        public void open(EventLoop loop) {
            throw new AssertionError("nobody asks for that");
        }

        @Override
        public void assign(Transaction transaction) {
            throw new AssertionError("nobody asks for that");
        }

        @Override
        public void retire() {
            throw new AssertionError("nobody asks for that");
        }

        @Override
        public void abort(Failure failure) {
            throw new AssertionError("nobody asks for that");
        }

        @Override
        public @Nullable String awaited() {
            return null;
        }
    }

    @Test
    void manySessionsComeAndGoInAnyOrder() {
        FreeSessions free = new FreeSessions();
        List<Place> places =
                IntStream.range(0, 5).<Place>mapToObj(i -> new Empty(route)).toList();
        places.forEach(place -> free.add(place, true));
        free.remove(places.get(2));
        free.remove(places.get(1));
        free.remove(places.get(1));
        assertThat(free.idle()).isEqualTo(3);
        assertThat(free.take()).isSameAs(places.get(4));
        free.remove(places.get(0));
        assertThat(free.take()).isSameAs(places.get(3));
        assertThat(free.take()).isNull();
        assertThat(free.idle()).isZero();
    }
}
