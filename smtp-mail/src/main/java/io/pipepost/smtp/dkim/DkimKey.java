/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import io.pipepost.smtp.protocol.DomainName;
import io.pipepost.smtp.protocol.Mailbox;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.interfaces.RSAKey;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A private key and where its public key is published: the TXT record {@code selector._domainkey.domain}. The key's kind
 * decides the algorithm, rsa-sha256 or ed25519-sha256. Immutable; shows and logs nothing of the key.
 */
public final class DkimKey {
    private static final Logger LOG = LoggerFactory.getLogger(DkimKey.class);
    private static final int GOOD_RSA_BITS = 2048;

    private final String domain;
    private final String selector;
    private final PrivateKey key;
    private final Algorithm algorithm;

    /** As it stands in a signature; null for the default. */
    private final @Nullable String identity;

    private DkimKey(String domain, String selector, PrivateKey key, Algorithm algorithm, @Nullable String identity) {
        this.domain = domain;
        this.selector = selector;
        this.key = key;
        this.algorithm = algorithm;
        this.identity = identity;
    }

    /**
     * A key.
     *
     * @param domain who signs; for DMARC the domain of the From field, or one above it
     * @param selector which of the domain's keys this is
     * @param key for RSA, of 1024 bits or more (2048 are better, and fewer are logged as a warning), or for Ed25519
     * @return the key
     * @throws SmtpSyntaxException if the domain or the selector is malformed
     * @throws IllegalArgumentException if the key is of another kind or too short
     */
    public static DkimKey of(String domain, String selector, PrivateKey key) {
        String checkedDomain = DomainName.requireAscii("DKIM domain", domain);
        String checkedSelector = DomainName.requireAscii("DKIM selector", selector);
        DkimKey made = new DkimKey(checkedDomain, checkedSelector, key, Algorithm.of(key), null);
        if (key instanceof RSAKey rsa && rsa.getModulus().bitLength() < GOOD_RSA_BITS) {
            LOG.warn(
                    "{} has only {} bits, expected 2048 (RFC 8301)",
                    made,
                    rsa.getModulus().bitLength());
        }
        return made;
    }

    /**
     * A key in PEM, not encrypted: {@code BEGIN PRIVATE KEY} (PKCS#8) or {@code BEGIN RSA PRIVATE KEY} (PKCS#1).
     *
     * @param domain who signs
     * @param selector which of the domain's keys this is
     * @param pem the text of a PEM file
     * @return the key
     * @throws SmtpSyntaxException if the domain or the selector is malformed
     * @throws IllegalArgumentException if the text holds no usable key; the message says what to do, and nothing of the
     *     text
     */
    public static DkimKey ofPem(String domain, String selector, String pem) {
        return of(domain, selector, PemKey.read(pem));
    }

    /**
     * This key with an identity on whose behalf it signs (tag {@code i=}).
     *
     * @param newIdentity an address or {@code @domain}; the domain is the key's or one below it
     * @return a changed copy
     * @throws SmtpSyntaxException if it is neither
     */
    public DkimKey withIdentity(String newIdentity) {
        boolean domainOnly = newIdentity.startsWith("@");
        String localPart = domainOnly ? "" : asciiLocalPart(newIdentity);
        String of = domainOnly
                ? DomainName.requireAscii("DKIM identity", newIdentity.substring(1))
                : Mailbox.parse(newIdentity).domain();
        String lower = of.toLowerCase(Locale.ROOT);
        String own = domain.toLowerCase(Locale.ROOT);
        if (!lower.equals(own) && !lower.endsWith("." + own)) {
            throw new SmtpSyntaxException("DKIM identity: expected the domain " + domain + " or one below it", -1);
        }
        return new DkimKey(domain, selector, key, algorithm, quotedPrintable(localPart) + "@" + of);
    }

    /** The local-part as it is written in an address, quotes included. */
    private static String asciiLocalPart(String address) {
        Mailbox mailbox = Mailbox.parse(address);
        if (!mailbox.isAscii()) {
            throw new SmtpSyntaxException("DKIM identity: expected a local-part in ASCII", 0);
        }
        String written = mailbox.toString();
        return written.substring(0, written.lastIndexOf('@'));
    }

    /** RFC 6376 section 2.11. */
    private static String quotedPrintable(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' && b < 0x7F && b != ';' && b != '=') {
                out.append((char) b);
            } else {
                out.append(String.format(Locale.ROOT, "=%02X", b));
            }
        }
        return out.toString();
    }

    /**
     * Who signs.
     *
     * @return the domain, with A-labels
     */
    public String domain() {
        return domain;
    }

    /**
     * Which of the domain's keys this is.
     *
     * @return the selector, with A-labels
     */
    public String selector() {
        return selector;
    }

    /**
     * The signature algorithm.
     *
     * @return {@code rsa-sha256} or {@code ed25519-sha256}
     */
    public String algorithm() {
        return algorithm.tag;
    }

    Algorithm kind() {
        return algorithm;
    }

    PrivateKey privateKey() {
        return key;
    }

    @Nullable
    String identity() {
        return identity;
    }

    @Override
    public String toString() {
        return "DkimKey[" + selector + "._domainkey." + domain + ", " + algorithm.tag + "]";
    }
}
