/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;

/**
 * A header field as it is sent, folded. With {@code utf8} (R-6532-01) text stands as it is in UTF-8; without, in
 * encoded-words, so that only an address whose local-part is beyond ASCII brings other octets than ASCII.
 */
final class HeaderField {
    private static final int MAX_NAME = 76;

    private final String name;
    private final String text;

    /** For {@link Folder} alone, which knows what may stand where. */
    HeaderField(String name, String text) {
        this.name = name;
        this.text = text;
    }

    /** Text for people, such as a subject. */
    static HeaderField unstructured(String name, String text, boolean utf8) {
        Folder folder = new Folder(name);
        Unstructured.write(folder, HeaderText.require(name, HeaderText.normalize(text, utf8)), utf8);
        return folder.field();
    }

    /** A field of the caller's own choice, with text for people or a value in ASCII. */
    static HeaderField custom(String name, String text, boolean utf8) {
        FieldNames.requireCustom(requireName(name));
        return unstructured(name, text, utf8);
    }

    /** A list of addresses and groups. */
    static HeaderField addresses(String name, List<? extends AddressEntry> entries, boolean utf8) {
        if (entries.isEmpty()) {
            throw new SmtpSyntaxException(name + " needs at least one address", -1);
        }
        return AddressWriter.write(new Folder(name), entries, utf8).field();
    }

    /** Message identifiers that were checked by {@link MessageId}, folded between them. */
    static HeaderField ids(String name, List<String> ids) {
        Folder folder = new Folder(name);
        ids.forEach(id -> folder.add(' ' + HeaderText.requireAscii(name, id)));
        return folder.field();
    }

    /** R-5322-05. */
    static HeaderField date(String name, OffsetDateTime date) {
        if (date.getYear() < 1900 || date.getYear() > 9999) {
            throw new SmtpSyntaxException(name + ": expected a year from 1900 to 9999, found " + date.getYear(), -1);
        }
        int minutes = date.getOffset().getTotalSeconds() / 60;
        OffsetDateTime shown = date.withOffsetSameInstant(ZoneOffset.ofTotalSeconds(minutes * 60));
        String text = DateTimeFormatter.RFC_1123_DATE_TIME.format(shown);
        // The JDK's formatter speaks English in any locale, but writes the obsolete form of offset zero.
        return ascii(name, text.endsWith("GMT") ? text.substring(0, text.length() - 3) + "+0000" : text);
    }

    /** A value of printable ASCII that is written as it stands. */
    static HeaderField ascii(String name, String value) {
        Folder folder = new Folder(name);
        int start = 0;
        for (int i = 1; i < HeaderText.requireAscii(name, value).length() - 1; i++) {
            if (value.charAt(i) == ' ' && value.charAt(i + 1) != ' ') {
                folder.add((start == 0 ? " " : "") + value.substring(start, i));
                start = i;
            }
        }
        folder.add((start == 0 ? " " : "") + value.substring(start));
        return folder.field();
    }

    /** A value with parameters, for Content-Type and Content-Disposition; in the order of the map. */
    static HeaderField parameterised(String name, String value, Map<String, String> parameters) {
        return Parameters.write(new Folder(name), value, parameters).field();
    }

    /** R-5322-02. */
    static String requireName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= 0x20 || c > 0x7E || c == ':') {
                throw new SmtpSyntaxException(
                        "field name: expected printable ASCII without spaces and colons, found U+%04X"
                                .formatted((int) c),
                        i);
            }
        }
        if (name.isEmpty() || name.length() > MAX_NAME) {
            throw new SmtpSyntaxException("field name: expected 1 to 76 octets, found " + name.length(), -1);
        }
        return name;
    }

    String name() {
        return name;
    }

    /** The value without folds. */
    String value() {
        String unfolded = text.substring(name.length() + 1).replace("\r\n", "");
        return unfolded.isEmpty() ? "" : unfolded.substring(1);
    }

    /** Whether this field is more than ASCII, and so needs SMTPUTF8. */
    boolean requiresUtf8() {
        return HeaderText.octets(text) > text.length();
    }

    /** The field with its CRLF, in UTF-8. */
    byte[] octets() {
        return toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The field with its CRLF. */
    @Override
    public String toString() {
        return text + "\r\n";
    }
}
