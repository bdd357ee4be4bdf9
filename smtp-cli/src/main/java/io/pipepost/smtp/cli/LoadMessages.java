/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Envelope;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Messages of one envelope and size. Each is a message of its own to the client, which looks through it as any other. */
final class LoadMessages {
    private static final String HEADER = "From: load@pipepost.test\r\nSubject: load\r\n\r\n";
    private static final int LINE = 78;

    private final Envelope envelope;
    private final byte[] octets;

    /**
     * Messages.
     *
     * @param to the first recipient; others have a number behind the local part
     * @param size octets of the content, at least {@link #smallest()}
     */
    LoadMessages(ReversePath from, ForwardPath to, int recipients, int size) {
        this.envelope = new Envelope(from, recipients(to, recipients));
        this.octets = content(size);
    }

    static int smallest() {
        return HEADER.length() + 2;
    }

    /** What fits into memory, and leaves most of it. */
    static int largest() {
        return (int) Math.min(Integer.MAX_VALUE - 64, Runtime.getRuntime().maxMemory() / 4);
    }

    private static List<ForwardPath> recipients(ForwardPath to, int count) {
        List<ForwardPath> recipients = new ArrayList<>(count);
        recipients.add(to);
        String address = to.toString();
        int at = address.lastIndexOf('@');
        for (int i = 1; i < count; i++) {
            recipients.add(ForwardPath.of(address.substring(0, at) + "+" + i + address.substring(at)));
        }
        return recipients;
    }

    private static byte[] content(int size) {
        byte[] octets = Arrays.copyOf(HEADER.getBytes(StandardCharsets.US_ASCII), size);
        int end = HEADER.length();
        Arrays.fill(octets, end, size, (byte) 'x');
        while (end < size) {
            int left = size - end;
            end += left <= LINE ? left : Math.min(LINE, left - 2);
            octets[end - 2] = '\r';
            octets[end - 1] = '\n';
        }
        return octets;
    }

    Message next() {
        return new Message(envelope, Content.of(octets), RecipientPolicy.ANY);
    }
}
