/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import io.pipepost.smtp.protocol.SmtpSyntaxException;

/**
 * The connection on which a mechanism runs, as far as mechanisms care.
 *
 * @param host the name of the server to which the client connected, in visible ASCII: an internationalized name as
 *     A-labels
 * @param port the port to which the client connected, 1 to 65535
 */
public record SaslContext(String host, int port) {
    /**
     * Checks host and port: OAUTHBEARER sends both between separators (RFC 7628 section 3.1).
     *
     * @param host the server's name
     * @param port the port
     * @throws SmtpSyntaxException if the host is empty or holds anything but visible ASCII, or the port is out of range
     */
    public SaslContext {
        if (host.isEmpty()) {
            throw new SmtpSyntaxException("host must not be empty", -1);
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c <= ' ' || c >= 0x7F) {
                throw new SmtpSyntaxException("host must be visible ASCII, found U+%04X".formatted((int) c), i);
            }
        }
        if (port < 1 || port > 65535) {
            throw new SmtpSyntaxException("port must be 1 to 65535, found " + port, -1);
        }
    }
}
