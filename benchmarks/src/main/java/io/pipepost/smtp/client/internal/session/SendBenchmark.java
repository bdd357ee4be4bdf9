/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import io.pipepost.smtp.benchmarks.harness.Workload;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.content.PreparedContent;
import io.pipepost.smtp.client.internal.opening.TlsUpgrade;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.TransactionOutcome;
import io.pipepost.smtp.codec.CommandEncoder;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.TlsFacts;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time for one whole transaction of a session: plan, commands, content, replies, outcome. No socket, and no server but
 * octets that were made before; the cost of {@link EmbeddedChannel} is included.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SendBenchmark {
    private static final ReversePath FROM = ReversePath.of("alice@example.com");
    private static final List<ForwardPath> TO = List.of(ForwardPath.of("bob@pipepost.test"));

    @Param({"1024", "10240"})
    private int octets;

    /** Whether content goes by BDAT, in one flight, or by DATA. */
    @Param({"true", "false"})
    private boolean chunking;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final ByteBuf envelopeReplies = octets("250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n");
    private final ByteBuf startReply = octets("354 End data with <CR><LF>.<CR><LF>\r\n");
    private final ByteBuf finalReply = octets("250 2.0.0 Ok: queued\r\n");
    private FlightOptions flight = FlightOptions.DEFAULT;
    private PreparedContent content = content(1_024);
    private Session session = session();
    private @Nullable TransactionOutcome outcome;

    private static ByteBuf octets(String text) {
        return Unpooled.unreleasableBuffer(
                Unpooled.directBuffer().writeBytes(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static PreparedContent content(int octets) {
        return new ContentPreparation(ContentOptions.DEFAULT, Runnable::run)
                .prepare(Content.of(Workload.text(octets)))
                .join();
    }

    private Session session() {
        SessionConfig config = new SessionConfig(
                "mx.test",
                25,
                EhloName.of("client.test"),
                Security.of(TlsMode.NONE),
                null,
                null,
                Timeouts.DEFAULT,
                flight,
                HostRecord.trusting(new TrainDepth(flight.transactionsInFlight())),
                SessionConfig.pieceFor(1),
                ContentOptions.DEFAULT,
                Set.of(),
                ReplyDecoder.Limits.DEFAULT,
                SmtpObserver.NONE);
        return new Session(channel, config, new NoTls(), new Listener());
    }

    /** Opens the session. */
    @Setup
    public void open() {
        flight = FlightOptions.DEFAULT.withChunking(chunking);
        content = content(octets);
        session = session();
        channel.config().setAutoClose(false);
        channel.pipeline()
                .addLast(new ReplyDecoder(ReplyDecoder.Limits.DEFAULT), new CommandEncoder(), session.handler());
        session.open();
        channel.writeInbound(octets("220 mx.test ESMTP\r\n"));
        releaseWritten();
        channel.writeInbound(octets("""
                250-mx.test
                250-PIPELINING
                250-SIZE 67108864
                250-8BITMIME
                250-SMTPUTF8
                250 CHUNKING
                """.replace("\n", "\r\n")));
    }

    /** One transaction, accepted. */
    @Benchmark
    public Object send() {
        outcome = null;
        session.start(new Transaction(FROM, TO, RecipientPolicy.ANY, content, flight, settled -> outcome = settled));
        releaseWritten();
        channel.writeInbound(envelopeReplies.duplicate());
        if (!chunking) {
            channel.writeInbound(startReply.duplicate());
            releaseWritten();
        }
        channel.writeInbound(finalReply.duplicate());
        TransactionOutcome settled = outcome;
        if (settled == null || settled.failure() != null) {
            throw new IllegalStateException("not accepted: " + settled);
        }
        return settled;
    }

    private void releaseWritten() {
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            out.release();
        }
    }

    private static final class Listener implements SessionListener {
        @Override
        public void onReady(Session session) {}

        @Override
        public void onOpenFailed(Failure failure) {
            throw new IllegalStateException(failure.toString());
        }

        @Override
        public @Nullable Transaction onRoom(Session session) {
            return null;
        }

        @Override
        public void onClosed(@Nullable Failure failure) {}
    }

    private static final class NoTls implements TlsUpgrade {
        @Override
        public SslHandler newHandler(Channel channel) {
            throw new IllegalStateException("no TLS here");
        }

        @Override
        public void check(SslHandler handler) {
            throw new IllegalStateException("no TLS here");
        }

        @Override
        public TlsFacts facts(SslHandler handler) {
            throw new IllegalStateException("no TLS here");
        }
    }
}
