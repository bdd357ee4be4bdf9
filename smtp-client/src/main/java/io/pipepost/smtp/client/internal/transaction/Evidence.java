/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.client.internal.dialogue.Replies;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.protocol.Reply;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one attempt at a mail transaction, as far as {@link Verdict} depends on it. It only grows, but for two
 * things: a write that failed was none, and a reply that shows that the server goes on takes a doubt away.
 */
@EventLoopConfined
public final class Evidence {
    /** Why replies to a transaction are no verdict on it, if they are not (R-2920-17, R-2920-21). */
    public enum Doubt {
        NONE,
        /** The server may process it all the same. */
        SERVER_MAY_GO_ON,
        /** The server has shown that it does nothing more, should no reply come to remove the doubt. */
        SERVER_GOES_NO_FURTHER
    }

    private int ordinal;
    private int accepted;
    private @Nullable Reply mailReply;
    private @Nullable Reply chunkRefusal;
    private @Nullable Reply finalReply;
    private boolean sawRefusal;
    private boolean answeredTooEarly;
    private Doubt doubt = Doubt.NONE;
    private @Nullable Failure doubtReason;

    /** Content that is, or has been, written to its end unless something goes wrong: the last chunk if there are several. */
    private @Nullable ContentWriter content;

    private boolean chunkBegun;

    // ---- what comes to be known

    /** It is begun. */
    void onBegun(int ordinalOfConnection) {
        ordinal = ordinalOfConnection;
    }

    void onMail(Reply reply) {
        mailReply = reply;
        sawRefusal |= reply.isNegative();
        if (reply.isPositive()) {
            // What the server says of this transaction from here on is a verdict.
            trust();
        }
    }

    void onRcpt(Reply reply) {
        sawRefusal |= reply.isNegative();
        accepted += reply.isPositive() ? 1 : 0;
    }

    /** DATA or the content was refused. */
    void onRefused() {
        sawRefusal = true;
    }

    /** The content, or its last chunk, is in the session's order. */
    void onContentQueued(ContentWriter writer) {
        content = writer;
    }

    /** Nothing of the content was written, and nothing will be. */
    void onContentWithdrawn() {
        content = null;
    }

    void onChunkBegun() {
        chunkBegun = true;
    }

    /** R-3030-05: it is the word on the message. */
    void onChunkRefused(Reply reply) {
        chunkRefusal = chunkRefusal == null ? reply : chunkRefusal;
    }

    void onFinal(Reply reply) {
        finalReply = reply;
    }

    /** R-5321-74: the server answers as if it had all of the content. */
    void onAnsweredTooEarly() {
        answeredTooEarly = true;
    }

    /** R-2920-17, R-2920-21: the server's replies are about the connection, or about what was in front. */
    public void doubt(Failure reason, Doubt how) {
        if (doubt == Doubt.NONE) {
            doubt = how;
            doubtReason = reason;
        }
    }

    /** The server has processed what stands in front after all, so it may have done the same with this. */
    public void trust() {
        doubt = Doubt.NONE;
        doubtReason = null;
    }

    // ---- what is known

    int ordinal() {
        return ordinal;
    }

    @Nullable
    Reply mailReply() {
        return mailReply;
    }

    boolean mailRefused() {
        return mailReply != null && mailReply.isNegative();
    }

    /** Recipients to whose RCPT the server has said yes. */
    int accepted() {
        return accepted;
    }

    @Nullable
    Reply chunkRefusal() {
        return chunkRefusal;
    }

    @Nullable
    public Reply finalReply() {
        return finalReply;
    }

    /** R-2920-21: whether the server has said no to anything; what was only given up on this side is none. */
    public boolean sawRefusal() {
        return sawRefusal || chunkRefusal != null;
    }

    /** R-5321-83: whether the server says that the connection has carried enough. */
    public boolean saysWornOut() {
        return ordinal > 1 && mailReply != null && mailReply.isNegative() && Replies.saysWornOut(mailReply);
    }

    public boolean isDoubted() {
        return doubt != Doubt.NONE;
    }

    @Nullable
    Failure doubtReason() {
        return doubtReason;
    }

    @Nullable
    ContentWriter content() {
        return content;
    }

    public boolean contentBegun() {
        return chunkBegun || (content != null && content.isStarted());
    }

    // ---- as facts

    /**
     * All of it.
     *
     * @param more facts that stand elsewhere
     */
    int facts(int more) {
        return more | factsOfReplies() | factsOfContent() | factsOfPlace();
    }

    private int factsOfReplies() {
        int facts = bit(Fact.SOMEBODY_ACCEPTED, accepted > 0) | bit(Fact.CHUNK_REFUSED, chunkRefusal != null);
        Reply mail = mailReply;
        if (mail == null) {
            return facts;
        }
        boolean refused = mail.isNegative();
        return facts
                | Fact.MAIL_ANSWERED.bit()
                | bit(Fact.MAIL_REFUSED, refused)
                | bit(Fact.WORN_OUT, refused && Replies.saysWornOut(mail));
    }

    private int factsOfContent() {
        ContentWriter writer = content;
        if (writer == null) {
            return bit(Fact.CONTENT_BEGUN, chunkBegun);
        }
        return bit(Fact.CONTENT_BEGUN, contentBegun())
                | bit(Fact.HANDED_OVER, answeredTooEarly || writer.handedOver())
                | bit(Fact.WRITTEN, writer.isWritten());
    }

    private int factsOfPlace() {
        return bit(Fact.NOT_FIRST, ordinal > 1)
                | bit(Fact.UNPROVED, isDoubted())
                | bit(Fact.SILENCE_IS_NO, doubt == Doubt.SERVER_GOES_NO_FURTHER);
    }

    static int bit(Fact fact, boolean holds) {
        return holds ? fact.bit() : 0;
    }
}
