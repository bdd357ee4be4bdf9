/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The texts' own examples. */
class DkimVectorTest {
    private static final String BODY_HASH = "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=";
    private static final List<String> LISTED =
            List.of("From", "To", "Subject", "Date", "Message-ID", "From", "Subject", "Date");

    private static Reading.Found read(String content, Canonicalization body) throws Exception {
        Reading reading = new Reading(new BodyHash(MessageDigest.getInstance("SHA-256"), body));
        reading.read(ByteBuffer.wrap(Dkim.octets(content)));
        return reading.finish();
    }

    private static String sha256(String text) throws Exception {
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(Dkim.octets(text)));
    }

    private static String header(String content, Canonicalization canonicalization, String... names) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        read(content, canonicalization).header().writeTo(out, List.of(names), canonicalization);
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    // ---- R-6376-03

    @Test
    void r6376_03_relaxedHeader() throws Exception {
        assertThat(header("SUBJect :  a \t b \r\n\tc \r\n\r\n", Canonicalization.RELAXED, "subject"))
                .isEqualTo("subject:a b c\r\n");
        assertThat(header("A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n", Canonicalization.RELAXED, "a", "b"))
                .isEqualTo("a:X\r\nb:Y Z\r\n");
        assertThat(header("A:\r\n \r\n\r\n", Canonicalization.RELAXED, "a")).isEqualTo("a:\r\n");
    }

    @Test
    void r6376_03_simpleHeaderIsAsSent() throws Exception {
        assertThat(header("SUBJect :  a \t b \n\tc \r\n\r\n", Canonicalization.SIMPLE, "subject"))
                .isEqualTo("SUBJect :  a \t b \r\n\tc \r\n");
    }

    // ---- R-6376-04

    @Test
    void r6376_04_emptyBodies() throws Exception {
        for (String body : List.of("", "\r\n", "\r\n\r\n\r\n", "\n\r\n\r")) {
            assertThat(read("A: b\r\n\r\n" + body, Canonicalization.SIMPLE).bodyHash())
                    .isEqualTo("frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
            assertThat(read("A: b\r\n\r\n" + body + " \t", Canonicalization.RELAXED)
                            .bodyHash())
                    .isEqualTo("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        }
        assertThat(read("A: b\r\n", Canonicalization.SIMPLE).bodyHash())
                .as("no body at all")
                .isEqualTo("frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
    }

    @Test
    void r6376_04_bodies() throws Exception {
        String content = "A: X\r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
        assertThat(read(content, Canonicalization.RELAXED).bodyHash()).isEqualTo(sha256(" C\r\nD E\r\n"));
        assertThat(read(content, Canonicalization.SIMPLE).bodyHash()).isEqualTo(sha256(" C \r\nD \t E\r\n"));
    }

    @Test
    void r6376_04_emptyLinesAndWhiteSpace() throws Exception {
        assertBody("a", "a@", "a@");
        assertBody("@a", "@a@", "@a@");
        assertBody("@@a~ b@~@@", "@@a~ b@~@", "@@a b@");
        assertBody("~a~~b~", "~a~~b~@", " a b@");
        assertBody(" ", " @", "");
    }

    private static void assertBody(String body, String simple, String relaxed) throws Exception {
        String content = "A: b\r\n\r\n" + show(body);
        assertThat(read(content, Canonicalization.SIMPLE).bodyHash()).isEqualTo(sha256(show(simple)));
        assertThat(read(content, Canonicalization.RELAXED).bodyHash()).isEqualTo(sha256(show(relaxed)));
    }

    private static String show(String text) {
        return text.replace("@", "\r\n").replace('~', '\t');
    }

    // ---- R-6376-05

    @Test
    void r6376_05_sameNamesFromTheBottomUp() throws Exception {
        String content = "Received: 2\r\nFrom: a\r\nReceived: 1\r\n\r\n";
        assertThat(header(content, Canonicalization.RELAXED, "received", "received", "received", "from"))
                .isEqualTo("received:1\r\nreceived:2\r\nfrom:a\r\n");
    }

    // ---- R-6376-06 and R-8463-01

    private static String field(String algorithm, String selector) {
        return "DKIM-Signature: v=1; a=" + algorithm + "; c=relaxed/relaxed;\r\n d=football.example.com;"
                + " i=@football.example.com;\r\n q=dns/txt; s=" + selector + "; t=1528637909; h=from : to :\r\n"
                + " subject : date : message-id : from : subject : date;\r\n bh=" + BODY_HASH + ";\r\n b=";
    }

    private static void assertSigns(DkimKey key, String field, int length, String digest, String signature)
            throws Exception {
        Reading.Found found = read(Dkim.MESSAGE, Canonicalization.RELAXED);
        assertThat(found.bodyHash()).isEqualTo(BODY_HASH);
        DkimSigner signer = DkimSigner.builder(key).build();
        byte[] data = signer.data(found.header(), LISTED, field);
        assertThat(data).hasSize(length);
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data)))
                .isEqualTo(digest);
        assertThat(signer.sign(key, data)).isEqualTo(signature);
    }

    @Test
    void r8463_01_ed25519() throws Exception {
        assertSigns(
                Dkim.ed25519(),
                field("ed25519-sha256", "brisbane"),
                478,
                "48ce9a2c710ece1710ff156996b836a7f45470e43efe5643074d6e1690ed62e7",
                "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==");
    }

    @Test
    void r6376_06_r8463_01_rsa() throws Exception {
        assertSigns(
                Dkim.rsa(),
                field("rsa-sha256", "test"),
                470,
                "fed71e6d70fb123bb5c353adc42821b304b6b9d54fc867f304f7c61daaaa1111",
                "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQ"
                        + "TnGdaSGsgeefOsk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=");
    }
}
