/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.client.internal.flight.Flight;
import io.pipepost.smtp.protocol.Reply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model of one connection, with trains of BDAT or with DATA: which replies are missing, in order, and what {@link Verdict} makes of
 * those that come. No octets, no threads, no time; messages never run out, each has one recipient, and whatever is begun is
 * written at once. Has nothing of {@link Flight}'s and {@link Transaction}'s but the table,
 * so that the two can be compared.
 */
final class FlightModel {
    private static final int MOST_REFUSALS = 10;

    /** What the server, or whoever waits for a message, does next. */
    enum Move {
        YES(250, "ok"),
        FOR_NOW(450, "later"),
        NO(550, "no"),
        FAILED(554, "no"),
        OUT_OF_PLACE(503, "not here"),
        WORN_OUT(452, "4.5.3 enough"),
        CLOSING(421, "bye"),
        GO(354, "go"),
        CUT(0, ""),
        STOP_OLDEST(0, ""),
        STOP_LAST(0, ""),
        EXPIRE_OLDEST(0, ""),
        EXPIRE_LAST(0, "");

        private final int code;
        private final String text;

        Move(int code, String text) {
            this.code = code;
            this.text = text;
        }

        Reply reply() {
            return Reply.of(code, text);
        }

        boolean isStop() {
            return compareTo(CUT) > 0;
        }

        /** Whether its recipients are to be told of at once, whatever the server still says. */
        boolean expires() {
            return this == EXPIRE_OLDEST || this == EXPIRE_LAST;
        }
    }

    private enum Kind {
        MAIL,
        RCPT,
        DATA,
        END,
        LONE_DOT,
        RESET_BETWEEN,
        RESET_AFTER,
        RESET_PROBE
    }

    private enum Doubt {
        NONE,
        MAY_GO_ON,
        GOES_NO_FURTHER
    }

    private record Step(Kind kind, Mail mail) {}

    /** One transaction. */
    private static final class Mail {
        private final int number;
        private final boolean first;
        private final boolean behind;
        private boolean contentWritten;
        private boolean held;
        private int missing;
        private @Nullable Reply mail;
        private @Nullable Reply end;
        private boolean accepted;
        private @Nullable String rejection;
        private boolean sawNo;
        private Doubt doubt = Doubt.NONE;
        private boolean over;
        private boolean told;

        /** Nothing more of it is sent, and the server is to forget it. */
        private boolean undone;

        Mail(int number, boolean first, boolean behind) {
            this.number = number;
            this.first = first;
            this.behind = behind;
        }

        private boolean refused() {
            return mail != null && mail.isNegative();
        }

        private boolean wornOut() {
            return refused() && mail.code() == 452;
        }

        private int facts(@Nullable Reply reply) {
            Set<Fact> facts = EnumSet.noneOf(Fact.class);
            add(facts, Fact.MAIL_ANSWERED, mail != null);
            add(facts, Fact.MAIL_REFUSED, refused());
            add(facts, Fact.WORN_OUT, wornOut());
            add(facts, Fact.SOMEBODY_ACCEPTED, accepted);
            add(facts, Fact.POSITIVE, reply != null && reply.isPositive());
            add(facts, Fact.CONTENT_BEGUN, contentWritten);
            add(facts, Fact.HANDED_OVER, contentWritten);
            add(facts, Fact.WRITTEN, contentWritten);
            add(facts, Fact.ONLY_END_MISSING, missing <= 1);
            add(facts, Fact.VERDICT_HELD, held);
            add(facts, Fact.UNPROVED, doubt != Doubt.NONE);
            add(facts, Fact.SILENCE_IS_NO, doubt == Doubt.GOES_NO_FURTHER);
            add(facts, Fact.NOT_FIRST, !first);
            return facts.stream().mapToInt(Fact::bit).sum();
        }

        private static void add(Set<Fact> facts, Fact fact, boolean holds) {
            if (holds) {
                facts.add(fact);
            }
        }

        private String state() {
            String how = mail == null ? "?" : refused() ? wornOut() ? "w" : "n" + mail.code() / 100 : "y";
            return how
                    + (accepted ? "+" : rejection == null ? "?" : "-")
                    + missing
                    + doubt.ordinal()
                    + (contentWritten ? "c" : "h")
                    + (held ? end.isPositive() ? "Y" : "N" : "")
                    + (behind ? "b" : "a")
                    + (first ? "1" : "")
                    + (sawNo ? "!" : "")
                    + (told ? undone ? "u" : "t" : "");
        }
    }

