/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import io.pipepost.smtp.client.internal.transport.ClientKeys;
import io.pipepost.smtp.client.internal.transport.OwnContext;
import io.pipepost.smtp.protocol.DomainName;
import io.pipepost.smtp.protocol.Printable;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How connections are protected. By default TLS is required, version 1.2 or later (RFC 8996), from the first octet on port
 * 465 and by STARTTLS on any other, and the server's certificate chain and name are verified (RFC 7817) against the
 * platform's trust store.
 *
 * <p>Immutable; each method returns a changed copy.
 */
public final class Security {
    private static final int IMPLICIT_PORT = 465;
    private static final List<String> SAFE_PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /** The defaults; on port 465 {@link TlsMode#IMPLICIT}, on any other {@link TlsMode#STARTTLS}. */
    public static final Security DEFAULT = new Security(new Values());

    private final Values values;

    private Security(Values values) {
        this.values = values;
    }

    private Security with(Consumer<Values> change) {
        return new Security(values.with(change));
    }

    private static final class Values extends OptionValues<Values> {
        private @Nullable TlsMode mode;
        private TlsEngine engine = TlsEngine.AUTO;
        private boolean trustAnything;
        private @Nullable Path caFile;
        private @Nullable TrustManagerFactory trustManager;
        private @Nullable Path certificateFile;
        private @Nullable Path keyFile;
        private @Nullable KeyManagerFactory keyManager;
        private List<String> protocols = SAFE_PROTOCOLS;
        private List<String> ciphers = List.of();
        private @Nullable SslContext context;
        private boolean plaintextAuth;
        private @Nullable String serverName;

        @Override
        void check() {
            String beside = context == null ? null : besideContext();
            if (beside != null) {
                throw new IllegalArgumentException(
                        beside + " has no place beside Security.context: a context of one's own"
                                + " says itself whom to trust, who to be, and by which protocols, ciphers and engine");
            }
            if (context != null && mode == TlsMode.IF_OFFERED) {
                throw new IllegalArgumentException(
                        "TlsMode.IF_OFFERED has no place beside Security.context: it goes on with"
                                + " servers that could not be verified, and a context of one's own does not say which they are");
            }
        }

        /** What was said, and is the context's to say. */
        private @Nullable String besideContext() {
            if (caFile != null || trustManager != null) {
                return "Security.trust";
            }
            if (trustAnything) {
                return "Security.trustAnythingInsecurely";
            }
            if (certificateFile != null || keyManager != null) {
                return "Security.clientCertificate";
            }
            if (engine != TlsEngine.AUTO) {
                return "Security.engine";
            }
            if (!protocols.equals(SAFE_PROTOCOLS)) {
                return "Security.protocols";
            }
            return ciphers.isEmpty() ? null : "Security.ciphers";
        }

        @Override
        List<Named> all() {
            return List.of(
                    named("mode", mode),
                    named("engine", engine),
                    named("trustAnything", trustAnything),
                    named("caFile", caFile),
                    named("trustManager", trustManager),
                    named("certificateFile", certificateFile),
                    named("keyFile", keyFile),
                    named("keyManager", keyManager),
                    named("protocols", protocols),
                    named("ciphers", ciphers),
                    named("context", context),
                    named("plaintextAuth", plaintextAuth),
                    named("serverName", serverName));
        }
    }

    /**
     * The defaults with another mode than the port suggests.
     *
     * @param mode when TLS is used
     * @return the security
     */
    public static Security of(TlsMode mode) {
        Objects.requireNonNull(mode, "mode");
        return DEFAULT.with(v -> v.mode = mode);
    }

    /**
     * Trusts the certificate authorities in a file, and only them.
     *
     * @param pemFile certificates in PEM; read when the client is built
     * @return a changed copy
     */
    public Security trust(Path pemFile) {
        Objects.requireNonNull(pemFile, "pemFile");
        return with(v -> {
            v.caFile = pemFile;
            v.trustManager = null;
        });
    }

