/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.Timeouts;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.client.internal.relay.HostRecord;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.transaction.Transaction;
import io.pipepost.smtp.client.internal.transaction.TransactionOutcome;
import io.pipepost.smtp.codec.CommandEncoder;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;

/**
 * A session, its callers and a server that says anything at any time. One line each:
 *
 * <pre>
 *   4ac      first: transactions in flight; a: with a password, t: with a token, c: without CHUNKING
 *   S text   the server says this line; / ends a line
 *   s text   the same without the last line end
 *   M kind   a message is submitted; see {@link Run#content}
 *   X n      message n is cancelled; E n: it expires
 *   + n      10^n milliseconds pass
 *   W n      the socket takes n octets; B: it takes none any more, ever
 *   R        the session is retired; Q: the server closes
 * </pre>
 */
@Tag("exhaustive")
class SessionFuzzTest {
    private static final int MOST_STEPS = 200;
    private static final int MOST_MESSAGES = 12;
    private static final Failure REASON = Failure.of(FailureCause.CANCELLED, Phase.QUEUE, "Not wanted");

    /** R-5321-13, R-5321-76, R-5321-79, R-5321-82, S-11, S-19, S-43, S-44. */
    @FuzzTest
    @DictionaryEntries({
        "\\x0aS250 ok",
        "\\x0aS220 mx",
        "\\x0aS250-mx/250-PIPELINING/250 CHUNKING",
        "\\x0aS354 go",
        "\\x0aS421 bye",
        "\\x0aS550 no",
        "\\x0aS334 ",
        "\\x0aS235 ok",
        "\\x0aM0",
        "\\x0aX0",
        "\\x0a+5"
    })
    void everyMessageIsSettledOnceWhateverTheServerSays(byte[] script) {
        new Run(new String(script, ISO_8859_1).split("\n", MOST_STEPS)).play();
    }

    private static final class Run implements SessionListener {
        private final String[] steps;
        private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false, true);
        private final Wire wire = new Wire();
        private final FlightOptions flight;
        private final Session session;
        private final Deque<Transaction> queue = new ArrayDeque<>();
        private final List<Sent> all = new ArrayList<>();
        private int readies;
        private int openFailures;
        private boolean closed;

        Run(String[] steps) {
            this.steps = steps;
            String options = steps[0];
            char first = options.isEmpty() ? '1' : options.charAt(0);
            flight = FlightOptions.DEFAULT
                    .withTransactionsInFlight(first >= '1' && first <= '9' ? first - '0' : 1)
                    .withChunking(options.indexOf('c') < 0)
                    .withChunkOctets(64 * 1024);
            wire.config().setAllocator(memory);
            session = new Session(wire, config(options), new NoTls(), this);
            wire.pipeline()
                    .addLast(new ReplyDecoder(ReplyDecoder.Limits.DEFAULT))
                    .addLast(new CommandEncoder())
                    .addLast(session.handler());
        }

        private SessionConfig config(String options) {
            Credentials credentials = options.indexOf('t') >= 0
                    ? Credentials.token("tim", "open sesame")
                    : Credentials.password("tim", "open sesame");
            boolean auth = options.indexOf('a') >= 0 || options.indexOf('t') >= 0;
            Security clear = Security.of(TlsMode.NONE);
            return new SessionConfig(
                    "mx.test",
                    25,
                    EhloName.of("client.test"),
                    auth ? clear.allowAuthWithoutTls() : clear,
                    auth ? () -> CompletableFuture.completedFuture(credentials) : null,
                    auth ? SaslMechanism.DEFAULTS : null,
                    Timeouts.DEFAULT,
                    flight,
                    HostRecord.trusting(new TrainDepth(flight.transactionsInFlight())),
                    ContentWriter.PIECE,
                    ContentOptions.DEFAULT,
                    Set.of(),
                    ReplyDecoder.Limits.DEFAULT,
                    SmtpObserver.NONE);
        }

        void play() {
            session.open();
            for (int i = 1; i < steps.length; i++) {
                if (!steps[i].isEmpty()) {
                    step(steps[i].charAt(0), steps[i].substring(1).strip());
                    wire.runPendingTasks();
                }
            }
            end();
            check();
        }

        private void step(char what, String text) {
            switch (what) {
                case 'S' -> say(text.replace("/", "\r\n") + "\r\n");
                case 's' -> say(text.replace("/", "\r\n"));
                case 'M' -> submit(text);
                case 'X' -> stop(text, false);
                case 'E' -> stop(text, true);
                case '+' -> pass((long) Math.pow(10, digit(text)));
                case 'W' -> room(text.isEmpty() ? Long.MAX_VALUE : digit(text) * 40L);
                case 'B' -> wire.breakWrites();
                case 'R' -> session.retire();
                case 'Q' -> wire.close();
                default -> {}
            }
        }

