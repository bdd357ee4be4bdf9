/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

/** What a client can send: a {@link Message}, or what one is made of, such as {@link io.pipepost.smtp.mime.MailMessage}. */
public interface Sendable {
    /**
     * What is sent.
     *
     * @return envelope and content
     */
    Message toMessage();
}
