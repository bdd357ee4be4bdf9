/**
 * SMTP servers for tests and demonstrations: {@link io.pipepost.smtp.testing.SmtpSink} behaves as the RFCs ask and takes
 * every message; {@link io.pipepost.smtp.testing.ScriptedServer} says exactly what a script tells it to; {@link
 * io.pipepost.smtp.testing.FaultProxy} stands in front of any server and breaks connections by a plan.
 *
 * <pre>{@code
 * try (SmtpSink sink = SmtpSink.builder().startTls().credentials("user", "secret").keepMessages().start()) {
 *     // ... send a message to sink.host(), sink.port(), trusting sink.certificates().authority() ...
 *     sink.awaitCount(1, Duration.ofSeconds(5));
 *     sink.messages().get(0).recipients();
 * }
 * }</pre>
 */
@NullMarked
package io.pipepost.smtp.testing;

import org.jspecify.annotations.NullMarked;
