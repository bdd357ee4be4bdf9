/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** The demonstration's mail: the same in every run, each message different, with all that transport has to be careful about. */
final class DemoMessages {
    private static final int SMALLEST = 200;
    private static final int LARGEST = 64 * 1024;

    /** A line a reader may believe in, some of them not ASCII. */
    private static final List<String> WORDS = List.of(
            "mail",
            "transaction",
            "reverse-path",
            "session",
            "reply",
            "envelope",
            "the",
            "of",
            "and",
            "two",
            "octets",
            "Zażółć",
            "gęślą",
            "jaźń",
            "Grüße",
            "naïve",
            "Ελλάδα",
            "почта",
            "郵便",
            "✉");

    /** What a lone dot on a line would end, and what begins like it (RFC 5321 section 4.5.2). */
    private static final List<String> DOTS = List.of(".", "..", "...", ".hidden", ". .", ".QUIT");

    private static final List<String> RECIPIENTS = List.of("bob@example.org", "carol@example.org", "dave@example.org");

    private DemoMessages() {}

    /**
     * A message.
     *
     * @param number its place in the run; also in its Message-ID
     * @param message what is sent; its content is in memory
     */
    record Demo(int number, Message message) {
        byte[] content() {
            ByteBuffer octets = ((Content.Bytes) message.content()).octets();
            byte[] content = new byte[octets.remaining()];
            octets.get(content);
            return content;
        }

        /** What the server must hold: the content, with an end to its last line (RFC 5321 section 2.3.8). */
        byte[] expected() {
            byte[] content = content();
            if (endsItsLastLine()) {
                return content;
            }
            byte[] expected = Arrays.copyOf(content, content.length + 2);
            expected[content.length] = '\r';
            expected[content.length + 1] = '\n';
            return expected;
        }

        boolean endsItsLastLine() {
            return content()[content().length - 1] == '\n';
        }

        boolean hasDotAtLineStart() {
            return new String(content(), StandardCharsets.ISO_8859_1).contains("\r\n.");
        }

        boolean isEightBit() {
            for (byte octet : content()) {
                if (octet < 0) {
                    return true;
                }
            }
            return false;
        }
    }

    static List<Demo> create(int count) {
        List<Demo> messages = new ArrayList<>(count);
        messages.add(demo(0, new Random(0), first()));
        for (int i = 1; i < count; i++) {
            // Seeds next to each other make first numbers next to each other.
            Random random = new Random(i * 0x9E3779B97F4A7C15L);
            messages.add(demo(i, random, content(i, random)));
        }
        return messages;
    }

    private static Demo demo(int number, Random random, byte[] content) {
        int count = number == 0 ? 2 : 1 + random.nextInt(RECIPIENTS.size());
        List<String> recipients = RECIPIENTS.subList(0, count);
        return new Demo(number, Message.of("alice@example.com", recipients, Content.of(content)));
    }

    private static String header(int number) {
        return """
                Date: Sat, 21 Nov 2026 06:00:00 +0000
                From: alice@example.com
                Subject: Demo %d
                Message-ID: <%d@demo.test>
                MIME-Version: 1.0
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: 8bit

                """.formatted(number, number).replace("\n", "\r\n");
    }

    private static byte[] first() {
        String body = "Zażółć gęślą jaźń: this line is not ASCII.\r\n.\r\nA dot alone on its line ends nothing.\r\n";
        return octets(header(0) + body);
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Sizes are spread evenly by order of magnitude, as those of real mail are. */
    private static byte[] content(int number, Random random) {
        int size = (int) (SMALLEST * Math.pow((double) LARGEST / SMALLEST, random.nextDouble()));
        ByteArrayOutputStream out = new ByteArrayOutputStream(size + 128);
        out.writeBytes(octets(header(number)));
        boolean ascii = number % 4 == 0;
        do {
            out.writeBytes(octets(line(random, ascii) + "\r\n"));
        } while (out.size() < size);
        byte[] content = out.toByteArray();
        return number % 3 == 0 ? Arrays.copyOf(content, content.length - 2) : content;
    }

    private static String line(Random random, boolean ascii) {
        if (random.nextInt(10) == 0) {
            return DOTS.get(random.nextInt(DOTS.size()));
        }
        StringBuilder line = new StringBuilder();
        int words = 1 + random.nextInt(9);
        int choice = ascii ? 11 : WORDS.size();
        for (int i = 0; i < words; i++) {
            line.append(i == 0 ? "" : " ").append(WORDS.get(random.nextInt(choice)));
        }
        return line.toString();
    }
}