        private static int digit(String text) {
            char c = text.isEmpty() ? '0' : text.charAt(0);
            return c >= '0' && c <= '9' ? c - '0' : 0;
        }

        private void say(String text) {
            byte[] octets = text.getBytes(ISO_8859_1);
            if (wire.isOpen()) {
                wire.receive(octets);
            } else {
                wire.receiveLate(octets);
            }
        }

        private void room(long octets) {
            if (wire.isOpen()) {
                wire.room(octets);
            }
        }

        private void pass(long millis) {
            wire.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
            wire.runScheduledPendingTasks();
        }

        private void submit(String kind) {
            if (all.size() < MOST_MESSAGES) {
                queue.add(new Sent(kind).transaction);
                if (session.fits(queue.element())) {
                    session.start(queue.remove());
                }
            }
        }

        private void stop(String text, boolean inAnyCase) {
            if (digit(text) < all.size()) {
                Transaction stopped = all.get(digit(text)).transaction;
                if (inAnyCase) {
                    stopped.expire(REASON);
                } else {
                    stopped.cancel(REASON);
                }
            }
        }

        /** The server goes away, and so does the pool. */
        private void end() {
            wire.close();
            wire.runPendingTasks();
            pass(TimeUnit.HOURS.toMillis(1));
            queue.forEach(waiting -> waiting.giveUp(REASON));
            wire.finishAndReleaseAll();
        }

        private void check() {
            assertThat(closed).as("closed").isTrue();
            assertThat(readies + openFailures).as("told of the opening").isLessThanOrEqualTo(1);
            String written = new String(wire.taken(), ISO_8859_1);
            all.forEach(each -> each.check(written));
            assertThat(memory.metric().usedHeapMemory() + memory.metric().usedDirectMemory())
                    .as("octets of leaked buffers")
                    .isZero();
            assertThat(written).doesNotContain("sesame");
        }

        private final class Sent implements Transaction.Listener {
            private final int number = all.size();
            private final Transaction transaction;
            private final String subject = "Subject: m" + number + "\r\n";
            private int settled;
            private boolean accepted;

            Sent(String kind) {
                List<ForwardPath> recipients = new ArrayList<>();
                for (int i = kind.indexOf('n') >= 0 ? 300 : kind.indexOf('3') >= 0 ? 3 : 1; i > 0; i--) {
                    recipients.add(ForwardPath.of("r" + i + (kind.indexOf('u') >= 0 ? "\u00fc@d.test" : "@d.test")));
                }
                transaction = new Transaction(
                        kind.indexOf('z') >= 0 ? ReversePath.NULL : ReversePath.of("s" + number + "@b.test"),
                        recipients,
                        kind.indexOf('A') >= 0 ? RecipientPolicy.ALL : RecipientPolicy.ANY,
                        new ContentPreparation(ContentOptions.DEFAULT, Runnable::run)
                                .prepare(content(kind))
                                .join(),
                        flight,
                        this);
                all.add(this);
            }

            /** p: from a publisher; f: from one that fails; l: large; 8: in 8bit. */
            private Content content(String kind) {
                String body = kind.indexOf('l') >= 0 ? "x\r\n".repeat(30_000) : ".x\r\n";
                String text = subject + "\r\n" + (kind.indexOf('8') >= 0 ? "\u00fc\r\n" : "") + body;
                if (kind.indexOf('f') >= 0) {
                    return Content.ofPublisher(() -> Sources.failing(new IOException("gone"), text));
                }
                return kind.indexOf('p') >= 0 ? Content.ofPublisher(() -> Sources.pieces(text)) : Content.of(text);
            }

            @Override
            public void onSettled(TransactionOutcome outcome) {
                settled++;
                accepted |= outcome.recipients().stream().anyMatch(RecipientResult::isAccepted);
                assertThat(outcome.recipients())
                        .hasSameSizeAs(transaction.request().recipients());
            }

            void check(String written) {
                assertThat(settled)
                        .as("how often message %s was settled", number)
                        .isEqualTo(1);
                assertThat(!accepted || written.contains(subject))
                        .as("accepted message %s was written", number)
                        .isTrue();
            }
        }

        @Override
        public boolean isPooled() {
            return true;
        }

        @Override
        public void onReady(Session ready) {
            readies++;
        }

        @Override
        public void onOpenFailed(Failure failure) {
            openFailures++;
        }

        @Override
        public @Nullable Transaction onRoom(Session free) {
            return queue.isEmpty() || !free.fits(queue.element()) ? null : queue.remove();
        }

        @Override
        public boolean onReplay(Transaction transaction, Failure failure, int before) {
            assertThat(closed).as("closed before the replay").isFalse();
            queue.add(transaction);
            return true;
        }

        @Override
        public void onClosed(@Nullable Failure failure) {
            assertThat(closed).as("closed before").isFalse();
            closed = true;
        }
    }
}
