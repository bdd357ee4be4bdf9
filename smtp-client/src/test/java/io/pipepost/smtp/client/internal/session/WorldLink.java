/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.codec.CommandEncoder;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.EhloName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection of a {@link World}: carries octets between the session and the server as its {@link WorldFault} lets. */
final class WorldLink implements SmtpObserver {
    private static final int MOST_TURNS = 200;

    /** R-2920-19. */
    private static final Duration BEHIND_CONTENT = Duration.ofSeconds(5);

    private static final Duration LONGEST = Timeouts.DEFAULT.of(Phase.END_OF_DATA);

    /** Whatever the client leaves behind is over by then. */
    private static final Duration AFTERMATH = Duration.ofSeconds(5);

    private final World world;
    private final WorldFault fault;
    private final Wire wire = new Wire();
    private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(false, true);
    private final WorldServer server;
    private final Session session;
    private @Nullable WorldTls tls;

    /** Octets of the client's that have reached the server. */
    private int heard;

    /** All octets of the server's, where each of its segments ends, and how many have reached the client. */
    private final ByteArrayOutputStream down = new ByteArrayOutputStream();

    private final Deque<Integer> borders = new ArrayDeque<>();
    private int said;

    /** Messages whose last octet was given to the channel. */
    private final Set<Integer> handedOver = new HashSet<>();

    private int contentOf;
    private boolean secured;
    private boolean closed;
    private boolean interrupted;
    private boolean broken;
    private long waited;

    WorldLink(World world, int number, WorldFault fault) {
        this.world = world;
        this.fault = fault;
        this.server = new WorldServer(number, world.way(), world.tls().startsInClear(), fault, world.delivered());
        wire.config().setAllocator(buffers);
        wire.room(Math.min(fault.limit(WorldFault.Place.SOCKET_TAKES), fault.limit(WorldFault.Place.CONTENT_STOPS)));
        this.session = new Session(wire, config(), world.tls().upgrade(), world.listener(this));
        wire.pipeline()
                .addLast("replies", new ReplyDecoder())
                .addLast("commands", new CommandEncoder())
                .addLast("session", session.handler());
    }

    private SessionConfig config() {
        WorldWay way = world.way();
        return new SessionConfig(
                "mx.test",
                25,
                EhloName.of("client.test"),
                world.tls().security(),
                way.logsIn() ? () -> CompletableFuture.completedFuture(Credentials.password("test", "1234")) : null,
                null,
                Timeouts.DEFAULT,
                way.flight(),
                world.known(),
                way.pieceOctets(),
                ContentOptions.DEFAULT,
                Set.of(),
                ReplyDecoder.Limits.DEFAULT,
                this);
    }

    // ---- what is to be known of it

    Session session() {
        return session;
    }

    List<WorldServer.Answer> answers() {
        return server.answers();
    }

    /** The reply has reached the client. */
    boolean isTold(WorldServer.Answer answer) {
        return answer.end <= said;
    }

    /** What the client has sent. */
    byte[] up() {
        return wire.taken();
    }

    /** What the server has sent. */
    byte[] down() {
        return down.toByteArray();
    }

    /** Whether the server may, by all that the client can know, have the message to its end. */
    boolean mayBeWhole(int message) {
        if (!world.tls().isClear()) {
            return handedOver.contains(message);
        }
        String taken = new String(wire.taken(), ISO_8859_1);
        int start = taken.indexOf("MAIL FROM:<s" + message + "@");
        int next = taken.indexOf("MAIL FROM:", start + 1);
        String own = start < 0 ? "" : taken.substring(start, next < 0 ? taken.length() : next);
        return own.contains("\r\nDATA\r\n") ? own.contains(WorldWay.end(message)) : endsByChunk(own);
    }

    private static boolean endsByChunk(String taken) {
        int last = taken.indexOf(" LAST\r\n");
        if (last < 0) {
            return false;
        }
        int octets = Integer.parseInt(taken.substring(taken.lastIndexOf(' ', last - 1) + 1, last));
        return taken.length() >= last + " LAST\r\n".length() + octets;
    }

    /** Whether TLS leaves open how much of what was given to it has left. */
    boolean hidesHowMuchLeft() {
        return !world.tls().isClear() && fault.place() == WorldFault.Place.SOCKET_TAKES;
    }

