/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mail.Sendable;
import java.util.concurrent.CompletableFuture;

/**
 * Sends mail: what code that only sends needs to know of a {@link SmtpClient} or a {@link SmtpSession}. One method, so that
 * tests can stand in for it with a lambda.
 */
@FunctionalInterface
public interface SmtpSender {
    /**
     * Sends mail.
     *
     * @param mail a {@link io.pipepost.smtp.mail.Message}, or composed mail, which goes to everybody in its To, Cc and Bcc
     * @param options what holds for this call
     * @return a future of the outcome; never throws for what happens at run time
     */
    CompletableFuture<SendResult> send(Sendable mail, SendOptions options);

    /**
     * Sends mail with {@link SendOptions#DEFAULT}.
     *
     * @param mail a {@link io.pipepost.smtp.mail.Message}, or composed mail
     * @return a future of the outcome; never throws for what happens at run time
     */
    default CompletableFuture<SendResult> send(Sendable mail) {
        return send(mail, SendOptions.DEFAULT);
    }
}
