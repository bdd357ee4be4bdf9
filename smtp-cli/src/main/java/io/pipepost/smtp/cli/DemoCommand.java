/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.Transcript;
import io.pipepost.smtp.testing.SmtpSink;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code pipepost demo}. */
@Command(
        name = "demo",
        description = "Sends 2,000 messages to a server in this process and shows that they arrive unchanged.",
        sortOptions = false)
final class DemoCommand implements Callable<Integer> {
    private static final int MESSAGES = 2_000;
    private static final int CONNECTIONS = 8;
    private static final String USER = "alice";

    private final Terminal terminal;
    private final PrintStream out;
    private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
        this.out = terminal.out();
    }

    @Override
    public Integer call() throws InterruptedException {
        String password = UUID.randomUUID().toString();
        try (SmtpSink sink = SmtpSink.builder()
                .requireTls()
                .credentials(USER, password)
                .requireAuth()
                .keepMessages()
                .start()) {
            return run(sink, new DemoClients(sink, USER, password));
        }
    }

    private int run(SmtpSink sink, DemoClients clients) throws InterruptedException {
        List<DemoMessages.Demo> messages = DemoMessages.create(MESSAGES + 1);
        out.println("A server in this process demands STARTTLS and a password. One message to it, as it goes over the"
                + " wire:");
        out.println();
        showDialogue(clients, messages.get(0));
        out.println();
        out.printf(Locale.ROOT, "Now %,d more through a pool of %d connections:%n%n", MESSAGES, CONNECTIONS);
        FlightMeter meter = new FlightMeter();
        double seconds;
        try (SmtpClient client = clients.create(CONNECTIONS, meter)) {
            seconds = sendAll(client, messages.subList(1, messages.size()));
        }
        DemoReport report = new DemoReport(
                messages.subList(1, messages.size()), DemoComparison.of(messages, sink.messages()), meter);
        report.print(out, seconds);
        return end(report);
    }

    private void showDialogue(DemoClients clients, DemoMessages.Demo first) {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        try (SmtpClient client = clients.create(1, Transcript.full(lines::add))) {
            client.send(first.message()).join();
        } catch (CompletionException e) {
            throw new CommandFailedException("the first message was not accepted: " + e.getCause());
        }
        lines.forEach(line -> out.println("  " + line));
    }

    /** Returns how long it took, in seconds. */
    private double sendAll(SmtpClient client, List<DemoMessages.Demo> messages) throws InterruptedException {
        CountDownLatch open = new CountDownLatch(messages.size());
        Progress bar = progress(messages.size(), open);
        long start = System.nanoTime();
        for (DemoMessages.Demo demo : messages) {
            client.send(demo.message()).whenComplete((result, error) -> {
                if (error != null) {
                    firstFailure.compareAndSet(null, error);
                }
                open.countDown();
            });
        }
        open.await();
        double seconds = (System.nanoTime() - start) / 1e9;
        bar.close();
        return seconds;
    }

    private Progress progress(int total, CountDownLatch open) {
        return new Progress(
                terminal,
                () -> 1 - (double) open.getCount() / total,
                () -> String.format(Locale.ROOT, "%,d of %,d", total - open.getCount(), total),
                false);
    }

    private int end(DemoReport report) {
        Throwable failure = firstFailure.get();
        if (failure != null) {
            throw new CommandFailedException(
                    "a message was not accepted: " + OptionNames.in(String.valueOf(failure.getMessage())));
        }
        if (!report.isComplete()) {
            throw new CommandFailedException("what the server holds differs from what was sent");
        }
        return 0;
    }
}
