/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import jakarta.mail.MessagingException;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderFieldsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Received",
                "RETURN-PATH",
                "Bcc",
                "Resent-Bcc",
                "Resent-To",
                "From",
                "Sender",
                "Reply-To",
                "To",
                "Cc",
                "Date",
                "Subject",
                "Message-ID",
                "In-Reply-To",
                "References",
                "MIME-Version",
                "content-type",
                "Content-Foo",
                "DKIM-Signature",
                "List-Unsubscribe",
                "List-Unsubscribe-Post"
            })
    void r5322_04_s31_fieldsThatAreNotTheCallers(String name) {
        assertThatThrownBy(() -> HeaderField.custom(name, "x", false))
                .isInstanceOf(SmtpSyntaxException.class)
                .hasMessageContaining(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Subject", "From", "Date", "Message-ID", "MIME-Version", "Content-Type", "X-Priority"})
    void r5322_04_atMostOneEach(String name) {
        HeaderField field = HeaderField.ascii(name, "x");
        HeaderField other = HeaderField.ascii(name.toUpperCase(java.util.Locale.ROOT), "y");
        assertThatThrownBy(() -> new HeaderFields(List.of(field, other)))
                .isInstanceOf(SmtpSyntaxException.class)
                .hasMessageContaining("only once");
    }

    @Test
    void othersMayStandMoreThanOnce() {
        HeaderFields fields =
                new HeaderFields(List.of(HeaderField.custom("X-A", "1", false), HeaderField.custom("x-a", "ü", true)));
        assertThat(fields).hasToString("X-A: 1\r\nx-a: ü\r\n").hasSize(2);
        assertThat(fields.octets()).hasSize(17);
        assertThat(fields.requiresUtf8()).isTrue();
    }

    @Test
    void r8058_01_oneClick() {
        ListUnsubscribe value = ListUnsubscribe.oneClick("https://d.test/u?x=1", "mailto:u@d.test?subject=leave");
        assertThat(value.isOneClick()).isTrue();
        assertThat(new HeaderFields(value.fields()))
                .hasToString("List-Unsubscribe: <https://d.test/u?x=1>, <mailto:u@d.test?subject=leave>\r\n"
                        + "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
        assertThat(new HeaderFields(ListUnsubscribe.of("mailto:u@d.test").fields()))
                .hasToString("List-Unsubscribe: <mailto:u@d.test>\r\n");
        assertThatThrownBy(() -> ListUnsubscribe.oneClick("mailto:u@d.test")).hasMessageContaining("exactly one https");
        assertThatThrownBy(() -> ListUnsubscribe.oneClick("https://a.test", "HTTPS://b.test"))
                .hasMessageContaining("exactly one https");
        assertThatThrownBy(ListUnsubscribe::of).isInstanceOf(SmtpSyntaxException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://x",
                "x",
                "",
                "https://",
                "mailto:",
                "ftp://d.test",
                "https://d.test/a b",
                "https://d.test/<",
                "https://d/>",
                "https://d.test/a,b",
                "https://d.test/\r\nBcc:v@v.test",
                "https://d.test/ü",
                "https://d.test/\t"
            })
    void r8058_01_s24_urisThatAreRefused(String uri) {
        assertThatThrownBy(() -> ListUnsubscribe.of(uri)).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> ListUnsubscribe.oneClick(uri)).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> ListUnsubscribe.oneClick("https://d.test", uri))
                .isInstanceOf(SmtpSyntaxException.class);
    }

    @Test
    void priorityAndAutoSubmitted() {
        assertThat(new HeaderFields(Priority.HIGH.fields())).hasToString("X-Priority: 1\r\nImportance: high\r\n");
        assertThat(new HeaderFields(Priority.NORMAL.fields())).hasToString("X-Priority: 3\r\nImportance: normal\r\n");
        assertThat(new HeaderFields(Priority.LOW.fields())).hasToString("X-Priority: 5\r\nImportance: low\r\n");
        assertThat(AutoSubmitted.GENERATED.field()).hasToString("Auto-Submitted: auto-generated\r\n");
        assertThat(AutoSubmitted.REPLIED.field()).hasToString("Auto-Submitted: auto-replied\r\n");
        assertThat(AutoSubmitted.NOTIFIED.field()).hasToString("Auto-Submitted: auto-notified\r\n");
    }

    /** An encoded line end decodes to one in nobody's hands, and makes no field in anybody's. */
    @Test
    void s24_encodedLineEndsStayText() throws MessagingException, IOException {
        String injected = "=?UTF-8?Q?=0D=0ABcc:_v@v.test?=";
        HeaderField[] fields = {
            HeaderField.unstructured("Subject", injected, false),
            HeaderField.addresses("To", List.of(MailAddress.of(injected, "a@b.test")), false),
            HeaderField.addresses("Cc", List.of(new AddressGroup(injected, List.of())), false),
            HeaderField.custom("X-A", injected, false),
            HeaderField.parameterised("Content-Type", "text/plain", java.util.Map.of("name", injected)),
            HeaderField.parameterised("Content-Disposition", "inline", java.util.Map.of("filename", injected))
        };
        List<String> names = List.of("Subject", "To", "Cc", "X-A", "Content-Type", "Content-Disposition");
        assertThat(Readers.names(Readers.angus(fields))).isEqualTo(names);
        assertThat(Readers.names(Readers.mime4j(fields))).isEqualTo(names);
        assertThat(Readers.angus(fields).getSubject()).isEqualTo(injected);
        assertThat(Readers.mime4j(fields).getSubject()).isEqualTo(injected);
        assertThat(Readers.angus(fields).getFileName()).isEqualTo(injected);
    }

    /** Subjects and custom fields in many scripts, read back by two parsers. */
    @Tag("exhaustive")
    @Test
    void r2047_01_s24_randomTextReadsBackElsewhere() throws MessagingException, IOException {
        for (int seed = 0; seed < 1_000; seed++) {
            Random random = new Random(seed);
            String subject = Texts.random(random, 30);
            HeaderField[] fields = {
                HeaderField.unstructured("Subject", subject, false),
                HeaderField.custom("X-A", Texts.random(random, 30), false),
            };
            assertThat(Readers.angus(fields).getSubject())
                    .as("seed %d: %s", seed, fields[0])
                    .isEqualTo(subject);
            assertThat(Readers.mime4j(fields).getSubject())
                    .as("seed %d: %s", seed, fields[0])
                    .isEqualTo(subject);
            assertThat(Readers.names(Readers.angus(fields))).containsExactly("Subject", "X-A");
            assertThat(Readers.names(Readers.mime4j(fields))).containsExactly("Subject", "X-A");
        }
    }
}
