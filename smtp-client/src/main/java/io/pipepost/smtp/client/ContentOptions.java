/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What content may look like.
 *
 * <p>Immutable; each method returns a changed copy.
 */
public final class ContentOptions {
    /** The defaults. */
    public static final ContentOptions DEFAULT = new ContentOptions(new Values());

    private final Values values;

    private ContentOptions(Values values) {
        this.values = values;
    }

    private ContentOptions with(Consumer<Values> change) {
        return new ContentOptions(values.with(change));
    }

    /** CR and LF go out as CRLF only (RFC 5321 section 2.3.8), so there is no third choice. */
    public enum BareNewlines {
        /** Each becomes one CRLF. */
        NORMALIZE,
        /** The message is refused. */
        REJECT
    }

    /** Content is never edited: what names the hidden recipients goes out to everybody, or not at all. */
    public enum BccFields {
        /** The message is sent as it is. The first time that this is seen beforehand, a client logs a warning. */
        SEND,
        /** The message is refused. */
        REJECT
    }

    private static final class Values extends OptionValues<Values> {
        private BareNewlines bareNewlines = BareNewlines.NORMALIZE;
        private boolean longLines;
        private BccFields bccFields = BccFields.SEND;

        @Override
        void check() {
            Objects.requireNonNull(bareNewlines, "bareNewlines");
            Objects.requireNonNull(bccFields, "bccFields");
        }

        @Override
        List<Named> all() {
            return List.of(
                    named("bareNewlines", bareNewlines), named("longLines", longLines), named("bccFields", bccFields));
        }
    }

    /** {@return what to do with a CR without LF or an LF without CR; default {@link BareNewlines#NORMALIZE}} */
    public BareNewlines bareNewlines() {
        return values.bareNewlines;
    }

    /**
     * Sets what to do with lone CR and LF.
     *
     * @param choice what to do
     * @return a changed copy
     */
    public ContentOptions withBareNewlines(BareNewlines choice) {
        return with(v -> v.bareNewlines = choice);
    }

    /**
     * {@return whether lines of more than 998 octets are sent all the same, though RFC 5321 section 4.5.3.1.6 lets servers
     * refuse them; default false}
     */
    public boolean longLines() {
        return values.longLines;
    }

    /**
     * Permits lines of more than 998 octets.
     *
     * @param allowed whether they are sent
     * @return a changed copy
     */
    public ContentOptions withLongLines(boolean allowed) {
        return with(v -> v.longLines = allowed);
    }

    /** {@return what to do with a Bcc field in the header (RFC 5322 section 3.6.3); default {@link BccFields#SEND}} */
    public BccFields bccFields() {
        return values.bccFields;
    }

    /**
     * Sets what to do with Bcc and Resent-Bcc fields.
     *
     * @param choice what to do
     * @return a changed copy
     */
    public ContentOptions withBccFields(BccFields choice) {
        return with(v -> v.bccFields = choice);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ContentOptions that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return "ContentOptions" + values;
    }
}