    /** Whether the server has answered content that was under way. */
    boolean wasInterrupted() {
        return server.answers().stream().anyMatch(answer -> answer.early);
    }

    boolean hasStalled() {
        return fault.end() == WorldFault.End.STALL;
    }

    /** R-5321-14: the wait ends at the limit of the reply that is missing. */
    private void checkPatience() {
        if (!hasStalled()) {
            return;
        }
        Duration found = Duration.ofNanos(waited);
        if (fault.place() == WorldFault.Place.SERVER_SPEAKS) {
            Duration limit = patience();
            boolean mayBeBehindContent = world.way().several() && limit.equals(Timeouts.DEFAULT.of(Phase.RSET));
            boolean good = found.equals(limit) || (mayBeBehindContent && found.equals(BEHIND_CONTENT));
            world.require(good, "The client gave up after " + found + ", expected " + limit);
        } else {
            world.require(found.compareTo(LONGEST) <= 0, "The client gave up after " + found);
        }
    }

    private Duration patience() {
        if (!world.tls().isClear() && !secured && isBeforeTls()) {
            return Timeouts.DEFAULT.of(Phase.TLS);
        }
        for (WorldServer.Answer answer : server.answers()) {
            if (!isTold(answer)) {
                return Timeouts.DEFAULT.of(answer.kind.phase());
            }
        }
        return Duration.ZERO;
    }

    private boolean isBeforeTls() {
        return !world.tls().startsInClear() || server.answers().stream().allMatch(this::isTold);
    }

    @Override
    public void commandSent(long id, Command command) {
        if (command instanceof Command.Mail mail) {
            contentOf = World.numberOf(mail.from().toString());
        }
    }

    @Override
    public void contentSent(long id, long octets, @Nullable ByteBuffer content, boolean last) {
        if (last) {
            handedOver.add(contentOf);
        }
    }

    @Override
    public void tlsStarted(long id, TlsFacts facts) {
        secured = true;
    }

    void onClosed(@Nullable Failure failure) {
        world.require(!closed, "The end is told twice");
        closed = true;
    }

    // ---- playing

    void play() {
        session.open();
        if (world.tls().isImplicit()) {
            tls = world.tls().accept();
        } else {
            server.greet();
        }
        for (int turns = 0; !closed; turns++) {
            world.require(turns < MOST_TURNS, "The connection does not come to an end");
            exchange();
            if (!closed) {
                rest();
            }
        }
        checkPatience();
        checkNothingIsLeft();
    }

    private void exchange() {
        boolean moved = true;
        while (!closed && moved) {
            moved = hear();
            breakIfStarved();
            send();
            moved |= !closed && speak();
        }
    }

    private boolean hear() {
        byte[] taken = wire.taken();
        int until = Math.min(taken.length, fault.limit(WorldFault.Place.SERVER_HEARS));
        if (until <= heard) {
            return false;
        }
        byte[] fresh = Arrays.copyOfRange(taken, heard, until);
        heard = until;
        WorldTls far = tls;
        if (far == null) {
            server.hear(new String(fresh, ISO_8859_1), said);
        } else {
            hear(far, fresh);
        }
        return true;
    }

    private void hear(WorldTls far, byte[] fresh) {
        boolean before = far.isSecured();
        String plain = far.receive(fresh);
        flush(far);
        if (!before && far.isSecured() && world.tls().isImplicit()) {
            server.greet();
        }
        if (!plain.isEmpty()) {
            server.hear(plain, said);
        }
    }

    private void flush(WorldTls far) {
        byte[] octets = far.takeOctets();
        if (octets.length > 0) {
            down.writeBytes(octets);
            borders.add(down.size());
        }
    }

    /** What the server has to say goes on its way. */
    private void send() {
        while (!server.unsent().isEmpty()) {
            WorldServer.Answer answer = server.unsent().remove();
            byte[] octets = answer.text.getBytes(ISO_8859_1);
            WorldTls far = tls;
            if (far == null) {
                down.writeBytes(octets);
                borders.add(down.size());
            } else {
                far.send(octets);
                flush(far);
            }
            answer.end = down.size();
        }
        if (server.wantsTls()) {
            tls = world.tls().accept();
            server.secured();
        }
    }

