/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.protocol.Printable;
import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes JSON (RFC 8259) on one line. */
final class Json {
    private final StringBuilder out = new StringBuilder();

    private Json() {}

    /**
     * Writes a value.
     *
     * @param value null, a Boolean, an integer, a BigDecimal, a List, a Map with strings as keys, or anything else as its string
     * @return a line without a line end
     */
    static String write(@Nullable Object value) {
        Json json = new Json();
        json.value(value);
        return json.out.toString();
    }

    private void value(@Nullable Object value) {
        if (value == null || value instanceof Boolean || value instanceof Integer || value instanceof Long) {
            out.append(value);
        } else if (value instanceof BigDecimal number) {
            out.append(number.toPlainString());
        } else if (value instanceof Map<?, ?> map) {
            object(map);
        } else if (value instanceof List<?> list) {
            array(list);
        } else {
            string(value.toString());
        }
    }

    private void object(Map<?, ?> map) {
        out.append('{');
        Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<?, ?> entry = entries.next();
            string(String.valueOf(entry.getKey()));
            out.append(':');
            value(entry.getValue());
            separate(entries);
        }
        out.append('}');
    }

    private void array(List<?> list) {
        out.append('[');
        Iterator<?> elements = list.iterator();
        while (elements.hasNext()) {
            value(elements.next());
            separate(elements);
        }
        out.append(']');
    }

    private void separate(Iterator<?> rest) {
        if (rest.hasNext()) {
            out.append(',');
        }
    }

    private void string(String text) {
        out.append('"');
        text.codePoints().forEach(this::character);
        out.append('"');
    }

    /** Beyond what must be escaped, what is not to be shown: RFC 8259 section 7 has an escape for each unit of UTF-16. */
    private void character(int c) {
        if (c == '"' || c == '\\') {
            out.append('\\').append((char) c);
        } else if (Printable.isPrintable(c)) {
            out.appendCodePoint(c);
        } else {
            for (char unit : Character.toChars(c)) {
                out.append("\\u%04x".formatted((int) unit));
            }
        }
    }
}
