/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.util.NetUtil;
import java.io.ByteArrayOutputStream;

/** The value of the extension of that name (RFC 5280 section 4.2.1.6), in DER: Netty's builder knows no wildcards. */
final class SubjectAltName {
    static final String OID = "2.5.29.17";
    private static final int SEQUENCE = 0x30;
    private static final int DNS_NAME = 0x82;
    private static final int IP_ADDRESS = 0x87;

    private SubjectAltName() {}

    static byte[] encode(String... names) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String name : names) {
            byte[] address = NetUtil.createByteArrayFromIpAddressString(name);
            append(all, address == null ? DNS_NAME : IP_ADDRESS, address == null ? name.getBytes(US_ASCII) : address);
        }
        ByteArrayOutputStream sequence = new ByteArrayOutputStream();
        append(sequence, SEQUENCE, all.toByteArray());
        return sequence.toByteArray();
    }

    private static void append(ByteArrayOutputStream out, int tag, byte[] value) {
        out.write(tag);
        if (value.length >= 0x80) {
            out.write(0x82);
            out.write(value.length >> 8);
        }
        out.write(value.length);
        out.writeBytes(value);
    }
}
