/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.util.NetUtil;
import io.pipepost.smtp.protocol.Printable;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.net.ssl.SNIHostName;
import org.jspecify.annotations.Nullable;

/**
 * The name that a server must prove (RFC 7817): a DNS name or address among the certificate's alternative names, a
 * wildcard only in place of the whole left-most label. The JDK's own check, which is made as well, also takes common
 * names and wildcards elsewhere.
 */
final class ServerName {
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    /** Characters of a certificate's names in a message. */
    private static final int SHOWN = 256;

    private final String host;
    private final byte @Nullable [] address;
    private final @Nullable SNIHostName sni;

    ServerName(String configured) {
        String name = configured.endsWith(".") ? configured.substring(0, configured.length() - 1) : configured;
        this.address = NetUtil.createByteArrayFromIpAddressString(name);
        this.sni = address == null ? sni(name) : null;
        this.host = (sni == null ? name : sni.getAsciiName()).toLowerCase(Locale.ROOT);
    }

    /** Names with an underscore can be resolved but not indicated. */
    private static @Nullable SNIHostName sni(String name) {
        try {
            return new SNIHostName(name);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The name as the peer of an engine. */
    String host() {
        return host;
    }

    /** What is asked for in the handshake; not for addresses (RFC 6066 section 3). */
    @Nullable
    SNIHostName indication() {
        return sni;
    }

    void require(X509Certificate certificate) throws CertificateException {
        if (address == null && sni == null) {
            throw new CertificateException("No certificate can be for the host name " + host
                    + ", in which only letters, digits and hyphens may stand between dots: Security.withServerName says"
                    + " which name to expect instead");
        }
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        if (names == null || names.stream().noneMatch(this::matches)) {
            throw new CertificateException("The certificate is for " + shown(names) + ", expected " + host
                    + "; Security.withServerName says which name to expect instead");
        }
    }

    private static String shown(@Nullable Collection<List<?>> names) {
        if (names == null) {
            return "no host";
        }
        String hosts = names.stream()
                .filter(name -> name.get(0).equals(DNS_NAME) || name.get(0).equals(IP_ADDRESS))
                .map(name -> String.valueOf(name.get(1)))
                .collect(Collectors.joining(", "));
        return hosts.isEmpty() ? "no host" : Printable.of(hosts, SHOWN);
    }

    private boolean matches(List<?> alternative) {
        Object type = alternative.get(0);
        Object value = alternative.get(1);
        if (address != null) {
            return type.equals(IP_ADDRESS)
                    && Arrays.equals(address, NetUtil.createByteArrayFromIpAddressString((String) value));
        }
        return type.equals(DNS_NAME) && matches(((String) value).toLowerCase(Locale.ROOT));
    }

    private boolean matches(String pattern) {
        if (!pattern.startsWith("*.")) {
            return pattern.equals(host);
        }
        int dot = host.indexOf('.');
        return dot > 0 && host.substring(dot).equals(pattern.substring(1));
    }
}