    private final Deque<Mail> carried = new ArrayDeque<>();
    private final Deque<Step> awaited = new ArrayDeque<>();
    private final List<String> outcomes = new ArrayList<>();
    private final Set<Verdict> rows = EnumSet.noneOf(Verdict.class);

    private int begun;
    private boolean mayBeOpen;
    private boolean resetAtTail;
    private boolean lastSucceeded;
    private boolean retired;
    private boolean over;
    private int refusals;
    private final boolean byData;
    private final int most;
    private int depth;
    private boolean unknown;
    private boolean probing;

    /**
     * A connection.
     *
     * @param most how many transactions it may carry at a time
     * @param byData whether content goes by DATA, and not by BDAT
     * @param unknown whether it has to be found out what the server makes of that
     */
    FlightModel(int most, boolean byData, boolean unknown) {
        this.most = most;
        this.byData = byData;
        this.unknown = unknown;
        this.depth = unknown ? 1 : most;
        takeMore();
    }

    // ---- what it is asked

    boolean isOver() {
        return over;
    }

    /** How many messages were taken. */
    int begun() {
        return begun;
    }

    List<String> outcomes() {
        return outcomes;
    }

    /** Rows of the table that have decided something. */
    Set<Verdict> rows() {
        return rows;
    }

    /**
     * All that the future depends on; what is over and told is not of it.
     *
     * @param counting whether states that differ in the number of refusals in a row alone are told apart
     */
    String state(boolean counting) {
        StringBuilder state = new StringBuilder();
        awaited.forEach(step -> state.append(step.kind().ordinal()));
        carried.forEach(each -> state.append(' ').append(each.state()));
        return state.append(mayBeOpen ? " o" : "")
                .append(resetAtTail ? " r" : "")
                .append(lastSucceeded ? " s" : "")
                .append(retired ? " x" : "")
                .append(' ')
                .append(counting ? refusals : "")
                .append(' ')
                .append(depth)
                .append(unknown ? " u" : "")
                .append(probing ? " p" : "")
                .toString();
    }

    // ---- what happens

    /** The message that a stop concerns; 0 if there is none. */
    int stopped(Move move) {
        if (carried.isEmpty()) {
            return 0;
        }
        boolean last = move == Move.STOP_LAST || move == Move.EXPIRE_LAST;
        return (last ? carried.getLast() : carried.getFirst()).number;
    }

    void play(Move move) {
        Step head = awaited.peek();
        if (move.isStop()) {
            int number = stopped(move);
            carried.stream()
                    .filter(each -> each.number == number && !each.told)
                    .findFirst()
                    .ifPresent(each -> stop(each, move.expires() ? Event.EXPIRED : Event.STOPPED));
        } else if (move == Move.CUT) {
            end(Event.LOST);
        } else if (head == null || !mayAnswer(head, move)) {
            end(move == Move.CLOSING ? Event.SERVER_CLOSING : Event.ORDER_BROKEN);
        } else if (move == Move.CLOSING) {
            close(awaited.remove(), move.reply());
        } else {
            awaited.remove();
            answer(head, move.reply());
        }
    }

    private void stop(Mail mail, Event event) {
        Verdict verdict = Verdict.of(event, mail.facts(null));
        rows.add(verdict);
        if (verdict.decision() != Decision.GO_ON) {
            settle(mail, verdict.decision(), null);
            mail.undone = verdict.decision() == Decision.NOT_SENT;
        }
    }

    /** R-5321-13. */
    private static boolean mayAnswer(Step head, Move move) {
        return head.kind() == Kind.DATA ? move != Move.YES : move != Move.GO;
    }

    /** R-5321-12: as an answer to the end of the data it is a no like any other. */
    private void close(Step head, Reply reply) {
        over = true;
        if (head.kind() == Kind.END) {
            onEnd(head.mail(), reply);
        } else {
            awaited.addFirst(head);
        }
        end(Event.SERVER_CLOSING);
    }

    private void answer(Step step, Reply reply) {
        Mail mail = step.mail();
        switch (step.kind()) {
            case MAIL -> onMail(mail, reply);
            case RCPT -> onRcpt(mail, reply);
            case DATA -> onData(mail, reply);
            case END -> onEnd(mail, reply);
            case LONE_DOT -> judge(mail, Event.NOBODY_LEFT, null);
            case RESET_BETWEEN, RESET_AFTER, RESET_PROBE -> onReset(step.kind(), reply);
        }
        if (step.kind().compareTo(Kind.LONE_DOT) <= 0 && !over) {
            mail.missing--;
            if (mail.missing == 0 && !mail.over && !mail.held) {
                groupAnswered();
                if (mail.undone) {
                    leave(mail, false);
                } else {
                    judge(mail, Event.NOBODY_LEFT, null);
                }
            }
        }
    }

