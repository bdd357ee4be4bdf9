/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The JSON with which a server refuses a token (RFC 7628 section 3.2.2), read without trust in its being JSON. */
final class OAuthFailure {
    /** Possessive, so that hostile text costs no backtracking; the value is fit for a message as it is. */
    private static final Pattern STATUS =
            Pattern.compile("\"status\"\\s*+:\\s*+(?:\"([A-Za-z0-9_.-]{1,64}+)\"|([0-9]{1,9}+))");

    private OAuthFailure() {}

    /** For example {@code invalid_token} or {@code 401}; null if the text holds none. */
    static @Nullable String status(String json) {
        Matcher status = STATUS.matcher(json);
        if (!status.find()) {
            return null;
        }
        return status.group(1) != null ? status.group(1) : status.group(2);
    }
}