    /**
     * Trusts what a trust manager trusts. Names are still verified.
     *
     * @param factory an initialised factory
     * @return a changed copy
     */
    public Security trust(TrustManagerFactory factory) {
        Objects.requireNonNull(factory, "factory");
        return with(v -> {
            v.trustManager = factory;
            v.caFile = null;
        });
    }

    /**
     * Trusts any certificate for any name. Whoever can reach the connection can read and change everything, credentials
     * included. For tests; {@link io.pipepost.smtp.mail.TlsFacts#verified()} is false on such sessions.
     *
     * @return a changed copy
     */
    public Security trustAnythingInsecurely() {
        return with(v -> v.trustAnything = true);
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
        String checked = NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name)
                ? name
                : DomainName.requireAscii("server name", name);
        return with(v -> v.serverName = checked);
    }

    /**
     * Presents a client certificate to servers that ask for one.
     *
     * @param certificatePem certificate chain in PEM; read when the client is built
     * @param keyPem private key, PKCS#8 in PEM, without a password
     * @return a changed copy
     */
    public Security clientCertificate(Path certificatePem, Path keyPem) {
        Objects.requireNonNull(certificatePem, "certificatePem");
        Objects.requireNonNull(keyPem, "keyPem");
        return with(v -> {
            v.certificateFile = certificatePem;
            v.keyFile = keyPem;
            v.keyManager = null;
        });
    }

    /**
     * Presents a client certificate to servers that ask for one; of several in the store the one that they ask for. A key
     * that cannot leave its store, such as one of PKCS #11, needs {@link TlsEngine#JDK}; with another engine building the
     * client fails.
     *
     * @param store a store that is loaded; read now, and not kept
     * @param keyPassword the password of its keys, or null if they have none; not kept, and the caller's to overwrite
     * @return a changed copy
     * @throws IllegalArgumentException if the store holds no private key, or the password is not that of its keys
     */
    public Security clientCertificate(KeyStore store, char @Nullable [] keyPassword) {
        KeyManagerFactory keys = ClientKeys.of(store, keyPassword);
        return with(v -> {
            v.keyManager = keys;
            v.certificateFile = null;
            v.keyFile = null;
        });
    }

    /**
     * Uses a context of the caller's own, as it is: its key and trust managers, its default protocols and cipher suites. What
     * it says itself cannot be said here, so {@link #trust(Path) trust}, {@link #clientCertificate(Path, Path)
     * clientCertificate}, {@link #engine}, {@link #protocols} and {@link #ciphers} are refused beside it, and so is {@link
     * TlsMode#IF_OFFERED}. All else holds: versions of TLS below 1.2 are not used though it enables them, and the name in
     * the server's certificate is verified, whatever its trust manager does. The chain is left to that trust manager; one
     * that accepts any makes a connection that anybody can intercept.
     *
     * @param own an initialised context
     * @return a changed copy
     * @throws IllegalArgumentException if it is not initialised, or something else was said that is the context's to say
     */
    public Security context(SSLContext own) {
        return context(OwnContext.of(own));
    }

    /**
     * Uses a context of Netty's of the caller's own; see {@link #context(SSLContext)}. It must outlive the client, and stays
     * the caller's to release.
     *
     * @param own a context for clients
     * @return a changed copy
     * @throws IllegalArgumentException if it is for servers, or something else was said that is the context's to say
     */
    public Security context(SslContext own) {
        if (!own.isClient()) {
            throw new IllegalArgumentException(
                    "The SslContext for Security.context is for servers, expected one of SslContextBuilder.forClient");
        }
        return with(v -> v.context = own);
    }

    /**
     * Limits the versions of TLS.
     *
     * @param versions {@code TLSv1.3}, {@code TLSv1.2} or both, which is the default; what is older is not safe (RFC 8996)
     * @return a changed copy
     * @throws IllegalArgumentException if there are others, or none
     */
    public Security protocols(String... versions) {
        List<String> wanted = List.of(versions);
        if (wanted.isEmpty() || !SAFE_PROTOCOLS.containsAll(wanted)) {
            throw new IllegalArgumentException("Security.protocols takes TLSv1.3 and TLSv1.2, found "
                    + Printable.of(wanted.toString()) + "; what is older is not safe (RFC 8996)");
        }
        List<String> used = SAFE_PROTOCOLS.stream().filter(wanted::contains).toList();
        return with(v -> v.protocols = used);
    }

    /**
     * Limits the cipher suites. A version of TLS for which none is named is not used.
     *
     * @param suites names as the JDK has them, for either engine, such as {@code TLS_AES_256_GCM_SHA384} (TLS 1.3) and {@code
     *     TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384} (TLS 1.2); the preferred first. That the engine has them is checked when the
     *     client is built. BoringSSL gives no choice among those of TLS 1.3: name none or all, or use {@link TlsEngine#JDK}
     * @return a changed copy
     * @throws IllegalArgumentException if there are none
     */
    public Security ciphers(String... suites) {
        List<String> wanted = List.of(suites);
        if (wanted.isEmpty()) {
            throw new IllegalArgumentException("Security.ciphers takes at least one cipher suite");
        }
        return with(v -> v.ciphers = wanted);
    }

    /**
     * Chooses the implementation of TLS.
     *
     * @param choice default {@link TlsEngine#AUTO}
     * @return a changed copy
     */
    public Security engine(TlsEngine choice) {
        Objects.requireNonNull(choice, "choice");
        return with(v -> v.engine = choice);
    }

    /**
     * Permits authentication without TLS, and on a session of {@link TlsMode#IF_OFFERED} whose certificate could not be
     * verified (RFC 4954 section 9 warns of both). Off by default.
     *
     * @return a changed copy
     */
    public Security allowAuthWithoutTls() {
        return with(v -> v.plaintextAuth = true);
    }

    /**
     * When TLS is used.
     *
     * @param port the server's port
     * @return what was chosen; by default {@link TlsMode#IMPLICIT} for 465 (RFC 8314), else {@link TlsMode#STARTTLS}
     */
    public TlsMode mode(int port) {
        TlsMode chosen = values.mode;
        if (chosen != null) {
            return chosen;
        }
        return port == IMPLICIT_PORT ? TlsMode.IMPLICIT : TlsMode.STARTTLS;
    }

    /** {@return the implementation of TLS; default {@link TlsEngine#AUTO}} */
    public TlsEngine engine() {
        return values.engine;
    }

    /** {@return whether any certificate is accepted; default false} */
    public boolean trustsAnything() {
        return values.trustAnything;
    }

    /** {@return the file of trusted authorities; null for the platform's, a trust manager's or a context's} */
    public @Nullable Path caFile() {
        return values.caFile;
    }

    /** {@return the trust manager; null for the platform's authorities, a file's or a context's} */
    public @Nullable TrustManagerFactory trustManager() {
        return values.trustManager;
    }

    /** {@return the client certificate's file; null if there is none} */
    public @Nullable Path certificateFile() {
        return values.certificateFile;
    }

    /** {@return the client key's file; null if there is none} */
    public @Nullable Path keyFile() {
        return values.keyFile;
    }

    /** {@return the client certificates and keys of a store; null if there are none} */
    public @Nullable KeyManagerFactory keyManager() {
        return values.keyManager;
    }

    /** {@return the context of the caller's own; null if there is none} */
    public @Nullable SslContext context() {
        return values.context;
    }

    /** {@return the versions of TLS; default TLSv1.3 and TLSv1.2} */
    public List<String> protocols() {
        return values.protocols;
    }

    /** {@return the cipher suites; empty for those that the engine prefers} */
    public List<String> ciphers() {
        return values.ciphers;
    }

    /** {@return whether authentication is permitted without (verified) TLS; default false} */
    public boolean allowsAuthWithoutTls() {
        return values.plaintextAuth;
    }

    /** {@return the name that the server's certificate must carry; null for the host that is connected to} */
    public @Nullable String serverName() {
        return values.serverName;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Security that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** Shows no secret: a key's password is not kept. */
    @Override
    public String toString() {
        return "Security" + values;
    }
}
