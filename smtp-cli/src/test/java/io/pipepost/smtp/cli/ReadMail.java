/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.SingleBody;
import org.apache.james.mime4j.dom.field.UnstructuredField;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.Field;

/**
 * What another's reader, Apache Mime4j, finds in a message.
 *
 * @param fields the message's own header fields by name, in their order, folds and encodings undone
 * @param parts its parts, outermost first: depth as spaces, type, disposition, file name, Content-ID
 * @param octets what the parts that are no multipart hold, in their order
 */
record ReadMail(Map<String, List<String>> fields, List<String> parts, List<byte[]> octets) {

    static ReadMail of(byte[] content) throws IOException {
        Message message = new DefaultMessageBuilder().parseMessage(new ByteArrayInputStream(content));
        ReadMail mail =
                new ReadMail(new TreeMap<>(String.CASE_INSENSITIVE_ORDER), new ArrayList<>(), new ArrayList<>());
        for (Field field : message.getHeader()) {
            mail.fields
                    .computeIfAbsent(field.getName(), name -> new ArrayList<>())
                    .add((field instanceof UnstructuredField text ? text.getValue() : field.getBody()).strip());
        }
        mail.add(message, "");
        return mail;
    }

    private void add(Entity part, String indent) throws IOException {
        StringBuilder line = new StringBuilder(indent).append(part.getMimeType());
        append(line, part.getDispositionType());
        append(line, part.getFilename());
        Field id = part.getHeader().getField("Content-ID");
        append(line, id == null ? null : id.getBody().strip());
        parts.add(line.toString());
        if (part.getBody() instanceof Multipart multipart) {
            for (Entity each : multipart.getBodyParts()) {
                add(each, indent + "  ");
            }
            return;
        }
        try (InputStream in = ((SingleBody) part.getBody()).getInputStream()) {
            octets.add(in.readAllBytes());
        }
    }

    private static void append(StringBuilder line, String word) {
        if (word != null) {
            line.append(' ').append(word);
        }
    }

    /** The only field of this name. */
    String field(String name) {
        List<String> found = fields.getOrDefault(name, List.of());
        if (found.size() != 1) {
            throw new AssertionError(name + ": " + found);
        }
        return found.get(0);
    }

    /** A part that is text. */
    String text(int i) {
        return new String(octets.get(i), StandardCharsets.UTF_8);
    }
}
