/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.mail.OctetTaker;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R-2046-02, R-2045-01: what is composed reads back as what it was made of, by parsers that we did not write. */
@Tag("exhaustive")
class ReadBackTest {
    private static final int MESSAGES = 150;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void readsBackByTwoParsers(long seed) throws Exception {
        MailGenerator generator = new MailGenerator(seed, directory);
        for (int i = 0; i < MESSAGES; i++) {
            MailGenerator.Mail mail = generator.next();
            byte[] octets = OctetTaker.all(mail.message().content());
            String text = new String(octets, StandardCharsets.UTF_8);
            String where = "seed %s, message %s:%n%s"
                    .formatted(seed, i, text.lines().limit(25).collect(joining("\n")));
            assertSendable(octets, where);
            assertThat(mail.message().content().size().orElse(octets.length))
                    .as(where)
                    .isEqualTo(octets.length);
            assertThat(OctetTaker.all(mail.message().content())).as(where).isEqualTo(octets);
            assertSame(AngusReader.describe(octets), mail.description(), "Angus, " + where);
            assertSame(Mime4jReader.describe(octets), mail.description(), "Mime4j, " + where);
            assertThat(text).as("S-31, " + where).doesNotContain("hidden.test");
        }
    }

    /** Shows the line that differs. */
    private static void assertSame(String found, String expected, String where) {
        Iterator<String> lines = found.lines().iterator();
        expected.lines()
                .forEach(line -> assertThat(lines.hasNext() ? lines.next() : "")
                        .as(where)
                        .isEqualTo(line));
        assertThat(lines.hasNext() ? lines.next() : "").as(where).isEmpty();
    }

    private static void assertSendable(byte[] octets, String where) {
        ContentFacts facts = ContentScanner.factsOf(octets);
        assertThat(facts.isCanonical()).as(where).isTrue();
        assertThat(facts.endsWithCrlf()).as(where).isTrue();
        assertThat(TransferEncoding.isSevenBit(facts)).as(where).isTrue();
    }
}
