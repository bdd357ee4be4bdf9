/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The one account of a sink, and the mechanisms offered for it, best last as servers like to list them. */
record SinkAccount(
        @Nullable String user,
        @Nullable String password,
        @Nullable String token,
        @Nullable List<String> chosen) {
    private static final List<String> FOR_PASSWORD = List.of("PLAIN", "LOGIN", "CRAM-MD5");
    private static final List<String> FOR_TOKEN = List.of("XOAUTH2", "OAUTHBEARER");

    List<String> mechanisms() {
        if (chosen != null) {
            return chosen;
        }
        if (password != null) {
            return token == null ? FOR_PASSWORD : List.of("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER");
        }
        return token == null ? List.of() : FOR_TOKEN;
    }

    boolean matches(String name, String secret) {
        return password != null && name.equals(user) && secret.equals(password);
    }
}
