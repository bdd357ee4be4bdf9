/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a {@link FaultProxy} does to a connection. A connection may have several: what ends or stalls it
 * happens once, when so many octets, replies or TLS records have passed in one direction; what shapes its octets goes on
 * as long as it lives, at most one of each kind in each direction.
 *
 * <p>Counts are of what the proxy has passed on since the connection began, so 0 is before anything passes. What has
 * passed was given to the receiver's socket before the fault happens; only a reset may make the receiver lose it again.
 * Immutable; {@code toString} says what it does. A number or time that is out of its range is an
 * {@link IllegalArgumentException}.
 */
public sealed interface Fault permits Stop, Shape, Admission {

    /**
     * Ends the connection in order (FIN) on both sides. What the ends send from then on is dropped, and what they have
     * not closed after a second is closed.
     *
     * @param direction where octets are counted
     * @param octets how many pass
     * @return the fault
     */
    static Fault cutAfter(Direction direction, long octets) {
        return new Stop(Stop.Kind.CUT, direction, Stop.Unit.OCTETS, octets, null);
    }

    /**
     * Ends the connection on both sides (FIN) right behind a TLS record, so without TLS close_notify (RFC 8446 section
     * 6.1). The proxy sees octets only: it takes for a record what begins like one at the start of the stream or of a
     * line, such as behind the reply to STARTTLS. Without TLS nothing happens.
     *
     * @param direction where records are counted
     * @param records how many pass, at least 1
     * @return the fault
     */
    static Fault cutAfterRecord(Direction direction, long records) {
        return new Stop(Stop.Kind.CUT, direction, Stop.Unit.RECORDS, Bounds.atLeast(1, "records", records), null);
    }

    /**
     * Resets the connection (RST) on both sides. An end may lose octets that came before and that it has not read.
     *
     * @param direction where octets are counted
     * @param octets how many pass
     * @return the fault
     */
    static Fault resetAfter(Direction direction, long octets) {
        return new Stop(Stop.Kind.RESET, direction, Stop.Unit.OCTETS, octets, null);
    }

    /**
     * Ends one direction (FIN) and drops what follows in it; the other goes on.
     *
     * @param direction the direction that ends
     * @param octets how many pass
     * @return the fault
     */
    static Fault halfCloseAfter(Direction direction, long octets) {
        return new Stop(Stop.Kind.HALF_CLOSE, direction, Stop.Unit.OCTETS, octets, null);
    }

    /**
     * Stops passing on, and stops reading: what the sender sends fills the sockets' buffers until it can write no more.
     * The end of the connection is not seen on that side either until the proxy is closed.
     *
     * @param direction the direction that stalls; for both, use two faults
     * @param octets how many pass
     * @return the fault
     */
    static Fault stallAfter(Direction direction, long octets) {
        return new Stop(Stop.Kind.STALL, direction, Stop.Unit.OCTETS, octets, null);
    }

    /**
     * Stops passing on and reading for a while, as {@link #stallAfter(Direction, long)}; then goes on where it was.
     *
     * @param direction the direction that stalls
     * @param octets how many pass
     * @param time for how long
     * @return the fault
     */
    static Fault stallAfter(Direction direction, long octets, Duration time) {
        return new Stop(Stop.Kind.STALL, direction, Stop.Unit.OCTETS, octets, positive(time));
    }

    /**
     * Stops passing on but goes on reading: the sender can send as much as it likes, and nothing arrives.
     *
     * @param direction the direction whose octets disappear
     * @param octets how many pass
     * @return the fault
     */
    static Fault swallowAfter(Direction direction, long octets) {
        return new Stop(Stop.Kind.SWALLOW, direction, Stop.Unit.OCTETS, octets, null);
    }

    /**
     * Says 421 in place of one of the server's replies and ends the connection as {@link #cutAfter}. The server may have
     * carried out more than the client can know: {@link #leaveAfter} is the honest way. Replies are counted in the clear
     * only, up to a TLS handshake.
     *
     * @param reply the number of the reply that the client never sees; 1 is the greeting
     * @return the fault
     */
    static Fault insert421AtReply(long reply) {
        return new Stop(
                Stop.Kind.SAY_421,
                Direction.TO_CLIENT,
                Stop.Unit.REPLIES,
                Bounds.atLeast(1, "replies", reply) - 1,
                null);
    }

    /**
     * Lets the server seem to shut down (RFC 5321 section 3.8): passes so many octets on to it and ends that direction,
     * lets it answer them, then says 421 to the client in its name and closes. So nothing that the 421 answers was
     * carried out. Meant for connections without TLS; under TLS the 421 is an octet stream that makes no sense.
     *
     * @param octets how many octets pass to the server
     * @return the fault
     */
    static Fault leaveAfter(long octets) {
        return new Stop(Stop.Kind.LEAVE, Direction.TO_SERVER, Stop.Unit.OCTETS, octets, null);
    }

    /**
     * Passes octets on in segments of a bounded size, each a write of its own to a socket with TCP_NODELAY. The receiver
     * may still read several at once.
     *
     * @param direction the direction
     * @param octets the size of a segment, at least 1
     * @return the fault
     */
    static Fault split(Direction direction, int octets) {
        return new Shape(Shape.Kind.SPLIT, direction, Bounds.atLeastOne("octets", octets), Duration.ZERO);
    }

    /**
     * Passes a few octets on at a time, with a pause behind each group.
     *
     * @param direction the direction
     * @param octets the size of a group, at least 1
     * @param pause the time between two groups
     * @return the fault
     */
    static Fault drip(Direction direction, int octets, Duration pause) {
        return new Shape(Shape.Kind.DRIP, direction, Bounds.atLeastOne("octets", octets), positive(pause));
    }

    /**
     * Collects octets and passes them on in one write.
     *
     * @param direction the direction
     * @param octets how many are collected, 1 to 65,536
     * @param atMost how long the first of them waits for the others
     * @return the fault
     */
    static Fault merge(Direction direction, int octets, Duration atMost) {
        if (octets > Lane.HELD) {
            throw new IllegalArgumentException("A proxy holds up to " + Lane.HELD + " octets, found " + octets);
        }
        return new Shape(Shape.Kind.MERGE, direction, Bounds.atLeastOne("octets", octets), positive(atMost));
    }

    /**
     * Passes octets on a fixed time after they were read, in their order. No more than the proxy holds are under way
     * at a time, see {@link FaultProxy}.
     *
     * @param direction the direction
     * @param time how much later
     * @return the fault
     */
    static Fault delay(Direction direction, Duration time) {
        return new Shape(Shape.Kind.DELAY, direction, 1, positive(time));
    }

    /**
     * Resets the connection (RST) as soon as it is accepted, without one to the server. To refuse connections in the
     * kernel, see {@link FaultProxy#stopListening}.
     *
     * @return the fault
     */
    static Fault refuse() {
        return Admission.REFUSE;
    }

    /**
     * Accepts the connection and answers nothing, without a connection to the server; what the client sends disappears.
     *
     * @return the fault
     */
    static Fault blackHole() {
        return Admission.BLACK_HOLE;
    }

    private static Duration positive(@Nullable Duration time) {
        if (time == null || time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("Expected more than no time, found " + time);
        }
        return time;
    }
}
