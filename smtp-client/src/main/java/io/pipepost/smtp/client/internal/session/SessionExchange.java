/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.internal.dialogue.Exchange;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** The exchanges of a session between its transactions. If the connection ends, the session tells of it. */
abstract class SessionExchange extends Exchange {
    private final Session session;

    SessionExchange(Session session, Command command, Phase phase) {
        super(command, phase);
        this.session = session;
    }

    final Session session() {
        return session;
    }

    @Override
    public void onFailure(Failure failure) {}

    /** A command of the caller's. Whoever refuses NOOP or RSET is not to be relied on (R-5321-39). */
    static final class Question extends SessionExchange {
        private final CompletableFuture<Reply> answer;

        Question(Session session, Command command, CompletableFuture<Reply> answer) {
            super(session, command, Phase.RSET);
            this.answer = answer;
        }

        /** The phase names only the timeout that is shared by all of them. */
        @Override
        public String step() {
            return "at " + Objects.requireNonNull(command()).verb().toString().toLowerCase(Locale.ROOT);
        }

        @Override
        public void onReply(Reply reply) {
            boolean probe = command() == Command.Simple.NOOP || command() == Command.Simple.RSET;
            if (probe && !reply.isPositive()) {
                session().retire();
            }
            answer.complete(reply);
        }

        @Override
        public void onFailure(Failure failure) {
            answer.completeExceptionally(SmtpException.of(failure, List.of()));
        }
    }

    /** R-5321-40: whatever comes back, the connection ends. */
    static final class Quit extends SessionExchange {
        Quit(Session session) {
            super(session, Command.Simple.QUIT, Phase.QUIT);
        }

        @Override
        public void onReply(Reply reply) {
            session().fail(Failure.of(FailureCause.CONNECTION_LOST, Phase.QUIT, "Closed in good order", reply));
        }
    }
}
