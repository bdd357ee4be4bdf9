/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message that {@link SmtpSink} has accepted. Immutable, but for the array that {@link #content()} lends. */
public final class Received {
    private final long session;
    private final String from;
    private final List<String> recipients;
    private final List<String> parameters;
    private final byte[] content;
    private final boolean tls;
    private final @Nullable String user;

    Received(
            long session,
            String from,
            List<String> recipients,
            List<String> parameters,
            byte[] content,
            boolean tls,
            @Nullable String user) {
        this.session = session;
        this.from = from;
        this.recipients = List.copyOf(recipients);
        this.parameters = List.copyOf(parameters);
        this.content = content;
        this.tls = tls;
        this.user = user;
    }

    /**
     * The connection it came over.
     *
     * @return 1 for the first connection of the sink
     */
    public long session() {
        return session;
    }

    /**
     * The reverse-path.
     *
     * @return as it came, without angle brackets; empty for the null reverse-path
     */
    public String from() {
        return from;
    }

    /**
     * The forward-paths that were accepted.
     *
     * @return as they came, without angle brackets, in their order
     */
    public List<String> recipients() {
        return recipients;
    }

    /**
     * The parameters of MAIL.
     *
     * @return as they came, for example {@code SIZE=120}
     */
    public List<String> parameters() {
        return parameters;
    }

    /**
     * The content, without stuffed dots and without the lone dot.
     *
     * @return the octets; the same array at each call, not to be changed
     */
    public byte[] content() {
        return content;
    }

    /**
     * The content as text.
     *
     * @return decoded as UTF-8
     */
    public String text() {
        return new String(content, StandardCharsets.UTF_8);
    }

    /**
     * Tells whether it came under TLS.
     *
     * @return true under implicit TLS and behind STARTTLS
     */
    public boolean tls() {
        return tls;
    }

    /**
     * Who sent it.
     *
     * @return the authenticated user, or null without AUTH
     */
    public @Nullable String user() {
        return user;
    }

    @Override
    public String toString() {
        return "Received[session=" + session + ", from=" + from + ", recipients=" + recipients + ", octets="
                + content.length + "]";
    }
}
