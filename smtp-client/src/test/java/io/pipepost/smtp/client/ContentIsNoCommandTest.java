/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.CarelessServer.Manner;
import io.pipepost.smtp.client.CarelessServer.Stored;
import io.pipepost.smtp.client.internal.session.Leaks;
import io.pipepost.smtp.dkim.DkimKey;
import io.pipepost.smtp.dkim.DkimSigner;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mail.internal.Piece;
import io.pipepost.smtp.mail.internal.PieceStream;
import io.pipepost.smtp.mime.MailMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * R-2920-22, S-47: messages whose text is made of commands, to servers that take a chunk which they refuse for commands.
 * None of it is carried out, and neither envelope nor text of one message stands in another.
 */
@Tag("exhaustive")
@ExtendWith({Leaks.class, EventLoopGuard.class})
class ContentIsNoCommandTest {
    private static final int MESSAGES = 1_000;
    private static final int PIECE = 5_000;

    private static final String[] COMMANDS = {
        "MAIL FROM:<ceo@shop.test>",
        "RCPT TO:<victim@elsewhere.test>",
        "DATA",
        "BDAT 40 LAST",
        "BDAT 100000 LAST",
        "RSET",
        "NOOP",
        "mail\tFROM:<ceo@shop.test>",
        ".",
        ".MAIL FROM:<ceo@shop.test>",
        "XFORGE a@b.test"
    };

    @TempDir
    private Path directory;

    /** In which way a message is handed over. */
    private enum Form {
        RAW,
        COMPOSED,
        FILE,
        PUBLISHED
    }

    /** A message and what its content says. */
    private record Sent(int number, Message message, String marker, boolean refused) {}

    // ---- messages