    private boolean speak() {
        int border = fault.together() ? down.size() : nextBorder();
        int until = Math.min(border, fault.limit(WorldFault.Place.SERVER_SPEAKS));
        if (until <= said) {
            return false;
        }
        byte[] octets = Arrays.copyOfRange(down.toByteArray(), said, until);
        said = until;
        int before = wire.takenCount();
        wire.receive(octets);
        checkFatal(before);
        return true;
    }

    private int nextBorder() {
        while (!borders.isEmpty() && borders.element() <= said) {
            borders.remove();
        }
        return borders.isEmpty() ? down.size() : borders.element();
    }

    private void checkFatal(int before) {
        for (WorldServer.Answer answer : server.answers()) {
            if (isTold(answer) && (answer.isFatal() || isEarlyEnd(answer))) {
                world.require(closed, "The connection is closed at once at " + answer.text.strip());
                world.require(!world.tls().isClear() || wire.takenCount() == before, "Octets behind the end");
            }
        }
    }

    /** R-5321-74: the content cannot be completed any more, and nothing else can follow. */
    private boolean isEarlyEnd(WorldServer.Answer answer) {
        return answer.early
                && answer.kind == WorldServer.Kind.END_OF_DATA
                && server.answers().stream()
                        .anyMatch(each -> each.kind == WorldServer.Kind.RCPT
                                && each.message == answer.message
                                && each.isPositive());
    }

    private void breakIfStarved() {
        if (fault.end() == WorldFault.End.BREAK && isCut() && !broken && !closed) {
            broken = true;
            wire.breakWrites();
            wire.flushOutbound();
        }
    }

    private boolean isCut() {
        return switch (fault.place()) {
            case NOWHERE -> false;
            case SERVER_SPEAKS -> said >= fault.octets();
            case SERVER_HEARS -> heard >= fault.octets();
            case SOCKET_TAKES, CONTENT_STOPS -> wire.takenCount() >= fault.octets();
        };
    }

    /** Nothing moves any more. */
    private void rest() {
        if (fault.place() == WorldFault.Place.CONTENT_STOPS && isCut() && !interrupted) {
            interrupted = true;
            if (server.isInContent()) {
                server.interrupt();
                return;
            }
        }
        if (isCut()) {
            end();
        } else if (server.isClosing()) {
            close();
        } else {
            world.require(isIdle(), "The session hangs");
            goOn();
        }
    }

    private boolean isIdle() {
        return session.info() != null && session.inFlight() == 0;
    }

    private void goOn() {
        if (world.hasLater()) {
            pass(Duration.ofSeconds(2).toNanos());
            if (!closed) {
                world.startLater(session);
            }
        } else {
            world.require(session.isUsable(), "The session is idle, and not to be used");
            session.retire();
        }
    }

    private void end() {
        switch (fault.end()) {
            case CLOSE -> close();
            case RESET -> reset();
            default -> waitForTheClient();
        }
    }

    private void waitForTheClient() {
        if (isIdle() && session.isUsable()) {
            session.retire();
        } else {
            long next = wire.runScheduledPendingTasks();
            world.require(next >= 0, "Nobody watches the clock");
            waited += next;
            pass(next);
        }
    }

    private void pass(long nanos) {
        wire.advanceTimeBy(nanos, TimeUnit.NANOSECONDS);
        wire.runScheduledPendingTasks();
    }

    /** Not through the pipeline: it is the other side that closes. */
    private void close() {
        wire.unsafe().close(wire.newPromise());
        wire.runPendingTasks();
    }

    private void reset() {
        wire.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
        close();
    }

    private void checkNothingIsLeft() {
        pass(AFTERMATH.toNanos());
        world.require(!wire.isOpen(), "The channel is open");
        world.require(wire.runScheduledPendingTasks() < 0, "A timer runs on");
        WorldTls far = tls;
        if (far != null) {
            far.close();
        }
        wire.checkException();
        world.require(wire.inboundMessages().isEmpty(), "Unread messages");
        world.require(buffers.metric().usedHeapMemory() == 0, "Leaked octets on the heap");
        world.require(buffers.metric().usedDirectMemory() == 0, "Leaked octets outside of the heap");
    }
}
