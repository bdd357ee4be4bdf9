/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static io.pipepost.smtp.client.internal.session.Dialogue.p;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * S-44: connections cut behind every octet, in both directions. What each recipient must be told is computed from the
 * octets alone: from what the server has got and what it has said.
 */
@ExtendWith(Leaks.class)
class CutSessionTest {
    private static final String[] RECIPIENTS = {"1@d.test", "2@d.test", "3@d.test"};
    private static final int ALL = Integer.MAX_VALUE;

    /**
     * One way of sending a message to three recipients.
     *
     * @param keywords what the server offers
     * @param replies from MAIL on, as the server gives them if all goes well
     * @param data whether the content goes by DATA
     */
    private record Way(List<String> keywords, List<String> replies, boolean data) {
        int finalReply() {
            return replies.size() - 1;
        }

        /** Whether this is all that the server waits for before it gives the reply. */
        boolean isDue(int reply, String got) {
            if (reply == finalReply()) {
                return isComplete(got);
            }
            return count(got, "\r\n") > reply;
        }

        boolean isComplete(String got) {
            return got.endsWith(data ? "\r\nbody\r\n.\r\n" : "\r\nbody\r\n");
        }

        private static int count(String text, String what) {
            return (text.length() - text.replace(what, "").length()) / what.length();
        }
    }

    private static Way lockStep(String last) {
        return new Way(List.of(), List.of("250 ok", "250 ok", "550 no", "452 4.5.3 full", "354 go", last), true);
    }

    private static Way group(String last) {
        return new Way(
                List.of("PIPELINING"), List.of("250 ok", "450 x", "250-a\r\n250 b", "550 no", "354 go", last), true);
    }

    private static Way flight(String last) {
        return new Way(List.of("PIPELINING", "CHUNKING"), List.of("250 ok", "550 no", "250 ok", "451 x", last), false);
    }

    private static List<Way> ways() {
        List<Way> ways = new ArrayList<>();
        for (String last : List.of("250 queued", "451 later", "554-no\r\n554 never", "421 closing")) {
            ways.add(lockStep(last));
            ways.add(group(last));
            ways.add(flight(last));
        }
        return ways;
    }

    @Test
    void S_44_behindEveryOctetOfTheServer() {
        for (Way way : ways()) {
            int said = String.join("\r\n", way.replies()).length() + 2;
            for (int cut = 0; cut <= said; cut++) {
                check(way, cut, ALL);
            }
        }
    }

    @Test
    void S_44_behindEveryOctetOfTheClient() {
        for (Way way : ways()) {
            int sent = check(way, ALL, ALL);
            for (int cut = 0; cut <= sent; cut++) {
                check(way, ALL, cut);
            }
        }
    }

    /** Plays until the cut; returns how many octets the client had written by then. */
    private static int check(Way way, int serverCut, int clientCut) {
        Dialogue dialogue = p(way.keywords().toArray(String[]::new));
        int before = dialogue.wire().takenCount();
        if (clientCut != ALL) {
            dialogue.wire().room(clientCut);
        }
        dialogue.send(Mail.to(RECIPIENTS));
        StringBuilder said = new StringBuilder();
        for (int i = 0; i < way.replies().size() && way.isDue(i, got(dialogue, before)); i++) {
            String reply = way.replies().get(i) + "\r\n";
            String part = reply.substring(0, Math.min(reply.length(), serverCut - said.length()));
            said.append(part);
            if (!part.isEmpty()) {
                dialogue.wire().receive(part.getBytes(US_ASCII));
            }
        }
        String got = got(dialogue, before);
        dialogue.wire().close();
        dialogue.wire().runPendingTasks();
        List<String> outcomes = dialogue.outcomes().stream()
                .filter(line -> line.contains("@d.test"))
                .map(CutSessionTest::disposition)
                .toList();
        assertThat(outcomes)
                .as(
                        "server said %s, client wrote %s",
                        Dialogue.escape(said.toString().getBytes(US_ASCII)), got)
                .isEqualTo(expected(way, said.toString(), way.isComplete(got)));
        return got.length();
    }

    private static String got(Dialogue dialogue, int from) {
        byte[] taken = dialogue.wire().taken();
        String got = new String(taken, from, taken.length - from, US_ASCII);
        int reset = got.indexOf("RSET\r\n");
        return reset < 0 ? got : got.substring(0, reset);
    }

    private static String disposition(String outcome) {
        return outcome.substring(0, outcome.indexOf('@') - 1)
                .replaceAll("\\((connection-lost|server-closing).*\\)", "")
                .trim();
    }

    // ---- table 0.2

    private static List<String> expected(Way way, String said, boolean complete) {
        List<String> codes = completeReplies(said);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < RECIPIENTS.length; i++) {
            expected.add(expected(way, codes, i + 1, complete));
        }
        return expected;
    }

    private static String expected(Way way, List<String> codes, int rcpt, boolean complete) {
        if (codes.size() > rcpt && !codes.get(rcpt).startsWith("2")) {
            return rejected(codes.get(rcpt));
        }
        if (codes.size() > way.finalReply()) {
            String code = codes.get(way.finalReply());
            return code.startsWith("2") ? "ACCEPTED" : rejected(code);
        }
        return complete ? "INDETERMINATE" : "NOT_SENT";
    }

    private static String rejected(String code) {
        return (code.startsWith("4") ? "REJECTED_TEMP(" : "REJECTED_PERM(") + code + ")";
    }

    private static List<String> completeReplies(String said) {
        List<String> codes = new ArrayList<>();
        for (String line : said.substring(0, said.lastIndexOf('\n') + 1).lines().toList()) {
            if (line.charAt(3) == ' ') {
                codes.add(line.substring(0, 3));
            }
        }
        return codes;
    }
}
