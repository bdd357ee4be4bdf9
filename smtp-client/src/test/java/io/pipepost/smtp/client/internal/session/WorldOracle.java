/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.client.internal.session.WorldServer.Answer;
import io.pipepost.smtp.client.internal.session.WorldServer.Kind;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What may be reported of one recipient: what is true of the server's ledger, and what follows, by RFC 5321 and the table
 * of outcomes, from the replies that came and from whether the message had left. Knows nothing of how the client works.
 */
final class WorldOracle {
    private static final Pattern TAG = Pattern.compile("#(\\d+)\\.(\\d+)");

    private final World world;
    private final World.Sent sent;
    private final RecipientResult result;
    private final String recipient;

    WorldOracle(World world, World.Sent sent, RecipientResult result) {
        this.world = world;
        this.sent = sent;
        this.result = result;
        this.recipient = result.recipient().toString().replaceAll("[<>]", "");
    }

    void check() {
        checkLedger();
        checkReply();
        WorldLink link = sent.link();
        if (link == null) {
            expect(Disposition.NOT_SENT, Disposition.REJECTED_PERMANENT, Disposition.REJECTED_TEMPORARY);
            if (result.disposition() == Disposition.NOT_SENT
                    && world.links().get(0).hasStalled()) {
                because(FailureCause.TIMEOUT);
            }
        } else {
            new Carried(link).check();
        }
    }

    private AssertionError wrong(String why) {
        return new AssertionError(result + ": " + why);
    }

    private void expect(Disposition... any) {
        if (!List.of(any).contains(result.disposition())) {
            throw wrong("expected " + List.of(any));
        }
    }

    private void because(FailureCause cause) {
        if (result.cause() != cause) {
            throw wrong("expected the cause " + cause);
        }
    }

    // ---- the truth

    private void checkLedger() {
        int times = world.delivered().getOrDefault(sent.number() + "/" + recipient, 0);
        boolean good = switch (result.disposition()) {
            case ACCEPTED -> times == 1;
            case INDETERMINATE -> times <= 1;
            default -> times == 0;
        };
        if (!good) {
            throw wrong("the server has it " + times + " times");
        }
    }

    /** A reply that is passed on was this recipient's. */
    private void checkReply() {
        Reply reply = result.reply();
        Disposition is = result.disposition();
        if (reply == null) {
            if (is == Disposition.ACCEPTED || isRejection(is)) {
                throw wrong("no reply");
            }
            return;
        }
        if (is == Disposition.ACCEPTED || isRejection(is)) {
            checkSource(reply, is);
        }
    }

    private void checkSource(Reply reply, Disposition is) {
        Answer source = source(reply);
        boolean own =
                source.message == sent.number() && (source.recipient.isEmpty() || source.recipient.equals(recipient));
        boolean opening = source.kind == Kind.GREETING || source.kind == Kind.EHLO;
        if (!own && !opening) {
            throw wrong("the reply belongs to " + source.kind + " of " + source.message + " " + source.recipient);
        }
        if (source.code != reply.code() || source.code / 100 != firstDigit(is)) {
            throw wrong("another code");
        }
        if (is == Disposition.ACCEPTED && source.kind != Kind.END_OF_DATA) {
            throw wrong("accepted by the reply to " + source.kind);
        }
    }

    private Answer source(Reply reply) {
        Matcher tag = TAG.matcher(String.join("\n", reply.lines()));
        if (!tag.find()) {
            throw wrong("nobody said that");
        }
        WorldLink link = world.links().get(Integer.parseInt(tag.group(1)));
        Answer source = link.answers().get(Integer.parseInt(tag.group(2)));
        if (!link.isTold(source)) {
            throw wrong("that was not told");
        }
        return source;
    }

    private static boolean isRejection(Disposition disposition) {
        return disposition == Disposition.REJECTED_PERMANENT || disposition == Disposition.REJECTED_TEMPORARY;
    }

    private static int firstDigit(Disposition disposition) {
        return disposition == Disposition.ACCEPTED ? 2 : disposition == Disposition.REJECTED_TEMPORARY ? 4 : 5;
    }

    // ---- what follows

    /** The same message on the connection that carried it last. */
    private final class Carried {
        private final WorldLink link;
        private final List<Answer> told = new ArrayList<>();
        private @Nullable Answer fatal;

        Carried(WorldLink link) {
            this.link = link;
            for (Answer answer : link.answers()) {
                if (fatal == null && link.isTold(answer)) {
                    told.add(answer);
                    fatal = (answer.isFatal() && !isFinal(answer)) || isContradiction(answer) ? answer : null;
                }
            }
        }

        /** R-5321-12: a 421 to the end of the data is an answer like any other. */
        private boolean isFinal(Answer answer) {
            return answer.code == 421
                    && answer.kind == Kind.END_OF_DATA
                    && answer.message == sent.number()
                    && !answer.early;
        }

        /** R-2920-07, R-3030-03, R-3030-05: content is wanted, or taken, that had been refused. */
        private boolean isContradiction(Answer answer) {
            boolean wants = answer.kind == Kind.DATA && answer.code == 354;
            boolean takes = answer.kind == Kind.END_OF_DATA && answer.isPositive();
            boolean toSomebody = toldOf(answer.message, Kind.RCPT).anyMatch(Answer::isPositive);
            return ((wants || takes) && toSomebody && isRefused(answer.message, Kind.MAIL))
                    || (takes && isRefused(answer.message, Kind.CHUNK))
                    || (takes && isOutOfPlace(answer.message));
        }

