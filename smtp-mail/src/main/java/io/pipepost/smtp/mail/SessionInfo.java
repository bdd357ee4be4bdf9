/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mail;

import io.pipepost.smtp.protocol.Extensions;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Facts about a session that is ready for mail.
 *
 * @param id number of the session, unique in this process
 * @param host the server's name as configured
 * @param port the server's port
 * @param remoteAddress the address that was connected to
 * @param tls the TLS in force, or null for plain text
 * @param user the user who is logged in, or null
 * @param extensions what the server announced in its last reply to EHLO, without what the client was told to ignore
 */
public record SessionInfo(
        long id,
        String host,
        int port,
        SocketAddress remoteAddress,
        @Nullable TlsFacts tls,
        @Nullable String user,
        Extensions extensions) {}
