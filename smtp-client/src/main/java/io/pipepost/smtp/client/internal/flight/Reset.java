/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.flight;

import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.internal.dialogue.Exchange;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;

/** RSET between transactions, and why it is sent. */
final class Reset extends Exchange {
    private final Flight flight;
    private final Reason reason;

    enum Reason {
        /** Behind a transaction that did not succeed (R-5321-48). */
        AFTER_REFUSAL,
        /** In front of a transaction, behind content whose reply is missing (R-2920-04, R-3030-10). */
        BETWEEN,
        /** Alone behind content whose reply is missing, to see what the server makes of it (R-2920-19). */
        PROBE
    }

    Reset(Flight flight, Reason reason) {
        super(Command.Simple.RSET, Phase.RSET);
        this.flight = flight;
        this.reason = reason;
    }

    boolean isProbe() {
        return reason == Reason.PROBE;
    }

    @Override
    public Duration patience(Timeouts timeouts) {
        return reason == Reason.AFTER_REFUSAL ? super.patience(timeouts) : flight.patience();
    }

    @Override
    public void onReply(Reply reply) {
        flight.onReset(reply, reason);
    }

    /** R-2920-19: whoever answers the end of the data, and then nothing, has thrown away what stood behind it. */
    @Override
    public void onFailure(Failure failure) {
        if (failure.cause() == FailureCause.TIMEOUT
                && failure.phase() == Phase.RSET
                && reason != Reason.AFTER_REFUSAL) {
            flight.onNothingBehind();
        }
    }
}
