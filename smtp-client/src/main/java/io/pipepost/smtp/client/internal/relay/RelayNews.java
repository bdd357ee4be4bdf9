/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.mail.Failure;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the caller's observer, and the log, how relays are. What an observer throws must not disturb the pool. */
public final class RelayNews {
    private static final Logger LOG = LoggerFactory.getLogger("io.pipepost.smtp.client.relay");

    private final SmtpObserver observer;

    /** What a relay has shown of itself. */
    public enum News {
        NONE,
        DOWN,
        UP,
        LIMITED
    }

    public RelayNews(SmtpObserver observer) {
        this.observer = observer;
    }

    /**
     * Tells.
     *
     * @param news what is new
     * @param relay of which relay
     * @param connections of that relay, open or being opened
     * @param failure what shows it; null for {@link News#UP}
     */
    public void tell(News news, Relay relay, int connections, @Nullable Failure failure) {
        if (news == News.NONE) {
            return;
        }
        LOG.debug("{} {} {}", relay, news, failure == null ? "" : failure.message());
        Border.OBSERVER.tell(() -> {
            switch (news) {
                case DOWN -> observer.relayDown(relay, Objects.requireNonNull(failure));
                case UP -> observer.relayUp(relay);
                case LIMITED -> observer.relayLimited(relay, connections, Objects.requireNonNull(failure));
                default -> {}
            }
        });
    }
}
