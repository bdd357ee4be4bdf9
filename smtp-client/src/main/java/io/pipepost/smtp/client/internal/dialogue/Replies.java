/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.EnhancedStatusCode;
import io.pipepost.smtp.protocol.Reply;

/** What reply codes mean, where they may stand. */
public final class Replies {
    public static final int SERVER_CLOSING = 421;
    static final int SEND_CONTENT = 354;
    public static final int CHALLENGE = 334;
    public static final int AUTHENTICATED = 235;
    public static final int AUTHENTICATION_REQUIRED = 530;
    public static final int WRONG_CREDENTIALS = 535;
    public static final int TRANSACTION_FAILED = 554;

    private Replies() {}

    /**
     * R-5321-13: codes tied to one exchange are signs of a lost step anywhere else. Others go by their first digit
     * (R-5321-04, R-5321-05).
     */
    static boolean mayAnswer(Phase phase, int code) {
        return switch (code / 100) {
            case 2 -> positiveMayAnswer(phase, code);
            case 3 -> (phase == Phase.DATA && code == SEND_CONTENT) || (phase == Phase.AUTH && code == CHALLENGE);
            case 4, 5 -> true;
            default -> false;
        };
    }

    private static boolean positiveMayAnswer(Phase phase, int code) {
        return switch (phase) {
            case GREETING -> code != 221 && code != AUTHENTICATED;
            case STARTTLS -> code == 220;
            case AUTH -> code == AUTHENTICATED;
            case DATA -> false;
            case QUIT -> code != 220 && code != AUTHENTICATED;
            default -> code != 220 && code != 221 && code != AUTHENTICATED;
        };
    }

    static Failure serverClosing(Phase phase, String step, Reply reply) {
        return Failure.of(FailureCause.SERVER_CLOSING, phase, "The server closes the connection " + step, reply);
    }

    /** The disposition that a negative reply gives. */
    public static Disposition rejection(Reply reply) {
        return reply.isTransientNegative() ? Disposition.REJECTED_TEMPORARY : Disposition.REJECTED_PERMANENT;
    }

    /**
     * R-5321-56: 552 to RCPT once meant "too many recipients", which is temporary; RFC 1870 gives it a permanent meaning.
     */
    public static Disposition recipientRejection(Reply reply, boolean earlierAccepted) {
        if (reply.code() != 552) {
            return rejection(reply);
        }
        EnhancedStatusCode status = reply.enhancedStatus();
        boolean tooMany = status == null ? earlierAccepted : status.subject() == 5 && status.detail() == 3;
        return tooMany ? Disposition.REJECTED_TEMPORARY : Disposition.REJECTED_PERMANENT;
    }

    /** R-2920-17: the server does not know, or not here, a command that it knows elsewhere. */
    public static boolean deniesOverlap(Reply reply) {
        return reply.code() == 500 || reply.code() == 502 || reply.code() == 503;
    }

    /** R-5321-83: "too many messages on this connection". */
    public static boolean saysWornOut(Reply reply) {
        EnhancedStatusCode status = reply.enhancedStatus();
        return reply.code() == 452 && status != null && status.subject() == 5 && status.detail() == 3;
    }
}
