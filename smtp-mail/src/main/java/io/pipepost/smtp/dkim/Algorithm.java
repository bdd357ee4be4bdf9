/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import java.security.PrivateKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;

/** Signature algorithms of RFC 8301 and 8463. */
enum Algorithm {
    RSA_SHA256("rsa-sha256", "SHA256withRSA"),
    /** Signs the SHA-256 digest of the data, not the data. */
    ED25519_SHA256("ed25519-sha256", "Ed25519");

    /** RFC 8301 section 3.2: verifiers take no shorter ones. */
    static final int MIN_RSA_BITS = 1024;

    final String tag;
    final String jca;

    Algorithm(String tag, String jca) {
        this.tag = tag;
        this.jca = jca;
    }

    static Algorithm of(PrivateKey key) {
        if (key.getAlgorithm().equals("RSA") && key instanceof RSAKey rsa) {
            int bits = rsa.getModulus().bitLength();
            if (bits < MIN_RSA_BITS) {
                throw new IllegalArgumentException(
                        "An RSA key needs at least " + MIN_RSA_BITS + " bits (RFC 8301), found " + bits);
            }
            return RSA_SHA256;
        }
        boolean ed25519 = key instanceof EdECKey ed
                ? ed.getParams().getName().equals("Ed25519")
                : key.getAlgorithm().equals("Ed25519");
        if (!ed25519) {
            throw new IllegalArgumentException(
                    "Expected a private key for RSA that tells its modulus, or for Ed25519, found "
                            + key.getAlgorithm());
        }
        return ED25519_SHA256;
    }
}
