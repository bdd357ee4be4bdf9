/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import jakarta.mail.Session;
import jakarta.mail.URLName;
import org.jspecify.annotations.Nullable;

/** The same as {@link PipepostTransport} with TLS from the first octet: the protocol {@code pipeposts}, port 465. */
public final class PipepostSslTransport extends PipepostTransport {
    /**
     * Creates a transport; Jakarta Mail does so.
     *
     * @param session the session whose properties are read
     * @param url the protocol, and what else is known of the server
     */
    public PipepostSslTransport(Session session, @Nullable URLName url) {
        super(session, url, "pipeposts", true);
    }
}
