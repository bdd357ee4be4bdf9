/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.opening;

import io.pipepost.smtp.client.internal.dialogue.Exchange;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.util.Objects;
import java.util.function.Consumer;

/** A line of the dialogue; its secret is wiped as soon as an answer, or the end of the connection, shows that it left. */
final class SecretStep extends Exchange {
    private final Consumer<Reply> then;

    SecretStep(Command command, Consumer<Reply> then) {
        super(command, Phase.AUTH);
        this.then = then;
    }

    @Override
    public void onReply(Reply reply) {
        wipe();
        then.accept(reply);
    }

    @Override
    public void onFailure(Failure failure) {
        wipe();
    }

    private void wipe() {
        Command command = Objects.requireNonNull(command());
        Authentication.wipe(command.secret());
    }
}
