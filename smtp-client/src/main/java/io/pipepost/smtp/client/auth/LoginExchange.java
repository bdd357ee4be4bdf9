/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

/** LOGIN, by position: servers prompt in their own words and languages. */
final class LoginExchange extends StepwiseExchange {
    LoginExchange(Credentials credentials) {
        super("LOGIN", 2, credentials);
    }

    @Override
    public boolean hasInitialResponse() {
        return false;
    }

    @Override
    byte[] answer(int step, Credentials credentials, byte[] challenge) {
        return switch (step) {
            case 0 -> credentials.user().getBytes(UTF_8);
            case 1 -> credentials.secret();
            default -> throw unexpected(step);
        };
    }
}
