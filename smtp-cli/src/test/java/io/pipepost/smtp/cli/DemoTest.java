/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.Relay;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpObserver;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.Trust;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.SmtpSink;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the demonstration shows would not be shown if it were not so. */
class DemoTest {
    private final List<DemoMessages.Demo> sent = DemoMessages.create(40);

    @Test
    void messagesAreWhatTransportHasToBeCarefulAbout() {
        assertThat(DemoMessages.create(40))
                .extracting(demo -> new String(demo.content(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo(sent.stream()
                        .map(demo -> new String(demo.content(), java.nio.charset.StandardCharsets.UTF_8))
                        .toList())
                .doesNotHaveDuplicates();
        assertThat(sent).anyMatch(DemoMessages.Demo::hasDotAtLineStart);
        assertThat(sent).anyMatch(DemoMessages.Demo::isEightBit).anyMatch(demo -> !demo.isEightBit());
        assertThat(sent).anyMatch(demo -> !demo.endsItsLastLine()).anyMatch(DemoMessages.Demo::endsItsLastLine);
    }

    @Test
    void comparisonFindsEveryDifference() {
        List<Received> held = new ArrayList<>();
        List<Message> messages =
                new ArrayList<>(sent.stream().map(DemoMessages.Demo::message).toList());
        byte[] changed = sent.get(7).content().clone();
        changed[changed.length - 3]++;
        messages.set(
                7,
                new Message(
                        messages.get(7).envelope(),
                        Content.of(changed),
                        messages.get(7).recipientPolicy()));
        FlightMeter meter = new FlightMeter();
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            try (SmtpClient client = client(sink, meter)) {
                messages.forEach(message -> client.send(message).join());
            }
            held.addAll(sink.messages());
        }

        assertThat(DemoComparison.of(sent, held)).isEqualTo(new DemoComparison(39, 40));
        held.set(0, held.get(1));
        assertThat(DemoComparison.of(sent, held)).isEqualTo(new DemoComparison(38, 40));
        held.remove(0);
        assertThat(DemoComparison.of(sent, held).isComplete(40)).isFalse();
        assertThat(meter.flights()).as("one flight each").isEqualTo(40);
    }

    private static SmtpClient client(SmtpSink sink, SmtpObserver observer) {
        return SmtpClient.builder(Relay.of(sink.host(), sink.port()).withTrust(Trust.FLIGHT))
                .security(Security.of(TlsMode.NONE))
                .observer(observer)
                .build();
    }
}
