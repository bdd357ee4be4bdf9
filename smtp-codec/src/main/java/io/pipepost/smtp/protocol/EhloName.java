/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.protocol;

import java.net.InetAddress;

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
     * @throws SmtpSyntaxException if it is neither; underscores are not allowed
     */
    public static EhloName of(String name) {
        Text.requirePrintable("EHLO name", name);
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
