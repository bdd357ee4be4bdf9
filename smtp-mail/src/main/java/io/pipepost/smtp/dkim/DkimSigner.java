/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.ContentSigner;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Signature;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Signs content with DKIM: one DKIM-Signature field for each key, from one pass over the content in bounded memory.
 * Immutable and thread-safe; give it to {@code SmtpClient.Builder.signer}, or call
 * {@link #sign}.
 *
 * <p>What is signed is what is sent: each CR, LF or CRLF counts as one CRLF, and the last line has one. Every field of the
 * {@linkplain Builder#signedFields signed names} is covered, all those with the same name. Names are
 * {@linkplain Builder#oversignedFields oversigned} so that nobody can add another field of that name. The length tag
 * {@code l=}, which lets others append, and copies of fields ({@code z=}) are never made.
 */
public final class DkimSigner implements ContentSigner {
    private static final List<String> SIGNED = List.of(
            "From",
            "To",
            "Cc",
            "Reply-To",
            "Subject",
            "Date",
            "Message-ID",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
            "In-Reply-To",
            "References",
            "List-Unsubscribe",
            "List-Unsubscribe-Post");
    private static final List<String> OVERSIGNED = List.of("From", "Subject", "Date", "To");

    private final List<DkimKey> keys;
    private final Canonicalization header;
    private final Canonicalization body;

    /** By name in lower case. */
    private final Map<String, FieldName> names;

    private final @Nullable Duration expiry;
    private final Clock clock;
    private final @Nullable Provider provider;

    private record FieldName(String shown, boolean oversigned) {}

    private DkimSigner(Builder builder) {
        this.keys = builder.keys;
        this.header = builder.header;
        this.body = builder.body;
        this.names = names(builder.signed, builder.oversigned);
        this.expiry = builder.expiry;
        this.clock = builder.clock;
        this.provider = builder.provider;
        keys.forEach(this::signatureFor);
    }

    private static Map<String, FieldName> names(List<String> signed, List<String> oversigned) {
        Map<String, FieldName> names = new LinkedHashMap<>();
        signed.forEach(name -> names.putIfAbsent(lower(name), new FieldName(name, false)));
        oversigned.forEach(name -> names.merge(
                lower(name), new FieldName(name, true), (listed, same) -> new FieldName(listed.shown(), true)));
        return names;
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /**
     * Begins to build a signer.
     *
     * @param keys who signs, at least one; rsa-sha256 first for the sake of verifiers that know nothing else
     * @return a builder
     */
    public static Builder builder(DkimKey... keys) {
        return new Builder(List.of(keys));
    }

    /**
     * Signs content.
     *
     * @param content the content
     * @param blocking reads the content and signs
     * @return a future of the content with signatures on top; fails with {@link IllegalArgumentException} if the content
     *     has no From field or no proper header, or with what the content's source has failed of. Cancelling it stops the
     *     work
     */
    @Override
    public CompletableFuture<Content> sign(Content content, Executor blocking) {
        Content pinned = content.pinned();
        ContentHasher hasher = new ContentHasher(new Reading(new BodyHash(sha256(), body)), blocking);
        CompletableFuture<Content> signed =
                hasher.found().thenApply(found -> SignedContent.of(fields(found), pinned, found.facts()));
        signed.whenComplete((done, error) -> hasher.found().cancel(false));
        try {
            pinned.open(blocking).subscribe(hasher);
        } catch (RuntimeException e) {
            hasher.found().completeExceptionally(e);
        }
        return signed;
    }

    private byte[] fields(Reading.Found found) {
        if (found.header().count("from") == 0) {
            throw new IllegalArgumentException("The content has no From field, which a signature must cover");
        }
        List<String> listed = listed(found.header());
        long now = clock.instant().getEpochSecond();
        StringBuilder fields = new StringBuilder();
        for (DkimKey key : keys) {
            SignatureField field = unsigned(key, listed, now, found.bodyHash());
            fields.append(field.signed(sign(key, data(found.header(), listed, field.unsigned()))));
        }
        return fields.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** R-6376-05: those present, and the oversigned once more. */
    private List<String> listed(HeaderFields fields) {
        List<String> listed = new ArrayList<>();
        names.forEach((lower, name) -> {
            for (int i = fields.count(lower); i > 0; i--) {
                listed.add(name.shown());
            }
        });
        names.values().stream()
                .filter(FieldName::oversigned)
                .map(FieldName::shown)
                .forEach(listed::add);
        return listed;
    }

    private SignatureField unsigned(DkimKey key, List<String> listed, long now, String bodyHash) {
        SignatureField field = new SignatureField()
                .tag("a", key.algorithm())
                .tag("c", header + "/" + body)
                .tag("d", key.domain())
                .tag("s", key.selector())
                .tag("t", now);
        if (expiry != null) {
            field.tag("x", now + expiry.toSeconds());
        }
        String identity = key.identity();
        if (identity != null) {
            field.tag("i", identity);
        }
        return field.names(listed).tag("bh", bodyHash);
    }

    /** What is signed (R-6376-06): the listed fields, then the signature field with no value in {@code b=}, without CRLF. */
    byte[] data(HeaderFields fields, List<String> listed, String unsigned) {
        ByteArrayOutputStream data = new ByteArrayOutputStream(2048);
        fields.writeTo(data, listed.stream().map(DkimSigner::lower).toList(), header);
        byte[] line = (unsigned + "\r\n").getBytes(StandardCharsets.UTF_8);
        HeaderFields.write(data, line, 0, line.length, header);
        byte[] octets = data.toByteArray();
        return Arrays.copyOf(octets, octets.length - 2);
    }

    String sign(DkimKey key, byte[] data) {
        try {
            Signature signature = signatureFor(key);
            signature.update(key.kind() == Algorithm.RSA_SHA256 ? data : sha256().digest(data));
            return Base64.getEncoder().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Signing with " + key + " has failed", e);
        }
    }

    private Signature signatureFor(DkimKey key) {
        String algorithm = key.kind().jca;
        try {
            Signature signature =
                    provider == null ? Signature.getInstance(algorithm) : Signature.getInstance(algorithm, provider);
            signature.initSign(key.privateKey());
            return signature;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "Cannot sign with " + key + " by " + (provider == null ? "any provider" : provider.getName()), e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("There is no SHA-256, which every Java platform must have", e);
        }
    }

    /**
     * The keys, without anything private.
     *
     * @return for example {@code DkimSigner[DkimKey[s1._domainkey.example.com, rsa-sha256]]}
     */
    @Override
    public String toString() {
        return "DkimSigner" + keys;
    }

    /** Collects a signer's options. Not thread-safe. */
    public static final class Builder {
        private final List<DkimKey> keys;
        private Canonicalization header = Canonicalization.RELAXED;
        private Canonicalization body = Canonicalization.RELAXED;
        private List<String> signed = SIGNED;
        private List<String> oversigned = OVERSIGNED;
        private @Nullable Duration expiry;
        private Clock clock = Clock.systemUTC();
        private @Nullable Provider provider;

        private Builder(List<DkimKey> keys) {
            if (keys.isEmpty()) {
                throw new IllegalArgumentException("A signer needs at least one key");
            }
            this.keys = keys;
        }

        /**
         * Sets what may change on the way.
         *
         * @param ofHeader default {@link Canonicalization#RELAXED}
         * @param ofBody default {@link Canonicalization#RELAXED}
         * @return this builder
         */
        public Builder canonicalization(Canonicalization ofHeader, Canonicalization ofBody) {
            this.header = Objects.requireNonNull(ofHeader, "ofHeader");
            this.body = Objects.requireNonNull(ofBody, "ofBody");
            return this;
        }

        /**
         * Sets which fields are signed, as many of each name as there are.
         *
         * @param names in the order in which they are listed, From among them; by default those that make up the message
         *     for who reads it: From, To, Cc, Reply-To, Subject, Date, Message-ID, MIME-Version, Content-Type,
         *     Content-Transfer-Encoding, In-Reply-To, References, List-Unsubscribe, List-Unsubscribe-Post
         * @return this builder
         * @throws IllegalArgumentException if a name is none, From is missing, or DKIM-Signature is among them
         */
        public Builder signedFields(Collection<String> names) {
            List<String> copy = checked(names);
            if (copy.stream().noneMatch(name -> name.equalsIgnoreCase("From"))) {
                throw new IllegalArgumentException(
                        "The From field must be signed (RFC 6376 section 5.4), found " + copy);
            }
            this.signed = copy;
            return this;
        }

        /**
         * Sets of which fields none can be added without breaking the signature; they are signed, too.
         *
         * @param names default From, Subject, Date, To
         * @return this builder
         * @throws IllegalArgumentException if a name is none, or DKIM-Signature is among them
         */
        public Builder oversignedFields(Collection<String> names) {
            this.oversigned = checked(names);
            return this;
        }

        private static List<String> checked(Collection<String> names) {
            for (String name : names) {
                boolean valid = !name.isEmpty()
                        && name.chars().allMatch(c -> c > ' ' && c < 0x7F && c != ':' && c != ';')
                        && !name.equalsIgnoreCase("DKIM-Signature");
                if (!valid) {
                    throw new IllegalArgumentException(
                            "Expected the name of a field other than DKIM-Signature, in printable ASCII without colon and"
                                    + " semicolon");
                }
            }
            return List.copyOf(names);
        }

        /**
         * Sets how long a signature is valid (tag {@code x=}).
         *
         * @param after one second or more; default: for as long as the key is published
         * @return this builder
         */
        public Builder expiry(Duration after) {
            if (after.toSeconds() < 1) {
                throw new IllegalArgumentException(
                        "A signature is valid for one second at least, found " + after.toMillis() + " ms");
            }
            this.expiry = after;
            return this;
        }

        /**
         * Sets the clock for the time of a signature (tag {@code t=}).
         *
         * @param value default the system's
         * @return this builder
         */
        public Builder clock(Clock value) {
            this.clock = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Signs by another provider than the platform would choose, such as a faster one or that of a hardware module. It
         * needs {@code SHA256withRSA} or {@code Ed25519}, as the keys do.
         *
         * @param value the provider; need not be installed
         * @return this builder
         */
        public Builder provider(Provider value) {
            this.provider = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Builds the signer.
         *
         * @return the signer
         * @throws IllegalArgumentException if there is nobody to sign with one of the keys
         */
        public DkimSigner build() {
            return new DkimSigner(this);
        }
    }
}
