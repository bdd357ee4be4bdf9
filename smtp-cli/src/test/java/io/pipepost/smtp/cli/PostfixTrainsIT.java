/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.PoolOptions;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.protocol.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several transactions in flight to a real Postfix: what it holds is what was reported, each for its own sender. */
@ExtendWith(Leaks.class)
class PostfixTrainsIT {
    private static final int MESSAGES = 300;

    private static PostfixServer postfix;

    private final String marker = "m" + UUID.randomUUID().toString().replace("-", "");
    private final List<Boolean> learnt = new CopyOnWriteArrayList<>();
    private final List<Boolean> proofs = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        postfix = PostfixServer.startOrSkip();
    }

    @AfterAll
    static void stop() throws IOException {
        if (postfix != null) {
            postfix.close();
        }
    }

    /** R-2920-16 with BDAT, R-2920-03 with DATA. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everythingIsWhereItBelongs(boolean chunking) throws IOException {
        sendAndCompare(postfix.plainPort(), chunking);
    }

    @Test
    void behindASlowLink() throws IOException {
        try (LongWay link = new LongWay(postfix.plainPort(), Duration.ofMillis(20))) {
            sendAndCompare(link.port(), true);
        }
    }

    private void sendAndCompare(int port, boolean chunking) throws IOException {
        List<String> accepted = new ArrayList<>();
        try (SmtpClient client = client(port, chunking)) {
            List<CompletableFuture<SendResult>> futures = IntStream.range(0, MESSAGES)
                    .mapToObj(i -> client.send(message(i)))
                    .toList();
            for (int i = 0; i < MESSAGES; i++) {
                for (RecipientResult result : outcome(futures.get(i))) {
                    String to = result.recipient().toString();
                    boolean refused = to.startsWith("refused");
                    assertThat(result.disposition())
                            .as("%s", result)
                            .isEqualTo(refused ? Disposition.REJECTED_PERMANENT : Disposition.ACCEPTED);
                    if (!refused) {
                        accepted.add(line(from(i), to, content(i)));
                    }
                }
            }
        }
        List<String> stored = postfix.awaitMessage(marker, Duration.ofSeconds(30)).stream()
                .map(PostfixTrainsIT::line)
                .toList();
        assertThat(new TreeSet<>(stored)).isEqualTo(new TreeSet<>(accepted));
        assertThat(stored).hasSameSizeAs(accepted);
        assertThat(learnt).contains(true).doesNotContain(false);
        assertThat(proofs).as("R-2920-22").isEqualTo(chunking ? List.of(true) : List.of());
    }

    private SmtpClient client(int port, boolean chunking) {
        return SmtpClient.builder("127.0.0.1", port)
                .security(Security.of(TlsMode.NONE))
                .flight(FlightOptions.DEFAULT.withTransactionsInFlight(16).withChunking(chunking))
                .pool(PoolOptions.DEFAULT.withMaxConnections(3))
                .observer(new SmtpObserver() {
                    @Override
                    public void overlapLearnt(String host, int at, boolean possible, @Nullable Reply reply) {
                        learnt.add(possible);
                    }

                    @Override
                    public void chunksLearnt(String host, int at, boolean possible, @Nullable Reply reply) {
                        proofs.add(possible);
                    }
                })
                .build();
    }

    /** Every fifth to somebody unknown, every seventh to somebody unknown too. */
    private Message message(int number) {
        List<String> to = new ArrayList<>();
        to.add((number % 5 == 0 ? "refused-" : "b") + number + "@" + postfix.domain());
        if (number % 7 == 0) {
            to.add("refused-too-" + number + "@" + postfix.domain());
            to.add("c" + number + "@" + postfix.domain());
        }
        return Message.of(from(number), to, Content.of(content(number)));
    }

    private static String from(int number) {
        return "a" + number + "@example.org";
    }

    private String content(int number) {
        return "Subject: " + marker + " " + number + "\r\n\r\n.\r\n" + "x".repeat(number * 7 % 900) + "\r\n";
    }

    private static List<RecipientResult> outcome(CompletableFuture<SendResult> future) {
        try {
            return future.join().recipients();
        } catch (CompletionException e) {
            return ((SmtpException) e.getCause()).recipients();
        }
    }

    private static String line(String from, String to, String content) {
        return from + " " + to + " " + content;
    }

    private static String line(byte[] stored) {
        String text = new String(stored, UTF_8);
        String from = text.substring(text.indexOf('<') + 1, text.indexOf('>'));
        return line(from, PostfixServer.recipientOf(stored), new String(PostfixServer.contentOf(stored), UTF_8));
    }
}
