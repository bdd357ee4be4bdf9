/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.dkim;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.ContentScanner;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Flow;

/** Content with signature fields on top. */
final class SignedContent {
    /** Up to this size content in memory is copied, so that it is sent in one piece and can share a flight. */
    static final int MAX_COPIED = 1 << 20;

    private SignedContent() {}

    /**
     * Puts fields on top of content, which is held once and read again when it is sent. If it is then not as it was found
     * to be, as a file that has grown, the message is not delivered.
     *
     * @param fields whole fields with CRLF each
     * @param facts what a look through the content has found
     */
    static Content of(byte[] fields, Content content, ContentFacts facts) {
        if (content instanceof Content.Bytes bytes && facts.octets() <= MAX_COPIED) {
            ByteBuffer octets = bytes.octets();
            byte[] all = Arrays.copyOf(fields, fields.length + octets.remaining());
            octets.get(all, fields.length, octets.remaining());
            return Content.of(all);
        }
        return Content.ofPublisher(
                blocking -> {
                    Flow.Publisher<ByteBuffer> rest = content.open(blocking);
                    return subscriber -> rest.subscribe(new FieldsFirst(fields, subscriber));
                },
                behind(ContentScanner.factsOf(fields), facts));
    }

    /** What is found in {@code rest} behind fields, which have no faults and no line that begins with a dot. */
    private static ContentFacts behind(ContentFacts fields, ContentFacts rest) {
        return new ContentFacts(
                fields.octets() + rest.octets(),
                fields.octets() + rest.canonicalOctets(),
                rest.linesWithDot(),
                Math.max(fields.longestLine(), rest.longestLine()),
                rest.eightBit(),
                rest.eightBitHeader(),
                rest.hasBcc(),
                moved(rest.firstNul(), fields.octets()),
                moved(rest.firstBareNewline(), fields.octets()),
                rest.endsWithCrlf());
    }

    private static long moved(long position, long by) {
        return position < 0 ? position : position + by;
    }
}
