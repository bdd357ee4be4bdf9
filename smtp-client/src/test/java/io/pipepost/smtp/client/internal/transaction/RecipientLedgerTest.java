/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.internal.session.Dialogue;
import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.Reply;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecipientLedgerTest {
    private static final Failure LOST = Failure.of(FailureCause.CONNECTION_LOST, Phase.END_OF_DATA, "lost");

    private final RecipientLedger ledger = new RecipientLedger(
            List.of(ForwardPath.of("1@d.test"), ForwardPath.of("2@d.test"), ForwardPath.of("3@d.test")));

    private List<String> results() {
        return ledger.results().stream().map(Dialogue::describe).toList();
    }

    @Test
    void nothingIsKnownAtFirst() {
        assertThat(ledger.isSettled()).isFalse();
        assertThat(ledger.isUndecided(2)).isTrue();
    }

    @Test
    void aDecisionNeverChanges() {
        ledger.accept(0);
        ledger.reject(1, Disposition.REJECTED_PERMANENT, Phase.RCPT, Reply.of(550, "no"));
        ledger.accept(2);
        ledger.settle(Disposition.ACCEPTED, Phase.END_OF_DATA, Reply.of(250, "ok"));
        assertThat(ledger.isSettled()).isTrue();
        ledger.settle(Disposition.INDETERMINATE, LOST);
        assertThat(results())
                .containsExactly("ACCEPTED 1@d.test", "REJECTED_PERM(550) 2@d.test at rcpt", "ACCEPTED 3@d.test");
    }

    @Test
    void aFailureSettlesTheRest() {
        ledger.reject(0, Disposition.REJECTED_TEMPORARY, Phase.RCPT, Reply.of(450, "later"));
        ledger.accept(1);
        ledger.settle(Disposition.INDETERMINATE, LOST);
        assertThat(results())
                .containsExactly(
                        "REJECTED_TEMP(450) 1@d.test at rcpt",
                        "INDETERMINATE(connection-lost) 2@d.test at end-of-data",
                        "INDETERMINATE(connection-lost) 3@d.test at end-of-data");
    }

    @Test
    void onlyThoseAccepted() {
        ledger.accept(1);
        ledger.settleAccepted(Disposition.INDETERMINATE, LOST);
        assertThat(ledger.isSettled()).isFalse();
        assertThat(ledger.isUndecided(0)).isTrue();
        assertThat(ledger.isUndecided(1)).isFalse();
    }

    @Test
    void settledOneByOne() {
        ledger.notSent(0, LOST);
        ledger.notSent(1, LOST);
        assertThat(ledger.isSettled()).isFalse();
        ledger.notSent(2, LOST);
        assertThat(ledger.isSettled()).isTrue();
    }
}
