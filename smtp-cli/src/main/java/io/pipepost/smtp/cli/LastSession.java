/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.mail.TlsFacts;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the newest connection's server and TLS, for failures, which do not name theirs; and tells at once of a server
 * that says nothing, since whoever waits may have chosen the wrong port.
 */
final class LastSession implements SmtpObserver {
    /** Written on event loops, read where outcomes are printed. */
    private volatile @Nullable TlsFacts tls;

    private volatile String server;

    /** Written before there is a connection, read on event loops. */
    private volatile Consumer<String> teller;

    LastSession(ServerAddress first, Consumer<String> teller) {
        this.server = first.toString();
        this.teller = teller;
    }

    /** Who is told of a silent server from now on. */
    void tellBy(Consumer<String> other) {
        teller = other;
    }

    @Override
    public void silent(long session, String sentence) {
        teller.accept(OptionNames.in(sentence));
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
