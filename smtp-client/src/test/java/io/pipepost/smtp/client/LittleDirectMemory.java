/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** A client in a process with little direct memory: takes all of it, sends in vain, gives it back, sends again and closes. */
final class LittleDirectMemory {
    private static final Message MESSAGE = Message.of("a@b.test", List.of("c@d.test"), Content.of("x\r\n"));

    private LittleDirectMemory() {}

    public static void main(String[] arguments) throws Exception {
        TransportType transport = TransportType.valueOf(arguments[0]);
        int port = Integer.parseInt(arguments[1]);
        try (SmtpClient first = client(transport, port)) {
            first.send(MESSAGE).get(10, TimeUnit.SECONDS); // All classes are there from now on.
        }
        SmtpClient client = client(transport, port);
        List<ByteBuf> taken = takeAll();
        System.out.println("FAILURE " + failure(client));
        taken.forEach(ByteBuf::release);
        System.out.println("SENT_AFTER " + sendUntilTaken(client));
        System.out.println("STATS " + client.stats());
        client.closeAsync().get(10, TimeUnit.SECONDS);
        System.out.println("CLOSED");
    }

    private static SmtpClient client(TransportType transport, int port) {
        return Mails.client(port)
                .transport(transport, 1)
                .pool(PoolOptions.DEFAULT
                        .withMaxConnections(1)
                        .withGrowth(GrowthOptions.DEFAULT.withBackOff(Duration.ofMillis(1), Duration.ofMillis(4))))
                .build();
    }

    private static List<ByteBuf> takeAll() {
        List<ByteBuf> taken = new ArrayList<>();
        for (int size = 1 << 20; size > 0; size >>= 1) {
            try {
                while (true) {
                    taken.add(ByteBufAllocator.DEFAULT.directBuffer(size));
                }
            } catch (OutOfMemoryError e) {
                // Then smaller ones.
            }
        }
        return taken;
    }

    private static String failure(SmtpClient client) {
        try {
            return "none: " + client.send(MESSAGE).join();
        } catch (CompletionException e) {
            return String.valueOf(e.getCause());
        }
    }

    private static boolean sendUntilTaken(SmtpClient client) throws InterruptedException {
        for (int i = 0; i < 1_000; i++) {
            if (!failure(client).startsWith("io.")) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        return false;
    }
}