        /** R-2920-17: 503 to MAIL behind another's content is no verdict on the message, which was taken then. */
        private boolean isOutOfPlace(int message) {
            return toldOf(message, Kind.DATA).findAny().isEmpty()
                    && toldOf(message, Kind.MAIL).anyMatch(mail -> mail.code == 503 && mail.behind);
        }

        private boolean isRefused(int message, Kind kind) {
            return toldOf(message, kind).anyMatch(Answer::isNegative);
        }

        private Stream<Answer> toldOf(int message, Kind kind) {
            return told.stream().filter(each -> each.message == message && each.kind == kind);
        }

        private @Nullable Answer answer(Kind kind, String to) {
            for (Answer each : told) {
                boolean mine = each.message == sent.number() && each.kind == kind && each.recipient.equals(to);
                if (mine && each != fatal) {
                    return each;
                }
            }
            return null;
        }

        private @Nullable Answer refusal(Kind kind, String to) {
            for (Answer each : told) {
                boolean mine = each.message == sent.number() && each.kind == kind && each.recipient.equals(to);
                if (mine && each != fatal && each.isNegative()) {
                    return each;
                }
            }
            return null;
        }

        void check() {
            Answer mail = refusal(Kind.MAIL, "");
            Answer rcpt = refusal(Kind.RCPT, recipient);
            Answer data = refusal(Kind.DATA, "");
            Answer chunk = refusal(Kind.CHUNK, "");
            Answer end = answer(Kind.END_OF_DATA, "");
            if (mail != null) {
                checkMailRefused(mail, end);
            } else if (rcpt != null) {
                rejectedBy(rcpt);
            } else if (isUnwanted()) {
                expect(Disposition.NOT_SENT);
            } else if (data != null) {
                rejectedBy(data);
            } else if (chunk != null) {
                checkChunkRefused(chunk);
            } else if (end != null) {
                checkEnd(end);
            } else {
                checkNoAnswer();
            }
        }

        /** R-5321-54. */
        private boolean isUnwanted() {
            return sent.mail().policy() == RecipientPolicy.ALL
                    && sent.mail().recipients().stream().anyMatch(each -> refusal(Kind.RCPT, each) != null);
        }

        /** R-3030-03: whoever was taken all the same may have got the message. */
        private void checkMailRefused(Answer mail, @Nullable Answer end) {
            Answer rcpt = answer(Kind.RCPT, recipient);
            boolean taken = rcpt != null && rcpt.isPositive();
            boolean refused = end != null && end.isNegative();
            if (taken && !refused && link.mayBeWhole(sent.number())) {
                expect(Disposition.INDETERMINATE);
            } else if (isInDoubtWhoWasRefused() && result.disposition() == Disposition.INDETERMINATE) {
                because(FailureCause.PROTOCOL_VIOLATION);
            } else if (mail.code == 530) {
                expect(Disposition.NOT_SENT);
                because(FailureCause.AUTH_UNAVAILABLE);
            } else {
                rejectedBy(mail);
            }
        }

        /** R-2920-17, R-2920-21: refusals that were about what stood in front, of a message that was taken then. */
        private boolean isInDoubtWhoWasRefused() {
            Answer last = fatal;
            return last != null && world.way().several() && isContradiction(last);
        }

        private void checkChunkRefused(Answer chunk) {
            Answer last = fatal;
            if (last != null && last.kind == Kind.END_OF_DATA && last.message == sent.number() && last.isPositive()) {
                expect(Disposition.INDETERMINATE);
            } else {
                rejectedBy(chunk);
            }
        }

        private void checkEnd(Answer end) {
            if (isInDoubt() && result.disposition() == Disposition.INDETERMINATE) {
                because(FailureCause.PROTOCOL_VIOLATION);
            } else if (end.isNegative()) {
                rejectedBy(end);
            } else {
                expect(Disposition.ACCEPTED);
                checkBy(end);
            }
        }

        /** R-2920-04. */
        private boolean isInDoubt() {
            Answer last = fatal;
            return last != null
                    && last.code != 421
                    && world.way().several()
                    && world.way().byDotOnly();
        }

        /** The table of what losing the connection means. */
        private void checkNoAnswer() {
            Answer last = fatal;
            if (last != null && isEarlyYes(last)) {
                expect(Disposition.INDETERMINATE);
            } else if (!link.mayBeWhole(sent.number()) || (last != null && last.code == 421)) {
                expect(Disposition.NOT_SENT);
            } else if (link.hidesHowMuchLeft()) {
                expect(Disposition.INDETERMINATE, Disposition.NOT_SENT);
            } else {
                expect(Disposition.INDETERMINATE);
            }
            because(whyTheConnectionEnded());
        }

        private FailureCause whyTheConnectionEnded() {
            Answer last = fatal;
            if (last != null) {
                return last.code == 421 ? FailureCause.SERVER_CLOSING : FailureCause.PROTOCOL_VIOLATION;
            }
            return link.hasStalled() ? FailureCause.TIMEOUT : FailureCause.CONNECTION_LOST;
        }

        /** R-5321-74: the server believes that it has a message. */
        private boolean isEarlyYes(Answer answer) {
            boolean yes = answer.code / 100 == 2 || answer.code / 100 == 3;
            return yes && answer.early && answer.kind == Kind.END_OF_DATA && answer.message == sent.number();
        }

        private void rejectedBy(Answer answer) {
            expect(answer.code < 500 ? Disposition.REJECTED_TEMPORARY : Disposition.REJECTED_PERMANENT);
            checkBy(answer);
        }

        private void checkBy(Answer answer) {
            if (!source(Objects.requireNonNull(result.reply())).equals(answer)) {
                throw wrong("expected the reply " + answer.text.strip());
            }
        }
    }
}
