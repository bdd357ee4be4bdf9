/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import io.pipepost.smtp.client.internal.session.WorldFault.End;
import io.pipepost.smtp.client.internal.session.WorldFault.Place;
import io.pipepost.smtp.client.internal.session.WorldFault.Said;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * S-44: a few of the worlds that {@link SmallWorldsTest} and {@link SmallTlsWorldsTest} play, drawn by a seed. Each is played
 * by the name that a failure has for it; {@code -Dworlds.world='World[...]'} plays that one alone and prints what both sides have said.
 */
@ExtendWith(Leaks.class)
class WorldSampleTest {
    private static final int WORLDS = Integer.getInteger("worlds.sample", 2_000);
    private static final long SEED = Long.getLong("worlds.seed", 1);

    /** One world in so many is under TLS, of which each takes as long as ten in clear. */
    private static final int TLS = 50;

    private static final List<Place> CUTS = List.of(Place.SERVER_SPEAKS, Place.SERVER_HEARS, Place.SOCKET_TAKES);
    private static final List<Said> BEARABLE = List.of(Said.OK, Said.LATER, Said.NO, Said.OUT_OF_PLACE);
    private static final List<Said> USUAL =
            List.of(Said.OK, Said.GO_ON, Said.LATER, Said.NO, Said.OUT_OF_PLACE, Said.CLOSING, Said.GARBAGE);

    private static final Pattern NAME = Pattern.compile(
            "World\\[(?<way>.+), (?<tls>\\w+), WorldFault\\[replies=\\{(?<replies>.*)},"
                    + " lax=(?<lax>\\w+), place=(?<place>\\w+), octets=(?<octets>\\d+), end=(?<end>\\w+), together=(?<together>\\w+)]]");

    private static final ResourceLeakDetector.Level LEVEL = ResourceLeakDetector.getLevel();

    private final Random random = new Random(SEED);

    /** By way and security: how long they are shows where they can be disturbed. */
    private final Map<String, WorldLink> undisturbed = new HashMap<>();

    @AfterAll
    static void track() {
        ResourceLeakDetector.setLevel(LEVEL);
    }

    @Test
    void S_44_aSample() {
        String wanted = System.getProperty("worlds.world");
        if (wanted != null) {
            playAloud(named(wanted));
            return;
        }
        // Tracking takes fifty times as long as all the rest; it is done where all worlds are played.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        for (int i = 0; i < WORLDS; i++) {
            World drawn = draw();
            World again = named(drawn.toString());
            assertThat(again).hasToString(drawn.toString());
            again.play();
        }
    }

    // ---- a world by its name

    private static void playAloud(World world) {
        try {
            world.play();
        } finally {
            for (WorldLink link : world.links()) {
                System.out.println("==== the client sends\n" + text(link.up()));
                System.out.println("==== the server sends\n" + text(link.down()));
            }
        }
    }

    private static String text(byte[] octets) {
        return new String(octets, StandardCharsets.ISO_8859_1);
    }

    private static World named(String name) {
        Matcher parts = NAME.matcher(name);
        assertThat(parts.matches())
                .as("a world as a failure names it: %s", name)
                .isTrue();
        WorldFault fault = new WorldFault(
                replies(parts.group("replies")),
                Boolean.parseBoolean(parts.group("lax")),
                Place.valueOf(parts.group("place")),
                Integer.parseInt(parts.group("octets")),
                End.valueOf(parts.group("end")),
                Boolean.parseBoolean(parts.group("together")));
        return new World(way(parts.group("way")), WorldSecurity.valueOf(parts.group("tls")), fault);
    }

    private static Map<Integer, Said> replies(String text) {
        Map<Integer, Said> replies = new TreeMap<>();
        for (String each : text.isEmpty() ? new String[0] : text.split(", ")) {
            String[] reply = each.split("=");
            replies.put(Integer.valueOf(reply[0]), Said.valueOf(reply[1]));
        }
        return replies;
    }

    private static WorldWay way(String name) {
        return Stream.concat(WorldWay.ALL.stream(), Stream.of(WorldWay.LONG_TRAIN))
                .filter(way -> way.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no way is called " + name + ": " + WorldWay.ALL));
    }

    // ---- drawing

    private World draw() {
        WorldWay way = one(WorldWay.ALL);
        WorldSecurity tls = random.nextInt(TLS) == 0 ? one(List.of(WorldSecurity.values())) : WorldSecurity.CLEAR;
        WorldLink whole =
                undisturbed.computeIfAbsent(way + ", " + tls, none -> new World(way, tls, WorldFault.NONE).play());
        WorldFault fault =
                random.nextBoolean() ? cut(whole) : answers(whole.answers().size());
        return new World(way, tls, random.nextBoolean() ? fault.inOneRead() : fault);
    }

    private WorldFault cut(WorldLink whole) {
        Place place = one(CUTS);
        int most = (place == Place.SERVER_SPEAKS ? whole.down() : whole.up()).length;
        // Writes break where the socket takes them.
        List<End> ends = place == Place.SOCKET_TAKES ? List.of(End.values()) : List.of(End.CLOSE, End.RESET, End.STALL);
        return WorldFault.NONE.cut(place, random.nextInt(most + 1), one(ends));
    }

    private WorldFault answers(int replies) {
        int first = random.nextInt(replies);
        if (random.nextBoolean()) {
            return WorldFault.NONE.saying(first, one(List.of(Said.values())));
        }
        int second = first + 1 + random.nextInt(replies - first);
        return WorldFault.NONE.saying(first, one(BEARABLE)).saying(second, one(USUAL));
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }
}
