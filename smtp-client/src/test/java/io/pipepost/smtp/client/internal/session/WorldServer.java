/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.mail.Phase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one connection of a {@link World}: what it has received, what it answers, and what it has taken.
 * It keeps its word but for what its {@link WorldFault} says; where that is no clear refusal, it takes the message. Each
 * reply carries its number, so that nobody can mistake it for another.
 */
final class WorldServer {
    /** What a reply answers. */
    enum Kind {
        GREETING,
        EHLO,
        STARTTLS,
        AUTH,
        MAIL,
        RCPT,
        DATA,
        CHUNK,
        END_OF_DATA,
        RSET,
        QUIT;

        Phase phase() {
            return this == CHUNK ? Phase.WRITE : Phase.valueOf(name());
        }
    }

    /** One reply of the server's. */
    static final class Answer {
        final int number;
        final Kind kind;
        final int code;
        final int message;
        final String recipient;
        final String text;

        /** Whether it was given while the content that it answers was under way. */
        final boolean early;

        /** Whether it answers MAIL, and the client did not know what had become of the message before. */
        boolean behind;

        /** Behind how many octets of the server's it is complete. */
        int end = Integer.MAX_VALUE;

        private Answer(int number, Kind kind, int code, int message, String recipient, String text, boolean early) {
            this.number = number;
            this.kind = kind;
            this.code = code;
            this.message = message;
            this.recipient = recipient;
            this.text = text;
            this.early = early;
        }

        boolean isPositive() {
            return code / 100 == 2;
        }

        boolean isNegative() {
            return code >= 400;
        }

        /** Whether a client must not go on behind it (R-5321-05, R-5321-12, R-5321-13, R-5321-58, R-5321-74). */
        boolean isFatal() {
            return switch (code / 100) {
                case 2 -> early || !mayBeYes();
                case 3 -> !(code == 354 && kind == Kind.DATA) && !(code == 334 && kind == Kind.AUTH);
                case 4, 5 -> code == 421;
                default -> true;
            };
        }

        private boolean mayBeYes() {
            return switch (kind) {
                case GREETING -> code != 221;
                case STARTTLS -> code == 220;
                case AUTH -> code == 235;
                case DATA -> false;
                case QUIT -> code != 220;
                default -> code != 220 && code != 221;
            };
        }
    }

    private enum Mode {
        COMMANDS,
        SASL,
        DATA,
        CHUNK,
        TLS,
        DEAF
    }

    private final int connection;
    private final WorldWay way;
    private final boolean startTls;
    private final WorldFault fault;

    /** How often each recipient ("message/recipient") got the message. */
    private final Map<String, Integer> delivered;

    private final List<Answer> answers = new ArrayList<>();
    private final Deque<Answer> unsent = new ArrayDeque<>();
    private final Set<String> recipients = new LinkedHashSet<>();

    private Mode mode = Mode.COMMANDS;
    private String input = "";
    private boolean secured;
    private int saidBefore;
    private boolean refusesAll;
    private boolean closing;
    private int saslStepsLeft;

    private int message;
    private String lastRecipient = "";
    private boolean open;
    private boolean unclean;
    private boolean chunkRefused;
    private String chunks = "";
    private int announced;
    private boolean last;

    WorldServer(int connection, WorldWay way, boolean startTls, WorldFault fault, Map<String, Integer> delivered) {
        this.connection = connection;
        this.way = way;
        this.startTls = startTls;
        this.fault = fault;
        this.delivered = delivered;
    }

    /** All that it has said, or is about to say. */
    List<Answer> answers() {
        return answers;
    }

    Deque<Answer> unsent() {
        return unsent;
    }

    boolean isClosing() {
        return closing;
    }

    /** Whether TLS is to begin behind its last reply. */
    boolean wantsTls() {
        return mode == Mode.TLS;
    }

    void secured() {
        secured = true;
        mode = Mode.COMMANDS;
    }

    boolean isInContent() {
        return mode == Mode.DATA || mode == Mode.CHUNK;
    }

    void greet() {
        refusesAll = say(Kind.GREETING, "220") >= 400;
    }

    /** Hears octets; so many of the server's have reached the client. */
    void hear(String octets, int told) {
        saidBefore = told;
        require(!answers.isEmpty(), "The client speaks before the greeting");
        input += octets;
        while (mode != Mode.DEAF && step()) {
            require(mode != Mode.TLS || input.isEmpty(), "The client says more behind STARTTLS");
        }
    }

    /** Answers content that has not come to its end. */
    void interrupt() {
        Kind kind = mode == Mode.CHUNK && !last ? Kind.CHUNK : Kind.END_OF_DATA;
        say(kind, fault.replies().get(WorldFault.EARLY), "554");
        mode = Mode.DEAF;
    }

