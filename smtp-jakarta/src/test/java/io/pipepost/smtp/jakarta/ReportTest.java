/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import jakarta.mail.Address;
import jakarta.mail.SendFailedException;
import jakarta.mail.internet.InternetAddress;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is in which list, whatever became of the message. */
class ReportTest {
    private static RecipientResult result(Disposition disposition, Phase phase) {
        Reply reply = switch (disposition) {
            case ACCEPTED -> Reply.of(250, "ok");
            case REJECTED_TEMPORARY -> Reply.of(450, "later");
            case REJECTED_PERMANENT -> Reply.of(550, "no");
            case NOT_SENT, INDETERMINATE -> null;
        };
        boolean failed = disposition == Disposition.NOT_SENT || disposition == Disposition.INDETERMINATE;
        FailureCause cause = failed ? FailureCause.CONNECTION_LOST : null;
        return new RecipientResult(ForwardPath.of("b@b.test"), disposition, phase, reply, cause);
    }

    private static SmtpSendFailedException report(String to, RecipientResult... results) throws Exception {
        SmtpException failure = SmtpException.of(
                Failure.of(FailureCause.CONNECTION_LOST, Phase.END_OF_DATA, "The connection is lost"),
                List.of(results));
        Recipients recipients = Recipients.of(InternetAddress.parse(to));
        Report report = new Report(recipients, Report.Outcome.of(failure));
        return (SmtpSendFailedException) report.exception(false);
    }

    private static String lists(SendFailedException failure) {
        return "sent=%s unsent=%s invalid=%s"
                .formatted(
                        join(failure.getValidSentAddresses()),
                        join(failure.getValidUnsentAddresses()),
                        join(failure.getInvalidAddresses()));
    }

    private static String join(Address[] addresses) {
        return String.join(",", Arrays.stream(addresses).map(Address::toString).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "ACCEPTED, END_OF_DATA, sent, false",
        "REJECTED_PERMANENT, RCPT, invalid, false",
        "REJECTED_PERMANENT, MAIL, unsent, false",
        "REJECTED_PERMANENT, DATA, unsent, false",
        "REJECTED_PERMANENT, END_OF_DATA, unsent, false",
        "REJECTED_TEMPORARY, RCPT, unsent, false",
        "REJECTED_TEMPORARY, MAIL, unsent, false",
        "REJECTED_TEMPORARY, END_OF_DATA, unsent, false",
        "NOT_SENT, QUEUE, unsent, false",
        "NOT_SENT, RCPT, unsent, false",
        "INDETERMINATE, END_OF_DATA, unsent, true",
    })
    void everyDispositionHasItsList(Disposition disposition, Phase phase, String list, boolean doubtful)
            throws Exception {
        SmtpSendFailedException failure = report("b@b.test", result(disposition, phase));
        assertThat(" " + lists(failure))
                .isEqualTo(" sent= unsent= invalid=".replace(" " + list + "=", " " + list + "=b@b.test"));
        assertThat(failure.mayHaveBeenDelivered()).isEqualTo(doubtful);
        assertThat(failure.getMessage().contains("duplicate")).isEqualTo(doubtful);
    }

    /** The order of the envelope, in which the results are, knows nothing of malformed addresses. */
    @Test
    void duplicatesAndMalformedAddressesKeepTheirPlaces() throws Exception {
        SmtpSendFailedException failure = report(
                "b@b.test, root, c@c.test, b@b.test, d@d.test",
                result(Disposition.ACCEPTED, Phase.END_OF_DATA),
                result(Disposition.REJECTED_PERMANENT, Phase.RCPT),
                result(Disposition.REJECTED_TEMPORARY, Phase.RCPT),
                result(Disposition.INDETERMINATE, Phase.END_OF_DATA));
        assertThat(lists(failure)).isEqualTo("sent=b@b.test unsent=b@b.test,d@d.test invalid=root,c@c.test");
        assertThat(failure.mayHaveBeenDelivered()).isTrue();
        assertThat(failure.recipients()).hasSize(4);
    }

    @Test
    void withoutResultsNobodyIsLost() throws Exception {
        SmtpSendFailedException failure = report("b@b.test, root, c@c.test");
        assertThat(lists(failure)).isEqualTo("sent= unsent=b@b.test,c@c.test invalid=root");
    }
}
