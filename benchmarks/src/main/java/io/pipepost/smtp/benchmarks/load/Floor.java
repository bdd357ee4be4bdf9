/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pipepost.smtp.benchmarks.harness.Workload;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The octets of transactions, encoded once. The buffers are direct and never released. */
final class Floor {
    private final StringBuilder envelope = new StringBuilder();
    private final byte[] message;
    private final int recipients;

    /** One write and the replies that it is answered with; the last of a list ends a message. */
    record Step(ByteBuf octets, int replies) {}

    Floor(Workload workload) {
        this.message = workload.message();
        List<String> to = workload.recipients();
        this.recipients = to.size();
        envelope.append("MAIL FROM:<").append(Workload.FROM).append(">\r\n");
        to.forEach(recipient -> envelope.append("RCPT TO:<").append(recipient).append(">\r\n"));
    }

    /** MAIL, RCPT and DATA in one group, then the content. */
    List<Step> data() {
        return List.of(group(), content());
    }

    Step group() {
        return new Step(octets(envelope + "DATA\r\n", new byte[0], ""), recipients + 2);
    }

    /** The workload's lines never begin with a dot. */
    Step content() {
        return new Step(octets("", message, ".\r\n"), 1);
    }

    /** The content, and the group of the next message in the same write. */
    Step contentAndGroup() {
        return new Step(octets("", message, ".\r\n" + envelope + "DATA\r\n"), recipients + 3);
    }

    /** MAIL, RCPT, BDAT LAST and the content, several times over. */
    Step flights(int count) {
        byte[] one = bytes(octets(envelope + "BDAT " + message.length + " LAST\r\n", message, ""));
        ByteBuf octets = Unpooled.directBuffer(one.length * count);
        for (int i = 0; i < count; i++) {
            octets.writeBytes(one);
        }
        return new Step(Unpooled.unreleasableBuffer(octets), recipients + 2);
    }

    private static ByteBuf octets(String before, byte[] content, String after) {
        byte[] head = before.getBytes(StandardCharsets.US_ASCII);
        byte[] tail = after.getBytes(StandardCharsets.US_ASCII);
        return Unpooled.unreleasableBuffer(Unpooled.directBuffer(head.length + content.length + tail.length)
                .writeBytes(head)
                .writeBytes(content)
                .writeBytes(tail));
    }

    private static byte[] bytes(ByteBuf octets) {
        byte[] bytes = new byte[octets.readableBytes()];
        octets.getBytes(octets.readerIndex(), bytes);
        return bytes;
    }
}
