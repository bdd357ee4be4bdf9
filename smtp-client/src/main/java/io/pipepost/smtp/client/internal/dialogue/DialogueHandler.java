/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.dialogue;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.border.GuardedObserver;
import io.pipepost.smtp.client.internal.border.Words;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.codec.CommandEncoder;
import io.pipepost.smtp.codec.MalformedReplyException;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.Command;
import io.pipepost.smtp.protocol.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves exchanges between the command queue and the connection: writes what may be written, gives each reply to its
 * owner, watches the clock, and ends everything when the connection ends.
 *
 * <p>Nothing is written between the first octet of a read and the end of that read. So a reply can only meet a command
 * that was written before the reply's octets came in (R-5321-82), and a peer cannot answer STARTTLS, AUTH or the end of
 * the data in advance: what is left over when no reply is missing is unsolicited (R-5321-76).
 */
@EventLoopConfined
public final class DialogueHandler extends ChannelInboundHandlerAdapter implements ContentWriter.Target {
    /** R-5321-75: how long to listen for a reply once writing has failed. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger("io.pipepost.smtp.client.session");

    private final DialogueListener listener;
    private final GuardedObserver observer;
    private final long sessionId;
    private final Timeouts timeouts;
    private final CommandPipeline pipeline = new CommandPipeline();

    /** One for all, instead of one for each message. */
    private final ChannelFutureListener pieceSettled = this::onPieceSettled;

    private final ChannelFutureListener lastPieceSettled = piece -> onLastPieceSettled((LastPiece) piece);

    private ChannelHandlerContext ctx;
    private CommandEncoder encoder;
    private ReplyDecoder decoder;
    private boolean bareLineFeedTold;
    private ReplyClock clock;
    private StallWatch stallWatch;

    /** The step that names what happens while no reply is missing. */
    private Phase between = Phase.GREETING;

    private boolean ready;

    /** What the server must not repeat; null as long as nothing secret was sent. */
    private @Nullable SentSecrets secrets;

    private @Nullable ContentWriter writing;

    private @Nullable Runnable startTls;
    private boolean reading;
    private boolean closed;
    private boolean outputBroken;

    @SuppressWarnings("NullAway.Init") // The context and the clocks exist from handlerAdded on.
    public DialogueHandler(DialogueListener listener, GuardedObserver observer, long sessionId, Timeouts timeouts) {
        this.listener = listener;
        this.observer = observer;
        this.sessionId = sessionId;
        this.timeouts = timeouts;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
        encoder = Objects.requireNonNull(context.pipeline().get(CommandEncoder.class));
        decoder = Objects.requireNonNull(context.pipeline().get(ReplyDecoder.class));
        clock = new ReplyClock(context.channel().eventLoop(), pipeline, timeouts, this::onLate);
        stallWatch = new StallWatch(context.channel(), timeouts.of(Phase.WRITE), this::onStalled);
    }

    public CommandPipeline pipeline() {
        return pipeline;
    }

    public boolean isClosed() {
        return closed;
    }

    /** The handshake is done: from now on there are only transactions, and what is between them. */
    public void onReady() {
        ready = true;
        between = Phase.IDLE;
    }

    // ---- reading

