/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.SinkRule;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Refuses what the envelope asks to be refused, and now and then anything else. */
final class Refusals implements SinkRule {
    /** What a sender's address begins with to be refused at MAIL or at the end of the data. */
    static final List<String> MARKS =
            List.of("no-mail-", "later-mail-", "leave-mail-", "no-end-", "later-end-", "leave-end-");

    private static final Reply NO = Reply.of(550, "5.7.1 No");
    private static final Reply LATER = Reply.of(451, "4.3.0 Later");
    private static final Reply LEAVING = Reply.of(421, "4.3.2 Leaving");

    private static final int RARELY = 150;

    private final long seed;

    /** One RSET in so many is refused: what stands behind it is carried out all the same. */
    private final int resets;

    private final AtomicLong asked = new AtomicLong();

    Refusals(long seed) {
        this.seed = seed;
        this.resets = new SplittableRandom(seed).split().nextInt(5, RARELY);
    }

    @Override
    public @Nullable Reply reply(Phase phase, String argument) {
        return switch (phase) {
            case RCPT -> byMark(argument.substring(argument.indexOf('<') + 1), "refused-", "later-", "leaving-");
            case MAIL ->
                byMark(argument.substring(argument.indexOf('<') + 1), "no-mail-", "later-mail-", "leave-mail-");
            case END_OF_DATA -> byMark(argument, "no-end-", "later-end-", "leave-end-");
            case GREETING, EHLO, DATA, BDAT -> oneIn(RARELY);
            case RSET -> oneIn(resets);
            default -> null;
        };
    }

    private static @Nullable Reply byMark(String address, String no, String later, String leaving) {
        return address.startsWith(no)
                ? NO
                : address.startsWith(later) ? LATER : address.startsWith(leaving) ? LEAVING : null;
    }

    private @Nullable Reply oneIn(int bound) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + asked.incrementAndGet()).split();
        if (random.nextInt(bound) > 0) {
            return null;
        }
        return switch (random.nextInt(4)) {
            case 0 -> LEAVING;
            case 1 -> LATER;
            default -> NO;
        };
    }
}
