/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a connection: what is read from one side is held until it may pass, and written to the other. Stands in
 * the pipeline of the side that it reads; confined to the event loop that both sides share.
 */
final class Lane extends ChannelInboundHandlerAdapter {
    /** Reading stops when so much is held. */
    static final int HELD = 64 * 1024;

    private static final byte[] LEAVING = "421 4.3.2 Service shutting down\r\n".getBytes(StandardCharsets.UTF_8);

    private final FaultedConnection connection;
    private final Channel from;
    private final Channel to;
    private final Shaping shaping;
    private final List<Stop> stops = new ArrayList<>();
    private final UnitScanner scanner = new UnitScanner();
    private final boolean scanning;
    private final HeldOctets held = new HeldOctets();
    private long passed;
    private boolean open;
    private boolean stalled;
    private boolean dropping;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean saysLeaving;
    private @Nullable ChannelFuture lastWrite;
    private @Nullable Future<?> timer;

    Lane(FaultedConnection connection, Direction direction, Channel from, Channel to) {
        this.connection = connection;
        this.from = from;
        this.to = to;
        this.shaping = new Shaping(direction, connection.faults());
        for (Fault fault : connection.faults()) {
            if (fault instanceof Stop stop && stop.direction() == direction) {
                stops.add(stop);
            }
        }
        this.scanning = stops.stream().anyMatch(stop -> stop.unit() != Stop.Unit.OCTETS);
    }

    long passed() {
        return passed;
    }

    int heldOctets() {
        return held.octets();
    }

    boolean hasEnded() {
        return outputEnded && (inputEnded || !from.isActive());
    }

    /** Both sides are connected. */
    void open() {
        open = true;
        pump();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (dropping) {
            ReferenceCountUtil.release(msg);
        } else {
            held.add((ByteBuf) msg, now());
            pump();
        }
    }

    private long now() {
        return from.eventLoop().ticker().nanoTime();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
            pump();
            connection.closeIfEnded();
        }
    }

    /** Room for the other lane, which writes where this one reads. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        connection.other(this).pump();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        connection.resetBoth();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        release();
        connection.closeBoth();
    }

    private void release() {
        dropping = true;
        held.clear();
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void pump() {
        boolean going = open;
        while (going) {
            going = !dropping && !stalled && step();
        }
        from.config().setAutoRead(open && !inputEnded && (dropping || (!stalled && held.octets() < HELD)));
    }

    private boolean step() {
        Stop due = takeDue();
        if (due != null) {
            carryOut(due);
            return true;
        }
        if (held.isEmpty()) {
            if (inputEnded) {
                end();
            }
            return false;
        }
        long wait = shaping.nanosToWait(held, inputEnded, now());
        if (wait > 0) {
            pumpIn(wait);
            return false;
        }
        if (!to.isWritable()) {
            return false;
        }
        pass();
        return true;
    }

    private void pumpIn(long nanos) {
        if (timer == null || timer.isDone()) {
            timer = from.eventLoop().schedule(this::resume, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void resume() {
        timer = null;
        stalled = false;
        pump();
    }

    private @Nullable Stop takeDue() {
        for (Iterator<Stop> i = stops.iterator(); i.hasNext(); ) {
            Stop stop = i.next();
            if (isDue(stop)) {
                i.remove();
                return stop;
            }
        }
        return null;
    }

    /** A reply is replaced when it comes, not when the one before it has passed. */
    private boolean isDue(Stop stop) {
        return switch (stop.unit()) {
            case OCTETS -> stop.count() == passed;
            case RECORDS -> stop.count() == scanner.count(stop.unit());
            case REPLIES -> stop.count() == scanner.count(stop.unit()) && !held.isEmpty();
        };
    }

    private void pass() {
        if (shaping.merges()) {
            held.join(from.alloc());
        }
        ByteBuf first = held.first();
        int length = Math.min(first.readableBytes(), shaping.piece());
        for (Stop stop : stops) {
            if (stop.unit() == Stop.Unit.OCTETS) {
                length = (int) Math.min(length, stop.count() - passed);
            }
        }
        if (scanning) {
            length = scanner.scan(first, length);
        }
        passed += length;
        shaping.passed(now());
        write(held.take(length));
    }

    private void write(ByteBuf octets) {
        lastWrite = to.writeAndFlush(octets);
    }

    private void carryOut(Stop stop) {
        connection.log(stop);
        switch (stop.kind()) {
            case CUT -> connection.cut();
            case RESET -> afterLastWrite(connection::resetBoth);
            case HALF_CLOSE -> end();
            case SWALLOW -> release();
            case STALL -> stall(stop.time());
            case SAY_421 -> {
                saysLeaving = true;
                connection.cut();
            }
            case LEAVE -> {
                connection.other(this).saysLeaving = true;
                end();
            }
        }
    }

    private void stall(@Nullable Duration time) {
        stalled = true;
        if (time != null) {
            if (timer != null) {
                timer.cancel(false);
                timer = null;
            }
            pumpIn(time.toNanos());
        }
    }

    /** Ends this direction behind what was written; what is held, or still comes, is dropped. */
    void end() {
        release();
        if (outputEnded) {
            return;
        }
        outputEnded = true;
        if (saysLeaving) {
            write(Unpooled.wrappedBuffer(LEAVING));
        }
        afterLastWrite(this::shutdownOutput);
        if (open) {
            from.config().setAutoRead(!inputEnded);
        }
    }

    private void shutdownOutput() {
        if (to.isActive()) {
            ((DuplexChannel) to).shutdownOutput().addListener(done -> connection.closeIfEnded());
        }
    }

    private void afterLastWrite(Runnable action) {
        dropping = true;
        if (lastWrite == null) {
            action.run();
        } else {
            lastWrite.addListener(done -> action.run());
        }
    }
}
