/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import java.net.InetAddress;
import java.util.Locale;

/**
 * The name with which a client introduces itself (RFC 5321 section 4.1.4): its primary host name, or an address literal
 * if it has none. Internationalized names are sent as A-labels, always (RFC 6531 section 3.7.1).
 */
public final class EhloName {
    private final String text;

    private EhloName(String text) {
        this.text = text;
    }

    /**
     * Checks a configured name.
     *
     * @param name a domain name or an address literal such as {@code [192.0.2.7]}
     * @return the name
     * @throws SmtpSyntaxException if it is neither; underscores, {@code localhost} and an IP address without brackets
     *     are not allowed
     */
    public static EhloName of(String name) {
        Text.requirePrintable("EHLO name", name);
        if (DomainName.isIpv4(name)) {
            throw new SmtpSyntaxException("EHLO name: an IP address must stand in brackets", 0);
        }
        if (name.equalsIgnoreCase("localhost")) {
            throw new SmtpSyntaxException("EHLO name must not be localhost: it names every host", 0);
        }
        return new EhloName(DomainName.toAscii(DomainName.require("EHLO name", name, 0)));
    }

    /**
     * The address literal of a connection's local address, for clients without a name.
     *
     * @param localAddress the local address; a zone is left out
     * @return for example {@code [192.0.2.7]} or {@code [IPv6:2001:db8::7]}
     */
    public static EhloName of(InetAddress localAddress) {
        return new EhloName(DomainName.literalOf(localAddress));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EhloName that && text.equalsIgnoreCase(that.text);
    }

    @Override
    public int hashCode() {
        return text.toLowerCase(Locale.ROOT).hashCode();
    }

    /**
     * The name as it goes over the wire.
     *
     * @return the name
     */
    @Override
    public String toString() {
        return text;
    }
}
