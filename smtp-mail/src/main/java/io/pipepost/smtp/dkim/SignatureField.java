/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import java.util.List;

/**
 * A DKIM-Signature field in the making (RFC 6376 section 3.5), folded at 78 octets between tags, behind the colons of
 * {@code h=} and anywhere in {@code b=}. ASCII only, as all values have been checked to be.
 */
final class SignatureField {
    private static final int MAX_LINE = 78;
    private static final String FOLD = "\r\n ";

    private final StringBuilder out = new StringBuilder("DKIM-Signature: v=1;");
    private int column = out.length();

    SignatureField tag(String name, Object value) {
        word(name + "=" + value + ";");
        return this;
    }

    SignatureField names(List<String> names) {
        int last = names.size() - 1;
        for (int i = 0; i <= last; i++) {
            String name = names.get(i) + (i == last ? ";" : ":");
            if (i == 0) {
                word("h=" + name);
            } else {
                part(name);
            }
        }
        return this;
    }

    /** The field as it is signed: the last tag has no value and there is no CRLF. */
    String unsigned() {
        word("b=");
        return out.toString();
    }

    /** Completes the field behind {@link #unsigned}. */
    String signed(String base64) {
        for (int i = 0; i < base64.length(); ) {
            if (column == MAX_LINE) {
                fold();
            }
            int end = Math.min(base64.length(), i + MAX_LINE - column);
            append(base64.substring(i, end));
            i = end;
        }
        return out.append("\r\n").toString();
    }

    private void word(String text) {
        if (column + 1 + text.length() > MAX_LINE) {
            fold();
        } else {
            append(" ");
        }
        append(text);
    }

    private void part(String text) {
        if (column + text.length() > MAX_LINE) {
            fold();
        }
        append(text);
    }

    private void fold() {
        out.append(FOLD);
        column = 1;
    }

    private void append(String text) {
        out.append(text);
        column += text.length();
    }
}
