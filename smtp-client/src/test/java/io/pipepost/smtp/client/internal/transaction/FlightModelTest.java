/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.session.Dialogue;
import io.pipepost.smtp.client.internal.session.Mail;
import io.pipepost.smtp.client.internal.transaction.FlightModel.Move;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every state of {@link FlightModel}, found by playing every move in each, equal ones joined; and the real session, which
 * plays the shortest way to each state and every move from there, and must say the same of every message.
 */
@Tag("exhaustive")
class FlightModelTest {
    /** Rows about what trains of small messages, which are written at once and by nobody stopped, never meet. */
    private static final Set<Verdict> OTHERS = EnumSet.of(
            Verdict.EARLY_NO_BEHIND_REFUSAL,
            Verdict.EARLY_NO,
            Verdict.EARLY_YES,
            Verdict.YES_BEHIND_REFUSED_CHUNK,
            Verdict.NO_BY_CHUNK,
            Verdict.END_BEHIND_REFUSED_CHUNK,
            Verdict.LOST_UNTRUSTED_BEFORE_THE_END,
            Verdict.END_UNTRUSTED_BEFORE_THE_END,
            Verdict.STOPPED_TOO_LATE,
            Verdict.EXPIRED_TOO_LATE,
            Verdict.STOPPED);

    private final Set<Verdict> met = EnumSet.noneOf(Verdict.class);

    /** Plays every move in every state; gives the number of states. Refusals in a row count alike at every depth. */
    private int explore(int depth, boolean byData, boolean unknown) {
        boolean counting = depth == 1;
        Map<String, List<Move>> states = new HashMap<>();
        Deque<List<Move>> open = new ArrayDeque<>();
        states.put(new FlightModel(depth, byData, unknown).state(counting), List.of());
        open.add(List.of());
        while (!open.isEmpty()) {
            List<Move> trace = open.remove();
            for (Move move : Move.values()) {
                List<Move> longer = new ArrayList<>(trace);
                longer.add(move);
                FlightModel model = new FlightModel(depth, byData, unknown);
                longer.forEach(model::play);
                met.addAll(model.rows());
                assertThat(real(depth, byData, unknown, model.begun() + 1, longer))
                        .as("%s", longer)
                        .isEqualTo(model.outcomes());
                if (!model.isOver() && states.putIfAbsent(model.state(counting), longer) == null) {
                    open.add(longer);
                }
            }
        }
        return states.size();
    }

    @Test
    void R_2920_16_theSessionDoesAsTheModel() {
        assertThat(List.of(explore(1, false, false), explore(2, false, false), explore(3, false, false)))
                .as("by BDAT")
                .containsExactly(103, 234, 359);
        assertThat(List.of(explore(1, true, false), explore(2, true, false)))
                .as("by DATA")
                .containsExactly(207, 185);
        assertThat(List.of(explore(3, false, true), explore(2, true, true)))
                .as("with a probe")
                .containsExactly(537, 261);
        assertThat(met).isEqualTo(EnumSet.complementOf(EnumSet.copyOf(OTHERS)));
    }

    private static List<String> real(int depth, boolean byData, boolean unknown, int messages, List<Move> trace) {
        Dialogue dialogue = new Dialogue()
                .flight(FlightOptions.DEFAULT.withTransactionsInFlight(depth))
                .depth(unknown ? new TrainDepth(depth) : TrainDepth.known(depth))
                .replaying()
                .open(byData ? new String[] {"PIPELINING"} : new String[] {"PIPELINING", "CHUNKING"});
        for (int i = 1; i <= messages; i++) {
            dialogue.queue(Mail.to(i + "@d.test"));
        }
        dialogue.begin();
        for (Move move : trace) {
            if (move == Move.CUT) {
                dialogue.wire().close();
                dialogue.wire().runPendingTasks();
            } else {
                dialogue.wire().receive((move.reply() + "\r\n").getBytes(US_ASCII));
            }
        }
        return dialogue.outcomes().stream()
                .filter(each -> !each.startsWith("DROP") && !each.startsWith("CLOSED"))
                .map(FlightModelTest::shortened)
                .toList();
    }

    /** "REJECTED_PERM(550) 2@d.test at mail" becomes "REJECTED_PERM 2". */
    private static String shortened(String outcome) {
        String what = outcome.replaceAll("[( ].*", "");
        return what.equals("REPLAY") ? what : what + " " + outcome.replaceAll(".* (\\d+)@.*", "$1");
    }
}
