/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.Sessions.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.pipepost.smtp.client.Stranger.Misdeed;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.testing.SmtpSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * Every place where code is called that is not the client's, and everything that can go wrong there: the message is settled as
 * the table says, it is said whose fault it was, the next message is sent, nothing is left over, and the client closes.
 */
class BordersTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final PoolStats EMPTY = new PoolStats(0, 0, 0, 0);
    private static final Logger LOGGER = (Logger) LoggerFactory.getLogger("io.pipepost.smtp.client.border");
    private static final Queue<String> LOGGED = new ConcurrentLinkedQueue<>();
    private static final AppenderBase<ILoggingEvent> APPENDER = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            LOGGED.add(event.getFormattedMessage());
        }
    };

    private static SmtpSink sink;

    @BeforeAll
    static void start() {
        sink = SmtpSink.builder()
                .startTls()
                .credentials("user", "secret")
                .threads(1)
                .start();
        APPENDER.start();
        LOGGER.setLevel(Level.WARN);
        LOGGER.setAdditive(false);
        LOGGER.addAppender(APPENDER);
    }

    @AfterAll
    static void end() {
        LOGGER.detachAppender(APPENDER);
        LOGGER.setAdditive(true);
        LOGGER.setLevel(null);
        sink.close();
    }

    static Stream<Arguments> cells() {
        return BorderTable.ROWS.stream()
                .flatMap(row -> row.cells().entrySet().stream()
                        .filter(cell -> cell.getValue().end() != BorderTable.End.CANNOT_BE)
                        .map(cell -> Arguments.of(row, cell.getKey(), cell.getValue())));
    }

    @Test
    void everyBorderHasARowAndEveryRowACellForEachMisdeed() {
        Set<Border> tried =
                BorderTable.ROWS.stream().map(BorderTable.Row::border).collect(Collectors.toSet());
        assertThat(tried).isEqualTo(EnumSet.allOf(Border.class));
        assertThat(BorderTable.ROWS).allSatisfy(row -> {
            assertThat(row.cells().keySet()).isEqualTo(Set.copyOf(Arrays.asList(Misdeed.values())));
            assertThat(row.cells().values())
                    .allSatisfy(cell -> assertThat(cell.end() != BorderTable.End.CANNOT_BE
                                    || cell.text().length() > 20)
                            .as("a reason in %s", row)
                            .isTrue());
        });
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cell(BorderTable.Row row, Misdeed misdeed, BorderTable.Cell cell) throws Exception {
        LOGGED.clear();
        long before = sink.counters().messages();
        Stranger stranger = new Stranger();
        BorderTable.Trial trial = new BorderTable.Trial(sink, misdeed);
        if (cell.end() == BorderTable.End.NOT_BUILT) {
            stranger.turnBad(misdeed, 0);
            assertThatThrownBy(() -> row.use().begin(trial, stranger))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(said(cell.text(), stranger));
            stranger.turnGood();
        }
        BorderRig rig = row.use().begin(trial, stranger);
        stranger.turnBad(misdeed, row.goodDeeds());
        CompletableFuture<SendResult> sent =
                cell.end() == BorderTable.End.NOT_BUILT ? CompletableFuture.completedFuture(null) : rig.send();
        check(cell, sent, stranger);
        stranger.turnGood();

        sendNext(rig);
        await(rig.closeAsync());
        Mails.await("an empty pool", () -> rig.stats().equals(EMPTY));
        if (cell.end() == BorderTable.End.AT_CLOSE) {
            assertThat(ended(sent)).hasMessageContaining(cell.text());
        } else if (cell.end() != BorderTable.End.NOT_TOLD) {
            assertThat(sent).isDone();
        }
        if (!cell.logged().isEmpty()) {
            Mails.await(
                    "the log says " + cell.logged() + ", found " + LOGGED,
                    () -> LOGGED.stream().anyMatch(line -> line.contains(said(cell.logged(), stranger))));
        } else {
            assertThat(LOGGED).isEmpty();
        }
        assertThat(sink.counters().messages() - before)
                .as("messages that arrived")
                .isEqualTo(1 + cell.arrives());
    }

    private static void check(BorderTable.Cell cell, CompletableFuture<SendResult> sent, Stranger stranger)
            throws Exception {
        switch (cell.end()) {
            case ACCEPTED -> assertThat(await(sent).allAccepted()).isTrue();
            case FAILS -> assertThat(ended(sent)).hasMessageContaining(said(cell.text(), stranger));
            case AT_CLOSE, NOT_TOLD ->
                assertThat(catchThrowable(() -> sent.get(100, TimeUnit.MILLISECONDS)))
                        .isInstanceOf(TimeoutException.class);
            default -> {}
        }
    }

    private static String said(String text, Stranger stranger) {
        return text.replace("{}", String.valueOf(stranger.thrown()))
                .replace("{class}", stranger.thrown().getClass().getName());
    }

    private static Throwable ended(CompletableFuture<?> future) {
        Throwable thrown = catchThrowable(() -> await(future));
        assertThat(thrown).isInstanceOf(java.util.concurrent.ExecutionException.class);
        return thrown.getCause();
    }

    /** The relay may be left alone for some milliseconds once it could not be connected to. */
    private static void sendNext(BorderRig rig) throws Exception {
        long giveUpAt = System.nanoTime() + SOON.toNanos();
        while (true) {
            Mails.Outcome next = Mails.outcome(rig.send());
            if (next.isAccepted()) {
                return;
            }
            assertThat(System.nanoTime() - giveUpAt).as("%s", next.failure()).isNegative();
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    @Test
    void timesThatNoClockCanHold() throws Exception {
        Duration ever = Duration.ofSeconds(Long.MAX_VALUE);
        Timeouts timeouts = Timeouts.DEFAULT;
        for (Phase phase : EnumSet.complementOf(EnumSet.of(Phase.QUEUE, Phase.IDLE))) {
            timeouts = timeouts.with(phase, ever);
        }
        PoolOptions pool = PoolOptions.DEFAULT
                .withAcquireTimeout(ever)
                .withIdleTime(ever)
                .withMaxAge(ever)
                .withGrowth(GrowthOptions.DEFAULT
                        .withBackOff(ever, ever)
                        .withLoweredFor(ever)
                        .withMemory(ever));
        try (SmtpClient client = Sessions.to(
                        sink.port(), Security.of(TlsMode.STARTTLS).trustAnythingInsecurely())
                .timeouts(timeouts)
                .pool(pool)
                .signer((content, blocking) -> CompletableFuture.completedFuture(content))
                .messageDeadline(ever)
                .drainTimeout(ever)
                .build()) {
            assertThat(await(client.send(Mails.message(1))).allAccepted()).isTrue();
            assertThat(await(client.send(Mails.message(1), SendOptions.within(ever)))
                            .allAccepted())
                    .isTrue();
            CompletableFuture<SendResult> last = client.send(Mails.message(1));
            await(client.closeAsync());
            assertThat(last).isCompleted();
        }
    }

    /** A subscriber that throws has cancelled (rule 2.13 of Reactive Streams). */
    @Test
    void subscriberThatThrowsEndsTheSource() throws Exception {
        try (SmtpClient client = Mails.client(sink.port()).build()) {
            MessageSource source = MessageSource.of(Integer.MAX_VALUE);
            client.sendAll(source).subscribe(new OutcomeTaker(Long.MAX_VALUE) {
                @Override
                void take(SendOutcome outcome) {
                    throw new NoSuchMethodError("boom");
                }
            });
            Mails.await("the source hears of it", source::isCancelled);
            Mails.await("what was pulled is sent", () -> client.stats().busy() == 0);
        }
    }

    /** An executor that is full is no client that is closed. */
    @Test
    void flowGoesOnBehindAMessageThatTheExecutorDidNotTake() {
        AtomicBoolean full = new AtomicBoolean(true);
        Executor executor = task -> {
            if (full.getAndSet(false)) {
                throw new RejectedExecutionException("full");
            }
            task.run();
        };
        try (SmtpClient client = Mails.client(sink.port())
                .signer((content, blocking) -> CompletableFuture.completedFuture(content))
                .blockingExecutor(executor)
                .build()) {
            OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
            client.sendAll(MessageSource.of(3)).subscribe(taker);
            assertThat(taker.awaitEnd()).isNull();
            assertThat(taker.outcomes.stream().filter(SendOutcome::allAccepted)).hasSize(2);
            assertThat(taker.outcomes.stream().filter(outcome -> outcome.failure() != null))
                    .singleElement()
                    .satisfies(outcome -> {
                        assertThat(outcome.failure().failure().cause()).isEqualTo(FailureCause.OVERLOADED);
                        assertThat(outcome.failure())
                                .hasMessageContaining("The executor for blocking work threw")
                                .hasMessageContaining("full");
                    });
        }
    }

    @Test
    void closingGivesUpWhatAnExecutorNeverBegins() throws Exception {
        SmtpClient client = Mails.client(sink.port())
                .signer((content, blocking) -> CompletableFuture.completedFuture(content))
                .blockingExecutor(task -> {})
                .drainTimeout(Duration.ofMillis(100))
                .build();
        CompletableFuture<SendResult> sent = client.send(Mails.message(1));
        await(client.closeAsync());
        assertThat(ended(sent))
                .hasMessageContaining("The client is closed: The executor for blocking work has not answered");
    }

    @Test
    void closingEndsAFlowWhoseContentNeverComes() throws Exception {
        SmtpClient client =
                Mails.client(sink.port()).drainTimeout(Duration.ofMillis(200)).build();
        Message silent =
                Message.of(Mails.from(1), List.of(Mails.to(1)), Content.ofPublisher(() -> subscriber -> {}, 100));
        OutcomeTaker taker = new OutcomeTaker(Long.MAX_VALUE);
        client.sendAll((Flow.Publisher<Message>) subscriber -> new Stranger()
                        .publisher(Stranger.Method.SUBSCRIBE, () -> silent)
                        .subscribe(subscriber))
                .subscribe(taker);
        Mails.await("the message is under way", () -> client.stats().busy() == 1);
        await(client.closeAsync());
        taker.awaitEnd();
        assertThat(taker.outcomes)
                .singleElement()
                .satisfies(outcome ->
                        assertThat(outcome.recipients().get(0).disposition()).isEqualTo(Disposition.NOT_SENT));
        assertThat(client.stats()).isEqualTo(EMPTY);
    }

    /** Outcomes of what was sent before come first, whatever it is that is thrown. */
    @Test
    void streamOfMessagesThatThrowsAnError() {
        NoSuchMethodError error = new NoSuchMethodError("boom");
        Stream<Message> source = Stream.of(1, 2, 3).map(number -> {
            if (number == 3) {
                throw error;
            }
            return Mails.message(number);
        });
        List<SendOutcome> taken = new ArrayList<>();
        try (SmtpClient client = Mails.client(sink.port()).build()) {
            assertThatThrownBy(() -> client.sendAll(source).forEach(taken::add)).isSameAs(error);
        }
        assertThat(taken).hasSize(2).allMatch(SendOutcome::allAccepted);
    }

    /** Waiting there would be a deadlock, though the thread does not look like an event loop's. */
    @Test
    void closesInCallbackOnLoopsOfPlainThreads() throws Exception {
        EventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(1, (ThreadFactory) Thread::new, NioIoHandler.newFactory());
        try (SmtpSink sink = SmtpSink.builder().threads(1).start()) {
            SmtpClient client = Mails.client(sink.port()).eventLoops(loops).build();
            await(client.send(Mails.message(1)).thenRun(client::close));
            await(client.closeAsync());
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    @Test
    void closeWaitsOnThreadsThatPermitIt() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().threads(1).start()) {
            SmtpClient client = Mails.client(sink.port()).build();
            await(client.send(Mails.message(1)));
            CompletableFuture<Boolean> closed = new CompletableFuture<>();
            new FastThreadLocalThread(() -> {
                client.close();
                closed.complete(client.closeAsync().isDone());
            }) {
                @Override
                public boolean permitBlockingCalls() {
                    return true;
                }
            }.start();
            assertThat(closed).succeedsWithin(SOON).isEqualTo(true);
        }
    }
}
