/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.netty.util.NetUtil;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The server to send through.
 *
 * @param host a name or an IP address, IPv6 without brackets
 * @param port the port
 * @param smtps whether it was named by a URL, smtps://, which says that TLS starts with the connection
 * @param user the user named in a URL, or null
 */
record ServerAddress(
        String host, int port, boolean smtps, @Nullable String user) {
    private static final int SMTP = 25;
    private static final int SMTPS = 465;

    /** Whether TLS starts with the connection unless another option says otherwise. */
    boolean implicitTls() {
        return smtps || port == SMTPS;
    }

    /** As in {@code host:port}, brackets around IPv6. */
    @Override
    public String toString() {
        return text(host, port);
    }

    static String text(String host, int port) {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    /** Reads {@code HOST:PORT} and URLs. What may hold a password is not repeated in messages. */
    static final class Converter implements ITypeConverter<ServerAddress> {
        @Override
        public ServerAddress convert(String value) {
            int scheme = value.indexOf("://");
            if (scheme >= 0) {
                return ofUrl(value.substring(0, scheme), value.substring(scheme + 3));
            }
            if (value.indexOf('@') >= 0) {
                throw new TypeConversionException("a user is named by --user or in a URL, smtp://USER@HOST:PORT");
            }
            return of(value, 0, false, null);
        }

        private static ServerAddress ofUrl(String scheme, String rest) {
            boolean smtps = isSmtps(scheme);
            String authority = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
            int at = authority.lastIndexOf('@');
            String user = at < 0 ? null : user(authority.substring(0, at));
            return of(authority.substring(at + 1), smtps ? SMTPS : SMTP, smtps, user);
        }

        private static boolean isSmtps(String scheme) {
            return switch (scheme) {
                case "smtp" -> false;
                case "smtps" -> true;
                case "lmtp" -> throw new TypeConversionException("LMTP is not supported yet");
                default -> throw new TypeConversionException("expected smtp:// or smtps://");
            };
        }

        private static String user(String text) {
            if (text.indexOf(':') >= 0) {
                throw new TypeConversionException("a password in a URL can be read by every user of this machine, use"
                        + " --password-file or --password-env");
            }
            try {
                return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("a user in a URL needs %25 for each % in its name");
            }
        }

        private static ServerAddress of(String authority, int defaultPort, boolean smtps, @Nullable String user) {
            int colon = authority.endsWith("]") ? -1 : authority.lastIndexOf(':');
            String host = colon < 0 ? authority : authority.substring(0, colon);
            int port = colon < 0 ? requirePort(defaultPort) : port(authority.substring(colon + 1));
            return new ServerAddress(host(host), port, smtps, user);
        }

        private static int requirePort(int defaultPort) {
            if (defaultPort == 0) {
                throw new TypeConversionException("expected HOST:PORT or a URL, smtp://HOST or smtps://HOST");
            }
            return defaultPort;
        }

        private static int port(String text) {
            try {
                int port = Integer.parseInt(text);
                if (port >= 1 && port <= 65535) {
                    return port;
                }
            } catch (NumberFormatException e) {
                // as any other number that is no port
            }
            throw new TypeConversionException("a port is a number from 1 to 65535");
        }

        private static String host(String text) {
            if (text.startsWith("[") && text.endsWith("]")) {
                String address = text.substring(1, text.length() - 1);
                if (NetUtil.isValidIpV6Address(address)) {
                    return address;
                }
                throw new TypeConversionException("expected an IPv6 address between brackets");
            }
            if (text.indexOf(':') >= 0) {
                throw new TypeConversionException("an IPv6 address stands in brackets, [::1]:25");
            }
            if (text.isEmpty() || text.chars().anyMatch(c -> c <= ' ' || c == 0x7F || c == '/' || c == '?')) {
                throw new TypeConversionException("expected the name or address of a host");
            }
            return text;
        }
    }
}
