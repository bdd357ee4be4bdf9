/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.testing.Received;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares what was sent with what the sink holds.
 *
 * @param equal messages of which it holds exactly one copy, with the same envelope and the same octets
 * @param held all that it holds
 */
record DemoComparison(long equal, long held) {
    private static final Pattern NUMBER = Pattern.compile("\r\nMessage-ID: <(\\d{1,9})@");
    private static final int HEADER = 256;

    static DemoComparison of(List<DemoMessages.Demo> sent, List<Received> held) {
        Set<Integer> seen = new HashSet<>();
        long equal = held.stream()
                .filter(received -> {
                    int number = number(received);
                    return number >= 0
                            && number < sent.size()
                            && isEqual(sent.get(number), received)
                            && seen.add(number);
                })
                .count();
        return new DemoComparison(equal, held.size());
    }

    private static int number(Received received) {
        byte[] content = received.content();
        String start = new String(content, 0, Math.min(HEADER, content.length), StandardCharsets.ISO_8859_1);
        Matcher matcher = NUMBER.matcher(start);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : -1;
    }

    private static boolean isEqual(DemoMessages.Demo sent, Received received) {
        List<String> recipients = sent.message().envelope().recipients().stream()
                .map(ForwardPath::toString)
                .toList();
        return Arrays.equals(sent.expected(), received.content())
                && recipients.equals(received.recipients())
                && sent.message().envelope().from().toString().equals(received.from());
    }

    boolean isComplete(int sent) {
        return equal == sent && held == sent;
    }
}
