/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.opening;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.pipepost.smtp.client.internal.border.Words;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Locale;

/** Why a TLS handshake failed, in words that do not depend on the engine. */
final class TlsWords {
    private TlsWords() {}

    static String of(Throwable root, List<String> protocols) {
        if (root instanceof ClosedChannelException) {
            return "the connection ended";
        }
        if (root instanceof NotSslRecordException) {
            return "the server does not begin with TLS; most servers of this kind want TlsMode.STARTTLS";
        }
        if (root instanceof SslHandshakeTimeoutException) {
            return "no answer in time; a server that wants TLS later is silent: TlsMode.STARTTLS";
        }
        String said = String.valueOf(root.getMessage());
        String upper = said.toUpperCase(Locale.ROOT).replace(' ', '_');
        if (upper.contains("PROTOCOL_VERSION") || upper.contains("UNSUPPORTED_PROTOCOL")) {
            return protocols.size() > 1
                    ? "the server speaks no version of TLS that is still safe, expected 1.2 or 1.3"
                    : "the server does not speak " + protocols.get(0)
                            + ", which is all that Security.protocols permits";
        }
        if (upper.contains("HANDSHAKE_FAILURE")) {
            return "the server has no cipher suite of TLS 1.2 or 1.3 in common with this client, or wants a client"
                    + " certificate: Security.clientCertificate";
        }
        if (said.startsWith("No subject alternative") || said.startsWith("No name matching")) {
            return said + "; Security.withServerName says which name to expect instead";
        }
        return Words.lost(root);
    }
}
