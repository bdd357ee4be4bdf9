/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

/** RFC 4616 with an empty authzid, which servers derive from the user. */
final class PlainExchange extends StepwiseExchange {
    PlainExchange(Credentials credentials) {
        super("PLAIN", 1, credentials);
    }

    @Override
    public boolean hasInitialResponse() {
        return true;
    }

    @Override
    byte[] answer(int step, Credentials credentials, byte[] challenge) {
        if (step > 0) {
            throw unexpected(step);
        }
        return Octets.concat(('\0' + credentials.user() + '\0').getBytes(UTF_8), credentials.sharedSecret());
    }
}
