/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.client.SmtpClient;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a session, read under the protocol's own prefix, or else under that of the protocol that it stands
 * for: {@code mail.pipepost.port}, or else {@code mail.smtp.port}.
 */
final class TransportProperties {
    private static final Set<String> HEEDED = Set.of(
            "host",
            "port",
            "user",
            "from",
            "localhost",
            "localaddress",
            "auth",
            "auth.mechanisms",
            "auth.login.disable",
            "auth.plain.disable",
            "auth.cram-md5.disable",
            "auth.xoauth2.disable",
            "auth.oauthbearer.disable",
            "auth.withouttls",
            "connectiontimeout",
            "timeout",
            "writetimeout",
            "starttls.enable",
            "starttls.required",
            "ssl.enable",
            "ssl.trust",
            "ssl.cafile",
            "ssl.checkserveridentity",
            "ssl.protocols",
            "sendpartial",
            "reportsuccess",
            "maxconnections",
            "idletime",
            "client");

    /** What others do by these, Pipepost does without being asked or has no need to, or they go with an impossible one. */
    private static final Set<String> NEEDLESS = Set.of(
            "class",
            "allow8bitmime",
            "chunksize",
            "userset",
            "quitwait",
            "quitonsessionreject",
            "noop.strict",
            "usesocketchannels",
            "executor.writetimeout",
            "socketFactory.fallback",
            "proxy.port",
            "proxy.user",
            "proxy.password",
            "socks.port",
            "sasl.mechanisms",
            "sasl.realm",
            "sasl.usecanonicalhostname",
            "auth.digest-md5.disable",
            "auth.ntlm.disable",
            "auth.ntlm.domain",
            "auth.ntlm.flag");

    /** To ignore these would send something else, elsewhere, or less safely than was asked for. */
    private static final Map<String, String> IMPOSSIBLE = Map.ofEntries(
            Map.entry("dsn.notify", "delivery status notifications cannot be asked for"),
            Map.entry("dsn.ret", "delivery status notifications cannot be asked for"),
            Map.entry("submitter", "MAIL has no AUTH parameter"),
            Map.entry("mailextension", "MAIL has no parameters of the caller's own"),
            Map.entry("localport", "connections come from any port"),
            Map.entry("proxy.host", "connections go to the server itself"),
            Map.entry("socks.host", "connections go to the server itself"),
            Map.entry("sasl.enable", "mechanisms are named in auth.mechanisms"),
            Map.entry("sasl.authorizationid", "users act for themselves"),
            Map.entry("socketFactory", "there are no sockets; use ssl.enable, ssl.cafile or a client of your own"),
            Map.entry(
                    "socketFactory.class", "there are no sockets; use ssl.enable, ssl.cafile or a client of your own"),
            Map.entry("socketFactory.port", "use port"),
            Map.entry("ssl.socketFactory", "there are no sockets; use ssl.cafile or a client of your own"),
            Map.entry("ssl.socketFactory.class", "there are no sockets; use ssl.cafile or a client of your own"),
            Map.entry("ssl.socketFactory.port", "use port"),
            Map.entry("ssl.hostnameverifier", "the name is verified with the certificate"),
            Map.entry("ssl.hostnameverifier.class", "the name is verified with the certificate"),
            Map.entry("ssl.ciphersuites", "the TLS engine chooses"));

    private final Properties properties;
    private final String own;
    private final List<String> prefixes;

    TransportProperties(Session session, String protocol) {
        this.properties = session.getProperties();
        this.own = "mail." + protocol + ".";
        this.prefixes = switch (protocol) {
            case "pipepost" -> List.of(own, "mail.smtp.");
            case "pipeposts" -> List.of(own, "mail.smtps.");
            default -> List.of(own);
        };
    }

    /** What is set first, without blanks around it; null if nothing is. */
    @Nullable
    String text(String name) {
        String found = nameOf(name);
        return found == null ? null : String.valueOf(value(found)).trim();
    }

    private @Nullable String nameOf(String name) {
        for (String prefix : prefixes) {
            Object value = value(prefix + name);
            if (value != null && !value.toString().isBlank()) {
                return prefix + name;
            }
        }
        return null;
    }

    /** Programs put numbers and booleans into properties, too, which getProperty does not see. */
    private @Nullable Object value(String name) {
        Object value = properties.get(name);
        return value == null ? properties.getProperty(name) : value;
    }

    /** True or false; null if nothing is set. */
    @Nullable
    Boolean choice(String name) throws MessagingException {
        String text = text(name);
        if (text == null) {
            return null;
        }
        boolean yes = "true".equalsIgnoreCase(text);
        if (!yes && !"false".equalsIgnoreCase(text)) {
            throw bad(name, "true or false", text);
        }
        return yes;
    }

    boolean isTrue(String name) throws MessagingException {
        return Boolean.TRUE.equals(choice(name));
    }

    int number(String name, int otherwise) throws MessagingException {
        String text = text(name);
        if (text == null) {
            return otherwise;
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw bad(name, "a number", text);
        }
    }

    /** Milliseconds; null if nothing is set, or no limit. */
    @Nullable
    Duration time(String name) throws MessagingException {
        int millis = number(name, 0);
        return millis <= 0 ? null : Duration.ofMillis(millis);
    }

    List<String> words(String name) {
        String text = text(name);
        return text == null ? List.of() : List.of(text.split("[\\s,]+"));
    }

    /** A client that the program gave. */
    @Nullable
    SmtpClient client() throws MessagingException {
        String name = nameOf("client");
        if (name == null) {
            return null;
        }
        if (value(name) instanceof SmtpClient client) {
            return client;
        }
        throw bad("client", "an SmtpClient", String.valueOf(value(name)));
    }

    MessagingException bad(String name, String expected, String found) {
        return new MessagingException(shown(name) + ": expected " + expected + ", found " + found);
    }

    /** The property's name as it was found. */
    String shown(String name) {
        String found = nameOf(name);
        return found == null ? own + name : found;
    }

    /** Fails on what cannot be heeded, and on what nobody knows under this protocol's own name. */
    void requirePossible() throws MessagingException {
        for (Map.Entry<String, String> impossible : IMPOSSIBLE.entrySet()) {
            String text = text(impossible.getKey());
            if (text != null && !"false".equalsIgnoreCase(text)) {
                throw new MessagingException(
                        shown(impossible.getKey()) + " cannot be heeded: " + impossible.getValue());
            }
        }
        if (Boolean.FALSE.equals(choice("ehlo"))) {
            throw new MessagingException(shown("ehlo") + " cannot be heeded: EHLO is always tried");
        }
        for (Object key : properties.keySet()) {
            if (key instanceof String name && name.startsWith(own)) {
                requireKnown(name.substring(own.length()));
            }
        }
    }

    private void requireKnown(String name) throws MessagingException {
        boolean known = HEEDED.contains(name) || NEEDLESS.contains(name) || IMPOSSIBLE.containsKey(name);
        if (!known && !"ehlo".equals(name) && prefixes.size() > 1) {
            throw new MessagingException("There is no property " + own + name);
        }
    }
}
