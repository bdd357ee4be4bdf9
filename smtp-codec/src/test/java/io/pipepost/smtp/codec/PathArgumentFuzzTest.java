/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipepost.smtp.protocol.Mailbox;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;

/** What a server reads of MAIL and RCPT: read or refused, and of what a client writes the same. */
@Tag("exhaustive")
class PathArgumentFuzzTest {
    @FuzzTest
    @DictionaryEntries({"TO:<", "@d.test>", "\\\"", "\\\\", " SIZE=1"})
    void path(byte[] octets) {
        String text = new String(octets, UTF_8);
        try {
            PathArgument path = PathArgument.parse("TO:", text);
            StringBuilder again = new StringBuilder("TO:<").append(path.path()).append('>');
            path.parameters().forEach(each -> again.append(' ').append(each));
            assertThat(PathArgument.parse("TO:", again.toString())).isEqualTo(path);
            assertThat(path.parameters()).noneMatch(String::isEmpty);
        } catch (SmtpSyntaxException refusal) {
            assertThat(refusal.position()).isBetween(0, text.length());
            assertThat(refusal.getMessage()).matches("\\p{Print}{1,240}");
        }
    }

    /** S-01, S-04: the server's reader, which knows quoting only, finds the mailbox's end where it was written. */
    @FuzzTest
    @DictionaryEntries({"@d.test", "\\\"", "\\\\\\\"", "> ORCPT=a", "[IPv6:"})
    void mailbox(byte[] octets) {
        String text = new String(octets, UTF_8);
        assertEndIsFound(text, Mailbox::parse);
        assertEndIsFound(text, localPart -> Mailbox.of(localPart, "d.test"));
    }

    private static void assertEndIsFound(String text, Function<String, Mailbox> maker) {
        String wire;
        try {
            wire = maker.apply(text).toString();
        } catch (SmtpSyntaxException refused) {
            return;
        }
        PathArgument path = PathArgument.parse("TO:", "TO:<" + wire + "> SIZE=1");
        assertThat(path.path()).isEqualTo(wire);
        assertThat(path.parameters()).containsExactly("SIZE=1");
    }
}
