/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.util.ArrayList;
import java.util.List;

/**
 * How to leave a mailing list (RFC 2369), with one click if wanted (RFC 8058). A mail that offers one click must be signed
 * with DKIM over both of its fields.
 */
public final class ListUnsubscribe {
    private static final String HTTPS = "https://";
    private static final String MAILTO = "mailto:";

    private final List<String> uris;
    private final boolean oneClick;

    private ListUnsubscribe(List<String> uris, boolean oneClick) {
        this.uris = List.copyOf(uris);
        this.oneClick = oneClick;
        uris.forEach(ListUnsubscribe::requireUri);
        if (uris.isEmpty()) {
            throw new SmtpSyntaxException("List-Unsubscribe needs at least one URI", -1);
        }
    }

    /**
     * Ways to leave that a person follows.
     *
     * @param uris {@code https:} or {@code mailto:} URIs, the preferred one first
     * @return the value
     * @throws SmtpSyntaxException if a URI is malformed, or of another scheme
     */
    public static ListUnsubscribe of(String... uris) {
        return new ListUnsubscribe(List.of(uris), false);
    }

    /**
     * A URI to which a POST is enough, and other ways.
     *
     * @param https the URI that takes the POST; tells by itself who leaves which list
     * @param others {@code mailto:} URIs
     * @return the value
     * @throws SmtpSyntaxException if a URI is malformed, or there is not exactly one {@code https:} URI
     */
    public static ListUnsubscribe oneClick(String https, String... others) {
        List<String> uris = new ArrayList<>(List.of(others));
        uris.add(0, https);
        if (!hasScheme(https, HTTPS)
                || uris.stream().filter(uri -> hasScheme(uri, HTTPS)).count() > 1) {
            throw new SmtpSyntaxException("one-click unsubscribe: expected exactly one https URI, and that first", -1);
        }
        return new ListUnsubscribe(uris, true);
    }

    /** R-8058-01: nothing that ends a URI in its list, and nothing that goes over the network in clear text. */
    private static void requireUri(String uri) {
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c <= 0x20 || c > 0x7E || c == '<' || c == '>' || c == ',') {
                throw new SmtpSyntaxException(
                        "List-Unsubscribe: expected a URI, found U+%04X; percent-encode it".formatted((int) c), i);
            }
        }
        if (!hasScheme(uri, HTTPS) && !hasScheme(uri, MAILTO)) {
            throw new SmtpSyntaxException("List-Unsubscribe: expected https://... or mailto:...", 0);
        }
    }

    private static boolean hasScheme(String uri, String scheme) {
        return uri.length() > scheme.length() && uri.regionMatches(true, 0, scheme, 0, scheme.length());
    }

    /**
     * Tells whether one click is enough.
     *
     * @return true if this came from {@link #oneClick}
     */
    public boolean isOneClick() {
        return oneClick;
    }

    List<HeaderField> fields() {
        HeaderField field = HeaderField.ascii("List-Unsubscribe", toString());
        return oneClick
                ? List.of(field, HeaderField.ascii("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
                : List.of(field);
    }

    /**
     * The value of the List-Unsubscribe field.
     *
     * @return the URIs in angle brackets
     */
    @Override
    public String toString() {
        return "<" + String.join(">, <", uris) + ">";
    }
}
