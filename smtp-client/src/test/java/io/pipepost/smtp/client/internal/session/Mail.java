/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.RecipientPolicy;
import java.util.List;

/** A message for a {@link Dialogue}. */
public record Mail(String from, List<String> recipients, Content content, RecipientPolicy policy) {
    public static final String CONTENT = "Subject: x\r\n\r\nbody\r\n";

    /** From a@b.test, with 20 octets of content. */
    public static Mail to(String... recipients) {
        return new Mail("a@b.test", List.of(recipients), Content.of(CONTENT), RecipientPolicy.ANY);
    }

    public Mail from(String address) {
        return new Mail(address, recipients, content, policy);
    }

    public Mail content(String text) {
        return content(Content.of(text));
    }

    public Mail content(Content other) {
        return new Mail(from, recipients, other, policy);
    }

    public Mail allOrNothing() {
        return new Mail(from, recipients, content, RecipientPolicy.ALL);
    }
}
