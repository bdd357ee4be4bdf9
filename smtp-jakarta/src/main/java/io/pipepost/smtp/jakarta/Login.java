/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslMechanism;
import jakarta.mail.MessagingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Who logs in, and how.
 *
 * @param user the user
 * @param secret a password or a token
 * @param mechanisms the only ones, in order; empty to leave the choice to the client, which then may try another one
 */
record Login(String user, String secret, List<SaslMechanism> mechanisms) {
    static Login of(String user, String secret, TransportProperties properties) throws MessagingException {
        List<SaslMechanism> mechanisms = new ArrayList<>(chosen(properties));
        List<SaslMechanism> allowed = new ArrayList<>(mechanisms);
        for (SaslMechanism mechanism : mechanisms) {
            if (properties.isTrue("auth." + mechanism.name().toLowerCase(Locale.ROOT) + ".disable")) {
                allowed.remove(mechanism);
            }
        }
        if (allowed.isEmpty()) {
            throw properties.bad(
                    "auth.mechanisms",
                    "one of " + SaslMechanism.DEFAULTS + " that is not disabled",
                    mechanisms.toString());
        }
        if (allowed.stream().anyMatch(Login::takesToken) && !allowed.stream().allMatch(Login::takesToken)) {
            throw properties.bad("auth.mechanisms", "mechanisms for passwords or for tokens", allowed.toString());
        }
        boolean free = properties.words("auth.mechanisms").isEmpty() && allowed.equals(mechanisms);
        return new Login(user, secret, free ? List.of() : List.copyOf(allowed));
    }

    /** Without a choice the secret is a password: a token would be shown to servers as one otherwise. */
    private static List<SaslMechanism> chosen(TransportProperties properties) throws MessagingException {
        List<String> names = properties.words("auth.mechanisms");
        if (names.isEmpty()) {
            return SaslMechanism.DEFAULTS.stream()
                    .filter(mechanism -> !takesToken(mechanism))
                    .toList();
        }
        List<SaslMechanism> found = new ArrayList<>();
        for (String name : names) {
            SaslMechanism.DEFAULTS.stream()
                    .filter(mechanism -> mechanism.name().equalsIgnoreCase(name))
                    .forEach(found::add);
        }
        if (found.isEmpty()) {
            throw properties.bad("auth.mechanisms", "one of " + SaslMechanism.DEFAULTS, String.join(" ", names));
        }
        return found;
    }

    private static boolean takesToken(SaslMechanism mechanism) {
        return mechanism == SaslMechanism.XOAUTH2 || mechanism == SaslMechanism.OAUTHBEARER;
    }

    Credentials credentials() {
        return mechanisms.stream().anyMatch(Login::takesToken)
                ? Credentials.token(user, secret)
                : Credentials.password(user, secret);
    }

    @Override
    public String toString() {
        return "Login[***]";
    }
}
