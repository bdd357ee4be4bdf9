/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A plan that is drawn from a seed. Everything about a connection's faults comes from the seed and the connection's
 * number: the same seed and options give the same plan again. What timing still decides is which message travels on which
 * connection, how octets are cut into segments where no fault says so, and how far one direction has come when something
 * happens to the other.
 *
 * <p>Half of the connections that have faults have their octets shaped; all but a few of them also end, stall or are not
 * let in. Where that happens is drawn so that each order of magnitude is as likely: in the handshake as often as in
 * content. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * FaultProxy.to(sink.host(), sink.port()).plan(Faults.seeded(42).share(0.5)).start()
 * }</pre>
 */
public final class Faults implements FaultPlan {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final int FEW_REPLIES = 40;

    /** The kinds of faults that are drawn. */
    public enum Kind {
        /** {@link Fault#cutAfter}. */
        CUT,
        /** {@link Fault#cutAfterRecord}. */
        CUT_AFTER_RECORD,
        /** {@link Fault#resetAfter}. */
        RESET,
        /** {@link Fault#halfCloseAfter}. */
        HALF_CLOSE,
        /** {@link Fault#stallAfter(Direction, long, Duration)}. */
        STALL,
        /** {@link Fault#swallowAfter}. */
        SWALLOW,
        /** {@link Fault#leaveAfter}. */
        LEAVE,
        /** {@link Fault#insert421AtReply}: a lie about what the server has done, drawn only if asked for. */
        INSERT_421,
        /** {@link Fault#refuse}. */
        REFUSE,
        /** {@link Fault#blackHole}. */
        BLACK_HOLE,
        /** {@link Fault#split}. */
        SPLIT,
        /** {@link Fault#drip}. */
        DRIP,
        /** {@link Fault#merge}. */
        MERGE,
        /** {@link Fault#delay}. */
        DELAY
    }

    private static final Set<Kind> SHAPES = EnumSet.of(Kind.SPLIT, Kind.DRIP, Kind.MERGE, Kind.DELAY);

    private final long seed;
    private final double share;
    private final long maxOctets;
    private final Duration maxTime;
    private final Set<Kind> kinds;

    private Faults(long seed, double share, long maxOctets, Duration maxTime, Set<Kind> kinds) {
        this.seed = seed;
        this.share = share;
        this.maxOctets = maxOctets;
        this.maxTime = maxTime;
        this.kinds = kinds;
    }

    /**
     * A plan with all kinds but {@link Kind#INSERT_421}, for three of four connections, within the first MiB, and with
     * stalls of up to a second.
     *
     * @param seed the seed
     * @return the plan
     */
    public static Faults seeded(long seed) {
        Set<Kind> kinds = EnumSet.complementOf(EnumSet.of(Kind.INSERT_421));
        return new Faults(seed, 0.75, 1 << 20, Duration.ofSeconds(1), kinds);
    }

    /**
     * Sets how many connections have faults.
     *
     * @param share 0 for none to 1 for all; default 0.75
     * @return a changed copy
     */
    public Faults share(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("A share is 0 to 1, found " + share);
        }
        return new Faults(seed, share, maxOctets, maxTime, kinds);
    }

    /**
     * Sets how late in a connection something happens to it.
     *
     * @param octets the most that pass before, at least 1; default 1 MiB
     * @return a changed copy
     */
    public Faults within(long octets) {
        return new Faults(seed, share, Bounds.atLeast(1, "octets", octets), maxTime, kinds);
    }

    /**
     * Sets how long stalls last; delays, and octets that wait to be merged, take up to a twentieth of it.
     *
     * @param time the longest stall, at least 20 ms; default 1 s
     * @return a changed copy
     */
    public Faults maxTime(Duration time) {
        if (time.toMillis() < 20) {
            throw new IllegalArgumentException("Expected at least 20 ms, found " + time);
        }
        return new Faults(seed, share, maxOctets, time, kinds);
    }

    /**
     * Sets which kinds are drawn.
     *
     * @param only the kinds, at least one
     * @return a changed copy
     */
    public Faults only(Set<Kind> only) {
        return new Faults(seed, share, maxOctets, maxTime, EnumSet.copyOf(only));
    }

    /**
     * Leaves kinds out.
     *
     * @param kinds what is not drawn
     * @return a changed copy
     */
    public Faults without(Kind... kinds) {
        Set<Kind> left = EnumSet.copyOf(this.kinds);
        left.removeAll(List.of(kinds));
        return new Faults(seed, share, maxOctets, maxTime, left);
    }

    @Override
    public List<Fault> faults(long connection) {
        // Split, as such seeds are those of one sequence that begins elsewhere: each connection would repeat the last
        // one.
        SplittableRandom random = new SplittableRandom(seed + connection * GOLDEN_GAMMA).split();
        List<Fault> faults = new ArrayList<>();
        if (random.nextDouble() < share) {
            if (random.nextBoolean()) {
                draw(random, true, faults);
            }
            if (faults.isEmpty() || random.nextInt(8) > 0) {
                draw(random, false, faults);
            }
        }
        return List.copyOf(faults);
    }

    private void draw(SplittableRandom random, boolean shapes, List<Fault> to) {
        List<Kind> choice =
                kinds.stream().filter(kind -> SHAPES.contains(kind) == shapes).toList();
        if (!choice.isEmpty()) {
            to.add(draw(random, choice.get(random.nextInt(choice.size()))));
        }
    }

    private Fault draw(SplittableRandom random, Kind kind) {
        Direction direction = random.nextBoolean() ? Direction.TO_SERVER : Direction.TO_CLIENT;
        return switch (kind) {
            case CUT -> Fault.cutAfter(direction, position(random));
            case CUT_AFTER_RECORD -> Fault.cutAfterRecord(direction, 1 + random.nextInt(FEW_REPLIES));
            case RESET -> Fault.resetAfter(direction, position(random));
            case HALF_CLOSE -> Fault.halfCloseAfter(direction, position(random));
            case STALL -> Fault.stallAfter(direction, position(random), time(random, maxTime.toMillis()));
            case SWALLOW -> Fault.swallowAfter(direction, position(random));
            case LEAVE -> Fault.leaveAfter(position(random));
            case INSERT_421 -> Fault.insert421AtReply(1 + random.nextInt(FEW_REPLIES));
            case REFUSE -> Fault.refuse();
            case BLACK_HOLE -> Fault.blackHole();
            case SPLIT -> Fault.split(direction, 1 + random.nextInt(100));
            case DRIP -> Fault.drip(direction, 1 + random.nextInt(1_000), Duration.ofMillis(1));
            case MERGE -> Fault.merge(direction, 1 + random.nextInt(10_000), time(random, maxTime.toMillis() / 20));
            case DELAY -> Fault.delay(direction, time(random, maxTime.toMillis() / 20));
        };
    }

    /** 0 up to the limit, each number of binary digits as likely. */
    private long position(SplittableRandom random) {
        int digits = random.nextInt(Long.SIZE - Long.numberOfLeadingZeros(maxOctets) + 1);
        return Math.min(maxOctets, random.nextLong((1L << digits) >> 1, 1L << digits));
    }

    private static Duration time(SplittableRandom random, long maxMillis) {
        return Duration.ofMillis(1 + random.nextLong(maxMillis));
    }

    /**
     * The seed and the options.
     *
     * @return enough to make the same plan again
     */
    @Override
    public String toString() {
        return "Faults[seed=" + seed + ", share=" + share + ", within=" + maxOctets + ", maxTime=" + maxTime
                + ", kinds=" + kinds + "]";
    }
}
