/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.ContentOptions.BareNewlines;
import io.pipepost.smtp.client.ContentOptions.BccFields;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.ContentFacts;
import org.jspecify.annotations.Nullable;

/** What content must be like to be sent at all, on whatever server. */
final class ContentRules {
    /** RFC 5322 section 2.1.1, without the CRLF. */
    static final int MAX_LINE = 998;

    private ContentRules() {}

    /** The first rule that the content breaks, or null. An empty content is for {@link #empty()}. */
    static @Nullable Failure broken(ContentFacts facts, ContentOptions options, Phase phase) {
        if (facts.firstNul() >= 0) {
            return invalid(phase, "Content holds a NUL octet at position " + facts.firstNul());
        }
        if (facts.firstBareNewline() >= 0 && options.bareNewlines() == BareNewlines.REJECT) {
            return invalid(
                    phase,
                    "Content holds a CR or LF that is not part of a CRLF at position " + facts.firstBareNewline()
                            + "; ContentOptions.withBareNewlines says that such become CRLF");
        }
        if (facts.longestLine() > MAX_LINE && !options.longLines()) {
            return invalid(
                    phase,
                    "Content has a line of " + facts.longestLine() + " octets, expected at most " + MAX_LINE
                            + " (RFC 5322 section 2.1.1); ContentOptions.withLongLines permits more");
        }
        if (facts.hasBcc() && options.bccFields() == BccFields.REJECT) {
            return invalid(
                    phase,
                    "Content has a Bcc field, which every recipient would see (RFC 5322 section 3.6.3)"
                            + "; ContentOptions.withBccFields permits it");
        }
        return null;
    }

    static Failure empty() {
        return invalid(Phase.ARGUMENT, "Content is empty, expected a header and a body (RFC 5321 section 4.1.1.4)");
    }

    private static Failure invalid(Phase phase, String message) {
        return Failure.of(FailureCause.INVALID_ARGUMENT, phase, message);
    }
}
