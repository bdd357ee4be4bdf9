/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.TrustManagerFactory;

/** Makes clients that trust the demonstration's server and log in there. */
final class DemoClients {
    private final SmtpSink sink;
    private final Security security;
    private final Credentials credentials;

    DemoClients(SmtpSink sink, String user, String password) {
        this.sink = sink;
        this.security = Security.of(TlsMode.STARTTLS).trust(trust(sink));
        this.credentials = Credentials.password(user, password);
    }

    private static TrustManagerFactory trust(SmtpSink sink) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("sink", sink.certificates().authority());
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    SmtpClient create(int connections, SmtpObserver observer) {
        return SmtpClient.builder(Relay.of(sink.host(), sink.port()).withTrust(Trust.FLIGHT))
                .security(security)
                .credentials(credentials)
                .pool(PoolOptions.DEFAULT.withMaxConnections(connections))
                .observer(observer)
                .build();
    }
}
