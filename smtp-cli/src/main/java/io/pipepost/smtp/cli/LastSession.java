/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.mail.TlsFacts;
import org.jspecify.annotations.Nullable;

/** Remembers the newest connection's server and TLS, for failures, which do not name theirs. */
final class LastSession implements SmtpObserver {
    /** Written on event loops, read where outcomes are printed. */
    private volatile @Nullable TlsFacts tls;

    private volatile String server;

    LastSession(ServerAddress first) {
        this.server = first.toString();
    }

    @Override
    public void connected(long session, String host, int port) {
        server = ServerAddress.text(host, port);
    }

    @Override
    public void tlsStarted(long session, TlsFacts facts) {
        tls = facts;
    }

    @Nullable
    TlsFacts tls() {
        return tls;
    }

    /** As in {@code host:port}; the first configured one before there was a connection. */
    String server() {
        return server;
    }
}