    @Override
    public void channelRead(ChannelHandlerContext context, Object msg) {
        reading = true;
        clock.onRead();
        if (!closed) {
            tellOfBareLineFeed();
            onReply((Reply) msg);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        reading = false;
        clock.onReadComplete();
        Runnable action = startTls;
        if (action != null) {
            startTls = null;
            action.run();
        }
        writeReady();
    }

    /** Whether the server has begun a reply, or another one behind the one that is being taken. */
    public boolean isInsideReply() {
        return decoder.isInsideReply();
    }

    /** R-5321-08: once for each connection. */
    private void tellOfBareLineFeed() {
        if (!bareLineFeedTold && decoder.sawBareLf()) {
            bareLineFeedTold = true;
            observer.bareLineFeed(sessionId);
        }
    }

    /** Begins TLS at the end of the current read, before anything is written; until then no reply may come. */
    public void startTlsAfterRead(Runnable action) {
        startTls = action;
        clock.expectNothing(Phase.STARTTLS);
    }

    /** S-48: what is about to be sent is starred in all that the server says from here on. */
    public SentSecrets secrets() {
        if (secrets == null) {
            secrets = new SentSecrets();
        }
        return secrets;
    }

    /** Only mechanisms see a challenge as it came: they compute with it. */
    private void onReply(Reply received) {
        Reply reply = secrets == null ? received : secrets.cleaned(received);
        Exchange owner = pipeline.ownerOfReply();
        Phase phase = owner == null ? phaseNow() : owner.phase();
        if (!ready) {
            between = phase;
        }
        observer.replyReceived(sessionId, reply, phase == Phase.AUTH);
        if (owner == null) {
            fail(unsolicited(reply));
        } else if (!Replies.mayAnswer(phase, reply.code())) {
            Failure violation = Failure.of(
                    FailureCause.PROTOCOL_VIOLATION,
                    phase,
                    "The server gave a reply that cannot stand " + owner.step(),
                    reply);
            terminate(violation, () -> owner.onFailure(violation));
        } else if (reply.code() == Replies.SERVER_CLOSING) {
            terminate(Replies.serverClosing(phase, owner.step(), reply), () -> owner.onServerClosing(reply));
        } else {
            listener.onReply(owner, reply, clock.onAnswered());
            owner.onReply(reply.code() == Replies.CHALLENGE ? received : reply);
        }
    }

    private Failure unsolicited(Reply reply) {
        if (startTls == null && reply.code() == Replies.SERVER_CLOSING) {
            return Replies.serverClosing(phaseNow(), stepNow(), reply);
        }
        return Failure.of(violation(), phaseNow(), "The server sent a reply that nothing had asked for", reply);
    }

    private FailureCause violation() {
        return startTls == null ? FailureCause.PROTOCOL_VIOLATION : FailureCause.TLS_INJECTION;
    }

    private Phase phaseNow() {
        Exchange head = pipeline.head();
        if (head != null) {
            return head.content() != null && writing == head.content() ? Phase.WRITE : head.phase();
        }
        return Objects.requireNonNullElse(clock.other(), between);
    }

    private String stepNow() {
        Exchange head = pipeline.head();
        Phase phase = phaseNow();
        return head != null && head.phase() == phase ? head.step() : Words.at(phase);
    }

    // ---- writing

    public void enqueue(Exchange exchange) {
        assert ctx.channel().eventLoop().inEventLoop();
        if (!closed) {
            pipeline.add(exchange);
        }
    }

    public void writeReady() {
        if (reading || closed || outputBroken) {
            return;
        }
        boolean wrote = false;
        while (writing == null) {
            Exchange next = pipeline.nextToWrite();
            if (next == null) {
                break;
            }
            wrote = true;
            write(next);
        }
        if (wrote && !closed) {
            ctx.flush();
            clock.onWritten();
        }
    }

    private void write(Exchange exchange) {
        Command command = exchange.command();
        if (command != null) {
            write(command);
            observer.commandSent(sessionId, command);
        }
        ContentWriter content = exchange.content();
        if (content != null) {
            writing = content;
            stallWatch.onBegun();
            content.begin(this);
        }
    }

    private void write(Command command) {
        if (command.secret() != null) {
            ctx.write(command, ctx.voidPromise());
        } else {
            encoder.gather(command);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        ContentWriter content = writing;
        if (content != null && isWritable() && !closed) {
            content.resume();
            writeReady();
        }
    }

    @Override
    public boolean isWritable() {
        return !closed && ctx.channel().isWritable();
    }

    @Override
    public void write(ByteBuf piece) {
        observe(piece, true, false);
        ctx.write(piece, ctx.newPromise().addListener(pieceSettled));
    }

    /** What follows a piece that is missing would be taken for what stands in its place. */
    private void onPieceSettled(ChannelFuture piece) {
        stallWatch.onProgress();
        if (!piece.isSuccess()) {
            onOutputBroken(piece.cause());
        }
    }

    @Override
    public void writeLast(ByteBuf piece, ContentWriter writer) {
        writing = null;
        observe(piece, writer.isMail(), writer.endsContent());
        ctx.write(piece, new LastPiece(writer, ctx).addListener(lastPieceSettled));
    }

    /** Tells when the socket has taken the last octet, and of which content it was. */
    private static final class LastPiece extends DefaultChannelPromise {
        private final ContentWriter writer;

        LastPiece(ContentWriter writer, ChannelHandlerContext ctx) {
            super(ctx.channel(), ctx.executor());
            this.writer = writer;
        }
    }

    private void observe(ByteBuf piece, boolean mail, boolean last) {
        boolean shown = mail && observer.wantsContent();
        observer.contentSent(sessionId, piece, shown, last);
    }

    /** Content that was begun will not be completed: nothing else can be written any more. */
    public void abandonContent() {
        ContentWriter content = writing;
        if (content != null) {
            content.abort();
            stallWatch.onGone();
        }
    }

    @Override
    public void flush() {
        if (!closed) {
            ctx.flush();
        }
    }

    private void onLastPieceSettled(LastPiece piece) {
        ContentWriter writer = piece.writer;
        writer.settled(piece.isSuccess());
        stallWatch.onGone();
        if (piece.isSuccess()) {
            clock.onWritten(writer);
        } else {
            onOutputBroken(piece.cause());
        }
    }

    @Override
    public void contentFailed(Failure failure) {
        fail(failure);
    }

    // ---- the clocks

    /** Starts the clock for a step in which no reply is missing. */
    public void watch(Phase phase) {
        clock.watch(phase, null);
    }

    /** The same for a step in which somebody else's code is awaited. */
    public void watch(Phase phase, Border asked) {
        clock.watch(phase, asked);
    }

    private void onLate(Failure failure) {
        fail(failure.phase() == Phase.GREETING && !isInsideReply() ? listener.silent(failure) : failure);
    }

    private void onStalled() {
        ChannelOutboundBuffer pending = ctx.channel().unsafe().outboundBuffer();
        boolean allTaken = pending == null || pending.totalPendingWriteBytes() == 0;
        String what = allTaken ? ReplyClock.SOURCE_SILENT : "No octet of content could be written";
        fail(Endings.timeout(Phase.WRITE, Words.at(Phase.WRITE), timeouts.of(Phase.WRITE), what));
    }

    // ---- the end

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            listener.onTlsHandshake(handshake);
        } else if (event instanceof ChannelOutputShutdownEvent) {
            onOutputBroken(null);
        }
        context.fireUserEventTriggered(event);
    }

