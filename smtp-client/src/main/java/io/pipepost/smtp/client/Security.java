/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.util.NetUtil;
import io.pipepost.smtp.protocol.DomainName;
import java.nio.file.Path;
import java.util.Objects;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How connections are protected. By default TLS is required, version 1.2 or later (RFC 8996), and the server's
 * certificate chain and name are verified (RFC 7817) against the platform's trust store.
 *
 * <p>Immutable; each method returns a changed copy.
 */
public final class Security {
    private final TlsMode mode;
    private final TlsEngine engine;
    private final boolean trustAnything;
    private final @Nullable Path caFile;
    private final @Nullable TrustManagerFactory trustManager;
    private final @Nullable Path certificateFile;
    private final @Nullable Path keyFile;
    private final boolean plaintextAuth;
    private final @Nullable String serverName;

    private Security(Builder b) {
        this.mode = b.mode;
        this.engine = b.engine;
        this.trustAnything = b.trustAnything;
        this.caFile = b.caFile;
        this.trustManager = b.trustManager;
        this.certificateFile = b.certificateFile;
        this.keyFile = b.keyFile;
        this.plaintextAuth = b.plaintextAuth;
        this.serverName = b.serverName;
    }

    /** The fields while they change; keeps the copies below to a line each. */
    private static final class Builder {
        private TlsMode mode;
        private TlsEngine engine = TlsEngine.AUTO;
        private boolean trustAnything;
        private @Nullable Path caFile;
        private @Nullable TrustManagerFactory trustManager;
        private @Nullable Path certificateFile;
        private @Nullable Path keyFile;
        private boolean plaintextAuth;
        private @Nullable String serverName;

        Builder(TlsMode mode) {
            this.mode = mode;
        }
    }

    private Builder copy() {
        Builder b = new Builder(mode);
        b.engine = engine;
        b.trustAnything = trustAnything;
        b.caFile = caFile;
        b.trustManager = trustManager;
        b.certificateFile = certificateFile;
        b.keyFile = keyFile;
        b.plaintextAuth = plaintextAuth;
        b.serverName = serverName;
        return b;
    }

    /**
     * The default for a port.
     *
     * @param port the server's port
     * @return {@link TlsMode#IMPLICIT} for 465, else {@link TlsMode#STARTTLS}
     */
    public static Security forPort(int port) {
        return of(port == 465 ? TlsMode.IMPLICIT : TlsMode.STARTTLS);
    }

    /**
     * A security with the given mode and all other defaults.
     *
     * @param mode when TLS is used
     * @return the security
     */
    public static Security of(TlsMode mode) {
        return new Security(new Builder(Objects.requireNonNull(mode, "mode")));
    }

    /**
     * Trusts the certificate authorities in a file, and only them.
     *
     * @param pemFile certificates in PEM; read when the client is built
     * @return a changed copy
     */
    public Security trust(Path pemFile) {
        Builder b = copy();
        b.caFile = Objects.requireNonNull(pemFile, "pemFile");
        b.trustManager = null;
        return new Security(b);
    }

    /**
     * Trusts what a trust manager trusts. Names are still verified.
     *
     * @param factory an initialised factory
     * @return a changed copy
     */
    public Security trust(TrustManagerFactory factory) {
        Builder b = copy();
        b.trustManager = Objects.requireNonNull(factory, "factory");
        b.caFile = null;
        return new Security(b);
    }

    /**
     * Trusts any certificate for any name. Whoever can reach the connection can read and change everything, credentials
     * included. For tests; {@link io.pipepost.smtp.mail.TlsFacts#verified()} is false on such sessions.
     *
     * @return a changed copy
     */
    public Security trustAnythingInsecurely() {
        Builder b = copy();
        b.trustAnything = true;
        return new Security(b);
    }

    /**
     * Says which name the server's certificate must carry, where it is not the host that is connected to: behind a tunnel, a
     * forwarded port or an alias. It is verified in the host's place, and asked for in the handshake (SNI, RFC 6066
     * section 3).
     *
     * @param name a host name as in the certificate, or an IP address
     * @return a changed copy
     * @throws io.pipepost.smtp.protocol.SmtpSyntaxException if a certificate cannot carry the name
     */
    public Security withServerName(String name) {
        Builder b = copy();
        b.serverName = NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name)
                ? name
                : DomainName.requireAscii("server name", name);
        return new Security(b);
    }

    /**
     * Presents a client certificate to servers that ask for one.
     *
     * @param certificatePem certificate chain in PEM; read when the client is built
     * @param keyPem private key, PKCS#8 in PEM, without a password
     * @return a changed copy
     */
    public Security clientCertificate(Path certificatePem, Path keyPem) {
        Builder b = copy();
        b.certificateFile = Objects.requireNonNull(certificatePem, "certificatePem");
        b.keyFile = Objects.requireNonNull(keyPem, "keyPem");
        return new Security(b);
    }

    /**
     * Chooses the implementation of TLS.
     *
     * @param choice default {@link TlsEngine#AUTO}
     * @return a changed copy
     */
    public Security engine(TlsEngine choice) {
        Builder b = copy();
        b.engine = Objects.requireNonNull(choice, "choice");
        return new Security(b);
    }

    /**
     * Permits authentication without TLS, and on a session of {@link TlsMode#IF_OFFERED} whose certificate could not be
     * verified (RFC 4954 section 9 warns of both). Off by default.
     *
     * @return a changed copy
     */
    public Security allowAuthWithoutTls() {
        Builder b = copy();
        b.plaintextAuth = true;
        return new Security(b);
    }

    /**
     * When TLS is used.
     *
     * @return the mode
     */
    public TlsMode mode() {
        return mode;
    }

    /**
     * The implementation of TLS.
     *
     * @return the choice
     */
    public TlsEngine engine() {
        return engine;
    }

    /**
     * Whether any certificate is accepted.
     *
     * @return false by default
     */
    public boolean trustsAnything() {
        return trustAnything;
    }

    /**
     * The file of trusted authorities.
     *
     * @return null for the platform's or a trust manager's
     */
    public @Nullable Path caFile() {
        return caFile;
    }

    /**
     * The trust manager.
     *
     * @return null for the platform's or a file's
     */
    public @Nullable TrustManagerFactory trustManager() {
        return trustManager;
    }

    /**
     * The client certificate's file.
     *
     * @return null if there is none
     */
    public @Nullable Path certificateFile() {
        return certificateFile;
    }

    /**
     * The client key's file.
     *
     * @return null if there is none
     */
    public @Nullable Path keyFile() {
        return keyFile;
    }

    /**
     * Whether authentication is permitted without (verified) TLS.
     *
     * @return false by default
     */
    public boolean allowsAuthWithoutTls() {
        return plaintextAuth;
    }

    /**
     * The name that the server's certificate must carry.
     *
     * @return the name; null for the host that is connected to
     */
    public @Nullable String serverName() {
        return serverName;
    }
}
