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
 *
 * <table>
 * <caption>Where outcomes are met</caption>
 * <tr><th>type</th><th>says</th><th>met where</th></tr>
 * <tr><td>{@link io.pipepost.smtp.mail.RecipientResult}</td><td>what became of one recipient: a disposition, and the reply or
 *     the cause that decided it</td><td>in all of the others, one for each recipient of the envelope, in its order</td></tr>
 * <tr><td>{@link io.pipepost.smtp.mail.SendResult}</td><td>the server took responsibility for somebody</td>
 *     <td>the value of a future of {@link io.pipepost.smtp.client.SmtpSender#send send}; {@code SendOutcome.result()}</td></tr>
 * <tr><td>{@link io.pipepost.smtp.client.SmtpException}</td><td>nobody was accepted, or there is no session: one leaf for
 *     each thing that a caller can do</td><td>the failure of any future of this library;
 *     {@code SendOutcome.failure()}</td></tr>
 * <tr><td>{@link io.pipepost.smtp.mail.Failure}</td><td>why: cause, step, sentence, reply, exception</td>
 *     <td>{@code SmtpException.failure()}, and what observers are told</td></tr>
 * <tr><td>{@link io.pipepost.smtp.client.SendOutcome}</td><td>one message of many, with its result or its failure, and the
 *     caller's key</td><td>what {@link io.pipepost.smtp.client.SmtpClient#sendAll(java.util.stream.Stream) sendAll}
 *     gives</td></tr>
 * </table>
 */
@NullMarked
package io.pipepost.smtp.client;

import org.jspecify.annotations.NullMarked;
