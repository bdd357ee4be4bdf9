/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import io.pipepost.smtp.client.internal.session.WorldFault.End;
import io.pipepost.smtp.client.internal.session.WorldFault.Place;
import io.pipepost.smtp.client.internal.session.WorldFault.Said;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** S-44 under TLS, where a cut falls into a handshake or a record, and no close_notify comes before it. */
@Tag("exhaustive")
@ExtendWith(Leaks.class)
class SmallTlsWorldsTest {
    /** At each level of flight. What differs from these in nothing that TLS could see is played in clear. */
    private static final List<WorldWay> LEVELS =
            ways("lock-step", "group", "flight", "chunks", "overlap", "train", "AUTH PLAIN", "AUTH LOGIN");

    /** One of each class. */
    private static final List<Said> CLASSES =
            List.of(Said.PRELIMINARY, Said.OK, Said.GO_ON, Said.LATER, Said.NO, Said.CLOSING, Said.GARBAGE);

    private static final int TRACKED = 50;

    /** RFC 8446 section 5.1. */
    private static final int HEADER = 5;

    private static final int FIRST_TYPE = 20;
    private static final int LAST_TYPE = 23;
    private static final int MAJOR_VERSION = 3;

    private static final ResourceLeakDetector.Level LEVEL = ResourceLeakDetector.getLevel();

    private int worlds;

    @AfterAll
    static void track() {
        ResourceLeakDetector.setLevel(LEVEL);
    }

    private static List<WorldWay> ways(String... names) {
        List<String> wanted = List.of(names);
        return WorldWay.ALL.stream()
                .filter(way -> wanted.contains(way.toString()))
                .toList();
    }

    private WorldLink play(WorldWay way, WorldSecurity tls, WorldFault fault) {
        ResourceLeakDetector.setLevel(worlds % TRACKED == 0 ? LEVEL : ResourceLeakDetector.Level.DISABLED);
        worlds++;
        return new World(way, tls, fault).play();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CLEAR")
    void everyAnswerToEveryCommand(WorldSecurity tls) {
        for (WorldWay way : LEVELS) {
            int replies = play(way, tls, WorldFault.NONE).answers().size();
            for (int number = 0; number < replies; number++) {
                for (Said said : CLASSES) {
                    play(way, tls, WorldFault.NONE.saying(number, said));
                }
            }
        }
        assertThat(worlds).isGreaterThan(500);
    }

    @Test
    void S_44_inEveryRecordOfTheServer() {
        for (WorldWay way : LEVELS) {
            cut(way, WorldSecurity.START_TLS, Place.SERVER_SPEAKS);
        }
        assertThat(worlds).isGreaterThan(2_000);
    }

    @Test
    void S_44_inEveryRecordOfTheClient() {
        for (WorldWay way : LEVELS) {
            cut(way, WorldSecurity.IMPLICIT, Place.SERVER_HEARS);
            cut(way, WorldSecurity.IMPLICIT_NATIVE, Place.SOCKET_TAKES);
        }
        assertThat(worlds).isGreaterThan(2_000);
    }

    /** What a record that has left holds may be delivered, whatever becomes of the next. */
    @ParameterizedTest
    @EnumSource(names = {"IMPLICIT", "IMPLICIT_NATIVE"})
    void S_44_amongTheRecordsOfOneFlight(WorldSecurity tls) {
        cut(WorldWay.LONG_TRAIN, tls, Place.SOCKET_TAKES);
        assertThat(worlds).isGreaterThan(100);
    }

    private void cut(WorldWay way, WorldSecurity tls, Place place) {
        WorldLink whole = play(way, tls, WorldFault.NONE);
        End[] ends = place == Place.SOCKET_TAKES ? End.values() : new End[] {End.CLOSE, End.RESET, End.STALL};
        for (int octets : positions(place == Place.SERVER_SPEAKS ? whole.down() : whole.up())) {
            for (End end : ends) {
                play(way, tls, WorldFault.NONE.cut(place, octets, end));
            }
        }
    }

    /** In clear text behind every octet; in records at their borders, behind their headers and in the middle. */
    private static SortedSet<Integer> positions(byte[] octets) {
        SortedSet<Integer> positions = new TreeSet<>();
        int start = 0;
        while (start < octets.length) {
            int length = isRecord(octets, start) ? recordLength(octets, start) : 1;
            positions.addAll(List.of(start, start + 1, start + length / 2, start + length - 1, start + length));
            positions.add(Math.min(start + HEADER, start + length));
            start += length;
        }
        return positions;
    }

    private static boolean isRecord(byte[] octets, int start) {
        return octets[start] >= FIRST_TYPE && octets[start] <= LAST_TYPE && octets[start + 1] == MAJOR_VERSION;
    }

    private static int recordLength(byte[] octets, int start) {
        return HEADER + (octets[start + 3] & 0xFF) * 256 + (octets[start + 4] & 0xFF);
    }
}
