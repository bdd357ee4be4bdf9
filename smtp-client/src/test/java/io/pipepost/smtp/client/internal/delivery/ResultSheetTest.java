/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.mail.Disposition;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.RecipientResult;
import io.pipepost.smtp.protocol.ForwardPath;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who is sent to next, and what became of whom (R-9422-01). */
class ResultSheetTest {
    private static final List<ForwardPath> FIVE = paths("a@d", "b@e", "c@D", "b@e", "postmaster");

    private final ResultSheet sheet = new ResultSheet(FIVE);

    private static List<ForwardPath> paths(String... names) {
        return Stream.of(names).map(ForwardPath::of).toList();
    }

    private static List<RecipientResult> results(Disposition disposition, String... names) {
        return paths(names).stream().map(each -> result(each, disposition)).toList();
    }

    private static RecipientResult result(ForwardPath path, Disposition disposition) {
        return new RecipientResult(path, disposition, Phase.RCPT, null, null);
    }

    @Test
    void allAtOnce() {
        assertThat(sheet.next(5)).isSameAs(FIVE);
        assertThat(sheet.isEmpty()).isTrue();
        List<RecipientResult> all = results(Disposition.NOT_SENT, "a@d", "b@e", "c@D", "b@e", "postmaster");
        sheet.enter(all);
        assertThat(sheet.isComplete()).isTrue();
        assertThat(sheet.isEmpty()).isFalse();
        assertThat(sheet.results()).isSameAs(all);
    }

    @Test
    void someOfThose() {
        sheet.enter(results(Disposition.INDETERMINATE, "a@d", "c@D"));
        assertThat(sheet.isEmpty()).isFalse();
        assertThat(sheet.isComplete()).isFalse();
        assertThat(sheet.next(5)).isEqualTo(paths("b@e", "b@e", "postmaster"));
        sheet.enter(results(Disposition.REJECTED_PERMANENT, "b@e"));
        assertThat(sheet.next(5)).isEqualTo(paths("b@e", "postmaster"));
        sheet.enterRest(each -> result(each, Disposition.NOT_SENT));
        assertThat(sheet.isComplete()).isTrue();
        assertThat(sheet.results()).extracting(RecipientResult::recipient).isEqualTo(FIVE);
        assertThat(sheet.results())
                .extracting(RecipientResult::disposition)
                .containsExactly(
                        Disposition.INDETERMINATE,
                        Disposition.REJECTED_PERMANENT,
                        Disposition.INDETERMINATE,
                        Disposition.NOT_SENT,
                        Disposition.NOT_SENT);
    }

    @Test
    void moreThanOneTransactionTakes() {
        assertThat(sheet.next(3)).isEqualTo(paths("a@d", "c@D", "b@e"));
        sheet.enter(results(Disposition.INDETERMINATE, "a@d", "c@D", "b@e"));
        assertThat(sheet.next(1)).isEqualTo(paths("b@e"));
        sheet.enter(results(Disposition.REJECTED_PERMANENT, "b@e"));
        assertThat(sheet.next(1)).isEqualTo(paths("postmaster"));
        sheet.enter(results(Disposition.NOT_SENT, "postmaster"));
        assertThat(sheet.results())
                .extracting(RecipientResult::disposition)
                .containsExactly(
                        Disposition.INDETERMINATE,
                        Disposition.INDETERMINATE,
                        Disposition.INDETERMINATE,
                        Disposition.REJECTED_PERMANENT,
                        Disposition.NOT_SENT);
    }
}
