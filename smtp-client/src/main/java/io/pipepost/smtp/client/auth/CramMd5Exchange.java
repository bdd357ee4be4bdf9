/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** RFC 2195. */
final class CramMd5Exchange extends StepwiseExchange {
    CramMd5Exchange(Credentials credentials) {
        super("CRAM-MD5", 1, credentials);
    }

    @Override
    public boolean hasInitialResponse() {
        return false;
    }

    @Override
    byte[] answer(int step, Credentials credentials, byte[] challenge) throws GeneralSecurityException {
        if (step > 0) {
            throw unexpected(step);
        }
        if (challenge.length == 0) {
            throw new IllegalStateException("CRAM-MD5 needs a challenge, found an empty one");
        }
        Mac mac = Mac.getInstance("HmacMD5");
        mac.init(new SecretKeySpec(credentials.sharedSecret(), "HmacMD5"));
        String digest = HexFormat.of().formatHex(mac.doFinal(challenge));
        return (credentials.user() + ' ' + digest).getBytes(UTF_8);
    }
}
