/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.SendResult;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A program that hands in more messages than its heap could hold, and prints what became of them. */
final class ManyQueued {
    static final int QUEUE = 10_000;

    private static final int THREADS = 4;

    /** One in so many fits what the server takes; the others fail at a session, without the server. */
    static final int SENT_EVERY = 50;

    static final int MAX_SIZE = 64;
    private static final Content SMALL = Content.of("Subject: x\r\n\r\nx\r\n");
    private static final Content LARGE = Content.of("Subject: x\r\n\r\n" + "x".repeat(MAX_SIZE) + "\r\n");

    private final SmtpClient client;
    private final Map<FailureCause, AtomicInteger> failed = new EnumMap<>(FailureCause.class);
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger mostQueued = new AtomicInteger();
    private final AtomicLong mostHeap = new AtomicLong();
    private final int messages;
    private final CountDownLatch unsettled;

    private ManyQueued(SmtpClient client, int messages) {
        this.client = client;
        this.messages = messages;
        this.unsettled = new CountDownLatch(messages);
        for (FailureCause cause : FailureCause.values()) {
            failed.put(cause, new AtomicInteger());
        }
    }

    private void send(int number) {
        client.send(Message.of(Mails.from(number), List.of(Mails.to(number)), number % SENT_EVERY == 0 ? SMALL : LARGE))
                .whenComplete(this::settled);
        if (number % 1_000 == 0) {
            mostQueued.accumulateAndGet(client.stats().queued(), Math::max);
        }
    }

    private void settled(SendResult result, Throwable error) {
        if (result != null) {
            accepted.incrementAndGet();
        } else {
            Failure failure = ((SmtpException) error).failure();
            failed.get(failure.cause()).incrementAndGet();
        }
        unsettled.countDown();
    }

    private void sendAll() throws InterruptedException {
        Thread[] threads = new Thread[THREADS];
        for (int t = 0; t < THREADS; t++) {
            int first = t * (messages / THREADS);
            threads[t] = new Thread(() -> {
                for (int i = first; i < first + messages / THREADS; i++) {
                    send(i);
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        System.gc();
        mostHeap.set(afterCollection());
    }

    /** What the last collection left: messages are still being sent, and garbage has come up since. */
    private static long afterCollection() {
        long sum = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            MemoryUsage left = pool.getType() == MemoryType.HEAP ? pool.getCollectionUsage() : null;
            sum += left == null ? 0 : left.getUsed();
        }
        return sum;
    }

    private void print() {
        System.out.println("queued " + mostQueued);
        System.out.println("heap " + mostHeap);
        System.out.println("accepted " + accepted);
        for (FailureCause cause :
                List.of(FailureCause.CLIENT_CLOSED, FailureCause.MESSAGE_TOO_LARGE, FailureCause.OVERLOADED)) {
            System.out.println(cause + " " + failed.get(cause));
        }
        System.out.println("unsettled " + unsettled.getCount());
    }

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        int messages = Integer.parseInt(arguments[2]);
        boolean waits = PoolOptions.WhenFull.valueOf(arguments[1]) == PoolOptions.WhenFull.WAIT;
        ManyQueued run;
        try (SmtpClient client = Mails.client(port)
                .pool(PoolOptions.DEFAULT
                        .withQueue(QUEUE, PoolOptions.WhenFull.valueOf(arguments[1]))
                        .withMaxMessagesPerConnection(messages))
                .flight(FlightOptions.DEFAULT.withTransactionsInFlight(16))
                .drainTimeout(waits ? Duration.ofMinutes(1) : Duration.ZERO)
                .build()) {
            run = new ManyQueued(client, messages);
            run.sendAll();
        }
        run.print();
    }
}
