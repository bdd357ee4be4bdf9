/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R-5322-06. */
@Tag("exhaustive")
class MessageIdTest {
    @Test
    void r5322_06_aMillionAreDistinct() {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 1_000_000; i++) {
            ids.add(MessageId.generate("d.test"));
        }
        assertThat(ids).hasSize(1_000_000);
        assertThat(ids.stream().limit(1_000)).allMatch(id -> id.matches("<[0-9a-f]{32}@d\\.test>"));
    }

    @Test
    void r5322_06_domainInALabels() {
        assertThat(MessageId.generate("bücher.example")).endsWith("@xn--bcher-kva.example>");
        assertThat(MessageId.generate("[192.0.2.1]")).endsWith("@[192.0.2.1]>");
        assertThatThrownBy(() -> MessageId.generate("a b")).isInstanceOf(SmtpSyntaxException.class);
    }

    @Test
    void r5322_06_ownIdsAreDotAtoms() {
        assertThat(MessageId.require("Message-ID", "<a.b+1@d.test>")).isEqualTo("<a.b+1@d.test>");
        assertThat(MessageId.requireContentId("a@b")).isEqualTo("<a@b>");
        assertThat(MessageId.require("Message-ID", MessageId.generate("[IPv6:::1]")))
                .endsWith("@[IPv6:::1]>");
        assertThatThrownBy(() -> MessageId.require("Message-ID", "<a..b@c>"))
                .hasMessage("Message-ID: expected atoms with dots between, found U+002E (at index 3)");
        assertThatThrownBy(() -> MessageId.require("Message-ID", "<a@b@c>")).isInstanceOf(SmtpSyntaxException.class);
    }

    /** Most HTML says no more than cid:logo. */
    @Test
    void r2046_02_s24_contentIdsMayLackADomain() {
        assertThat(MessageId.requireContentId("logo")).isEqualTo("<logo>");
        assertThat(MessageId.requireContentId("<logo.1>")).isEqualTo("<logo.1>");
        assertThat(MessageId.requireContentId("logo@d.test")).isEqualTo("<logo@d.test>");
        for (String id :
                List.of("", "<>", "<", "lo go", "<lo", "a..b", "l\u00f6", "a\r\nX: y", "=?utf-8?q?a?=", "a@")) {
            assertThatThrownBy(() -> MessageId.requireContentId(id)).isInstanceOf(SmtpSyntaxException.class);
        }
        assertThatThrownBy(() -> MessageId.requireContentId("x".repeat(901))).isInstanceOf(SmtpSyntaxException.class);
    }

    /** Answering a message must not fail because its identifier is a bad one. */
    @Test
    void r5322_06_foreignIdsMayBeWorse() {
        assertThat(MessageId.requireReference("References", "<a..b:c,d@e_f>")).isEqualTo("<a..b:c,d@e_f>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<>",
                "a",
                "<a>",
                "@a",
                "a@",
                "<a@b",
                "a@b>",
                "<a @b>",
                "<a@b> <c@d>",
                "<<a@b>>",
                "ü@d.test",
                "<a@b>,c",
                "=?utf-8?q?a?=@d.test"
            })
    void r5322_06_s24_whatIsNoId(String id) {
        assertThatThrownBy(() -> MessageId.require("Message-ID", id)).isInstanceOf(SmtpSyntaxException.class);
        assertThatThrownBy(() -> MessageId.requireReference("References", id)).isInstanceOf(SmtpSyntaxException.class);
    }
}
