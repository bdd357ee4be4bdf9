/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import io.pipepost.smtp.client.internal.dialogue.Replies;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.EnhancedStatusCode;
import io.pipepost.smtp.protocol.Reply;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a server's refusal says about its connections; only codes count, since texts are anybody's (R-5321-03). */
public final class Refusals {
    private static final Set<Phase> OPENING = Set.of(Phase.GREETING, Phase.EHLO, Phase.AUTH);

    private Refusals() {}

    /**
     * Whether a server that has taken other connections may mean that this one is too many: 421 to a connection, to EHLO,
     * AUTH or the first MAIL; 450, 452 or 454 before a session is ready, AUTH included, with X.7.0 or X.7.1 (policy), X.3.2
     * (takes no messages) or X.4.5 (congestion). If it meant something else, no harm is done: others are still open, and
     * the next one is tried later.
     */
    public static boolean saysTooMany(Failure failure) {
        Reply reply = failure.reply();
        if (reply == null) {
            return false;
        }
        if (reply.code() == Replies.SERVER_CLOSING) {
            return OPENING.contains(failure.phase()) || failure.phase() == Phase.MAIL;
        }
        boolean busy = reply.code() == 450 || reply.code() == 452 || reply.code() == 454;
        return busy && OPENING.contains(failure.phase()) && isAboutLoad(reply.enhancedStatus());
    }

    private static boolean isAboutLoad(@Nullable EnhancedStatusCode status) {
        if (status == null) {
            return false;
        }
        return switch (status.subject()) {
            case 7 -> status.detail() <= 1;
            case 3 -> status.detail() == 2;
            case 4 -> status.detail() == 5;
            default -> false;
        };
    }

    /** R-5321-83: whether it is the number of messages on a connection; an idle timeout (X.4.2) says nothing of it. */
    public static boolean saysWornOut(Failure failure) {
        Reply reply = failure.reply();
        EnhancedStatusCode status = reply == null ? null : reply.enhancedStatus();
        return status != null && status.subject() == 5 && failure.phase() == Phase.MAIL;
    }
}
