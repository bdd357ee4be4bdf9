/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transaction;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.internal.relay.TrainDepth;
import io.pipepost.smtp.client.internal.session.Dialogue;
import io.pipepost.smtp.client.internal.session.Mail;
import io.pipepost.smtp.client.internal.transaction.FlightModel.Move;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Phase;
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
    /** Rows about what trains of small messages, which are written at once, never meet. */
    private static final Set<Verdict> OTHERS = EnumSet.of(
            Verdict.EARLY_NO_BEHIND_REFUSAL,
            Verdict.EARLY_NO,
            Verdict.EARLY_YES,
            Verdict.YES_BEHIND_REFUSED_CHUNK,
            Verdict.NO_BY_CHUNK,
            Verdict.END_BEHIND_REFUSED_CHUNK,
            Verdict.LOST_UNTRUSTED_BEFORE_THE_END,
            Verdict.END_UNTRUSTED_BEFORE_THE_END);

    /** What the server does. */
    private static final Set<Move> SERVER = EnumSet.range(Move.YES, Move.CUT);

    /** The same, and nobody waits any longer for a message that is being sent. */
    private static final Set<Move> ALL = EnumSet.allOf(Move.class);

    private final Set<Verdict> met = EnumSet.noneOf(Verdict.class);

    /** Plays every move in every state; gives the number of states. Refusals in a row count alike at every depth. */
    private int explore(int depth, boolean byData, boolean unknown, Set<Move> moves) {
        boolean counting = depth == 1;
        Map<String, List<Move>> states = new HashMap<>();
        Deque<List<Move>> open = new ArrayDeque<>();
        states.put(new FlightModel(depth, byData, unknown).state(counting), List.of());
        open.add(List.of());
        while (!open.isEmpty()) {
            List<Move> trace = open.remove();
            for (Move move : moves) {
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
        assertThat(List.of(
                        explore(1, false, false, SERVER),
                        explore(2, false, false, SERVER),
                        explore(3, false, false, SERVER)))
                .as("by BDAT")
                .containsExactly(103, 234, 359);
        assertThat(List.of(explore(1, true, false, SERVER), explore(2, true, false, SERVER)))
                .as("by DATA")
                .containsExactly(207, 185);
        assertThat(List.of(explore(3, false, true, SERVER), explore(2, true, true, SERVER)))
                .as("with a probe")
                .containsExactly(537, 261);
        assertThat(List.of(explore(1, false, false, ALL), explore(2, false, false, ALL), explore(2, true, false, ALL)))
                .as("with stops")
                .containsExactly(233, 690, 650);
        assertThat(met).isEqualTo(EnumSet.complementOf(EnumSet.copyOf(OTHERS)));
    }

    private static List<String> real(int depth, boolean byData, boolean unknown, int messages, List<Move> trace) {
        Dialogue dialogue = new Dialogue()
                .flight(FlightOptions.DEFAULT.withTransactionsInFlight(depth))
                .depth(unknown ? new TrainDepth(depth) : TrainDepth.known(depth))
                .replaying()
                .open(byData ? new String[] {"PIPELINING"} : new String[] {"PIPELINING", "CHUNKING"});
        List<Transaction> sent = new ArrayList<>();
        for (int i = 1; i <= messages; i++) {
            sent.add(dialogue.transaction(Mail.to(i + "@d.test")));
        }
        sent.forEach(dialogue::queue);
        dialogue.begin();
        FlightModel beside = new FlightModel(depth, byData, unknown);
        for (Move move : trace) {
            int stopped = beside.stopped(move);
            beside.play(move);
            if (move.isStop()) {
                if (stopped > 0) {
                    stop(sent.get(stopped - 1), move);
                    dialogue.wire().runPendingTasks();
                }
            } else if (move == Move.CUT) {
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

    private static void stop(Transaction transaction, Move move) {
        Failure reason = Failure.of(FailureCause.CANCELLED, Phase.QUEUE, "nobody waits any longer");
        if (move.expires()) {
            transaction.expire(reason);
        } else {
            transaction.cancel(reason);
        }
    }

    /** "REJECTED_PERM(550) 2@d.test at mail" becomes "REJECTED_PERM 2". */
    private static String shortened(String outcome) {
        String what = outcome.replaceAll("[( ].*", "");
        return what.equals("REPLAY") ? what : what + " " + outcome.replaceAll(".* (\\d+)@.*", "$1");
    }
}
