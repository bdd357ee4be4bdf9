/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import io.pipepost.smtp.client.Trust;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Whether one host reads a chunk that it refuses, or takes it for commands (R-2920-22):
 *
 * <pre>
 *   UNKNOWN --(a session tries)--> UNDER_WAY --(read, and refused)--> SHOWN
 *      ^                               \--(anything else)--> NOT_SHOWN
 *      +---(an hour after SHOWN or NOT_SHOWN)---+
 *   SHOWN, STATED --(a reply too many behind a refused chunk)--> NOT_SHOWN
 * </pre>
 *
 * <p>STATED is a caller's word in place of a proof. Thread-safe: sessions on several event loops read and write.
 */
public final class ChunkProof {
    private static final Duration MEMORY = Duration.ofHours(1);

    /** Whoever sends one message, or two, is not worth the proof: it is seen in the server's log. */
    private static final int WORTH_IT = 2;

    private enum Standing {
        UNKNOWN,
        UNDER_WAY,
        SHOWN,
        NOT_SHOWN,
        STATED
    }

    /** What is known, and since when by an event loop's ticker. */
    private record Known(Standing standing, long since) {}

    private static final Known NOTHING = new Known(Standing.UNKNOWN, 0);

    private static final AtomicReferenceFieldUpdater<ChunkProof, Known> KNOWN =
            AtomicReferenceFieldUpdater.newUpdater(ChunkProof.class, Known.class, "known");

    private volatile Known known;

    /** Messages that went by DATA for want of a proof. */
    private final AtomicInteger missed = new AtomicInteger();

    public ChunkProof(@Nullable Trust stated) {
        boolean trusted = stated != null && stated.compareTo(Trust.FLIGHT) >= 0;
        known = trusted ? new Known(Standing.STATED, 0) : NOTHING;
    }

    /** What is known now; what is too old is forgotten. */
    private Known at(long now) {
        Known latest = known;
        boolean passes = latest.standing() == Standing.SHOWN || latest.standing() == Standing.NOT_SHOWN;
        if (passes && now - latest.since() > MEMORY.toNanos()) {
            KNOWN.compareAndSet(this, latest, NOTHING);
            return known;
        }
        return latest;
    }

    /** Whether content may go to the host by BDAT. */
    public boolean allowsChunks(long now) {
        Standing standing = at(now).standing();
        return standing == Standing.SHOWN || standing == Standing.STATED;
    }

    /** A message goes by DATA that might have gone by BDAT. */
    public void missed() {
        if (missed.get() < WORTH_IT) {
            missed.incrementAndGet();
        }
    }

    /** Whether a proof is worth its while, and nobody is at it; asked often, so it does not look at the clock. */
    public boolean isDue() {
        return known.standing() == Standing.UNKNOWN && missed.get() >= WORTH_IT;
    }

    /** Takes it upon the caller to make the proof; false if there is no need any more. */
    public boolean begin(long now) {
        return KNOWN.compareAndSet(this, NOTHING, new Known(Standing.UNDER_WAY, now));
    }

    /** The proof that was begun has ended. */
    public void ended(boolean shown, long now) {
        known = new Known(shown ? Standing.SHOWN : Standing.NOT_SHOWN, now);
    }

    /** The proof that was begun has ended for reasons that say nothing of the host. */
    public void givenUp() {
        known = NOTHING;
    }

    /** The host has shown the contrary; true if it was allowed chunks before. */
    public boolean revoke(long now) {
        Known before = KNOWN.getAndSet(this, new Known(Standing.NOT_SHOWN, now));
        return before.standing() == Standing.SHOWN || before.standing() == Standing.STATED;
    }
}
