/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.ContentOptions;
import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.content.PreparedContent;
import io.pipepost.smtp.client.internal.session.Mail;
import io.pipepost.smtp.client.internal.session.Sources;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.protocol.Extensions;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.ReversePath;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransactionPlanTest {
    private static TransactionPlan plan(Mail mail, FlightOptions flight, String... keywords) throws Exception {
        List<ForwardPath> recipients =
                mail.recipients().stream().map(ForwardPath::of).toList();
        PreparedContent content = new ContentPreparation(ContentOptions.DEFAULT, Runnable::run)
                .prepare(mail.content())
                .join();
        return TransactionPlan.of(
                new TransactionPlan.Request(ReversePath.of(mail.from()), recipients, mail.policy(), content, flight),
                offering(keywords),
                Trust.FLIGHT);
    }

    private static Extensions offering(String... keywords) {
        List<String> lines = new ArrayList<>(List.of("mx.test"));
        lines.addAll(List.of(keywords));
        return Extensions.parse(new Reply(250, lines));
    }

    private static String mailLine(Mail mail, String... keywords) throws Exception {
        return plan(mail, FlightOptions.DEFAULT, keywords).mail().display();
    }

    /** How content travels, and whether content, or DATA, leaves with the envelope. */
    @ParameterizedTest
    @CsvSource({
        "'', ANY, true, true, 1000, DATA, false",
        "PIPELINING, ANY, true, true, 1000, DATA, true",
        "CHUNKING, ANY, true, true, 1000, ONE_CHUNK, false",
        "PIPELINING;CHUNKING, ANY, true, true, 1000, ONE_CHUNK, true",
        "PIPELINING;CHUNKING, ALL, true, true, 1000, ONE_CHUNK, false",
        "PIPELINING, ALL, true, true, 1000, DATA, false",
        "PIPELINING;CHUNKING, ANY, false, true, 1000, ONE_CHUNK, false",
        "PIPELINING;CHUNKING, ANY, true, false, 1000, DATA, true",
        "PIPELINING;CHUNKING, ANY, true, true, 20, ONE_CHUNK, true",
        "PIPELINING;CHUNKING, ANY, true, true, 19, CHUNKS, false",
        "CHUNKING, ANY, true, true, 19, ONE_CHUNK, false",
        "PIPELINING, ANY, true, true, 0, DATA, true"
    })
    void R_2920_16_R_3030_13_R_5321_54_how(
            String offered,
            RecipientPolicy policy,
            boolean pipelining,
            boolean chunking,
            long maxFlight,
            TransactionPlan.Transfer transfer,
            boolean withEnvelope)
            throws Exception {
        FlightOptions flight = FlightOptions.DEFAULT
                .withPipelining(pipelining)
                .withChunking(chunking)
                .withMaxFlightOctets(maxFlight);
        Mail mail = policy == RecipientPolicy.ALL ? Mail.to("c@d.test").allOrNothing() : Mail.to("c@d.test");
        TransactionPlan plan = plan(mail, flight, offered.split(";", -1));
        assertThat(plan.transfer()).as("transfer").isEqualTo(transfer);
        assertThat(plan.contentWithEnvelope()).as("with the envelope").isEqualTo(withEnvelope);
    }

    @Test
    void R_5321_38_orderOfParameters() throws Exception {
        Mail mail = Mail.to("ü@d.test").content("\r\né\r\n");
        assertThat(mailLine(mail, "SMTPUTF8", "8BITMIME", "SIZE", "PIPELINING"))
                .isEqualTo("MAIL FROM:<a@b.test> SIZE=6 BODY=8BITMIME SMTPUTF8");
    }

    @Test
    void R_5321_24_nothingUnlisted() throws Exception {
        assertThat(mailLine(Mail.to("c@d.test"))).isEqualTo("MAIL FROM:<a@b.test>");
        assertThat(mailLine(Mail.to("c@d.test").from(""))).isEqualTo("MAIL FROM:<>");
    }

    @Test
    void unknownContentMayBeEightBit() throws Exception {
        Mail mail = Mail.to("c@d.test").content(Content.ofPublisher(() -> Sources.pieces("a")));
        assertThat(mailLine(mail, "8BITMIME")).isEqualTo("MAIL FROM:<a@b.test> BODY=8BITMIME");
        assertThat(plan(mail, FlightOptions.DEFAULT, "8BITMIME").eightBit()).isTrue();
        assertThat(plan(mail, FlightOptions.DEFAULT, "SIZE").eightBit()).isFalse();
    }

    @Test
    void R_1870_01_declaredSizeIsTooLarge() {
        Mail mail = Mail.to("c@d.test").content(Content.ofPublisher(() -> Sources.pieces("a"), 1001));
        assertThatThrownBy(() -> mailLine(mail, "SIZE 1000"))
                .isInstanceOf(TransactionPlan.Impossible.class)
                .hasMessageContaining("1001")
                .hasMessageContaining("1000");
    }

    @Test
    void R_5321_47_limitsGrowWithExtensions() throws Exception {
        int octets = 512 - "MAIL FROM:<@b.test>\r\n".length();
        Mail tooLong = Mail.to("c@d.test").from("a".repeat(octets + 1) + "@b.test");
        assertThatThrownBy(() -> mailLine(tooLong)).isInstanceOf(TransactionPlan.Impossible.class);
        assertThat(mailLine(tooLong, "8BITMIME")).hasSize(513 - 2);
    }

    @Test
    void R_5321_47_R_6531_02_recipientsThatCannotBeSent() throws Exception {
        TransactionPlan plan = plan(Mail.to("c@d.test"), FlightOptions.DEFAULT);
        int octets = 512 - "RCPT TO:<@d.test>\r\n".length();
        assertThat(plan.refusal(ForwardPath.of("c@d.test"), offering())).isNull();
        assertThat(plan.refusal(ForwardPath.of("c".repeat(octets) + "@d.test"), offering()))
                .isNull();
        assertThat(plan.refusal(ForwardPath.of("c".repeat(octets + 1) + "@d.test"), offering()))
                .isNotNull();
        assertThat(plan.refusal(ForwardPath.of("ü@d.test"), offering())).isNotNull();
    }
}