    private static void require(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise);
        }
    }

    private int say(Kind kind, String usual) {
        return say(kind, fault.replies().get(answers.size()), usual);
    }

    private int say(Kind kind, WorldFault.@Nullable Said other, String usual) {
        int number = answers.size();
        String tag = "#" + connection + "." + number;
        int code = other == null ? Integer.parseInt(usual.substring(0, 3)) : other.code();
        String text = other != null ? other.line(tag) : usual.length() > 3 ? usual : usual + " " + tag + "\r\n";
        String recipient = kind == Kind.RCPT ? lastRecipient : "";
        int about = belongsToMessage(kind) ? message : 0;
        Answer answer = new Answer(number, kind, code, about, recipient, text, isInContent());
        answers.add(answer);
        unsent.add(answer);
        if (code == 421) {
            mode = Mode.DEAF;
            closing = other == WorldFault.Said.CLOSING;
        }
        return code;
    }

    private static boolean belongsToMessage(Kind kind) {
        return switch (kind) {
            case MAIL, RCPT, DATA, CHUNK, END_OF_DATA -> true;
            default -> false;
        };
    }

    // ---- what the client says

    private boolean step() {
        return switch (mode) {
            case DATA -> takeData();
            case CHUNK -> takeChunk();
            case TLS, DEAF -> false;
            default -> takeLine();
        };
    }

    private boolean takeLine() {
        int end = input.indexOf("\r\n");
        if (end < 0) {
            return false;
        }
        String line = input.substring(0, end);
        input = input.substring(end + 2);
        if (mode == Mode.SASL) {
            onSasl(line);
        } else {
            onCommand(line);
        }
        return true;
    }

    private void onCommand(String line) {
        String verb = line.length() < 4 ? line : line.substring(0, 4);
        if (refusesAll && !verb.equals("QUIT")) {
            throw new AssertionError("The client goes on behind a refusal to serve it: " + line);
        }
        switch (verb) {
            case "EHLO" -> say(Kind.EHLO, way.helo() ? "500" : ehlo());
            case "HELO" -> say(Kind.EHLO, "250");
            case "STAR" -> onStartTls();
            case "AUTH" -> onAuth();
            case "MAIL" -> onMail(line);
            case "RCPT" -> onRecipient(line);
            case "DATA" -> mode = say(Kind.DATA, open ? "354" : "503") == 354 ? Mode.DATA : mode;
            case "BDAT" -> onChunk(line);
            case "RSET" -> onReset();
            case "QUIT" -> closing |= say(Kind.QUIT, "221") == 221;
            default -> throw new AssertionError("The client said " + line);
        }
    }

    private String ehlo() {
        StringBuilder reply = new StringBuilder("250-mx.test #" + connection + "." + answers.size() + "\r\n");
        way.keywords().forEach(keyword -> reply.append("250-").append(keyword).append("\r\n"));
        return reply.append(startTls && !secured ? "250 STARTTLS\r\n" : "250 HELP\r\n")
                .toString();
    }

    private void onStartTls() {
        if (say(Kind.STARTTLS, "220") == 220) {
            mode = Mode.TLS;
        }
    }

    private void onAuth() {
        saslStepsLeft = way.saslSteps();
        onSasl("");
    }

    private void onSasl(String line) {
        if (line.equals("*")) {
            mode = Mode.COMMANDS;
            say(Kind.AUTH, "501");
            return;
        }
        int code = say(Kind.AUTH, saslStepsLeft > 0 ? "334 Zm9v\r\n" : "235");
        saslStepsLeft--;
        if (mode != Mode.DEAF) {
            mode = code == 334 ? Mode.SASL : Mode.COMMANDS;
        }
    }

    // ---- the mail transaction

    private void onMail(String line) {
        require(!unclean, "MAIL behind a transaction that did not succeed, without RSET");
        message = Integer.parseInt(line.substring("MAIL FROM:<s".length(), line.indexOf('@')));
        boolean behind = answers.stream().anyMatch(each -> each.kind == Kind.END_OF_DATA && each.end > saidBefore);
        open = say(Kind.MAIL, "250") < 400 || fault.lax();
        answers.get(answers.size() - 1).behind = behind;
        unclean = true;
    }

    private void onRecipient(String line) {
        lastRecipient = line.substring("RCPT TO:<".length(), line.length() - 1);
        int code = say(Kind.RCPT, !open ? "503" : lastRecipient.startsWith("no") ? "550" : "250");
        if (open && code < 400) {
            recipients.add(lastRecipient);
        }
    }

    private void onChunk(String line) {
        String[] words = line.split(" ");
        announced = Integer.parseInt(words[1]);
        last = words.length > 2;
        mode = Mode.CHUNK;
    }

    private boolean takeData() {
        int end = input.startsWith(".\r\n") ? 0 : input.indexOf("\r\n.\r\n") + 2;
        if (end == 1) {
            return false;
        }
        String content = input.substring(0, end);
        input = input.substring(end + 3);
        mode = Mode.COMMANDS;
        onEnd(("\r\n" + content).replace("\r\n.", "\r\n").substring(2), "250");
        return true;
    }

    private boolean takeChunk() {
        if (input.length() < announced) {
            return false;
        }
        chunks += input.substring(0, announced);
        input = input.substring(announced);
        mode = Mode.COMMANDS;
        String no = !open || chunkRefused ? "503" : recipients.isEmpty() ? "554" : "250";
        if (last) {
            onEnd(chunks, no);
        } else {
            chunkRefused |= say(Kind.CHUNK, no) >= 400;
        }
        return true;
    }

    private void onEnd(String content, String usual) {
        int code = say(Kind.END_OF_DATA, recipients.isEmpty() ? "554" : usual);
        if (code < 400 && !chunkRefused && !recipients.isEmpty()) {
            require(content.equals(way.canonical(message)), "The server takes for message " + message + ": " + content);
            recipients.forEach(each -> delivered.merge(message + "/" + each, 1, Integer::sum));
        }
        forget();
        unclean = code / 100 != 2;
    }

    private void onReset() {
        forget();
        unclean = false;
        say(Kind.RSET, "250");
    }

    private void forget() {
        open = false;
        recipients.clear();
        chunks = "";
        chunkRefused = false;
    }
}
