/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A message of a ledger run, and what a server that has it must hold.
 *
 * @param number the message's number in its run
 * @param from the reverse-path, empty for the null one
 * @param recipients addresses, each of which holds the number
 * @param message what is sent
 * @param complete whether its source delivers what it promises; else it must never be accepted
 * @param print the content's length and checksum with line ends as CRLF
 * @param file where the content is, if it is in a file
 */
record Letter(
        int number,
        String from,
        List<String> recipients,
        Message message,
        boolean complete,
        Print print,
        @Nullable Path file) {

    /** What identifies content. */
    record Print(long length, long checksum) {
        static Print of(byte[] octets) {
            CRC32 sum = new CRC32();
            sum.update(octets);
            return new Print(octets.length, sum.getValue());
        }
    }

    /** The number in an address of this run. */
    static int numberOf(String address) {
        return Integer.parseInt(address.substring(address.indexOf('.') + 1, address.indexOf('@')));
    }

    /** The same in less memory, once the client is done with it. */
    Letter withoutContent() {
        Message empty = new Message(message.envelope(), Content.of(""), message.recipientPolicy());
        return new Letter(number, from, recipients, empty, complete, print, file);
    }

    /** To be called once when nothing reads the content any more. */
    void discard() {
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public String toString() {
        return "letter " + number + " from <" + from + "> to " + recipients.size() + ", "
                + print.length() + " octets, "
                + message.recipientPolicy() + (complete ? "" : ", incomplete");
    }
}