    private void onMail(Mail mail, Reply reply) {
        boolean outOfPlace = reply.code() == 503;
        if (reply.isNegative() && mail.behind && outOfPlace) {
            deny();
            retired = true;
            mail.doubt = mail.doubt == Doubt.NONE ? Doubt.GOES_NO_FURTHER : mail.doubt;
        }
        trustOthers(mail, reply);
        mail.mail = reply;
        mail.sawNo |= reply.isNegative();
        if (reply.isPositive()) {
            mail.doubt = Doubt.NONE;
            if (!mail.contentWritten && !byData && !mail.undone) {
                writeContent(mail);
                takeMore();
            }
        }
    }

    private void onRcpt(Mail mail, Reply reply) {
        trustOthers(mail, reply);
        mail.sawNo |= reply.isNegative();
        mail.accepted = reply.isPositive();
        if (reply.isNegative() && !mail.refused()) {
            mail.rejection = rejection(reply);
        }
    }

    private void trustOthers(Mail mail, Reply reply) {
        if (reply.isPositive() && mail.doubt != Doubt.NONE) {
            carried.stream().filter(each -> each != mail).forEach(each -> each.doubt = Doubt.NONE);
        }
    }

    /** R-2920-04: whatever it is, no reply was lost before. */
    private void onData(Mail mail, Reply reply) {
        groupAnswered();
        if (over) {
            return;
        }
        if (reply.isNegative()) {
            mail.sawNo = true;
            judge(mail, Event.DATA_REFUSED, reply);
        } else if (!mail.accepted) {
            mail.missing++;
            awaited.addFirst(new Step(Kind.LONE_DOT, mail));
        } else if (mail.undone) {
            end(Event.ENDED_HERE);
        } else if (mail.refused()) {
            end(Event.ORDER_BROKEN);
        } else {
            writeContent(mail);
            takeMore();
        }
    }

    private void groupAnswered() {
        Mail oldest = carried.peek();
        if (oldest != null && oldest.held) {
            judge(oldest, Event.ORDER_PROVED, oldest.end);
        }
    }

    private void onEnd(Mail mail, Reply reply) {
        mail.end = reply;
        mail.sawNo |= reply.isNegative();
        judge(mail, Event.FINAL, reply);
    }

    private void onReset(Kind kind, Reply reply) {
        if (kind == Kind.RESET_AFTER) {
            mayBeOpen = false;
        }
        if (kind == Kind.RESET_PROBE) {
            probing = false;
            if (reply.isPositive() && unknown) {
                unknown = false;
                depth = 2;
            }
        }
        if (reply.isNegative()) {
            onResetRefused(kind, reply);
        }
        if (kind == Kind.RESET_PROBE) {
            takeMore();
        }
    }

    private void deny() {
        depth = 1;
        unknown = false;
    }

    private void onResetRefused(Kind kind, Reply reply) {
        boolean denied = kind != Kind.RESET_AFTER && reply.code() == 503;
        if (denied) {
            deny();
        }
        if (denied && kind == Kind.RESET_PROBE && lastSucceeded) {
            return;
        }
        List<Mail> open = carried.stream().filter(each -> !each.held).toList();
        if (open.stream().noneMatch(each -> each.contentWritten)) {
            end(Event.LOST);
            return;
        }
        Doubt how = reply.code() == 554 && !lastSucceeded ? Doubt.GOES_NO_FURTHER : Doubt.MAY_GO_ON;
        open.forEach(each -> each.doubt = each.doubt == Doubt.NONE ? how : each.doubt);
        retired = true;
    }

    // ---- what comes of it

    private void judge(Mail mail, Event event, @Nullable Reply reply) {
        boolean follower = event == Event.FINAL && byData && !over && carried.size() > 1;
        Verdict verdict = Verdict.of(event, mail.facts(reply) | (follower ? Fact.FOLLOWER_UNANSWERED.bit() : 0));
        rows.add(verdict);
        mail.held = verdict.decision() == Decision.HOLD;
        if (mail.held) {
            return;
        }
        if (verdict.ending() == null) {
            leave(mail, verdict.decision() == Decision.ACCEPT);
            settle(mail, verdict.decision(), reply);
        } else {
            mail.over = true;
            settle(mail, verdict.decision(), reply);
            carried.remove(mail);
            end(verdict.ending() == Ending.REFUSED_EARLY ? Event.LOST : Event.ORDER_BROKEN);
        }
    }

