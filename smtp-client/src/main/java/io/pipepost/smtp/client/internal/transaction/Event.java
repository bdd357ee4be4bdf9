/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import java.util.EnumSet;
import java.util.Set;

/** What may happen to a transaction that is under way. */
enum Event {
    FINAL("the end of the data is answered"),
    ORDER_PROVED("a held final reply proves to be in order"),
    DATA_REFUSED("DATA is refused"),
    NOBODY_LEFT("everything is answered, and nobody is left"),
    LOST("the connection is lost"),
    SERVER_CLOSING("the server says that it closes (421, or 221 unasked)"),
    ORDER_BROKEN("a reply comes that cannot be"),
    ENDED_HERE("the connection is ended on this side"),
    STOPPED("the caller cancels"),
    EXPIRED("its time is over"),
    SOURCE_FAILED("its content fails between two chunks");

    /** The server has spoken, and not for the message. */
    static final Set<Event> NO = EnumSet.of(FINAL, ORDER_PROVED, DATA_REFUSED, NOBODY_LEFT);

    /** The connection ends with replies missing. */
    static final Set<Event> END = EnumSet.of(LOST, SERVER_CLOSING, ORDER_BROKEN, ENDED_HERE);

    private final String text;

    Event(String text) {
        this.text = text;
    }

    /** For people. */
    String text() {
        return text;
    }

    @SuppressWarnings("EnumOrdinal") // A place among bits that live no longer than this program.
    int bit() {
        return 1 << ordinal();
    }

    /** The end of the connection, as those see it whose replies are missing. */
    static Event of(Failure end) {
        FailureCause cause = end.cause();
        if (cause == FailureCause.CONNECTION_LOST) {
            return LOST;
        } else if (cause == FailureCause.SERVER_CLOSING) {
            return SERVER_CLOSING;
        }
        return cause == FailureCause.PROTOCOL_VIOLATION ? ORDER_BROKEN : ENDED_HERE;
    }
}
