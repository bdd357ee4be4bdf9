/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.mail.Failure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whoever waits for a greeting is told what the server may be waiting for, and goes on waiting. */
class SilenceTest {
    private static final String HINT = "mx.test:25 has said nothing for 10 s; a silent server often wants TLS from the"
            + " first octet: TlsMode.IMPLICIT";

    private static final String GREETED = "S: 220 x\nC: EHLO client.test\nS: 250 x\n";

    private final List<String> told = new ArrayList<>();
    private final List<String> ends = new ArrayList<>();
    private final HostRecord relay = HostRecord.trusting(new TrainDepth(1));

    private Dialogue connection() {
        return new Dialogue()
                .known(relay)
                .observer(new SmtpObserver() {
                    @Override
                    public void silent(long session, String sentence) {
                        told.add(sentence);
                    }

                    @Override
                    public void closed(long session, @Nullable Failure failure) {
                        ends.add(failure == null ? "" : failure.message());
                    }
                })
                .connect();
    }

    @Test
    void toldAfterTenSecondsAndStillAwaited() {
        Dialogue slow = connection().play("+10s-1ns");
        assertThat(told).isEmpty();
        slow.play("+1ns");
        assertThat(told).containsExactly(HINT);
        slow.play("+4m\n" + GREETED);
        assertThat(told).hasSize(1);
    }

    @Test
    void toldOnceForARelayUntilItGreets() {
        connection().play("+11s");
        Dialogue second = connection().play("+11s");
        assertThat(told).containsExactly(HINT);
        second.play(GREETED);
        connection().play("+11s");
        assertThat(told).containsExactly(HINT, HINT);
    }

    /** Some servers say the first line at once and the last one late, to see who does not wait for it. */
    @Test
    void notToldOfAGreetingThatHasBegun() {
        connection()
                .play("S: 220-wait\n+5m-1ns\n+1ns\n=> OPEN_FAILED(timeout) at greeting\n=> DROP(timeout) at greeting");
        assertThat(told).isEmpty();
        assertThat(ends).containsExactly("No complete reply within 5 min at greeting");
    }

    @Test
    void notToldOfWhoHasSpokenOrGone() {
        connection().play(GREETED + "+11s");
        connection()
                .play("CLOSE\n=> OPEN_FAILED(connection-lost) at greeting\n=> DROP(connection-lost) at greeting")
                .play("+11s");
        assertThat(told).isEmpty();
    }
}
