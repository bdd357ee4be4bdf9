/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A command and its one reply. The greeting and the mail data are exchanges too, without a command, so that every reply
 * belongs to exactly one. Ends with exactly one of {@link #onReply}, {@link #onServerClosing} and {@link #onFailure}.
 */
public abstract class Exchange {
    private final @Nullable Command command;
    private final Phase phase;

    public Exchange(@Nullable Command command, Phase phase) {
        this.command = command;
        this.phase = phase;
    }

    public final @Nullable Command command() {
        return command;
    }

    /** Names the timeout for the reply, and the step in failures. */
    public final Phase phase() {
        return phase;
    }

    /** The step in messages. */
    public String step() {
        return Words.at(phase);
    }

    /** Content that is written behind the command, or in place of one. */
    @Nullable
    public ContentWriter content() {
        return null;
    }

    /** It will never be written, or not to its end. */
    public final void abandonContent() {
        ContentWriter content = content();
        if (content != null) {
            content.abort();
        }
    }

    /** R-2920-02: whether the reply must be in before anything else is written. */
    public boolean endsGroup() {
        return command != null && command.verb().endsGroup();
    }

    /** How long the reply may take once it is the oldest missing one. */
    public Duration patience(Timeouts timeouts) {
        return timeouts.of(phase);
    }

    public abstract void onReply(Reply reply);

    /** The reply is a 421: the connection is gone once this returns. */
    public void onServerClosing(Reply reply) {
        onFailure(Replies.serverClosing(phase, step(), reply));
    }

    /** The connection ended before the reply was complete. */
    public abstract void onFailure(Failure failure);
}