    /** Lines that are commands, of a few hundred octets or of several chunks. */
    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int lines = random.nextInt(10) == 0 ? 12_000 : 10 + random.nextInt(80);
        for (int i = 0; i < lines; i++) {
            text.append(random.nextInt(6) == 0 ? COMMANDS[random.nextInt(COMMANDS.length)] : "NOOP")
                    .append("\r\n");
        }
        if (random.nextBoolean()) {
            text.append("MAIL FROM:<ceo@shop.test>\r\nRCPT TO:<victim@elsewhere.test>\r\n");
        }
        return text.append("NOOP\r\n".repeat(50))
                .append(random.nextBoolean() ? "DATA\r\n" : "BDAT 100000 LAST\r\n")
                .toString();
    }

    private Sent sent(int number, Random random) throws IOException {
        Form form = Form.values()[random.nextInt(Form.values().length)];
        String from = (random.nextInt(6) == 0 ? "no" : "a") + number + "@a.test";
        List<String> to = new ArrayList<>();
        to.add((random.nextInt(3) == 0 ? "no" : "b") + number + "@b.test");
        if (random.nextInt(4) == 0) {
            to.add((random.nextInt(2) == 0 ? "no" : "c") + number + "@b.test");
        }
        boolean refused = random.nextInt(5) == 0;
        String marker = "Subject: number " + number + " of many";
        String header = "From: <" + from + ">\r\n" + (refused ? "X-Refuse: yes\r\n" : "") + marker + "\r\n\r\n";
        if (form == Form.COMPOSED) {
            MailMessage.Builder mail = MailMessage.builder()
                    .from(from)
                    .to("list@b.test")
                    .subject("number " + number + " of many")
                    .text(text(random));
            if (refused) {
                mail.header("X-Refuse", "yes");
            }
            Content content = mail.build().toMessage().content();
            return new Sent(number, Message.of(from, to, content), marker, refused);
        }
        return new Sent(number, Message.of(from, to, content(form, number, header + text(random))), marker, refused);
    }

    private Content content(Form form, int number, String text) throws IOException {
        byte[] octets = text.getBytes(StandardCharsets.US_ASCII);
        return switch (form) {
            case FILE -> Content.ofFile(Files.write(directory.resolve(number + ".eml"), octets));
            case PUBLISHED -> Content.ofPublisher(() -> split(octets));
            default -> Content.of(octets);
        };
    }

    private static Flow.Publisher<ByteBuffer> split(byte[] octets) {
        List<Piece> pieces = new ArrayList<>();
        for (int at = 0; at < octets.length; at += PIECE) {
            pieces.add(Piece.of(Arrays.copyOfRange(octets, at, Math.min(octets.length, at + PIECE))));
        }
        return new PieceStream(pieces, Runnable::run);
    }

    // ---- the run

    @ParameterizedTest
    @CsvSource({
        "READS_NOTHING, 1, false",
        "READS_NOTHING, 8, true",
        "KNOWS_NO_BDAT, 1, true",
        "KNOWS_NO_BDAT, 8, false",
        "READS_FIRST, 1, false",
        "READS_FIRST, 8, true",
        "READS_HALF, 1, true",
        "READS_HALF, 8, false",
        "CAREFUL, 1, false",
        "CAREFUL, 8, true"
    })
    void R_2920_22_S_47_noContentIsCarriedOut(Manner manner, int inFlight, boolean signed) throws Exception {
        try (CarelessServer server = new CarelessServer(manner)) {
            Relay stranger = Relay.of("127.0.0.1", server.port());
            assertThat(strays(server, sendAll(stranger, inFlight, signed))).isEmpty();
            // Else the careful server would prove nothing of chunks.
            assertThat(server.chunks() > 100).isEqualTo(manner == Manner.CAREFUL);
        }
    }

    /** What the others are worth: whoever vouches for such a server does run its senders' commands. */
    @Test
    void S_47_theServersDoCarryOutContent() throws Exception {
        String text = "Subject: hello\r\n\r\nRSET\r\nMAIL FROM:<ceo@shop.test>\r\nRCPT TO:<victim@elsewhere.test>\r\n"
                + "BDAT 13 LAST\r\nForged mail\r\n";
        try (CarelessServer server = new CarelessServer(Manner.READS_NOTHING);
                SmtpClient client = client(Relay.of("127.0.0.1", server.port()).withTrust(Trust.FLIGHT), 1)
                        .build()) {
            // The client closes when it hears too many replies; what the server has not read by then may be lost with
            // it.
            for (int i = 0; i < 100 && server.stored().isEmpty(); i++) {
                Mails.outcome(client.send(Message.of("a@a.test", List.of("nobody@b.test"), Content.of(text))));
            }
            Mails.await("a forged mail", () -> !server.stored().isEmpty());
            assertThat(server.stored().get(0).from()).isEqualTo("ceo@shop.test");
        }
    }

    private static SmtpClient.Builder client(Relay relay, int inFlight) {
        return SmtpClient.builder(relay)
                .security(Security.of(TlsMode.NONE))
                .ehloName("client.test")
                .flight(FlightOptions.DEFAULT.withTransactionsInFlight(inFlight).withChunkOctets(64 * 1024))
                .pool(PoolOptions.DEFAULT.withMaxConnections(2).withQueue(MESSAGES, PoolOptions.WhenFull.REJECT));
    }

    /** Sends them all, and returns them with what became of them. */
    private Map<Sent, Mails.Outcome> sendAll(Relay relay, int inFlight, boolean signed) throws Exception {
        SmtpClient.Builder builder = client(relay, inFlight);
        if (signed) {
            builder.signer(DkimSigner.builder(DkimKey.of(
                            "a.test",
                            "s",
                            KeyPairGenerator.getInstance("Ed25519")
                                    .generateKeyPair()
                                    .getPrivate()))
                    .build());
        }
        Random random = new Random(47 + inFlight);
        Map<Sent, CompletableFuture<SendResult>> futures = new HashMap<>();
        Map<Sent, Mails.Outcome> outcomes = new HashMap<>();
        try (SmtpClient client = builder.build()) {
            for (int i = 1; i <= MESSAGES; i++) {
                Sent sent = sent(i, random);
                futures.put(sent, client.send(sent.message()));
            }
            futures.forEach((sent, future) -> outcomes.put(sent, Mails.outcome(future)));
        }
        return outcomes;
    }

    /** What the server holds and nobody sent, or holds otherwise than it was told of; with how often. */
    private static Map<String, Integer> strays(CarelessServer server, Map<Sent, Mails.Outcome> outcomes) {
        Map<String, Integer> strays = new HashMap<>();
        Map<String, Stored> stored = new HashMap<>();
        for (Stored each : server.stored()) {
            if (stored.put(each.from(), each) != null) {
                strays.merge("twice: " + each.from(), 1, Integer::sum);
            }
        }
        outcomes.forEach((sent, outcome) -> {
            String wrong = wrong(
                    sent,
                    outcome,
                    stored.remove(sent.message().envelope().from().toString()));
            if (wrong != null) {
                strays.merge(wrong, 1, Integer::sum);
            }
        });
        stored.keySet().forEach(from -> strays.merge("forged: " + from, 1, Integer::sum));
        return strays;
    }

    private static @Nullable String wrong(Sent sent, Mails.Outcome outcome, @Nullable Stored stored) {
        List<String> accepted = outcome.recipients().stream()
                .filter(each -> each.disposition() == Disposition.ACCEPTED)
                .map(each -> each.recipient().toString())
                .toList();
        boolean doubted = outcome.dispositions().contains(Disposition.INDETERMINATE);
        if (stored == null) {
            return accepted.isEmpty() ? due(sent, outcome.recipients()) : "lost: " + sent.number();
        }
        if (!stored.to().equals(accepted) && !doubted) {
            return "other recipients: " + sent.number() + " " + stored.to();
        }
        int from = stored.content().indexOf("Subject: number ");
        boolean own = stored.content().indexOf(sent.marker() + "\r\n") == from
                && stored.content().indexOf("Subject: number ", from + 1) < 0;
        return own ? null : "other content: " + sent.number();
    }

    /** Nothing that an honest reading would deliver is refused. */
    private static @Nullable String due(Sent sent, List<RecipientResult> results) {
        boolean deliverable = !sent.refused()
                && !sent.message().envelope().from().toString().startsWith("no")
                && results.stream()
                        .anyMatch(each -> !each.recipient().toString().startsWith("no"));
        return deliverable ? "not delivered: " + results : null;
    }
}