    private void leave(Mail mail, boolean clean) {
        mail.over = true;
        carried.remove(mail);
        lastSucceeded = mail.end != null && mail.end.isPositive();
        retired |= mail.wornOut() && !mail.first;
        if (mail.behind && mail.mail != null && mail.doubt == Doubt.NONE && depth > 1 && depth < most) {
            depth++;
        }
        if (lastSucceeded) {
            refusals = 0;
        } else if (mail.sawNo && ++refusals >= MOST_REFUSALS) {
            retired = true;
        }
        if (!clean && !retired && !over && carried.isEmpty() && !resetAtTail) {
            awaited.add(new Step(Kind.RESET_AFTER, mail));
            mayBeOpen = true;
            resetAtTail = true;
        }
        takeMore();
    }

    private void takeMore() {
        probe();
        while (!over && !retired && !probing && carried.size() < (carried.isEmpty() ? 1 : depth) && lastIsWritten()) {
            boolean behind = !carried.isEmpty();
            if (behind && !resetAtTail) {
                awaited.add(new Step(Kind.RESET_BETWEEN, carried.getLast()));
            }
            resetAtTail = false;
            begun++;
            Mail mail = new Mail(begun, begun == 1, behind);
            carried.add(mail);
            awaited.add(new Step(Kind.MAIL, mail));
            awaited.add(new Step(Kind.RCPT, mail));
            mail.missing = 2;
            if (byData) {
                mail.missing++;
                awaited.add(new Step(Kind.DATA, mail));
            } else if (!mayBeOpen) {
                writeContent(mail);
            }
            probe();
        }
        over |= retired && carried.isEmpty();
    }

    /** R-2920-19: alone behind the first content. */
    private void probe() {
        if (!over && most > 1 && unknown && !probing && !resetAtTail && carried.size() == 1 && lastIsWritten()) {
            probing = true;
            resetAtTail = true;
            awaited.add(new Step(Kind.RESET_PROBE, carried.getLast()));
        }
    }

    private boolean lastIsWritten() {
        return carried.isEmpty() || carried.getLast().contentWritten;
    }

    private void writeContent(Mail mail) {
        mail.contentWritten = true;
        mail.missing++;
        if (byData) {
            awaited.addFirst(new Step(Kind.END, mail));
        } else {
            awaited.add(new Step(Kind.END, mail));
        }
    }

    /** The connection ends. */
    private void end(Event event) {
        over = true;
        for (Mail each : List.copyOf(carried)) {
            each.over = true;
            if (each.told) {
                continue;
            }
            if (each.rejection == null) {
                boolean proved = each.held && event != Event.ORDER_BROKEN;
                Verdict verdict = Verdict.of(proved ? Event.ORDER_PROVED : event, each.facts(each.end));
                rows.add(verdict);
                settle(each, verdict.decision(), each.end);
            } else {
                outcomes.add(each.rejection + " " + each.number);
            }
        }
        carried.clear();
    }

    private void settle(Mail mail, Decision decision, @Nullable Reply reply) {
        if (mail.told) {
            return;
        }
        mail.told = true;
        String own = mail.rejection != null ? mail.rejection : mail.refused() ? rejection(mail.mail) : null;
        String what = switch (decision) {
            case REPLAY, REPLAY_ONCE -> "REPLAY";
            case ALL_INDETERMINATE -> "INDETERMINATE";
            case INDETERMINATE -> own != null && !mail.accepted ? own : "INDETERMINATE";
            case NOT_SENT -> own == null ? "NOT_SENT" : own;
            case REFUSE -> own == null ? rejection(reply) : own;
            case ACCEPT -> "ACCEPTED";
            case REFUSE_BY_CHUNK, BREAK_OFF, HOLD, GO_ON -> throw new AssertionError(decision);
        };
        outcomes.add(what.equals("REPLAY") ? what : what + " " + mail.number);
    }

    private static String rejection(@Nullable Reply reply) {
        return reply != null && reply.isTransientNegative() ? "REJECTED_TEMP" : "REJECTED_PERM";
    }
}
