/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A server on a {@link Wire} whose manners are drawn by lot, and which notes what it has delivered to whom. Whatever it
 * does, it never loses a reply without the loss showing, and never processes what stands behind a RSET that it answered
 * with 554 without saying what came of it; no client could tell the truth about such a server.
 */
final class RandomServer {
    /** What it makes of commands that come together with the end of the content before. */
    private enum Behind {
        PROCESS,
        DENY,
        DISCARD
    }

    private enum Mode {
        COMMANDS,
        DATA,
        CHUNK,
        GONE
    }

    private final Random random;
    private final Wire wire;

    /** How often whom ("sender > recipient: message") was delivered to. */
    private final Map<String, Integer> delivered;

    private final Deque<String> replies = new ArrayDeque<>();
    private final List<String> recipients = new ArrayList<>();

    // Manners.
    final boolean chunking;
    private final int refusals;
    private final Behind behind;
    private final String denial;
    private final int deniesAfter;
    private final int closes;
    private final boolean refusesReset;
    private final boolean closesAfterReset;
    private final boolean losesDots;

    /** Whether it takes recipients and content after it has refused MAIL. */
    final boolean lax;

    // State.
    private String input = "";
    private int read;
    private Mode mode = Mode.COMMANDS;
    private int announced;
    private boolean last;
    private String chunks = "";
    private boolean chunkRefused;
    private @Nullable String sender;
    private boolean mailRefused;
    private boolean denying;
    private boolean expectsGroup;
    private boolean saidTooMany;
    private int contents;
    private int mails;

