/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.pipepost.smtp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;

/** What a sink says to EHLO (RFC 5321 section 4.1.1.1). */
final class EhloReply {
    private static final List<String> ALWAYS =
            List.of("PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES");

    private EhloReply() {}

    static Reply of(SinkConfig config, boolean tls) {
        List<String> lines = new ArrayList<>(ALWAYS);
        lines.add(config.maxSize() > 0 ? "SIZE " + config.maxSize() : "SIZE");
        if (config.startTls() && !tls) {
            lines.add("STARTTLS");
        }
        List<String> mechanisms = config.account().mechanisms();
        if (!mechanisms.isEmpty() && (tls || !config.requireTls())) {
            lines.add("AUTH " + String.join(" ", mechanisms));
        }
        lines.removeIf(line -> !config.offers(line.split(" ", 2)[0]));
        lines.addAll(config.extraLines());
        lines.add(0, config.name());
        return new Reply(250, lines);
    }
}
