/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

/** Reads private keys in PEM (RFC 7468). No message holds any of a key. */
final class PemKey {
    private static final String BEGIN = "-----BEGIN ";
    private static final String DASHES = "-----";
    private static final String HOW_TO_DECRYPT =
            "The private key is encrypted, expected one that is not: openssl pkey -in FILE -out PLAIN_FILE";

    /** DER of: version 0, algorithm rsaEncryption with no parameters. */
    private static final byte[] RSA_VERSION_AND_ALGORITHM = {
        2, 1, 0, 0x30, 13, 6, 9, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 13, 1, 1, 1, 5, 0
    };

    private PemKey() {}

    static PrivateKey read(String pem) {
        String label = label(pem);
        byte[] der = switch (label) {
            case "PRIVATE KEY" -> body(pem, label);
            case "RSA PRIVATE KEY" -> pkcs8OfPkcs1(body(pem, label));
            case "ENCRYPTED PRIVATE KEY" -> throw new IllegalArgumentException(HOW_TO_DECRYPT);
            default ->
                throw new IllegalArgumentException(
                        "Expected PEM that begins with BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY, found another kind");
        };
        try {
            return keyOf(der);
        } finally {
            Arrays.fill(der, (byte) 0);
        }
    }

    private static String label(String pem) {
        int begin = pem.indexOf(BEGIN);
        int end = begin < 0 ? -1 : pem.indexOf(DASHES, begin + BEGIN.length());
        if (end < 0) {
            throw new IllegalArgumentException("Expected PEM with a line -----BEGIN PRIVATE KEY-----, found none");
        }
        return pem.substring(begin + BEGIN.length(), end);
    }

    private static byte[] body(String pem, String label) {
        int start = pem.indexOf(BEGIN) + BEGIN.length() + label.length() + DASHES.length();
        int end = pem.indexOf("-----END " + label + DASHES, start);
        if (end < 0) {
            throw new IllegalArgumentException("Expected a line -----END " + label + "-----, found none");
        }
        if (pem.substring(start, end).contains("ENCRYPTED")) {
            throw new IllegalArgumentException(HOW_TO_DECRYPT);
        }
        StringBuilder base64 = new StringBuilder(end - start);
        pem.substring(start, end).chars().filter(c -> c > ' ').forEach(c -> base64.append((char) c));
        try {
            return Base64.getDecoder().decode(base64.toString());
        } catch (IllegalArgumentException withSomeOfTheKey) {
            throw new IllegalArgumentException("The private key's PEM is not base64");
        }
    }

    private static byte[] pkcs8OfPkcs1(byte[] pkcs1) {
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        inner.writeBytes(RSA_VERSION_AND_ALGORITHM);
        write(inner, 4, pkcs1);
        ByteArrayOutputStream outer = new ByteArrayOutputStream();
        write(outer, 0x30, inner.toByteArray());
        return outer.toByteArray();
    }

    /** Tag, a length of two octets, value: DER for the lengths of keys, and BER for shorter ones. */
    private static void write(ByteArrayOutputStream out, int tag, byte[] value) {
        out.write(tag);
        out.write(0x82);
        out.write(value.length >> 8);
        out.write(value.length);
        out.writeBytes(value);
    }

    private static PrivateKey keyOf(byte[] pkcs8) {
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (InvalidKeySpecException notRsa) {
            return edKeyOf(pkcs8);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("There is no key factory for RSA", e);
        }
    }

    private static PrivateKey edKeyOf(byte[] pkcs8) {
        try {
            return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (InvalidKeySpecException e) {
            throw new IllegalArgumentException("The PEM holds no private key for RSA or Ed25519");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("There is no key factory for Ed25519", e);
        }
    }
}
