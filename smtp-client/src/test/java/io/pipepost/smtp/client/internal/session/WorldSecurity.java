/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.TlsEngine;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.internal.opening.TlsUpgrade;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.testing.TestCertificates;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** How the connections of {@link World}s are protected; made once, since that takes long. */
enum WorldSecurity {
    CLEAR(TlsMode.NONE, TlsEngine.JDK),
    IF_OFFERED(TlsMode.IF_OFFERED, TlsEngine.JDK),
    START_TLS(TlsMode.STARTTLS, TlsEngine.JDK),
    IMPLICIT(TlsMode.IMPLICIT, TlsEngine.JDK),
    IMPLICIT_NATIVE(TlsMode.IMPLICIT, TlsEngine.AUTO);

    private static final SSLContext SERVER = TestCertificates.shared().serverContext();

    private final Security security;
    private final TlsUpgrade upgrade;

    WorldSecurity(TlsMode mode, TlsEngine engine) {
        security = Security.of(mode).trustAnythingInsecurely().engine(engine).allowAuthWithoutTls();
        upgrade = mode == TlsMode.NONE ? new NoTls() : new TlsSupport(security, "mx.test", 25);
    }

    Security security() {
        return security;
    }

    TlsUpgrade upgrade() {
        return upgrade;
    }

    boolean isClear() {
        return this == CLEAR;
    }

    boolean isImplicit() {
        return security.mode(25) == TlsMode.IMPLICIT;
    }

    boolean startsInClear() {
        return this == START_TLS || this == IF_OFFERED;
    }

    /** The server's end. */
    WorldTls accept() {
        SSLEngine engine = SERVER.createSSLEngine();
        engine.setUseClientMode(false);
        return new WorldTls(engine);
    }
}
