/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import io.pipepost.smtp.client.internal.session.WorldFault.End;
import io.pipepost.smtp.client.internal.session.WorldFault.Place;
import io.pipepost.smtp.client.internal.session.WorldFault.Said;
import io.pipepost.smtp.client.internal.session.WorldServer.Answer;
import io.pipepost.smtp.client.internal.session.WorldServer.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * S-44: every way of sending messages, with the connection cut, reset or stalled behind every octet in both directions,
 * and with every reply replaced by every class of replies. {@link WorldOracle} says for each world what may be reported.
 */
@Tag("exhaustive")
@ExtendWith(Leaks.class)
class SmallWorldsTest {
    private static final Set<Said> CLASSES = EnumSet.allOf(Said.class);
    private static final Set<Said> REFUSALS = EnumSet.of(Said.LATER, Said.NO, Said.OUT_OF_PLACE);

    /** Behind which the connection may go on. */
    private static final List<Said> BEARABLE = List.of(Said.OK, Said.LATER, Said.NO, Said.OUT_OF_PLACE);

    private static final List<Said> USUAL =
            List.of(Said.OK, Said.GO_ON, Said.LATER, Said.NO, Said.OUT_OF_PLACE, Said.CLOSING, Said.GARBAGE);

    /** Worlds in which every buffer is tracked, of those of one kind; the others count octets that are not released. */
    private static final int TRACKED = 1_009;

    private static final ResourceLeakDetector.Level LEVEL = ResourceLeakDetector.getLevel();

    private int worlds;

    @AfterAll
    static void track() {
        ResourceLeakDetector.setLevel(LEVEL);
    }

    private WorldLink play(WorldWay way, WorldSecurity tls, WorldFault fault) {
        // Tracking takes fifty times as long as all the rest.
        ResourceLeakDetector.setLevel(worlds % TRACKED == 0 ? LEVEL : ResourceLeakDetector.Level.DISABLED);
        worlds++;
        return new World(way, tls, fault).play();
    }

    private WorldLink whole(WorldWay way, WorldSecurity tls) {
        return play(way, tls, WorldFault.NONE);
    }

    // ---- cuts

    @Test
    void S_44_behindEveryOctetOfTheServer() {
        for (WorldWay way : WorldWay.ALL) {
            int said = whole(way, WorldSecurity.CLEAR).down().length;
            for (int octets = 0; octets <= said; octets++) {
                for (End end : List.of(End.CLOSE, End.RESET, End.STALL)) {
                    WorldFault cut = WorldFault.NONE.cut(Place.SERVER_SPEAKS, octets, end);
                    play(way, WorldSecurity.CLEAR, cut);
                    play(way, WorldSecurity.CLEAR, cut.inOneRead());
                }
            }
        }
        assertThat(worlds).isGreaterThan(10_000);
    }

    @Test
    void S_44_behindEveryOctetOfTheClient() {
        for (WorldWay way : WorldWay.ALL) {
            int sent = whole(way, WorldSecurity.CLEAR).up().length;
            for (int octets = 0; octets <= sent; octets++) {
                for (End end : List.of(End.CLOSE, End.RESET, End.STALL)) {
                    play(way, WorldSecurity.CLEAR, WorldFault.NONE.cut(Place.SERVER_HEARS, octets, end));
                }
                for (End end : End.values()) {
                    play(way, WorldSecurity.CLEAR, WorldFault.NONE.cut(Place.SOCKET_TAKES, octets, end));
                }
            }
        }
        assertThat(worlds).isGreaterThan(10_000);
    }

    // ---- answers

    @Test
    void everyAnswerToEveryCommand() {
        for (WorldWay way : WorldWay.ALL) {
            int replies = whole(way, WorldSecurity.CLEAR).answers().size();
            for (int number = 0; number < replies; number++) {
                for (Said said : CLASSES) {
                    WorldFault fault = WorldFault.NONE.saying(number, said);
                    play(way, WorldSecurity.CLEAR, fault);
                    play(way, WorldSecurity.CLEAR, fault.inOneRead());
                    play(way, WorldSecurity.CLEAR, fault.ofLaxServer());
                }
            }
        }
        assertThat(worlds).isGreaterThan(5_000);
    }

    @Test
    void everyTwoAnswers() {
        for (WorldWay way : WorldWay.ALL) {
            int replies = whole(way, WorldSecurity.CLEAR).answers().size();
            for (int first = 0; first < replies; first++) {
                for (Said said : BEARABLE) {
                    WorldFault one = WorldFault.NONE.saying(first, said);
                    for (int second = first + 1; second <= replies; second++) {
                        for (Said then : USUAL) {
                            play(way, WorldSecurity.CLEAR, one.saying(second, then));
                            playLax(way, one.saying(second, then).inOneRead());
                        }
                    }
                }
            }
        }
        assertThat(worlds).isGreaterThan(50_000);
    }

    /** A server that takes what it has refused must at least say so. */
    private void playLax(WorldWay way, WorldFault fault) {
        boolean clear = fault.replies().values().stream().allMatch(said -> said == Said.OK || REFUSALS.contains(said));
        if (clear) {
            play(way, WorldSecurity.CLEAR, fault.ofLaxServer());
        }
    }

    @Test
    void everyRefusalAndThenACut() {
        for (WorldWay way : WorldWay.ALL) {
            WorldLink whole = whole(way, WorldSecurity.CLEAR);
            for (int number = 0; number < whole.answers().size(); number++) {
                for (Said said : REFUSALS) {
                    if (said != Said.NO || !isResetOfARefusal(whole.answers(), number)) {
                        cutBehind(way, WorldFault.NONE.saying(number, said), number);
                    }
                }
            }
        }
        assertThat(worlds).isGreaterThan(10_000);
    }

    /** R-2920-21: behind which 554 means that the server goes no further, as this one does. */
    private static boolean isResetOfARefusal(List<Answer> answers, int number) {
        return answers.get(number).kind == Kind.RSET && answers.get(number - 1).isNegative();
    }

    private void cutBehind(WorldWay way, WorldFault refusal, int number) {
        WorldLink whole = play(way, WorldSecurity.CLEAR, refusal);
        int start = whole.answers().get(number).end;
        for (int octets = start; octets <= whole.down().length; octets++) {
            play(way, WorldSecurity.CLEAR, refusal.cut(Place.SERVER_SPEAKS, octets, End.CLOSE));
        }
    }

    /** R-5321-74, R-5321-75. */
    @Test
    void everyAnswerBeforeTheEndOfTheContent() {
        for (WorldWay way : WorldWay.ALL) {
            int sent = whole(way, WorldSecurity.CLEAR).up().length;
            for (int octets = 0; octets <= sent; octets++) {
                interrupt(way, octets);
            }
        }
        assertThat(worlds).isGreaterThan(10_000);
    }

    private void interrupt(WorldWay way, int octets) {
        for (Said said : USUAL) {
            for (End end : List.of(End.CLOSE, End.BREAK)) {
                WorldFault early =
                        WorldFault.NONE.saying(WorldFault.EARLY, said).cut(Place.CONTENT_STOPS, octets, end);
                if (!play(way, WorldSecurity.CLEAR, early).wasInterrupted()) {
                    return;
                }
            }
        }
    }
}
