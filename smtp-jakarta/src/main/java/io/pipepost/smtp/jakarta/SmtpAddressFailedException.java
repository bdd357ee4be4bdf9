/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.protocol.Reply;
import jakarta.mail.SendFailedException;
import jakarta.mail.internet.InternetAddress;
import org.jspecify.annotations.Nullable;

/** What became of a message for one address; found behind a {@link SmtpSendFailedException} by {@code getNextException}. */
public final class SmtpAddressFailedException extends SendFailedException {
    private static final long serialVersionUID = 1L;

    private final transient InternetAddress address;
    private final transient @Nullable Reply reply;

    SmtpAddressFailedException(
            String message, InternetAddress address, @Nullable Reply reply, @Nullable Exception next) {
        super(message, next);
        this.address = address;
        this.reply = reply;
    }

    /**
     * The address.
     *
     * @return as the caller gave it
     */
    public InternetAddress getAddress() {
        return address;
    }

    /**
     * The reply that decided.
     *
     * @return null if the address was malformed and never sent
     */
    public @Nullable Reply reply() {
        return reply;
    }

    /**
     * The code of the reply.
     *
     * @return for example 550; -1 if there was no reply
     */
    public int getReturnCode() {
        return reply == null ? -1 : reply.code();
    }
}
