/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.ContentSigner;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mime.Attachment;
import io.pipepost.smtp.mime.MailMessage;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Content that has to be read before it is sent, and cannot be, or not in time. */
@ExtendWith({Leaks.class, EventLoopGuard.class})
class PreparationTest {
    private static final Executor DROPPING = task -> {};
    private static final Timeouts SHORT = Timeouts.DEFAULT.with(Phase.ARGUMENT, Duration.ofMillis(100));
    private static final Duration SOON = Duration.ofSeconds(10);

    private final SmtpSink sink = SmtpSink.builder().keepMessages().start();

    @TempDir
    Path directory;

    @AfterEach
    void close() {
        sink.close();
    }

    private SmtpClient.Builder client() {
        return Mails.client(sink.port());
    }

    private static Message message(int number, Content content) {
        return Message.of(Mails.from(number), List.of(Mails.to(number)), content);
    }

    private Content file(int number) {
        try {
            return Content.ofFile(Files.writeString(directory.resolve(number + ".eml"), Mails.text(number)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Message fileMessage(int number) {
        return message(number, file(number));
    }

    private static String assertNotSent(CompletableFuture<SendResult> future, FailureCause cause) {
        Mails.Outcome outcome = Mails.outcome(future);
        assertThat(outcome.disposition()).isEqualTo(Disposition.NOT_SENT);
        assertThat(outcome.failure().cause()).isEqualTo(cause);
        assertThat(outcome.failure().phase()).isEqualTo(Phase.ARGUMENT);
        return outcome.failure().message();
    }

    private List<String> arrived() {
        return sink.messages().stream().map(Received::from).toList();
    }

    // ---- what is no file

    private Path pipe() throws Exception {
        Path pipe = directory.resolve("pipe");
        Process made = new ProcessBuilder("mkfifo", pipe.toString()).start();
        assertThat(made.waitFor()).isZero();
        return pipe;
    }

    private void assertRefused(Path path, String found) {
        String reason = path + ": expected a regular file, found " + found;
        for (ContentSigner signer : new ContentSigner[] {null, (content, blocking) -> done(content)}) {
            SmtpClient.Builder builder = signer == null ? client() : client().signer(signer);
            try (SmtpClient client = builder.build()) {
                CompletableFuture<SendResult> sent = client.send(message(0, Content.ofFile(path)));
                assertThat(assertNotSent(sent, FailureCause.CONTENT_FAILED)).endsWith(reason);
                assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                        .isTrue();
            }
        }
        MailMessage.Builder mail = MailMessage.builder()
                .from("a@a.test")
                .to("b@b.test")
                .text("x")
                .attach(Attachment.ofFile(path).withFileName("x"));
        assertThatThrownBy(mail::build).isInstanceOf(UncheckedIOException.class).hasMessageEndingWith(reason);
    }

    private static CompletableFuture<Content> done(Content content) {
        return CompletableFuture.completedFuture(content);
    }

    /** Opening a pipe would wait for somebody who writes into it. */
    @Test
    void pipesAreNotOpened() throws Exception {
        assertRefused(pipe(), "a named pipe");
        assertRefused(Files.createSymbolicLink(directory.resolve("link"), directory.resolve("pipe")), "a named pipe");
    }

    /** Reading this one would fill all memory. */
    @Test
    void devicesAreNotRead() {
        assertRefused(Path.of("/dev/zero"), "a device");
    }

    @Test
    void directoriesAndSocketsAreNoFiles() throws Exception {
        assertRefused(directory, "a directory");
        Path socket = directory.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            assertRefused(socket, "a socket");
        }
    }

    @Test
    void whatCannotBeReadIsNamed() throws Exception {
        try (SmtpClient client = client().build()) {
            Path missing = directory.resolve("missing");
            assertThat(assertNotSent(client.send(message(0, Content.ofFile(missing))), FailureCause.CONTENT_FAILED))
                    .isEqualTo("Cannot read " + missing + ": no such file");
            Path inFile = Files.writeString(directory.resolve("file"), "x").resolve("below");
            assertThat(assertNotSent(client.send(message(0, Content.ofFile(inFile))), FailureCause.CONTENT_FAILED))
                    .as("the JDK's words differ from version to version")
                    .startsWith("Cannot read " + inFile + ": ")
                    .matches(".*: (Not a directory|no such file)");
        }
    }

    /** Its size says nothing of what comes out. */
    @Test
    void aFileThatGivesMoreThanItsSizeIsNotRead() {
        Path endless = Path.of("/proc/self/environ");
        try (SmtpClient client = client().build()) {
            assertThat(assertNotSent(client.send(message(0, Content.ofFile(endless))), FailureCause.CONTENT_FAILED))
                    .endsWith("octets or more, but its size is 0");
        }
    }

    // ---- what never ends

    @Test
    void anExecutorThatDropsTheReadingIsGivenUp() {
        try (SmtpClient client =
                client().timeouts(SHORT).blockingExecutor(DROPPING).build()) {
            assertThat(assertNotSent(client.send(fileMessage(0)), FailureCause.TIMEOUT))
                    .isEqualTo("The executor for blocking work has not begun to read " + directory.resolve("0.eml")
                            + ", after 100 ms");
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
        }
    }

    /** A path of a file system that does not answer until the latch is open. */
    private static Path stuck(Path real, CountDownLatch open) {
        return (Path) Proxy.newProxyInstance(
                Path.class.getClassLoader(), new Class<?>[] {Path.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("getFileSystem")) {
                        open.await();
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void aFileSystemThatDoesNotAnswerIsGivenUp() {
        CountDownLatch open = new CountDownLatch(1);
        Path path = stuck(directory.resolve("x.eml"), open);
        for (ContentSigner signer : new ContentSigner[] {null, (content, blocking) -> done(content)}) {
            SmtpClient.Builder builder = client().timeouts(SHORT);
            try (SmtpClient client = (signer == null ? builder : builder.signer(signer)).build()) {
                assertThat(assertNotSent(client.send(message(0, Content.ofFile(path))), FailureCause.TIMEOUT))
                        .isEqualTo("Reading " + path + " has not ended, after 100 ms");
            }
        }
        open.countDown();
    }

    @Test
    void ownSessionsAreNotHeldUpEither() throws Exception {
        try (SmtpClient client =
                client().timeouts(SHORT).blockingExecutor(DROPPING).build()) {
            SmtpSession session = client.connect().get(10, TimeUnit.SECONDS);
            assertNotSent(session.send(fileMessage(0)), FailureCause.TIMEOUT);
            assertThat(Mails.outcome(session.send(Mails.message(1))).isAccepted())
                    .isTrue();
        }
    }

    private static Content silent() {
        return Content.ofPublisher(() -> subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        }));
    }

    private static Content unsubscribed() {
        return Content.ofPublisher(() -> subscriber -> {});
    }

    private static ContentSigner reader() {
        return (content, blocking) -> Mails.octets(content, blocking).thenApply(read -> content);
    }

    @Test
    void publishersThatNeverSignalToASignerAreGivenUp() throws Exception {
        SmtpClient client = client().timeouts(SHORT).signer(reader()).build();
        assertNotSent(client.send(message(0, silent())), FailureCause.TIMEOUT);
        assertNotSent(client.send(message(0, unsubscribed())), FailureCause.TIMEOUT);
        client.closeAsync().get(10, TimeUnit.SECONDS);
        SmtpClient patient =
                client().drainTimeout(Duration.ofMillis(100)).signer(reader()).build();
        CompletableFuture<SendResult> sent = patient.send(message(0, silent()));
        patient.closeAsync().get(10, TimeUnit.SECONDS);
        assertNotSent(sent, FailureCause.CLIENT_CLOSED);
    }

    // ---- executors that fail

    @Test
    void anExecutorThatThrowsFailsTheMessage() {
        List<Throwable> thrown = List.of(
                new RejectedExecutionException("full"),
                new IllegalStateException("full"),
                new NoClassDefFoundError("full"));
        for (Throwable each : thrown) {
            Executor throwing = task -> {
                PreparationTest.<RuntimeException>sneak(each);
            };
            try (SmtpClient client = client().blockingExecutor(throwing).build()) {
                assertThat(assertNotSent(client.send(fileMessage(0)), FailureCause.OVERLOADED))
                        .contains("The executor for blocking work does not take", "0.eml", "full");
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    // ---- closing

    /** Runs what it was given when the test says so. */
    private static final class Manual implements Executor {
        private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        void runAll() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }
    }

    @Test
    void closingSendsWhatIsBeingRead() throws Exception {
        Manual executor = new Manual();
        SmtpClient client = client().blockingExecutor(executor).build();
        List<CompletableFuture<SendResult>> futures = IntStream.range(0, 20)
                .mapToObj(i -> client.send(fileMessage(i)))
                .toList();
        CompletableFuture<Void> closed = client.closeAsync();
        assertThat(assertNotSent(client.send(Mails.message(98)), FailureCause.CLIENT_CLOSED))
                .isEqualTo("The client is closed");
        assertNotSent(client.send(fileMessage(99)), FailureCause.CLIENT_CLOSED);
        assertThat(closed).isNotDone();
        executor.runAll();
        assertThat(Mails.outcomes(futures)).allMatch(Mails.Outcome::isAccepted);
        assertThat(closed).succeedsWithin(SOON);
        assertThat(arrived()).hasSize(20);
    }

    @Test
    void closingGivesUpWhatIsNotReadInTime() {
        SmtpClient client = client().blockingExecutor(DROPPING)
                .drainTimeout(Duration.ofMillis(100))
                .build();
        CompletableFuture<SendResult> sent = client.send(fileMessage(0));
        assertThat(client.closeAsync()).succeedsWithin(SOON);
        assertThat(assertNotSent(sent, FailureCause.CLIENT_CLOSED))
                .contains("The client is closed", "has not begun to read", "0.eml");
    }

    /** A task that is run at last finds that nobody waits for it. */
    @Test
    void readingThatIsLateSendsNothing() throws Exception {
        Manual executor = new Manual();
        try (SmtpClient client =
                client().timeouts(SHORT).blockingExecutor(executor).build()) {
            CompletableFuture<SendResult> sent = client.send(fileMessage(0));
            assertNotSent(sent, FailureCause.TIMEOUT);
            Files.delete(directory.resolve("0.eml"));
            executor.runAll();
            assertThat(Mails.outcome(client.send(Mails.message(1))).isAccepted())
                    .isTrue();
        }
        assertThat(arrived()).containsExactly(Mails.from(1));
    }

    // ---- full

    @Test
    void noMoreAreReadThanMayWait() {
        Manual executor = new Manual();
        PoolOptions pool = PoolOptions.DEFAULT.withMaxConnections(2).withQueue(3, PoolOptions.WhenFull.REJECT);
        try (SmtpClient client = client().pool(pool).blockingExecutor(executor).build()) {
            List<CompletableFuture<SendResult>> taken = new ArrayList<>(IntStream.range(0, 5)
                    .mapToObj(i -> client.send(fileMessage(i)))
                    .toList());
            assertThat(assertNotSent(client.send(fileMessage(5)), FailureCause.OVERLOADED))
                    .isEqualTo("The queue is full: 3 messages wait for their files to be read");
            assertThat(taken.remove(0).cancel(false)).isTrue();
            taken.add(client.send(fileMessage(6)));
            executor.runAll();
            assertThat(Mails.outcomes(taken)).allMatch(Mails.Outcome::isAccepted);
            CompletableFuture<SendResult> last = client.send(fileMessage(7));
            executor.runAll();
            assertThat(Mails.outcome(last).isAccepted()).isTrue();
        }
    }

    @Test
    void orTheCallerWaits() throws Exception {
        Manual executor = new Manual();
        PoolOptions pool = PoolOptions.DEFAULT.withMaxConnections(1).withQueue(0, PoolOptions.WhenFull.WAIT);
        try (SmtpClient client = client().pool(pool).blockingExecutor(executor).build()) {
            CompletableFuture<SendResult> taken = client.send(fileMessage(0));
            CountDownLatch called = new CountDownLatch(1);
            CompletableFuture<CompletableFuture<SendResult>> waiting = CompletableFuture.supplyAsync(() -> {
                called.countDown();
                return client.send(fileMessage(1));
            });
            assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(executor.tasks).hasSize(1);
            executor.runAll();
            assertThat(Mails.outcome(taken).isAccepted()).isTrue();
            CompletableFuture<SendResult> next = waiting.get(10, TimeUnit.SECONDS);
            executor.runAll();
            assertThat(Mails.outcome(next).isAccepted()).isTrue();
        }
    }
}