    RandomServer(Wire wire, Random random, Map<String, Integer> delivered, boolean isUnknown) {
        this.wire = wire;
        this.random = random;
        this.delivered = delivered;
        chunking = random.nextInt(3) > 0;
        refusals = random.nextInt(3) * 15;
        // R-2920-16: who discards more than a probe loses replies, and nobody can see that.
        behind = switch (random.nextInt(6)) {
            case 0 -> Behind.DENY;
            case 1 -> isUnknown ? Behind.DISCARD : Behind.DENY;
            default -> Behind.PROCESS;
        };
        denial = pick("500 what", "502 no", "503 not here");
        deniesAfter = behind == Behind.DISCARD ? 0 : random.nextInt(4);
        closes = random.nextInt(3) == 0 ? 30 : 0;
        refusesReset = random.nextInt(4) == 0;
        closesAfterReset = random.nextBoolean();
        losesDots = !chunking && random.nextInt(4) == 0;
        lax = closes == 0 && random.nextInt(4) == 0;
        if (closes > 0 && behind != Behind.DISCARD && random.nextInt(3) == 0) {
            wire.room(60 + random.nextInt(2_000));
        }
        reply("220 mx.test");
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private boolean oneIn(int n) {
        return n > 0 && random.nextInt(n) == 0;
    }

    private boolean refuses() {
        return !expectsGroup && random.nextInt(100) < refusals;
    }

    private void reply(String line) {
        replies.add(line + "\r\n");
    }

    boolean hasReplies() {
        return !replies.isEmpty();
    }

    boolean isGone() {
        return mode == Mode.GONE;
    }

    // ---- what the lot decides about

    /** Sends some of the replies. */
    void speak() {
        StringBuilder said = new StringBuilder();
        int lines = 1 + random.nextInt(replies.size());
        for (int i = 0; i < lines; i++) {
            said.append(replies.remove());
        }
        if (wire.isOpen()) {
            wire.receive(said.toString().getBytes(ISO_8859_1));
        }
    }

    /** Sends all that it has to say, or nothing, and closes. */
    void close(boolean loses) {
        boolean mayLose = loses && !lax && !saidTooMany;
        while (!replies.isEmpty() && !mayLose) {
            speak();
        }
        mode = Mode.GONE;
        wire.close();
        wire.runPendingTasks();
    }

    /** Whether it found something to do. */
    boolean listen() {
        byte[] taken = wire.taken();
        input += new String(taken, read, taken.length - read, ISO_8859_1);
        read = taken.length;
        boolean worked = false;
        while (mode != Mode.GONE && step()) {
            worked = true;
            if (!losesDots && behind == Behind.PROCESS && oneIn(4)) {
                break;
            }
        }
        if (input.isEmpty()) {
            denying = false;
        }
        return worked;
    }

    // ---- the protocol

    private boolean step() {
        return switch (mode) {
            case DATA -> takeData();
            case CHUNK -> takeChunk();
            default -> takeCommand();
        };
    }

    private boolean takeData() {
        int end = input.startsWith(".\r\n") ? 0 : input.indexOf("\r\n.\r\n") + 2;
        if (end == 1) {
            return false;
        }
        String content = input.substring(0, end);
        input = input.substring(end + 3);
        mode = Mode.COMMANDS;
        boolean loses = losesDots && !recipients.isEmpty() && wholeGroupWaits() && oneIn(2);
        endContent(content, !loses);
        expectsGroup = loses;
        return true;
    }

    private boolean wholeGroupWaits() {
        return input.startsWith("RSET\r\nMAIL ") && input.endsWith("\r\nDATA\r\n");
    }

    private boolean takeChunk() {
        if (input.length() < announced) {
            return false;
        }
        String content = input.substring(0, announced);
        input = input.substring(announced);
        mode = Mode.COMMANDS;
        chunks += content;
        if (last) {
            endContent(chunks, true);
        } else {
            endChunk();
        }
        return true;
    }

    private void endChunk() {
        boolean no = chunkRefused || recipients.isEmpty() || refuses();
        if (no) {
            reply(chunkRefused ? "503 not now" : pick("452 full", "554 no"));
            chunkRefused = true;
        } else {
            reply("250 so far");
        }
    }

    private void endContent(String content, boolean says) {
        String verdict;
        if (denying) {
            verdict = denial;
        } else if (recipients.isEmpty()) {
            verdict = mode == Mode.DATA ? "250 nobody" : "554 no valid recipients";
        } else if (chunkRefused) {
            verdict = "503 not now";
        } else if (refuses()) {
            verdict = oneIn(6) ? "421 later" : pick("452 full", "554 no");
        } else {
            verdict = "250 taken";
            deliver(content);
        }
        forget();
        if (says) {
            reply(verdict);
        }
        if (verdict.startsWith("421")) {
            close(false);
            return;
        }
        contents++;
        if (says) {
            onBehind();
        }
    }

    private void onBehind() {
        if (!input.isEmpty() && contents > deniesAfter) {
            denying = denying || behind == Behind.DENY;
            input = behind == Behind.DISCARD ? "" : input;
        }
    }

    private void deliver(String content) {
        String message = content.substring(0, content.indexOf('\r'));
        recipients.forEach(each -> delivered.merge(sender + " > " + each + ": " + message, 1, Integer::sum));
    }

    private void forget() {
        sender = null;
        mailRefused = false;
        recipients.clear();
        chunks = "";
        chunkRefused = false;
    }

    private boolean takeCommand() {
        int end = input.indexOf("\r\n");
        if (end < 0) {
            return false;
        }
        String line = input.substring(0, end);
        input = input.substring(end + 2);
        if (!expectsGroup && oneIn(closes)) {
            close(random.nextBoolean());
        } else if (refuses() && oneIn(20)) {
            reply("421 bye");
            close(false);
        } else {
            answer(line);
        }
        return true;
    }

    private void answer(String line) {
        if (line.startsWith("BDAT ")) {
            announced = Integer.parseInt(line.split(" ")[1]);
            last = line.endsWith(" LAST");
            mode = Mode.CHUNK;
        } else if (denying) {
            reply(denial);
        } else if (line.startsWith("EHLO")) {
            reply("250-mx.test\r\n250-PIPELINING" + (chunking ? "\r\n250 CHUNKING" : "\r\n250 HELP"));
        } else if (line.equals("RSET")) {
            onReset();
        } else if (line.startsWith("MAIL FROM:")) {
            onMail(line.substring(10));
        } else if (line.startsWith("RCPT TO:")) {
            onRecipient(line.substring(8));
        } else if (line.equals("DATA")) {
            onData();
        } else if (line.equals("QUIT")) {
            reply("221 bye");
            close(false);
        } else {
            throw new AssertionError("The client said " + line);
        }
    }

    private void onReset() {
        forget();
        boolean no = !expectsGroup && refusesReset && oneIn(3);
        String refusal = pick("554 too many", "451 later", "500 what", "503 no");
        saidTooMany |= no && refusal.startsWith("554");
        reply(no ? refusal : "250 reset");
        if (no && closesAfterReset) {
            close(false);
        }
    }

    private void onMail(String from) {
        assertThat(sender).as("MAIL within a transaction").isNull();
        mails++;
        mailRefused = refuses();
        if (mailRefused) {
            reply(mails > 1 && oneIn(3) ? "452 4.5.3 too many" : pick("550 no", "451 later", "503 no"));
        } else {
            reply("250 ok");
        }
        sender = mailRefused && !lax ? null : from;
    }

    private void onRecipient(String to) {
        if (sender == null) {
            reply("503 MAIL first");
        } else if (refuses()) {
            reply(pick("550 no", "450 later"));
        } else {
            recipients.add(to);
            reply("250 ok");
        }
    }

    private void onData() {
        if (sender == null || (recipients.isEmpty() && random.nextBoolean()) || refuses()) {
            reply(sender == null ? "503 MAIL first" : "554 no");
        } else {
            mode = Mode.DATA;
            reply("354 go");
        }
        expectsGroup = false;
    }
}
