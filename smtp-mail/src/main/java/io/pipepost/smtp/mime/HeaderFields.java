/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The header fields of a message or a part, in order, without the empty line behind them. */
final class HeaderFields implements Iterable<HeaderField> {
    private final List<HeaderField> fields;

    /** Refuses a second field of a kind that may stand once (R-5322-04). */
    HeaderFields(List<HeaderField> fields) {
        this.fields = List.copyOf(fields);
        Set<String> seen = new HashSet<>();
        for (HeaderField field : fields) {
            if (!seen.add(field.name().toLowerCase(Locale.ROOT)) && FieldNames.isSingle(field.name())) {
                throw new SmtpSyntaxException("header field " + field.name() + " may stand only once", -1);
            }
        }
    }

    /** Whether any field is more than ASCII, and so needs SMTPUTF8. */
    boolean requiresUtf8() {
        return fields.stream().anyMatch(HeaderField::requiresUtf8);
    }

    /** The fields, each with its CRLF, in UTF-8. */
    byte[] octets() {
        return toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Iterator<HeaderField> iterator() {
        return fields.iterator();
    }

    @Override
    public String toString() {
        return fields.stream().map(HeaderField::toString).collect(Collectors.joining());
    }
}
