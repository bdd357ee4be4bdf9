/* SPDX-License-Identifier: Apache-2.0 */
/**
 * For programs that use Jakarta Mail: a {@link jakarta.mail.Transport} that sends through a shared client, and content and
 * messages made of a {@link jakarta.mail.internet.MimeMessage}. Its protocols are {@code pipepost} and {@code pipeposts}.
 * Needs an implementation of {@code jakarta.mail-api}, which the program brings.
 *
 * <pre>{@code
 * MimeMessage mail = new MimeMessage(session);
 * client.send(MimeMessages.message(mail));
 * }</pre>
 */
@NullMarked
package io.pipepost.smtp.jakarta;

import org.jspecify.annotations.NullMarked;
