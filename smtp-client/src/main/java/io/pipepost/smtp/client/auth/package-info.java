/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Logging in: credentials and SASL mechanisms (RFC 4954, RFC 4422), without any I/O.
 *
 * <p>{@link io.pipepost.smtp.client.auth.Credentials} say who logs in and with what. A
 * {@link io.pipepost.smtp.client.auth.SaslMechanism} turns them into a
 * {@link io.pipepost.smtp.client.auth.SaslExchange}, which answers the challenges of one attempt; base64, line lengths
 * and the decision whether a mechanism may be used on a connection are the session's.
 *
 * <pre>{@code
 * Credentials password = Credentials.password("tim", "tanstaaftanstaaf");
 * Credentials token = Credentials.token("user@example.com", accessToken);
 * }</pre>
 *
 * <p>A mechanism of one's own is an implementation of the interface. This one is PLAIN with an authorization identity,
 * for an administrator who sends as somebody else:
 *
 * <pre>{@code
 * record PlainOnBehalf(String authzid) implements SaslMechanism {
 *     public String name() {
 *         return "PLAIN";
 *     }
 *
 *     public boolean accepts(Credentials credentials) {
 *         return credentials instanceof Credentials.Password;
 *     }
 *
 *     public SaslExchange start(Credentials credentials, SaslContext context) {
 *         return new SaslExchange() {
 *             private boolean sent;
 *
 *             public boolean hasInitialResponse() {
 *                 return true;
 *             }
 *
 *             public CompletionStage<byte[]> respond(byte[] challenge) {
 *                 if (sent) {
 *                     return CompletableFuture.failedFuture(new IllegalStateException("unexpected challenge"));
 *                 }
 *                 sent = true;
 *                 byte[] names = (authzid + '\0' + credentials.user() + '\0').getBytes(StandardCharsets.UTF_8);
 *                 byte[] secret = credentials.secret();
 *                 byte[] response = Arrays.copyOf(names, names.length + secret.length);
 *                 System.arraycopy(secret, 0, response, names.length, secret.length);
 *                 Arrays.fill(secret, (byte) 0);
 *                 return CompletableFuture.completedFuture(response);
 *             }
 *
 *             public boolean isComplete() {
 *                 return sent;
 *             }
 *
 *             public @Nullable String failureDetail() {
 *                 return null;
 *             }
 *
 *             public void close() {}
 *         };
 *     }
 * }
 * }</pre>
 */
@NullMarked
package io.pipepost.smtp.client.auth;

import org.jspecify.annotations.NullMarked;
