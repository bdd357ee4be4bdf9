/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.client.Timeouts;
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
abstract class Exchange {
    private final @Nullable Command command;
    private final Phase phase;

    Exchange(@Nullable Command command, Phase phase) {
        this.command = command;
        this.phase = phase;
    }

    final @Nullable Command command() {
        return command;
    }

    /** Names the timeout for the reply, and the step in failures. */
    final Phase phase() {
        return phase;
    }

    /** The step in messages. */
    String step() {
        return Words.at(phase);
    }

    /** Content that is written behind the command, or in place of one. */
    @Nullable
    ContentWriter content() {
        return null;
    }

    /** It will never be written, or not to its end. */
    final void abandonContent() {
        ContentWriter content = content();
        if (content != null) {
            content.abort();
        }
    }

    /** R-2920-02: whether the reply must be in before anything else is written. */
    boolean endsGroup() {
        return command != null && command.verb().endsGroup();
    }

    /** How long the reply may take once it is the oldest missing one. */
    Duration patience(Timeouts timeouts) {
        return timeouts.of(phase);
    }

    abstract void onReply(Reply reply);

    /** The reply is a 421: the connection is gone once this returns. */
    void onServerClosing(Reply reply) {
        onFailure(Replies.serverClosing(phase, step(), reply));
    }

    /** The connection ended before the reply was complete. */
    abstract void onFailure(Failure failure);
}
