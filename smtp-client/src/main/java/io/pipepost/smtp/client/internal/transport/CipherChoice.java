/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.protocol.Printable;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The versions of TLS and the cipher suites that a security permits, as far as an engine has them. Engines silently ignore
 * some of what they are told, so it is refused here.
 *
 * @param protocols those for which there is a cipher suite
 * @param suites names as the JDK has them; null for those that the engine prefers
 */
record CipherChoice(List<String> protocols, @Nullable List<String> suites) {
    private static final String TLS_1_3 = "TLSv1.3";

    /** By certificates, and in secret; not the other names that OpenSSL's have for the same. */
    private static final Pattern USEFUL = Pattern.compile("(?!.*_(anon|NULL|PSK|EXPORT|SCSV)(_|$))TLS_.*");

    static CipherChoice of(Security security, SslProvider provider) throws GeneralSecurityException {
        List<String> suites = security.ciphers();
        if (suites.isEmpty()) {
            return new CipherChoice(security.protocols(), null);
        }
        Set<String> available = available(provider);
        for (String suite : suites) {
            if (!available.contains(suite)) {
                throw new IllegalArgumentException("The TLS engine " + provider + " has no cipher suite \""
                        + Printable.of(suite) + "\", expected some of " + available);
            }
        }
        List<String> protocols = security.protocols().stream()
                .filter(version -> suites.stream().anyMatch(suite -> isOfTls13(suite) == version.equals(TLS_1_3)))
                .toList();
        if (protocols.isEmpty()) {
            throw new IllegalArgumentException("Security.ciphers names none for the versions of Security.protocols, "
                    + security.protocols() + ", found " + suites);
        }
        requireChoice(provider, protocols, suites, available);
        return new CipherChoice(protocols, suites);
    }

    /** BoringSSL and its kin use all of TLS 1.3 or nothing, whatever they are told. */
    private static void requireChoice(
            SslProvider provider, List<String> protocols, List<String> suites, Set<String> available) {
        boolean mayChoose =
                provider == SslProvider.JDK || OpenSsl.versionString().startsWith("OpenSSL");
        List<String> all = available.stream().filter(CipherChoice::isOfTls13).toList();
        if (!mayChoose && protocols.contains(TLS_1_3) && !suites.containsAll(all)) {
            throw new IllegalArgumentException(OpenSsl.versionString()
                    + " gives no choice among the cipher suites of TLS" + " 1.3: Security.ciphers names all of " + all
                    + ", or none, or Security.engine is TlsEngine.JDK");
        }
    }

    private static boolean isOfTls13(String suite) {
        return !suite.contains("_WITH_");
    }

    private static Set<String> available(SslProvider provider) throws GeneralSecurityException {
        Set<String> all = new TreeSet<>(provider == SslProvider.JDK ? ofJdk() : OpenSsl.availableJavaCipherSuites());
        all.removeIf(suite -> !USEFUL.matcher(suite).matches());
        return all;
    }

    /** What it does not enable by default does not work. */
    private static List<String> ofJdk() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        return List.of(context.getDefaultSSLParameters().getCipherSuites());
    }
}
