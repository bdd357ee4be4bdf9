/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.client.internal.content.LoneDotWriter;
import io.pipepost.smtp.client.internal.dialogue.Exchange;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import org.jspecify.annotations.Nullable;

/** The exchanges of a mail transaction: each hands its reply to the transaction. */
public abstract class TransactionExchange extends Exchange {
    private final Transaction transaction;

    TransactionExchange(Transaction transaction, @Nullable Command command, Phase phase) {
        super(command, phase);
        this.transaction = transaction;
    }

    public final Transaction transaction() {
        return transaction;
    }

    @Override
    public final void onReply(Reply reply) {
        deliver(reply);
        transaction.answered();
    }

    abstract void deliver(Reply reply);

    @Override
    public final void onFailure(Failure failure) {
        transaction.onFailure(failure);
    }

    static final class Mail extends TransactionExchange {
        Mail(Transaction transaction, Command.Mail command) {
            super(transaction, command, Phase.MAIL);
        }

        @Override
        void deliver(Reply reply) {
            transaction().onMail(reply);
        }
    }

    static final class Rcpt extends TransactionExchange {
        private final int index;

        Rcpt(Transaction transaction, Command.Rcpt command, int index) {
            super(transaction, command, Phase.RCPT);
            this.index = index;
        }

        @Override
        void deliver(Reply reply) {
            transaction().onRcpt(index, reply);
        }
    }

    static final class Data extends TransactionExchange {
        Data(Transaction transaction) {
            super(transaction, Command.Simple.DATA, Phase.DATA);
        }

        @Override
        void deliver(Reply reply) {
            transaction().onData(reply);
        }
    }

    /** A chunk that is not the last (R-3030-12). */
    static final class Chunk extends TransactionExchange {
        private final ContentWriter writer;

        Chunk(Transaction transaction, Command.Bdat command, ContentWriter writer) {
            super(transaction, command, Phase.WRITE);
            this.writer = writer;
        }

        @Override
        public ContentWriter content() {
            return writer;
        }

        @Override
        void deliver(Reply reply) {
            transaction().onChunk(reply, writer);
        }
    }

    /** The content behind a 354, or BDAT LAST with its octets. */
    static final class Content extends TransactionExchange {
        private final ContentWriter writer;

        Content(Transaction transaction, Command.@Nullable Bdat chunk, ContentWriter writer) {
            super(transaction, chunk, Phase.END_OF_DATA);
            this.writer = writer;
        }

        @Override
        public ContentWriter content() {
            return writer;
        }

        @Override
        void deliver(Reply reply) {
            transaction().onFinal(reply, writer);
        }

        /** R-5321-12: a 421 to the end of the data is a 4yz like any other; an earlier one proves that nothing was taken. */
        @Override
        public void onServerClosing(Reply reply) {
            if (writer.isWritten()) {
                onReply(reply);
            } else {
                super.onServerClosing(reply);
            }
        }
    }

    /** The lone dot of R-2920-06; its reply, whatever it says, changes nobody's rejection. */
    static final class LoneDot extends TransactionExchange {
        private final ContentWriter writer = new LoneDotWriter();

        LoneDot(Transaction transaction) {
            super(transaction, null, Phase.END_OF_DATA);
        }

        @Override
        public ContentWriter content() {
            return writer;
        }

        @Override
        void deliver(Reply reply) {
            transaction().onLoneDot(reply, writer);
        }
    }
}
