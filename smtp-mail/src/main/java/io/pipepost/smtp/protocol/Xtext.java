/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

/** xtext (RFC 3461 section 4): printable ASCII in which {@code +} and {@code =} are written as {@code +HH}. */
public final class Xtext {
    private Xtext() {}

    /**
     * Encodes text.
     *
     * @param text printable ASCII, spaces included
     * @return the xtext
     * @throws SmtpSyntaxException if the text holds anything else
     */
    public static String encode(String text) {
        Text.requirePrintableAscii("xtext input", text);
        StringBuilder out = new StringBuilder(text.length() + 8);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '+' || c == '=' || c == ' ') {
                out.append("+%02X".formatted((int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    /**
     * Decodes xtext.
     *
     * @param xtext what {@link #encode} writes
     * @return the text
     * @throws SmtpSyntaxException with the position of the fault
     */
    public static String decode(String xtext) {
        StringBuilder out = new StringBuilder(xtext.length());
        for (int i = 0; i < xtext.length(); i++) {
            char c = xtext.charAt(i);
            if (c <= ' ' || c >= 0x7F || c == '=') {
                throw new SmtpSyntaxException("xtext holds a character that must be encoded", i);
            }
            if (c == '+') {
                if (i + 2 >= xtext.length() || !isUpperHex(xtext.charAt(i + 1)) || !isUpperHex(xtext.charAt(i + 2))) {
                    throw new SmtpSyntaxException("xtext: + must be followed by two upper-case hex digits", i);
                }
                int decoded = Integer.parseInt(xtext, i + 1, i + 3, 16);
                if (decoded < ' ' || decoded >= 0x7F) {
                    throw new SmtpSyntaxException("xtext hides a character that is not printable ASCII", i);
                }
                out.append((char) decoded);
                i += 2;
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static boolean isUpperHex(char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
    }
}
