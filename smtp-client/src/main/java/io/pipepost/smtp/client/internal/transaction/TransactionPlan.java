/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.internal.content.PreparedContent;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.BodyType;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.ContentFacts;
import io.pipepost.smtp.protocol.Extension;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.MailParameters;
import io.pipepost.smtp.protocol.ReversePath;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one mail transaction will be carried out on one server; a pure decision. What the server cannot take is found
 * here, before anything is written.
 *
 * @param mail the MAIL command
 * @param smtpUtf8 whether recipients may need RFC 6531
 * @param transfer how content travels
 * @param contentWithEnvelope whether DATA, or BDAT with the content, follows RCPT without waiting for the replies
 * @param eightBit whether content may hold octets beyond ASCII
 */
public record TransactionPlan(
        Command.Mail mail, boolean smtpUtf8, Transfer transfer, boolean contentWithEnvelope, boolean eightBit) {
    /** A path of so many characters, three octets each, leaves room for all else on the line. */
    private static final int SURELY_SHORT = 128;

    private static final int SIZE_INCREMENT = 26;
    private static final int BODY_INCREMENT = 17;
    private static final int SMTPUTF8_INCREMENT = 10;
    private static final int AUTH_INCREMENT = 500;

    /** How content travels. */
    public enum Transfer {
        /** Behind a 354, ended by a dot. */
        DATA,
        /** Behind one {@code BDAT n LAST}. */
        ONE_CHUNK,
        /** Behind as many BDAT as it takes. */
        CHUNKS
    }

    /** What the plan is made for. */
    public record Request(
            ReversePath from,
            List<ForwardPath> recipients,
            RecipientPolicy policy,
            PreparedContent content,
            FlightOptions flight) {}

    /** The message cannot be sent to this server. */
    static final class Impossible extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Failure failure;

        Impossible(FailureCause cause, Phase phase, String message) {
            super(message, null, false, false);
            this.failure = Failure.of(cause, phase, message);
        }

        Failure failure() {
            return failure;
        }
    }

    /**
     * Decides.
     *
     * @param trust how far the server is trusted
     */
    static TransactionPlan of(Request request, Extensions extensions, Trust trust) throws Impossible {
        ContentFacts facts = request.content().facts();
        boolean utf8 = needsSmtpUtf8(request, facts, extensions);
        long size = announcedSize(request.content(), extensions);
        boolean eightBit = mayHoldEightBit(facts, extensions);
        BodyType body = eightBit && (facts == null || facts.eightBit()) ? BodyType.EIGHT_BIT_MIME : BodyType.SEVEN_BIT;
        boolean announceSize = extensions.has(Extension.SIZE);
        MailParameters parameters = new MailParameters(announceSize ? size : -1, body, utf8);
        Command.Mail mail = new Command.Mail(request.from(), parameters);
        Failure tooLong = tooLong(mail, request.from().toString(), extensions);
        if (tooLong != null) {
            throw new Impossible(FailureCause.INVALID_ARGUMENT, Phase.ARGUMENT, tooLong.message());
        }
        boolean groups = inGroups(request.flight(), extensions, trust);
        Transfer transfer = transfer(request, extensions, groups, trust);
        return new TransactionPlan(mail, utf8, transfer, withEnvelope(request, transfer, groups), eightBit);
    }

    /**
     * Whether commands go out in groups (RFC 2920).
     *
     * @param options what the caller allows
     * @param extensions what the server offers
     * @param trust how far the server is trusted
     * @return false if each waits for the reply to the one before
     */
    public static boolean inGroups(FlightOptions options, Extensions extensions, Trust trust) {
        return options.pipelining() && extensions.has(Extension.PIPELINING) && trust != Trust.LOCKSTEP;
    }

    /** R-6531-01: for the sender, for a recipient if the server takes such, and for header fields. */
    private static boolean needsSmtpUtf8(Request request, @Nullable ContentFacts facts, Extensions extensions)
            throws Impossible {
        boolean header = facts != null && facts.eightBitHeader();
        boolean offered = extensions.has(Extension.SMTPUTF8);
        if (!offered && !request.from().isAscii()) {
            throw missing("SMTPUTF8", "the reverse-path needs it");
        }
        if (!offered && header) {
            throw missing("SMTPUTF8", "the content's header holds octets beyond ASCII");
        }
        return offered && (header || !request.from().isAscii() || anyBeyondAscii(request.recipients()));
    }

    private static boolean anyBeyondAscii(List<ForwardPath> recipients) {
        for (ForwardPath recipient : recipients) {
            if (!recipient.isAscii()) {
                return true;
            }
        }
        return false;
    }

    /** R-1870-01 and -02; -1 if the size is unknown. */
    private static long announcedSize(PreparedContent content, Extensions extensions) throws Impossible {
        ContentFacts facts = content.facts();
        long size = facts == null ? content.declaredSize() : facts.canonicalOctets();
        long limit = extensions.sizeLimit().orElse(Long.MAX_VALUE);
        if (size > limit) {
            throw new Impossible(
                    FailureCause.MESSAGE_TOO_LARGE,
                    Phase.MAIL,
                    "The content has " + size + " octets, the server takes at most " + limit + " (SIZE)");
        }
        return size;
    }

    /** R-6152-01, R-5321-67. */
    private static boolean mayHoldEightBit(@Nullable ContentFacts facts, Extensions extensions) throws Impossible {
        boolean offered = extensions.has(Extension.EIGHT_BIT_MIME);
        if (facts != null && facts.eightBit() && !offered) {
            throw missing("8BITMIME", "the content holds octets beyond ASCII");
        }
        return offered;
    }

    /**
     * R-3030-13: BDAT where the server takes it. A chunk is announced only once its octets are at hand (R-3030-09), so what
     * comes from a source, or is too large for a flight, goes in several; but each costs a round trip without PIPELINING.
     * R-2920-22: only to a server that will not take a chunk for commands.
     */
    private static Transfer transfer(Request request, Extensions extensions, boolean groups, Trust trust) {
        boolean chunks = request.flight().chunking() && extensions.has(Extension.CHUNKING);
        if (!chunks || trust.compareTo(Trust.FLIGHT) < 0) {
            return Transfer.DATA;
        }
        if (request.content().bytes() == null) {
            return groups ? Transfer.CHUNKS : Transfer.DATA;
        }
        return groups && !fitsFlight(request) ? Transfer.CHUNKS : Transfer.ONE_CHUNK;
    }

    private static boolean fitsFlight(Request request) {
        ContentFacts facts = request.content().facts();
        return facts != null && facts.canonicalOctets() <= request.flight().maxFlightOctets();
    }

    /**
     * R-2920-16: a flight needs PIPELINING and a bounded size. R-5321-54: under all-or-nothing neither DATA nor BDAT may
     * be sent before every recipient's reply is in.
     */
    private static boolean withEnvelope(Request request, Transfer transfer, boolean groups) {
        return groups && transfer != Transfer.CHUNKS && request.policy() == RecipientPolicy.ANY;
    }

    /** Why a recipient cannot be sent to this server; null if it can. */
    @Nullable
    Failure refusal(ForwardPath recipient, Extensions extensions) {
        if (!recipient.isAscii() && !smtpUtf8) {
            return missing("SMTPUTF8", "the forward-path needs it").failure();
        }
        return tooLong(new Command.Rcpt(recipient), recipient.toString(), extensions);
    }

    /** R-5321-47: the limit grows with the extensions offered. */
    private static @Nullable Failure tooLong(Command command, String path, Extensions extensions) {
        if (path.length() <= SURELY_SHORT) {
            return null;
        }
        StringBuilder line = new StringBuilder(Command.MAX_LINE);
        command.appendTo(line);
        int octets = line.toString().getBytes(StandardCharsets.UTF_8).length + 2;
        int limit = Command.MAX_LINE;
        if (command instanceof Command.Mail) {
            limit += extensions.has(Extension.SIZE) ? SIZE_INCREMENT : 0;
            limit += extensions.has(Extension.EIGHT_BIT_MIME) ? BODY_INCREMENT : 0;
            limit += extensions.has(Extension.SMTPUTF8) ? SMTPUTF8_INCREMENT : 0;
            limit += extensions.has(Extension.AUTH) ? AUTH_INCREMENT : 0;
        }
        return octets <= limit
                ? null
                : Failure.of(
                        FailureCause.INVALID_ARGUMENT,
                        Phase.ARGUMENT,
                        command.verb() + " line has " + octets + " octets, expected at most " + limit);
    }

    private static Impossible missing(String keyword, String why) {
        return new Impossible(
                FailureCause.EXTENSION_MISSING, Phase.MAIL, "The server does not offer " + keyword + ", but " + why);
    }
}
