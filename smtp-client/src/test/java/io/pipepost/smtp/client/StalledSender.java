/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.util.internal.PlatformDependent;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A program that sends a large message on each of many connections, to a server that stops reading. It prints what memory
 * it holds once nothing moves any more, and what became of the messages.
 */
final class StalledSender {
    /** The server reads on, some time, when it sees this. */
    static final String GOES_ON = "go";

    static final int CONNECTIONS = 50;
    static final int SIZE = 100 << 20;
    static final int FILES = 10;

    /** Of the files, and of the published. */
    static final int GO_ON = 2;

    /** Within it, all must have begun, on a busy machine too. */
    private static final Duration STAY = Duration.ofSeconds(20);

    private static final Duration LONG = Duration.ofMinutes(2);

    private StalledSender() {}

    /** The octets that the child sends, a part of {@link #SIZE}. */
    static byte[] block() {
        byte[] octets = new byte[64 * 1024];
        Arrays.fill(octets, (byte) 'x');
        for (int end = 64; end <= octets.length; end += 64) {
            octets[end - 2] = '\r';
            octets[end - 1] = '\n';
        }
        return octets;
    }

    /** Counts, for each session, the octets of content that were given to its channel. */
    private static final class Progress implements SmtpObserver {
        private final Map<Long, AtomicLong> octets = new ConcurrentHashMap<>();

        @Override
        public void contentSent(long session, long count, @Nullable ByteBuffer content, boolean last) {
            octets.computeIfAbsent(session, id -> new AtomicLong()).addAndGet(count);
        }

        long total() {
            return octets.values().stream().mapToLong(AtomicLong::get).sum();
        }

        /** Waits until so many have begun, and none moves for half a second. */
        void awaitStall(int sessions) throws InterruptedException {
            long before = -1;
            while (octets.size() < sessions || total() != before) {
                before = total();
                Thread.sleep(500);
            }
        }

        void awaitBegun(int sessions) throws InterruptedException {
            while (octets.size() < sessions) {
                Thread.sleep(5);
            }
        }
    }

    /** Publishes one block as often as it takes. */
    private static Content published() {
        ByteBuffer block = ByteBuffer.wrap(block()).asReadOnlyBuffer();
        return Content.ofPublisher(() -> subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            private int left = SIZE;

            @Override
            public void request(long n) {
                if (left == 0) {
                    subscriber.onComplete();
                } else {
                    left -= block.capacity();
                    subscriber.onNext(block.duplicate());
                }
            }

            @Override
            public void cancel() {
                left = 0;
            }
        }));
    }

    private static CompletableFuture<SendResult> send(SmtpClient client, boolean goesOn, Content content) {
        String from = (goesOn ? GOES_ON : "stay") + "@a.test";
        return client.send(Message.of(from, List.of("b@b.test"), content), SendOptions.within(goesOn ? LONG : STAY));
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Netty counts what it allocates past the JDK, if it does. */
    private static long direct() {
        long counted = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return counted + Math.max(0, PlatformDependent.usedDirectMemory());
    }

    private static String name(Mails.Outcome outcome) {
        if (outcome.isAccepted()) {
            return "accepted";
        }
        boolean expired = outcome.failure().cause() == FailureCause.TIMEOUT;
        return expired && outcome.disposition() == io.pipepost.smtp.mail.Disposition.NOT_SENT
                ? "expired"
                : outcome.toString();
    }

    private static Security security(String[] arguments) {
        return arguments.length < 3
                ? Security.of(TlsMode.NONE)
                : Security.of(TlsMode.IMPLICIT)
                        .engine(TlsEngine.valueOf(arguments[3]))
                        .trust(Path.of(arguments[2]));
    }

    /** With a port, a file to send and, for TLS, the authority to trust and the engine. */
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        Path file = Path.of(arguments[1]);
        Progress progress = new Progress();
        List<CompletableFuture<SendResult>> futures = new ArrayList<>();
        try (SmtpClient client = Mails.client(port)
                .security(security(arguments))
                .observer(progress)
                .pool(PoolOptions.DEFAULT.withMaxConnections(CONNECTIONS))
                .drainTimeout(Duration.ZERO)
                .build()) {
            for (int i = 0; i < FILES; i++) {
                futures.add(send(client, i < GO_ON, Content.ofFile(file)));
            }
            progress.awaitBegun(FILES);
            for (int i = 0; i < CONNECTIONS - FILES; i++) {
                futures.add(send(client, i < GO_ON, published()));
            }
            progress.awaitStall(CONNECTIONS);
            System.out.println("stalled " + heap() + " " + direct());
            for (CompletableFuture<SendResult> future : futures) {
                System.out.println("outcome " + name(Mails.outcome(future, LONG)));
            }
        }
        System.out.println("closed " + heap() + " " + direct());
    }
}
