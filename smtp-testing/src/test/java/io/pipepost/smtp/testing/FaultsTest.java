/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FaultsTest {
    private static List<List<Fault>> thousand(FaultPlan plan) {
        return LongStream.rangeClosed(1, 1_000).mapToObj(plan::faults).toList();
    }

    @Test
    void aSeedGivesTheSamePlanAgain() {
        assertThat(thousand(Faults.seeded(7))).isEqualTo(thousand(Faults.seeded(7)));
        assertThat(thousand(Faults.seeded(7))).isNotEqualTo(thousand(Faults.seeded(8)));
    }

    @Test
    void everyKindIsDrawnEarlyAndLate() {
        Faults plan = Faults.seeded(1).only(EnumSet.allOf(Faults.Kind.class)).within(100_000);
        List<Fault> faults = thousand(plan).stream().flatMap(List::stream).toList();
        Set<String> kinds = faults.stream()
                .map(fault -> fault instanceof Stop stop
                        ? stop.kind() + " " + stop.unit()
                        : fault.toString().split(" ")[0])
                .collect(Collectors.toSet());
        assertThat(kinds)
                .containsExactlyInAnyOrder(
                        "CUT OCTETS",
                        "CUT RECORDS",
                        "RESET OCTETS",
                        "HALF_CLOSE OCTETS",
                        "STALL OCTETS",
                        "SWALLOW OCTETS",
                        "SAY_421 REPLIES",
                        "LEAVE OCTETS",
                        "refuse",
                        "black",
                        "split",
                        "drip",
                        "merge",
                        "delay");
        List<Long> positions = faults.stream()
                .filter(fault -> fault instanceof Stop stop && stop.unit() == Stop.Unit.OCTETS)
                .map(fault -> ((Stop) fault).count())
                .toList();
        assertThat(positions).contains(0L).anyMatch(at -> at > 50_000).allMatch(at -> at <= 100_000);
    }

    @Test
    void theShareIsKept() {
        assertThat(thousand(Faults.seeded(3).share(0))).allMatch(List::isEmpty);
        assertThat(thousand(Faults.seeded(3).share(1))).noneMatch(List::isEmpty);
        assertThat(thousand(Faults.seeded(3)).stream().filter(List::isEmpty).count())
                .isBetween(200L, 300L);
    }

    /** Seeds out of one sequence would have each connection repeat what was drawn for the last one. */
    @Test
    void connectionsAreDrawnIndependently() {
        List<List<Fault>> plans = thousand(Faults.seeded(3).share(0.5));
        long faultsBehindShapes = IntStream.range(1, plans.size())
                .filter(i -> plans.get(i - 1).stream().anyMatch(Shape.class::isInstance))
                .filter(i -> !plans.get(i).isEmpty())
                .count();
        assertThat(faultsBehindShapes).isBetween(80L, 170L);
    }

    @Test
    void kindsAndTimesAreBounded() {
        Faults plan = Faults.seeded(5)
                .without(Faults.Kind.REFUSE, Faults.Kind.BLACK_HOLE)
                .maxTime(Duration.ofMillis(100));
        for (List<Fault> faults : thousand(plan)) {
            for (Fault fault : faults) {
                assertThat(fault).isNotInstanceOf(Admission.class);
                if (fault instanceof Stop stop && stop.time() != null) {
                    assertThat(stop.time()).isLessThanOrEqualTo(Duration.ofMillis(100));
                }
            }
        }
        assertThat(plan).asString().contains("seed=5").doesNotContain("REFUSE");
    }
}
