/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.client.internal.content.PreparedContent;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.TransactionOutcome;
import io.pipepost.smtp.codec.CommandEncoder;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.ReversePath;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One session on a {@link Wire}, played by scripts whose lines are
 *
 * <pre>
 *   C: line          the client has written exactly this line; nothing else may lie between two of them
 *   C| octets        the client has written exactly these octets; \r \n \0 \xNN \\ are escapes
 *   C* n             the client has written n octets, whatever they are
 *   S: line          the server says this; lines in a row come in one read
 *   S| octets        the same, without a line end
 *   ‖                a border between two reads
 *   +5m-1ns          time passes: m, s, ms, ns
 *   ROOM n           the client's socket takes n more octets
 *   BREAK            the client's writes fail from now on
 *   CLOSE            the server closes
 *   SEND             the next message is handed to the idle session
 *   => outcome       what has come of the messages and of the session since; see {@link #outcomes}
 * </pre>
 *
 * <p>Whatever happens next, everything that the client has written and every outcome must have been named before.
 */
public final class Dialogue {
    /** Plays the envelope of {@link Mail#to} c@d.test, lock-step. */
    public static final String E = """
            C: MAIL FROM:<a@b.test>
            S: 250 ok
            C: RCPT TO:<c@d.test>
            S: 250 ok
            """;

    /** The same up to the 354. */
    public static final String D = E + """
            C: DATA
            S: 354 go
            """;

    /** {@link Mail#CONTENT} behind DATA. */
    public static final String CONTENT = """
            C: Subject: x
            C:
            C: body
            C: .
            """;

    private static final Pattern TIME = Pattern.compile("([+-]\\d+)(ms|ns|m|s)");

    private final Wire wire = new Wire();
    private final Deque<Transaction> queue = new ArrayDeque<>();
    private final List<String> outcomes = new ArrayList<>();
    private final ByteArrayOutputStream inbound = new ByteArrayOutputStream();

    private Timeouts timeouts = Timeouts.DEFAULT;
    private FlightOptions flight = FlightOptions.DEFAULT;
    private ContentOptions content = ContentOptions.DEFAULT;
    private ReplyDecoder.Limits replyLimits = ReplyDecoder.Limits.DEFAULT;
    private Set<String> disabledKeywords = Set.of();
    private SmtpObserver observer = SmtpObserver.NONE;
    private @Nullable HostRecord known;
    private boolean replaying;

    private @Nullable Session session;
    private boolean closed;
    private int checked;
    private Runnable onRoom = () -> {};

    // ---- before the connection

    /** A dialogue behind the given EHLO keywords: P, or P(A,B 1). */
    public static Dialogue p(String... keywords) {
        return new Dialogue().open(keywords);
    }

    public Dialogue timeouts(Timeouts other) {
        timeouts = other;
        return this;
    }

    public Dialogue flight(FlightOptions other) {
        flight = other;
        return this;
    }

    public Dialogue content(ContentOptions other) {
        content = other;
        return this;
    }

    public Dialogue replyLimits(ReplyDecoder.Limits other) {
        replyLimits = other;
        return this;
    }

    public Dialogue disabledKeywords(String... keywords) {
        disabledKeywords = Set.of(keywords);
        return this;
    }

    public Dialogue observer(SmtpObserver other) {
        observer = other;
        return this;
    }

    /** What is known of trains to the server; nothing by default. */
    public Dialogue depth(TrainDepth depth) {
        return known(HostRecord.trusting(depth));
    }

    /** What is known of the server; by default that it may be given chunks. */
    public Dialogue known(HostRecord record) {
        known = record;
        return this;
    }

    /** Transactions that met a dead connection are taken back, as a pool does. */
    public Dialogue replaying() {
        replaying = true;
        return this;
    }

    /** The connection is there; the greeting comes next. */
    public Dialogue connect() {
        SessionConfig config = new SessionConfig(
                "mx.test",
                25,
                EhloName.of("client.test"),
                Security.of(TlsMode.NONE),
                null,
                null,
                timeouts,
                flight,
                known == null ? HostRecord.trusting(new TrainDepth(flight.transactionsInFlight())) : known,
                ContentWriter.PIECE,
                content,
                disabledKeywords,
                replyLimits,
                observer);
        Session made = new Session(wire, config, new NoTls(), new Listener());
        session = made;
        wire.pipeline()
                .addLast("replies", new ReplyDecoder(replyLimits))
                .addLast("commands", new CommandEncoder())
                .addLast("session", made.handler());
        made.open();
        return this;
    }

    /** Connects, and plays P with these keywords. */
    public Dialogue open(String... keywords) {
        StringBuilder ehlo = new StringBuilder("S: 250")
                .append(keywords.length == 0 ? " " : "-")
                .append("mx.test\n");
        for (int i = 0; i < keywords.length; i++) {
            ehlo.append("S: 250")
                    .append(i == keywords.length - 1 ? " " : "-")
                    .append(keywords[i])
                    .append('\n');
        }
        return connect().play("S: 220 mx.test ESMTP\nC: EHLO client.test\n" + ehlo);
    }

    // ---- messages

    /** Starts a transaction, or puts it into the queue of a session that is not free. */
    public Dialogue send(Mail mail) {
        queue.add(transaction(mail));
        Session open = session;
        if (open != null && open.info() != null && !busy && !closed && open.fits(queue.element())) {
            open.start(take());
        }
        return this;
    }

    /** Puts messages into the queue; the session takes them as it becomes free, or by SEND. */
    public Dialogue queue(Mail... mails) {
        for (Mail mail : mails) {
            queue.add(transaction(mail));
        }
        return this;
    }

    private boolean busy;

    /** Puts a transaction into the queue that the test holds on to. */
    public Dialogue queue(Transaction transaction) {
        queue.add(transaction);
        return this;
    }

    private Transaction take() {
        busy = true;
        return queue.remove();
    }

    /** A transaction for this session that is handed to it by SEND, or is the test's to stop. */
    public Transaction transaction(Mail mail) {
        return transaction(mail, new Settled());
    }

    public Transaction transaction(Mail mail, Transaction.Listener listener) {
        List<ForwardPath> recipients =
                mail.recipients().stream().map(ForwardPath::of).toList();
        PreparedContent prepared = new ContentPreparation(content, Runnable::run)
                .prepare(mail.content())
                .join();
        return new Transaction(ReversePath.of(mail.from()), recipients, mail.policy(), prepared, flight, listener);
    }

    /** Hands the next message to the idle session, whatever is written for it. */
    public Dialogue begin() {
        session().start(take());
        return this;
    }

    // ---- playing

    public Dialogue play(String script) {
        script.lines().forEach(line -> step(line.strip()));
        receiveInbound();
        assertNothingElse("at the end of the script");
        return this;
    }

    private void step(String line) {
        if (line.startsWith("S: ") || line.equals("S:")) {
            stage(octets(rest(line) + "\\r\\n"));
        } else if (line.startsWith("S| ")) {
            stage(octets(rest(line)));
        } else {
            receiveInbound();
            stepOfOthers(line);
        }
    }

    private void stepOfOthers(String line) {
        if (line.startsWith("C: ") || line.equals("C:")) {
            expectWritten((rest(line) + "\r\n").getBytes(UTF_8));
        } else if (line.startsWith("C| ")) {
            expectWritten(octets(rest(line)));
        } else if (line.startsWith("C* ")) {
            expectWritten(Integer.parseInt(rest(line)));
        } else if (line.startsWith("=> ")) {
            expectOutcome(rest(line));
        } else if (!line.isEmpty() && !line.equals("‖")) {
            assertNothingElse("before " + line);
            act(line);
        }
    }

    private void act(String line) {
        if (line.startsWith("+")) {
            advance(duration(line));
        } else if (line.startsWith("ROOM ")) {
            wire.room(Long.parseLong(line.substring(5)));
        } else if (line.equals("BREAK")) {
            wire.breakWrites();
        } else if (line.equals("CLOSE")) {
            wire.close();
            wire.runPendingTasks();
        } else if (line.equals("SEND")) {
            begin();
        } else {
            throw new IllegalArgumentException("No such line: " + line);
        }
    }

    private static String rest(String line) {
        int space = line.indexOf(' ');
        return space < 0 ? "" : line.substring(space + 1);
    }

    private void stage(byte[] octets) {
        inbound.writeBytes(octets);
    }

    private void receiveInbound() {
        if (inbound.size() == 0) {
            return;
        }
        byte[] octets = inbound.toByteArray();
        inbound.reset();
        assertNothingElse("before the server says " + escape(octets));
        if (wire.isOpen()) {
            wire.receive(octets);
        } else {
            wire.receiveLate(octets);
        }
    }

    private void advance(Duration time) {
        wire.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
        wire.runScheduledPendingTasks();
    }

    private static Duration duration(String line) {
        Duration sum = Duration.ZERO;
        Matcher parts = TIME.matcher(line);
        while (parts.find()) {
            long n = Long.parseLong(parts.group(1));
            sum = sum.plus(
                    switch (parts.group(2)) {
                        case "m" -> Duration.ofMinutes(n);
                        case "s" -> Duration.ofSeconds(n);
                        case "ms" -> Duration.ofMillis(n);
                        default -> Duration.ofNanos(n);
                    });
        }
        return sum;
    }

    // ---- expectations

    private void expectWritten(byte[] expected) {
        byte[] taken = wire.taken();
        byte[] found = Arrays.copyOfRange(taken, checked, Math.min(taken.length, checked + expected.length));
        assertThat(escape(found)).as("written, of %s", escape(rest(taken))).isEqualTo(escape(expected));
        checked += expected.length;
    }

    private void expectWritten(int octets) {
        assertThat(wire.takenCount() - checked).as("octets written").isGreaterThanOrEqualTo(octets);
        checked += octets;
    }

    private void expectOutcome(String expected) {
        if (expected.equals("KEEP")) {
            assertThat(wire.isOpen() && session().isUsable() && session().inFlight() == 0)
                    .as("connection can be used again")
                    .isTrue();
            return;
        }
        assertThat(outcomes).as("outcomes").isNotEmpty();
        assertThat(outcomes.remove(0)).isEqualTo(expected);
    }

    public void assertNothingElse(String when) {
        assertThat(escape(rest(wire.taken())))
                .as("written and not expected, " + when)
                .isEmpty();
        assertThat(outcomes).as("outcomes not expected, " + when).isEmpty();
    }

    private byte[] rest(byte[] taken) {
        return Arrays.copyOfRange(taken, checked, taken.length);
    }

    /** All outcomes so far that no script has named. */
    public List<String> outcomes() {
        return outcomes;
    }

    public Session session() {
        return requireNonNull(session);
    }

    public Wire wire() {
        return wire;
    }

    /** Called each time the session asks for work. */
    public Dialogue onRoom(Runnable action) {
        onRoom = action;
        return this;
    }

    // ---- what is heard

    private final class Listener implements SessionListener {
        @Override
        public boolean isPooled() {
            return true;
        }

        @Override
        public void onReady(Session ready) {}

        @Override
        public void onOpenFailed(Failure failure) {
            outcomes.add("OPEN_FAILED" + why(failure.cause(), failure.reply()) + " at " + failure.phase());
        }

        @Override
        public @Nullable Transaction onRoom(Session free) {
            busy = false;
            onRoom.run();
            return queue.isEmpty() || !free.fits(queue.element()) ? null : take();
        }

        @Override
        public boolean onReplay(Transaction transaction, Failure failure, int before) {
            // Else the place could be taken again by a session that then idles, and the replay wait for nobody.
            assertThat(closed).as("the place is free before the replay").isFalse();
            if (replaying) {
                outcomes.add("REPLAY" + why(failure.cause(), failure.reply()) + " at " + failure.phase());
            }
            return replaying;
        }

        @Override
        public void onClosed(@Nullable Failure failure) {
            assertThat(closed).as("told of the end before").isFalse();
            assertThat(wire.isOpen()).as("still open").isFalse();
            closed = true;
            outcomes.add(
                    failure == null
                            ? "CLOSED"
                            : "DROP" + why(failure.cause(), failure.reply()) + " at " + failure.phase());
        }
    }

    private final class Settled implements Transaction.Listener {
        private boolean told;

        @Override
        public void onSettled(TransactionOutcome outcome) {
            assertThat(told).as("settled twice").isFalse();
            told = true;
            boolean accepted = outcome.recipients().stream().anyMatch(RecipientResult::isAccepted);
            assertThat(outcome.failure() == null).as("no failure").isEqualTo(accepted);
            outcome.recipients().forEach(result -> outcomes.add(describe(result)));
        }
    }

    /** For example {@code REJECTED_PERM(550) x@d.test at rcpt}. */
    public static String describe(RecipientResult result) {
        String name = switch (result.disposition()) {
            case REJECTED_PERMANENT -> "REJECTED_PERM";
            case REJECTED_TEMPORARY -> "REJECTED_TEMP";
            default -> result.disposition().name();
        };
        boolean accepted = result.disposition() == Disposition.ACCEPTED;
        Phase phase = result.phase();
        assertThat(accepted && phase != Phase.END_OF_DATA).isFalse();
        return name
                + (accepted ? "" : why(result.cause(), result.reply()))
                + " "
                + result.recipient()
                + (accepted ? "" : " at " + phase);
    }

    private static String why(@Nullable Object cause, @Nullable Reply reply) {
        if (cause == null || cause == FailureCause.REJECTED) {
            return reply == null ? "" : "(" + reply.code() + ")";
        }
        return "(" + cause + (reply == null ? "" : ", " + reply.code()) + ")";
    }

    // ---- octets

    public static byte[] octets(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int i = 0;
        while (i < text.length()) {
            int end = text.offsetByCodePoints(i, 1);
            if (text.charAt(i) != '\\') {
                out.writeBytes(text.substring(i, end).getBytes(UTF_8));
            } else if (text.charAt(end) == 'x') {
                out.write(Integer.parseInt(text.substring(end + 1, end + 3), 16));
                end += 3;
            } else {
                out.write(escaped(text.charAt(end)));
                end++;
            }
            i = end;
        }
        return out.toByteArray();
    }

    private static char escaped(char letter) {
        return switch (letter) {
            case 'r' -> '\r';
            case 'n' -> '\n';
            case '0' -> '\0';
            default -> letter;
        };
    }

    public static String escape(byte[] octets) {
        StringBuilder out = new StringBuilder();
        for (byte b : octets) {
            switch (b) {
                case '\r' -> out.append("\\r");
                case '\n' -> out.append("\\n");
                case '\\' -> out.append("\\\\");
                default -> out.append(b >= ' ' && b < 0x7F ? String.valueOf((char) b) : "\\x%02x".formatted(b & 0xFF));
            }
        }
        return out.toString();
    }
}
