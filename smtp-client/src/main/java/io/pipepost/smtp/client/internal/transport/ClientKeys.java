/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.pipepost.smtp.client.Security;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/** A client's certificate and its key, from files or a store. */
public final class ClientKeys {
    private static final List<String> KEY_TYPES = List.of("RSA", "RSASSA-PSS", "EC", "EdDSA", "DSA");

    private ClientKeys() {}

    /**
     * Reads a store.
     *
     * @param store a caller's
     * @param password of its keys; null if they have none
     * @return what holds its keys and certificates
     * @throws IllegalArgumentException if the store holds no private key, or the password is not that of its keys
     */
    public static KeyManagerFactory of(KeyStore store, char @Nullable [] password) {
        try {
            boolean hasKey = false;
            for (String alias : Collections.list(store.aliases())) {
                hasKey |= store.isKeyEntry(alias);
            }
            if (!hasKey) {
                throw new IllegalArgumentException(
                        "The KeyStore for Security.clientCertificate holds no private key with its certificate");
            }
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, password);
            return factory;
        } catch (UnrecoverableKeyException e) {
            throw new IllegalArgumentException(
                    "The password for Security.clientCertificate is not that of the keys in the KeyStore", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "The KeyStore for Security.clientCertificate cannot be used: " + e.getMessage(), e);
        }
    }

    /** OpenSSL takes nothing but the octets of a key, and would say so in the first handshake. */
    private static boolean stayInTheirStore(KeyManagerFactory keys) {
        return Stream.of(keys.getKeyManagers())
                .filter(X509KeyManager.class::isInstance)
                .map(X509KeyManager.class::cast)
                .anyMatch(manager -> KEY_TYPES.stream()
                        .flatMap(type -> Stream.ofNullable(manager.getClientAliases(type, null)))
                        .flatMap(Stream::of)
                        .anyMatch(alias -> manager.getPrivateKey(alias).getEncoded() == null));
    }

    static void addTo(SslContextBuilder builder, Security security, SslProvider provider) {
        KeyManagerFactory keys = security.keyManager();
        Path certificate = security.certificateFile();
        Path key = security.keyFile();
        if (keys != null) {
            if (provider != SslProvider.JDK && stayInTheirStore(keys)) {
                throw new IllegalArgumentException(
                        "A key in the KeyStore for Security.clientCertificate cannot leave it, as"
                                + " with PKCS #11: only TlsEngine.JDK can use it, by Security.engine");
            }
            builder.keyManager(keys);
        } else if (certificate != null && key != null) {
            if (!Files.isReadable(certificate) || !Files.isReadable(key)) {
                throw new IllegalArgumentException(
                        "Cannot read client certificate " + certificate + " or its key " + key);
            }
            builder.keyManager(certificate.toFile(), key.toFile());
        }
    }
}
