/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes MIME parameters (R-2231-01): a token or a quoted string if that fits on a line, else percent-encoded UTF-8, in
 * numbered segments if it is long.
 *
 * <p>The plain fall-back for readers without RFC 2231 stands in {@code name} alone. Beside {@code filename*} it would be
 * taken for the file's name by readers that know both, some by the first and some by the last of the two.
 */
final class Parameters {
    /** What a line holds without its leading space and the semicolon. */
    private static final int MAX_PLAIN = 76;

    private static final String CHARSET = "UTF-8''";

    private Parameters() {}

    static Folder write(Folder folder, String value, Map<String, String> parameters) {
        List<String> pieces = new ArrayList<>();
        pieces.add(requireValue(value));
        parameters.forEach((name, text) -> addParameter(pieces, name, text));
        for (int i = 0; i < pieces.size(); i++) {
            folder.add(' ' + pieces.get(i) + (i == pieces.size() - 1 ? "" : ";"));
        }
        return folder;
    }

    /** A token, or two with a slash between. */
    private static String requireValue(String value) {
        int slash = value.indexOf('/');
        if (!HeaderText.isToken(value.substring(slash + 1))
                || (slash >= 0 && !HeaderText.isToken(value.substring(0, slash)))) {
            throw new SmtpSyntaxException("expected a type such as text/plain or a token such as inline", -1);
        }
        return value;
    }

    private static void addParameter(List<String> pieces, String name, String text) {
        if (!isPlainToken(name)) {
            throw new SmtpSyntaxException("parameter name: expected a token without * ' %", -1);
        }
        String value = HeaderText.require(name, text);
        boolean fileName = name.equalsIgnoreCase("name") || name.equalsIgnoreCase("filename");
        if (fileName) {
            FileName.require(value);
        }
        String plain = name + '=' + (isPlainToken(value) ? value : HeaderText.quote(value));
        if (HeaderText.isPlain(value, false) && value.indexOf('\t') < 0 && plain.length() <= MAX_PLAIN) {
            pieces.add(plain);
            return;
        }
        if (name.equalsIgnoreCase("name")) {
            pieces.add(name + '=' + HeaderText.quote(FileName.fallback(value)));
        }
        addExtended(pieces, name, value);
    }

    /** A token that nobody takes for a part of the extended form. */
    private static boolean isPlainToken(String text) {
        return HeaderText.isToken(text) && text.chars().noneMatch(c -> c == '*' || c == '\'' || c == '%');
    }

    private static void addExtended(List<String> pieces, String name, String value) {
        List<String> characters = new ArrayList<>();
        int length = name.length() + "*=".length() + CHARSET.length();
        for (int i = 0; i < value.length(); i += Character.charCount(value.codePointAt(i))) {
            String character = escape(value.codePointAt(i));
            characters.add(character);
            length += character.length();
        }
        if (length <= MAX_PLAIN) {
            pieces.add(name + "*=" + CHARSET + String.join("", characters));
        } else {
            addSegments(pieces, name, characters);
        }
    }

    private static void addSegments(List<String> pieces, String name, List<String> characters) {
        int number = 0;
        StringBuilder segment = new StringBuilder(name).append("*0*=").append(CHARSET);
        for (String character : characters) {
            if (segment.length() + character.length() > MAX_PLAIN) {
                pieces.add(segment.toString());
                segment = new StringBuilder(name).append('*').append(++number).append("*=");
            }
            segment.append(character);
        }
        pieces.add(segment.toString());
    }

    private static String escape(int c) {
        if (HeaderText.isLetterOrDigit(c) || (c < 0x80 && "!#$&+-.^_`{|}~".indexOf(c) >= 0)) {
            return Character.toString(c);
        }
        StringBuilder out = new StringBuilder();
        for (byte octet : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
            EncodedWords.appendHex(out, '%', octet);
        }
        return out.toString();
    }
}