    /**
     * R-5321-75: a server that rejects and closes may have said why; what it said is read first. Nothing has come of the
     * server if it was not the connection that failed.
     */
    private void onOutputBroken(@Nullable Throwable cause) {
        if (outputBroken || closed) {
            return;
        }
        outputBroken = true;
        ContentWriter content = writing;
        if (content != null) {
            content.abort();
        }
        if (cause != null && !(cause instanceof IOException)) {
            fail(lost(cause));
            return;
        }
        Failure failure = lost(null);
        ctx.channel().eventLoop().schedule(() -> fail(failure), GRACE.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(lost(null));
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof MalformedReplyException) {
            fail(malformed(String.valueOf(cause.getMessage())));
        } else if (closed || !listener.onTlsException(cause)) {
            onThrown(cause);
        }
    }

    /** Nobody knows how far something has come that was thrown out of: the connection ends, and everybody hears of it. */
    public void onThrown(Throwable cause) {
        boolean late = closed;
        fail(lost(cause));
        if (late && !Endings.isOfConnection(cause)) {
            Border.warn(LOG, "[" + sessionId + "] thrown when the session had ended", cause);
        }
    }

    private Failure lost(@Nullable Throwable cause) {
        return Endings.lost(phaseNow(), stepNow(), cause);
    }

    private Failure malformed(String what) {
        String shown = secrets == null ? what : secrets.cleaned(what);
        return new Failure(violation(), phaseNow(), shown, null, new MalformedReplyException(shown));
    }

    /** Ends the connection at once; everything unanswered fails. */
    public void fail(Failure failure) {
        terminate(failure, () -> {});
    }

    /** State first, callbacks after: they may come back with more work. */
    public void terminate(Failure failure, Runnable firstCallback) {
        assert ctx.channel().eventLoop().inEventLoop();
        if (closed) {
            return;
        }
        closed = true;
        ContentWriter content = writing;
        writing = null;
        List<Exchange> unanswered = pipeline.drain();
        List<Runnable> steps = new ArrayList<>(2 * unanswered.size() + 9);
        steps.add(() -> clock.cancel());
        steps.add(() -> stallWatch.cancel());
        if (content != null) {
            steps.add(content::abort);
        }
        unanswered.forEach(exchange -> steps.add(exchange::abandonContent));
        steps.add(() -> ctx.close());
        listener.beforeUnanswered(failure, steps::add);
        steps.add(firstCallback);
        unanswered.forEach(exchange -> steps.add(() -> exchange.onFailure(failure)));
        listener.afterUnanswered(failure, steps::add);
        runAll(steps);
    }

    /** What one of them throws must not keep another one waiting for ever; all that was thrown is thrown in the end. */
    private static void runAll(List<Runnable> steps) {
        Throwable thrown = null;
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (RuntimeException | Error e) {
                if (thrown == null) {
                    thrown = e;
                } else if (thrown != e) {
                    thrown.addSuppressed(e);
                }
            }
        }
        if (thrown instanceof Error error) {
            throw error;
        } else if (thrown != null) {
            throw (RuntimeException) thrown;
        }
    }
}
