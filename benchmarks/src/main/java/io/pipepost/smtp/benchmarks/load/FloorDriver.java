/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.pipepost.smtp.benchmarks.harness.Tally;

/** Decides what is written when replies have come in, on one connection. */
abstract class FloorDriver {
    /** Writes what opens the load. */
    abstract void start(ChannelHandlerContext ctx);

    /** Takes the replies of one read; returns false once nothing is awaited any more. */
    abstract boolean onReplies(ChannelHandlerContext ctx, int replies, Tally tally);

    static void write(ChannelHandlerContext ctx, ByteBuf octets) {
        ctx.writeAndFlush(octets, ctx.voidPromise());
    }

    /** One step after the other, each behind the replies to the last. */
    static final class Stepwise extends FloorDriver {
        private final Floor.Step[] steps;
        private int step;
        private int awaited;

        Stepwise(Floor.Step... steps) {
            this.steps = steps;
        }

        @Override
        void start(ChannelHandlerContext ctx) {
            write(ctx, 0);
        }

        private void write(ChannelHandlerContext ctx, int next) {
            step = next;
            awaited = steps[next].replies();
            write(ctx, steps[next].octets().duplicate());
        }

        @Override
        boolean onReplies(ChannelHandlerContext ctx, int replies, Tally tally) {
            awaited -= replies;
            if (awaited > 0) {
                return true;
            }
            if (step + 1 < steps.length) {
                write(ctx, step + 1);
                return true;
            }
            tally.accepted(1);
            if (tally.isOpen()) {
                write(ctx, 0);
                return true;
            }
            return false;
        }
    }

    /** The content and the next group of commands in one write. */
    static final class Overlap extends FloorDriver {
        private final Floor.Step group;
        private final Floor.Step both;
        private final Floor.Step last;
        private int awaited;
        private boolean contentAwaited;
        private boolean ending;

        Overlap(Floor floor) {
            this.group = floor.group();
            this.both = floor.contentAndGroup();
            this.last = floor.content();
        }

        @Override
        void start(ChannelHandlerContext ctx) {
            contentAwaited = false;
            ending = false;
            write(ctx, group);
        }

        private void write(ChannelHandlerContext ctx, Floor.Step step) {
            awaited = step.replies();
            write(ctx, step.octets().duplicate());
        }

        @Override
        boolean onReplies(ChannelHandlerContext ctx, int replies, Tally tally) {
            awaited -= replies;
            if (awaited > 0) {
                return true;
            }
            if (contentAwaited) {
                tally.accepted(1);
            }
            if (ending) {
                return false;
            }
            contentAwaited = true;
            ending = !tally.isOpen();
            write(ctx, ending ? last : both);
            return true;
        }
    }

    /** A fixed number of flights on the way; as many follow as a read has ended. */
    static final class Train extends FloorDriver {
        private final int inFlight;
        private final int replies;
        private final int length;
        private final ByteBuf octets;
        private int awaited;

        Train(Floor floor, int inFlight) {
            Floor.Step step = floor.flights(inFlight);
            this.inFlight = inFlight;
            this.replies = step.replies();
            this.octets = step.octets();
            this.length = octets.readableBytes() / inFlight;
        }

        @Override
        void start(ChannelHandlerContext ctx) {
            write(ctx, inFlight);
        }

        private void write(ChannelHandlerContext ctx, int flights) {
            awaited += flights * replies;
            write(ctx, octets.slice(octets.readerIndex(), flights * length));
        }

        @Override
        boolean onReplies(ChannelHandlerContext ctx, int received, Tally tally) {
            int flightsBefore = flights(awaited);
            awaited -= received;
            int ended = flightsBefore - flights(awaited);
            tally.accepted(ended);
            if (ended > 0 && tally.isOpen()) {
                write(ctx, ended);
            }
            return awaited > 0;
        }

        private int flights(int missingReplies) {
            return (missingReplies + replies - 1) / replies;
        }
    }
}
