/**
 * The SMTP client: build a {@link io.pipepost.smtp.client.SmtpClient}, send messages, read the results.
 *
 * <pre>{@code
 * try (SmtpClient client = SmtpClient.builder("smtp.example.com", 587)
 *         .credentials(Credentials.password("user", "secret"))
 *         .build()) {
 *     Message message = Message.of("alice@example.com", List.of("bob@example.org"), Content.of(bytes));
 *     client.send(message).thenAccept(result -> System.out.println(result.reply())).join();
 * }
 * }</pre>
 */
@NullMarked
package io.pipepost.smtp.client;

import org.jspecify.annotations.NullMarked;
