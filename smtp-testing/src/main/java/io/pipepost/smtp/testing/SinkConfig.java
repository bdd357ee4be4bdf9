/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.handler.ssl.SslContext;
import io.pipepost.smtp.protocol.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How a sink behaves; made by {@link SmtpSink.Builder}, read by all sessions. */
record SinkConfig(
        String name,
        Set<String> hidden,
        List<String> extraLines,
        Duration latency,
        long maxSize,
        int maxRecipients,
        int messagesPerConnection,
        SinkAccount account,
        boolean requireAuth,
        boolean requireTls,
        boolean implicitTls,
        boolean startTls,
        @Nullable SslContext sslContext,
        List<SinkRule> rules,
        @Nullable Phase dropAfter,
        @Nullable Consumer<Received> receiver) {

    @Nullable
    Reply rule(Phase phase, String argument) {
        for (SinkRule rule : rules) {
            Reply reply = rule.reply(phase, argument);
            if (reply != null) {
                return reply;
            }
        }
        return null;
    }

    boolean offers(String keyword) {
        return !hidden.contains(keyword);
    }
}
