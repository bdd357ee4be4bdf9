/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What passed on a connection as its client must see it: the n-th reply answers the n-th thing that wants one. Follows the
 * client's framing, whatever the server thinks of it. Thread-safe.
 */
final class Dialogue {
    private final List<String> asked = new ArrayList<>(List.of("greeting"));
    private final List<Integer> answers = new ArrayList<>();
    private final StringBuilder line = new StringBuilder();
    private long chunkLeft;
    private boolean lastChunk;
    private boolean inContent;
    private long impossibleAt;
    private long closedAt;

    /** Takes octets from the client; the index behind the first end of a content among them, or -1. */
    synchronized int endOfContent(byte[] octets, int length) {
        int end = -1;
        for (int i = 0; i < length; i++) {
            if (take(octets[i])) {
                end = end < 0 ? i + 1 : end;
            }
        }
        return end;
    }

    /** True at the last octet of a content. */
    private boolean take(byte octet) {
        if (chunkLeft > 0) {
            chunkLeft--;
            return chunkLeft == 0 && lastChunk;
        }
        line.append((char) (octet & 0xFF));
        if (octet != '\n') {
            return false;
        }
        String text = line.toString().trim();
        boolean isDot = line.toString().equals(".\r\n");
        line.setLength(0);
        if (inContent || isContentBehindData()) {
            inContent = !isDot;
            if (isDot) {
                asked.add("end");
            }
            return isDot;
        }
        asked.add(text);
        return text.startsWith("BDAT ") && announce(text);
    }

    private boolean announce(String command) {
        String[] parts = command.split(" ", -1);
        chunkLeft = Long.parseLong(parts[1]);
        lastChunk = parts.length > 2;
        return chunkLeft == 0 && lastChunk;
    }

    private boolean isContentBehindData() {
        int last = asked.size() - 1;
        return asked.get(last).equals("DATA") && last < answers.size() && answers.get(last) == 354;
    }

    /** To be called before the reply can arrive. */
    synchronized void answered(int code) {
        int index = answers.size();
        answers.add(code);
        String question = index < asked.size() ? asked.get(index) : "";
        boolean impossible = code < 200 || code > 599;
        if (question.equals("DATA")) {
            impossible |= code / 100 == 2 || (code / 100 == 3 && code != 354);
        } else if (!question.isEmpty()) {
            impossible |= code / 100 == 3;
        }
        if (impossible && impossibleAt == 0) {
            impossibleAt = System.nanoTime();
        }
    }

    synchronized void closed() {
        closedAt = System.nanoTime();
    }

    /** For how long the client kept the connection after it was told something that cannot be; 0 if it was not. */
    synchronized long nanosKept() {
        return impossibleAt == 0 ? 0 : (closedAt == 0 ? System.nanoTime() : closedAt) - impossibleAt;
    }

    /** Adds the recipients of whom the server said, in the right places, that it takes them and the content. */
    synchronized void addConfirmed(Set<String> to) {
        List<String> recipients = new ArrayList<>();
        for (int i = 0; i < Math.min(asked.size(), answers.size()); i++) {
            String question = asked.get(i);
            boolean positive = answers.get(i) / 100 == 2;
            if (question.startsWith("MAIL ") || question.equals("RSET")) {
                recipients.clear();
            } else if (question.startsWith("RCPT ") && positive) {
                recipients.add(question.substring(question.indexOf('<') + 1, question.indexOf('>')));
            } else if ((question.equals("end") || question.endsWith(" LAST")) && positive) {
                to.addAll(recipients);
            }
        }
    }

    @Override
    public synchronized String toString() {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < Math.max(asked.size(), answers.size()); i++) {
            out.append(i < asked.size() ? asked.get(i) : "(nothing)")
                    .append(" -> ")
                    .append(i < answers.size() ? answers.get(i) : "(nothing)")
                    .append('\n');
        }
        return out.toString();
    }
}
