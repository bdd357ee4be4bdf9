/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A client in a process with few descriptors: sends, takes all that are left, sends in vain, gives them back, sends again
 * and closes. Each message needs a connection of its own.
 */
final class FewDescriptors {
    private static final Message MESSAGE = Message.of("a@b.test", List.of("c@d.test"), Content.of("x\r\n"));
    private static final int AT_ONCE = 8;

    /** A name that only a name server would know. */
    private static final String UNKNOWN = "no-such-host.invalid";

    private FewDescriptors() {}

    public static void main(String[] arguments) throws Exception {
        TransportType transport = TransportType.valueOf(arguments[0]);
        int port = Integer.parseInt(arguments[1]);
        SmtpClient client = client(transport, "127.0.0.1", port);
        SmtpClient byName = client(transport, UNKNOWN, 25);
        loadClasses();
        failOnce(transport);
        client.send(MESSAGE).get(10, TimeUnit.SECONDS);
        awaitNoConnection(client);
        int before = descriptors();

        List<InputStream> taken = takeAll();
        System.out.println("FAILURES " + failures(client));
        taken.addAll(takeAll());
        System.out.println("NAME " + failure(byName.send(MESSAGE)));
        for (InputStream each : taken) {
            each.close();
        }

        System.out.println("SENT_AFTER " + sendUntilTaken(client));
        System.out.println("NAME_AFTER " + failure(byName.send(MESSAGE)));
        System.out.println("BACK " + (awaitDescriptors(before) <= before));
        System.out.println("STATS " + client.stats() + " " + byName.stats());
        byName.closeAsync().get(10, TimeUnit.SECONDS);
        client.closeAsync().get(10, TimeUnit.SECONDS);
        System.out.println("CLOSED");
        System.exit(0);
    }

    private static SmtpClient client(TransportType transport, String host, int port) {
        return SmtpClient.builder(host, port)
                .transport(transport, 2)
                .security(Security.of(TlsMode.NONE))
                .timeouts(Timeouts.DEFAULT.with(Phase.CONNECT, Duration.ofSeconds(1)))
                .pool(PoolOptions.DEFAULT
                        .withMaxConnections(AT_ONCE)
                        .withMaxMessagesPerConnection(1)
                        .withAcquireTimeout(Duration.ofSeconds(5))
                        .withGrowth(GrowthOptions.DEFAULT.withBackOff(Duration.ofMillis(20), Duration.ofMillis(100))))
                .build();
    }

    /** Classes lie in files of their own here, unlike in a jar, and could not be read later. */
    private static void loadClasses() throws Exception {
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path root = Path.of(entry);
            if (Files.isDirectory(root) && root.endsWith(Path.of("target", "classes"))) {
                try (Stream<Path> files = Files.walk(root)) {
                    for (Path file : files.filter(each -> each.toString().endsWith(".class"))
                            .toList()) {
                        load(root.relativize(file).toString());
                    }
                }
            }
        }
    }

    private static void load(String file) throws ClassNotFoundException {
        String name = file.substring(0, file.length() - ".class".length()).replace(File.separatorChar, '.');
        if (!name.endsWith("-info")) {
            Class.forName(name, false, FewDescriptors.class.getClassLoader());
        }
    }

    /** The JDK's and Netty's classes, too. */
    private static void failOnce(TransportType transport) throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        try (SmtpClient nowhere = client(transport, "127.0.0.1", closed);
                SmtpClient byName = client(transport, UNKNOWN, 25)) {
            failures(nowhere);
            failure(byName.send(MESSAGE));
        }
    }

    private static List<InputStream> takeAll() {
        List<InputStream> taken = new ArrayList<>();
        while (true) {
            try {
                taken.add(new FileInputStream("/dev/null"));
            } catch (IOException noneIsLeft) {
                return taken;
            }
        }
    }

    private static List<String> failures(SmtpClient client) {
        List<CompletableFuture<?>> sent = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            sent.add(client.send(MESSAGE));
        }
        return sent.stream().map(FewDescriptors::failure).distinct().toList();
    }

    private static String failure(CompletableFuture<?> sent) {
        try {
            sent.orTimeout(20, TimeUnit.SECONDS).join();
            return "none";
        } catch (CompletionException e) {
            return String.valueOf(e.getCause().getMessage());
        }
    }

    private static boolean sendUntilTaken(SmtpClient client) throws InterruptedException {
        long giveUpAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (System.nanoTime() - giveUpAt < 0) {
            if (failures(client).equals(List.of("none"))) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(20); // The back-off.
        }
        return false;
    }

    private static void awaitNoConnection(SmtpClient client) throws InterruptedException {
        while (client.stats().busy() > 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** How many are open once so few are, or after a while. */
    private static int awaitDescriptors(int wanted) throws InterruptedException {
        long giveUpAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        int found = descriptors();
        while (found > wanted && System.nanoTime() - giveUpAt < 0) {
            TimeUnit.MILLISECONDS.sleep(20);
            found = descriptors();
        }
        return found;
    }

    private static int descriptors() {
        return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
    }
}
